// Copies a file and sums up what it holds, so that a copy can be held to what was copied.
//
// The sum is BLAKE2b-256 over all bytes of the copy. Runs of zeros, of which a segment of the journal that
// was written ahead is full, are summed up and not written: they are holes in the copy.
#pragma once

#include "store/store_io.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { FILE_SUM = 32 };

// Where copies go, and whether they are still wanted.
struct copy_target {
    int directory;              // open
    const atomic_bool *cut_off; // once it is set copying ends, between two pieces; NULL: it never is
};

struct file_copy {
    int from;
    int to;                     // empty, open for writing; −1: only the sum is wanted
    const char *name;           // for the error's text
    uint64_t bytes;             // that are copied, from the start
    uint64_t size;              // of the copy, at least `bytes`: what lies behind them is zeros
    const atomic_bool *cut_off; // as in a target
};

// Copies and syncs; `sum` may be NULL. ERROR_CORRUPT where the file is shorter than `bytes`; ERROR_DRAINING:
// it was cut off; ERROR_STORAGE_FULL, ERROR_IO.
int file_copy(const struct store_io *io, const struct file_copy *copy, uint8_t sum[FILE_SUM],
              struct store_error *error) __attribute__((warn_unused_result));

// 0, or ERROR_DRAINING where copying `name` was cut off.
int file_copy_wanted(const atomic_bool *cut_off, const char *name, struct store_error *error)
    __attribute__((warn_unused_result));

// Whether a directory holds nothing, but for names that are passed over.
bool file_is_empty(int directory, const char *const *passed_over, size_t count);

// Removes all that stands in a directory and in the directories in it, and no deeper: what an attempt left
// that did not come to its end.
void file_clear(int directory);
