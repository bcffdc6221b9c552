// Looks at the state, in the uv pool: at most so many at once, and in turns by the time that they take, so
// that a principal that asks without end, or for much, only waits for itself.
//
// There are two lines, walks over the books and all else, since a walk may take seconds: so many at most are
// walks, and one principal has at most half of them. Loop thread only, but for `run`.
#pragma once

#include "base/turns.h"

#include <uv.h>

struct look {
    struct turns_item turn;
    uv_work_t job;
    struct looks *owner;
    bool walks;
    uint64_t cost_us;                 // of the pool's time that it took
    void (*begin)(struct look *look); // on the loop, just before it runs
    void (*run)(struct look *look);   // in the pool
    void (*done)(struct look *look);  // on the loop: it is the caller's again
};

struct looks {
    uv_loop_t *loop;
    struct turns quick;
    struct turns walks;
    size_t max_at_once;
    size_t max_walks;
};

struct looks_limits {
    size_t max_at_once, max_at_once_a_principal, max_walks;
    size_t max_waiting, max_waiting_a_principal;
};

void looks_init(struct looks *looks, uv_loop_t *loop, const struct looks_limits *limits);
void looks_fini(struct looks *looks);

// False when too much of this principal, or in all, waits already.
bool looks_have_room(const struct looks *looks, const char *principal, bool walks);

// Its turn will come; callbacks and `walks` are set. No bound is looked at. ERROR_NO_MEMORY.
int looks_push(struct looks *looks, struct look *look, const char *principal)
    __attribute__((warn_unused_result));

// Takes back one that does not run yet. False: it runs, `done` will come.
bool looks_withdraw(struct look *look);

// One that waits, taken back; NULL when none does. To end in order.
struct look *looks_clear(struct looks *looks);

size_t looks_waiting(const struct looks *looks);
size_t looks_running(const struct looks *looks);
