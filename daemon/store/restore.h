// Back from a backup: a store in an empty directory, with a new epoch.
#pragma once

#include "store/landing.h"

struct restore_options {
    const char *from; // the backup
    const char *to;   // where the store will be: empty, or not there yet
    bool unlisted; // `from` is a copy of a stopped store, without a manifest: only its journal is taken, with
                   // the archive, and nothing but its chain says that it is whole
    int64_t now_ms; // machine time
    uint8_t boot_id[16];
    uint64_t segment_bytes; // 0: 64 MiB
    const struct store_io *io;
};

struct restore_report {
    struct landing_report landing;
    int64_t taken_ms; // when the backup was made; 0: not known
    size_t files;
    uint64_t bytes;
};

// 0: it is whole, synced, and a daemon may be started on it. Otherwise `to` is as it was. ERROR_CORRUPT names
// the file and what is wrong with it. ERROR_NOT_FOUND: no backup. ERROR_IN_USE: `to` is not empty.
// ERROR_BAD_VALUE: the clock stands before the time at which the backup was made, so that numbers of that day
// could be given again. ERROR_STORE_LOCKED, ERROR_STORE_VERSION, ERROR_STORAGE_FULL, ERROR_IO,
// ERROR_NO_MEMORY.
int store_restore(const struct restore_options *options, struct restore_report *report,
                  struct store_error *error) __attribute__((warn_unused_result));
