// Retention: what of the journal is old moves to the archive (journal_archive.h), a segment at a time.
//
// Only what a checkpoint holds may leave, so that the way back after a power cut never needs the archive; a
// state that is built anew does.
#pragma once

#include "store/store.h"

// Moves the oldest segment if its last record was taken down before `before_ms` (machine time, so that
// imported history is as old as its import); takes a checkpoint first where the newest is older. `*moved` is
// the first seq of what left, 0 where nothing did. Any thread but the writer's, never beside
// store_checkpoint. Errors as journal_archive and store_checkpoint.
int store_retire(struct store *store, int64_t before_ms, uint64_t *moved, struct store_error *error)
    __attribute__((warn_unused_result));
