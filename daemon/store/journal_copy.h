// A copy of the journal while it is written, for a backup.
#pragma once

#include "store/manifest.h"

// Copies every segment into the directory of `to`, which is empty: those that are full whole, the last one up
// to what was committed when its turn came, which is the manifest's head. Each file is added to the manifest.
// Any thread but the writer's. What is erased meanwhile is never torn in the copy: such a segment is copied
// again. ERROR_STORAGE_FULL, ERROR_IO, ERROR_CORRUPT, ERROR_NO_MEMORY; ERROR_BUSY: erasures do not end.
// ERROR_DRAINING: it was cut off.
int journal_copy(struct journal *j, const struct copy_target *to, struct manifest *manifest,
                 struct store_error *error) __attribute__((warn_unused_result));
