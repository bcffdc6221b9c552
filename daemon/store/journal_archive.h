// Retention: the oldest segments leave DIR/journal for DIR/archive, whole and in order, so that what is there
// is always a prefix of the journal.
//
// A segment is copied, synced, read back and held to the chain up to the segment after it; only then it
// leaves the journal's folder. It keeps its name and its bytes. Where a crash has left both, the journal's is
// the one: the next start removes the copy, and it is made again.
#pragma once

#include "store/journal.h"

// A segment of DIR/journal.
struct journal_range {
    uint64_t first_seq;
    uint64_t after; // first seq of the next one
};

// Whether the journal of a store is here from its first event on, or there is none: 0, or ERROR_ARCHIVED.
// ERROR_IO, ERROR_BUSY, ERROR_NO_MEMORY.
int journal_check_whole(const char *directory, struct store_error *error) __attribute__((warn_unused_result));

// Says so, of one that begins at `first_seq`. ERROR_ARCHIVED.
int journal_is_not_whole(uint64_t first_seq, struct store_error *error);

// The oldest of DIR/journal; false while that is the one that is written to. Any thread.
bool journal_oldest(struct journal *j, struct journal_range *out);

// Moves the oldest. Any one thread at a time; an erasure waits while the copy takes the segment's place, and
// one that came before that makes it copy again. ERROR_ARCHIVED: the archive is not here, or lacks what comes
// before. ERROR_CORRUPT: the segment is damaged, and stays; or a file of the archive stands in its way.
// ERROR_BUSY: it is erased in again and again. ERROR_STORAGE_FULL, ERROR_IO (the journal is poisoned where it
// is not sure that it left), ERROR_NO_MEMORY.
int journal_archive(struct journal *j, struct store_error *error) __attribute__((warn_unused_result));
