// Looks at the state, in threads of their own: at most so many at once, and in turns by the time that they
// take, so that a principal that asks without end, or for much, only waits for itself.
//
// A look that runs cannot be interrupted, so they stand in three lines by how long they may take: quick ones,
// for a case or the head of a feed; pages of many, some milliseconds; walks over the books, up to seconds.
// Quick ones have a pool of their own; pages and walks share another, of lower priority, of which so many at
// most are walks, and one principal has at most half of those. Loop thread only, but for `run`.
#pragma once

#include "base/turns.h"
#include "service/pool.h"

enum look_kind { LOOK_QUICK, LOOK_PAGE, LOOK_WALK, LOOK_KINDS };

struct look {
    struct turns_item turn;
    struct pool_job job;
    struct looks *owner;
    enum look_kind kind;
    uint64_t cost_us;                 // of the pool's time that it took
    void (*begin)(struct look *look); // on the loop, just before it runs
    void (*run)(struct look *look);   // in the pool
    void (*done)(struct look *look);  // on the loop: it is the caller's again
};

struct looks {
    struct turns lines[LOOK_KINDS];
    struct pool quick, slow;
    size_t max_quick, max_slow, max_walks; // at once
    unsigned pools;                        // that have not stopped
    void (*stopped)(void *context);
    void *context;
};

struct looks_limits {
    size_t max_quick, max_slow, max_walks; // at once; walks are slow ones
    size_t max_at_once_a_principal;        // of a line
    size_t max_waiting, max_waiting_a_principal;
};

void looks_init(struct looks *looks, const struct looks_limits *limits);
void looks_fini(struct looks *looks);

// Starts the threads. ERROR_INTERNAL.
int looks_start(struct looks *looks, uv_loop_t *loop) __attribute__((warn_unused_result));

// When none runs or waits any more. `stopped` comes later.
void looks_stop(struct looks *looks, void (*stopped)(void *context), void *context);

// False when too much of this principal, or in all, waits already.
bool looks_have_room(const struct looks *looks, const char *principal, enum look_kind kind);

// Its turn will come; callbacks and `kind` are set. No bound is looked at. ERROR_NO_MEMORY.
int looks_push(struct looks *looks, struct look *look, const char *principal)
    __attribute__((warn_unused_result));

// Takes back one that does not run yet. False: it runs, `done` will come.
bool looks_withdraw(struct look *look);

// One that waits, taken back; NULL when none does. To end in order.
struct look *looks_clear(struct looks *looks);

// For how long the look runs that has run longest; 0: none does.
int64_t looks_longest_ms(const struct looks *looks);

size_t looks_waiting(const struct looks *looks);
size_t looks_running(const struct looks *looks);
