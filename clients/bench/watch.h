// A thread that looks at the daemon's pulse every few milliseconds while a load runs.
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "pulse.h"

enum { WATCH_EVERY_MS = 20 };

// What was seen since watch_begin.
struct watched {
    struct pulse first; // the last look at which nothing had been worked yet
    struct pulse last;  // the look that saw the last entry worked
    int64_t stall_ms;   // the loop's longest
};

struct watch {
    pthread_t thread;
    pthread_mutex_t lock;
    int fd;
    atomic_bool ends;
    atomic_bool lost; // the daemon is gone
    struct pulse now; // under the lock, as the rest
    struct pulse begun;
    struct watched seen;
};

// False after a message.
bool watch_start(struct watch *watch, const char *path);

// Begins anew. The daemon must have had two quiet seconds before, since its stalls are told by the second.
void watch_begin(struct watch *watch);

// Due entries that were worked since.
uint64_t watch_ticks(struct watch *watch);

struct pulse watch_now(struct watch *watch);
struct watched watch_seen(struct watch *watch);

void watch_stop(struct watch *watch);
