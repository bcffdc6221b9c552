// What the journal should know of a start before any request: what kind of store it is, what waited over the
// stop, and the rulebook in force. What the store has no room for is said again until it is written.
#pragma once

#include "service/service.h"

struct announce;

struct announcement {
    struct announce *of;
    enum event_kind kind;
    const char *detail;
    bool owed; // to be said again
};

struct announce {
    struct service *service;
    uv_timer_t again;
    struct announcement said[3];
    unsigned count;
};

struct announce_store {
    bool empty;
    bool demo;
    bool backlog; // due times waited over the stop
};

// Loop thread. Service and struct must be there until the loop ends; whoever ends it closes the timer.
// ERROR_BUSY, ERROR_NO_MEMORY: nothing can be announced.
int announce_start(struct announce *announce, uv_loop_t *loop, struct service *service,
                   struct announce_store store) __attribute__((warn_unused_result));
