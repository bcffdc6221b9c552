// Writes the journal's next segment ahead of its need, a mebibyte at a time.
//
// The zeros grow in "next.tmp"; whole and synced it becomes "next", which a restart takes over. With its
// header written and synced it gets its real name. So a file that is named like a segment is always complete,
// and a full disk is known while the current segment still has room.
#pragma once

#include "store/segment.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct segment_maker {
    const struct store_io *io; // borrowed
    int directory;             // of the journal, borrowed
    uint64_t bytes;            // size of a new segment
    pthread_mutex_t lock;      // guards what follows: preparing may run in another thread than taking
    int fd;                    // of next.tmp or next; −1: none
    uint64_t filled;           // bytes of zeros so far
    bool ready;                // it is "next"
};

void segment_maker_init(struct segment_maker *m, const struct store_io *io, int directory, uint64_t bytes);
void segment_maker_fini(struct segment_maker *m);

// Takes over or removes what an earlier run left. ERROR_IO.
int segment_maker_adopt(struct segment_maker *m, struct store_error *error)
    __attribute__((warn_unused_result));

// One more piece; `*ready` when nothing is left to do. ERROR_STORAGE_FULL: try again when there is room.
// ERROR_IO: the file was dropped, the next call begins anew. Any thread.
int segment_maker_step(struct segment_maker *m, bool *ready, struct store_error *error)
    __attribute__((warn_unused_result));

// Makes it ready if need be, writes `header` (its `bytes` is set here) and gives it its name, over an empty
// segment of the same name if there is one. `*named` tells, on failure, that the rename was done: the
// directory is then in doubt. Without it nothing has changed.
int segment_maker_take(struct segment_maker *m, const struct segment_header *header, struct segment *out,
                       bool *named, struct store_error *error) __attribute__((warn_unused_result));

// True when the next segment is there. Any thread.
bool segment_maker_is_ready(struct segment_maker *m);
