// A compacted copy of the state that is summed up as it is written, and that can be cut off.
//
// LMDB writes a copy in one call, which takes minutes for a large state and looks at nothing meanwhile. So it
// writes into a pipe, on a thread of its own; when nobody reads there any more it gives up, as over any write
// that fails.
#pragma once

#include "store/db.h"
#include "store/file_copy.h"

struct state_copy {
    struct db *db;
    int to;                     // empty, open for writing
    const char *name;           // for the error's text
    const atomic_bool *cut_off; // as in file_copy
};

// Copies and syncs; says how long the copy is, and its sum. Any thread; blocks. ERROR_DRAINING: it was cut
// off. ERROR_STORAGE_FULL, ERROR_IO, ERROR_CORRUPT, ERROR_BUSY, ERROR_NO_MEMORY.
int state_copy(const struct store_io *io, const struct state_copy *copy, uint64_t *bytes,
               uint8_t sum[FILE_SUM], struct store_error *error) __attribute__((warn_unused_result));
