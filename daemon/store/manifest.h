// The manifest of a backup: what it holds, and the sum of each file. It is written last, so that a backup
// without one did not come to its end.
//
// DIR/manifest is text, a word and its values a line; the last line is the BLAKE2b-256 of all before it, so
// that the manifest itself is held to something too:
//
//     whistled-backup 1
//     journal 32 hex digits
//     head EPOCH NEXT_SEQ 64 hex digits of the chain
//     taken MILLISECONDS
//     file journal/00000000000000000001.seg BYTES 64 hex digits
//     file state/data.mdb BYTES 64 hex digits
//     sum 64 hex digits
#pragma once

#include "store/file_copy.h"
#include "store/journal.h"

enum { MANIFEST_NAME = 40 };

struct manifest_file {
    char name[MANIFEST_NAME]; // under the backup's directory: "state/data.mdb", "journal/….seg"
    uint64_t bytes;
    uint8_t sum[FILE_SUM];
};

struct manifest {
    uint8_t journal_id[JOURNAL_ID];
    struct journal_position head; // the end of its journal; without the place
    int64_t taken_ms;             // machine time
    struct manifest_file *files;  // owned
    size_t count;
    size_t capacity;
};

void manifest_fini(struct manifest *m);

// One more file, to be filled, under the name "FOLDER/NAME"; NULL without memory.
struct manifest_file *manifest_add(struct manifest *m, const char *folder, const char *name);

// Writes it into a directory under another name, syncs it, and gives it its own. ERROR_STORAGE_FULL,
// ERROR_IO, ERROR_NO_MEMORY.
int manifest_write(const struct manifest *m, const struct store_io *io, int directory,
                   struct store_error *error) __attribute__((warn_unused_result));

// Reads it into an empty `m`. ERROR_NOT_FOUND: there is none. ERROR_CORRUPT: it is not as it was written.
// ERROR_STORE_VERSION, ERROR_IO, ERROR_NO_MEMORY.
int manifest_read(struct manifest *m, int directory, struct store_error *error)
    __attribute__((warn_unused_result));
