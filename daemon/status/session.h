// One connection to the status socket: lines in, answers out, one command at a time.
//
// While a command runs or its answer has not been taken, nothing more is read, so a peer costs a line and an
// answer. A peer that closed its half (socat after its last line) still gets its answers; then the connection
// is closed.
#pragma once

#include "status/command.h"

#include <sys/queue.h>

struct session;
TAILQ_HEAD(session_list, session);

struct sessions {
    struct asker *asker;
    struct session_list list;
    uint32_t count;
    bool stopping;
    void (*emptied)(struct sessions *sessions); // the last one is gone while it stops
};

void sessions_init(struct sessions *sessions, struct asker *asker,
                   void (*emptied)(struct sessions *sessions));

// Accepts a connection of `listener`. One that is not admitted is closed and logged; past STATUS_MAX_SESSIONS
// it is told so and closed.
void sessions_accept(struct sessions *sessions, uv_stream_t *listener);

// Closes those without a line, or without taking their answer, for `idle_ms` (loop time).
void sessions_sweep(struct sessions *sessions, uint64_t idle_ms);

// Closes all; `emptied` is called in a later turn, or now when there is none.
void sessions_stop(struct sessions *sessions);
