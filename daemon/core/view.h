// What `decide` may ask of the world: a const table of functions over one consistent state.
//
// The store implements it over its open transaction, tests over arrays. Nothing else reaches the core: no
// clock, no randomness, no I/O. Results live as long as the transaction's arena.
#pragma once

#include "core/case.h"

#include <stdint.h>

// What is known of a case without reading it: enough to tell whether it is near and counts.
struct candidate {
    uint64_t id;
    const char *number;
    const char *title; // may be empty
    int64_t filed_ms;
    bool open;
    bool counts;          // as a whistle of its own: not withdrawn, rejected, registered, or raised by others
    bool raised;          // for a repeated point
    const char *category; // code
    const char *area;     // code of the whistle's area
    bool placed;          // `position` is known
    struct position position;
};

// What is looked for around a place.
struct near_query {
    const char *category_class; // struct casefile, category_class
    const char *area;           // code
    const struct position
        *position;    // NULL: all of the area; else those within `metres`, and those of the area
    uint32_t metres;  // that have no position themselves
    int64_t since_ms; // filed at or after
};

// What the desk ruled once: who has to come where a unit declined, or where no unit was found.
struct precedent {
    const char *number; // of the case
    int64_t at_ms;
    const char *category;
    const char *area; // path
    enum ruling ruling;
    const char *from;   // unit that declined; NULL: none was found
    const char *to;     // unit that has to come; NULL: nobody in its place
    const char *reason; // of the decline
};

// What became of telling somebody of an event.
enum reach {
    REACH_NONE,   // he is not told of it by himself: a digest may count it
    REACH_TOLD,   //
    REACH_FAILED, // and once it did not reach him, which the others have heard
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
    // Whether this recipient was told of the event `seq` of the case.
    enum reach (*reach)(void *ctx, uint64_t case_id, uint64_t seq, const char *recipient);
    // Cases of a class around a place, each once, into `out`; how many.
    size_t (*near)(void *ctx, const struct near_query *query, struct candidate *out, size_t max);
    // What was ruled of this category (code) in this area (path), then in those that hold it, newest first in
    // each, into `out`; how many.
    size_t (*precedents)(void *ctx, const char *category, const char *area, struct precedent *out,
                         size_t max);
};

struct view {
    const struct view_ops *ops;
    void *ctx;
};
