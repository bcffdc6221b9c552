// A few open segments for the readers, shared by all threads.
//
// A borrowed segment stays open until it is given back; the least lately used idle one makes room. Where all
// are in use, a borrower gets an fd of its own.
#pragma once

#include "store/segment.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { SEGMENT_CACHE_SLOTS = 16 };

struct segment_slot {
    struct segment segment; // fd −1: the slot is free
    unsigned borrowers;     //
    uint64_t used;          // tick of its last use
    bool stale;             // its file was replaced or moved: closed by the last borrower, found by none
};

struct segment_cache {
    const struct store_io *io;       // borrowed
    const struct segment_home *home; // borrowed
    pthread_mutex_t lock;            // guards the slots and the tick
    uint64_t tick;
    struct segment_slot slots[SEGMENT_CACHE_SLOTS];
};

// A loan; `segment` may be used by this borrower only for reading.
struct segment_loan {
    struct segment segment;
    int slot; // −1: an fd of its own
};

void segment_cache_init(struct segment_cache *c, const struct store_io *io, const struct segment_home *home);

// Every loan must have come back.
void segment_cache_fini(struct segment_cache *c);

// The errors of segment_open().
int segment_cache_borrow(struct segment_cache *c, uint64_t first_seq, struct segment_loan *out,
                         struct store_error *error) __attribute__((warn_unused_result));
void segment_cache_return(struct segment_cache *c, struct segment_loan *loan);

// The file of this name was replaced, or moved.
void segment_cache_forget(struct segment_cache *c, uint64_t first_seq);
