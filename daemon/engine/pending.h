// Work that waits for the engine: a queue a principal, taken round robin, so that who floods only waits for
// itself.
#pragma once

#include "engine/work.h"

#include <stddef.h>

struct pending_queue;

struct pending {
    struct pending_queue *by_principal; // uthash
    TAILQ_HEAD(, pending_queue) round;  // queues that hold work, next first
    size_t count;                       // all of it
    size_t max_a_principal;
    size_t max_in_all;
};

void pending_init(struct pending *p, size_t max_a_principal, size_t max_in_all);

// Destroys what still waits.
void pending_fini(struct pending *p);

// Takes the work over. ERROR_BUSY when the principal's queue or all of it is full, ERROR_NO_MEMORY; the work
// then stays the caller's.
int pending_push(struct pending *p, struct work *work) __attribute__((warn_unused_result));

// The next work, one principal after the other; NULL when nothing waits.
struct work *pending_pop(struct pending *p);
