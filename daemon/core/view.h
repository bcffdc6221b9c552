// What `decide` may ask of the world: a const table of functions over one consistent state.
//
// The store implements it over its open transaction, tests over arrays. Nothing else reaches the core: no
// clock, no randomness, no I/O. Results live as long as the transaction's arena.
#pragma once

#include "core/case.h"

#include <stdint.h>

// What is known of an open case without reading it: enough to tell whether it is near.
struct candidate {
    uint64_t id;
    const char *area; // code of the whistle's area
    bool placed;      // `position` is known
    struct position position;
};

struct view_ops {
    // The case by its number as text (canonical form); NULL: there is none.
    struct casefile *(*by_number)(void *ctx, const char *number);
    // The case by its id; NULL: there is none.
    struct casefile *(*by_id)(void *ctx, uint64_t id);
    // The number of the case that came from this source, or NULL.
    const char *(*by_source)(void *ctx, const char *source, const char *source_no);
    // How many cases were numbered on this local day so far.
    uint32_t (*day_count)(void *ctx, int32_t local_day);
    // The sequence number that the next event will get.
    uint64_t (*next_seq)(void *ctx);
    // How many notices of rungs this recipient got in the window that began last, and when it did.
    uint32_t (*notices)(void *ctx, const char *recipient, int64_t *since_ms);
    // Open cases of this category (code) filed at or after `since_ms`, newest first, into `out`; how many.
    size_t (*recent)(void *ctx, const char *category, int64_t since_ms, struct candidate *out, size_t max);
};

struct view {
    const struct view_ops *ops;
    void *ctx;
};
