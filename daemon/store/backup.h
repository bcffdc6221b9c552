// A backup of a store that is in use: a directory with the layout of a store, and a manifest.
//
//     DIR/state/data.mdb     LMDB, a compacted copy
//     DIR/journal/*.seg      up to what was committed when it was copied
//     DIR/manifest           written last (manifest.h)
//
// The state is copied first, so that the journal never lacks what the state knows.
#pragma once

#include "store/store.h"

struct backup_report {
    struct journal_position head; // everything before it is in the backup
    uint64_t bytes;               // of the files; holes in them take no room
    size_t files;
    int64_t taken_ms;
};

// Makes a backup in `directory`, which is empty or not there yet, under what is. It is whole and synced when
// this returns 0; otherwise what was made is removed again. Any thread but the writer's; it may take minutes.
// ERROR_IN_USE: the directory is not empty. ERROR_BUSY: another one is being made. ERROR_DRAINING:
// store_end_backups was called. ERROR_STORAGE_FULL, ERROR_IO, ERROR_NO_MEMORY, ERROR_CORRUPT.
int store_backup(struct store *store, const char *directory, int64_t now_ms, struct backup_report *out,
                 struct store_error *error) __attribute__((warn_unused_result));

// The daemon stops: a backup that is being made ends soon, and none is made any more. Any thread.
void store_end_backups(struct store *store);
