// DIR/care: when the store was last backed up and last checked, and what came of it.
//
// It is for people and their alarms; nothing is decided by it. So it is never in the way: a file that cannot
// be read counts as none, and what cannot be written is known until the process ends. A backup does not hold
// it: a store that was restored begins without. Text, and a sum (summed_file.h); a run that never was has no
// line:
//
//     whistled-care 1
//     backup last BEGUN_MS TOOK_MS CODE SEQ BYTES DIRECTORY
//     backup good …
//     check last …
//     check good …
#pragma once

#include "store/store_io.h"

enum { CARE_PATH = 4096 };

enum care_kind { CARE_BACKUP, CARE_CHECK, CARE_KINDS };

// One backup or check.
struct care_run {
    int64_t begun_ms; // machine time; 0: there was none
    int64_t took_ms;
    int code;              // 0, or why it failed (an enum error)
    uint64_t seq;          // of the last event that it covers; 0 where that is not known
    uint64_t bytes;        // of a backup
    char where[CARE_PATH]; // of a backup: its directory; else ""
};

// The last try of each kind, and the last that was good.
struct care_book {
    struct care_run last[CARE_KINDS], good[CARE_KINDS];
};

struct care;

// Opens DIR/care and reads it. What is wrong with the file is said in `error` alone: then nothing is known.
// `io` NULL: the system. On 0 the caller owns `*out`. ERROR_NO_MEMORY; ERROR_IO and others: no such
// directory.
int care_open(const char *directory, const struct store_io *io, struct care **out, struct store_error *error)
    __attribute__((warn_unused_result));

// NULL is fine.
void care_close(struct care *care);

// Takes down how one ended, and writes the file, synced. Any thread; blocks. ERROR_STORAGE_FULL, ERROR_IO,
// ERROR_NO_MEMORY: it is known, but not kept.
int care_note(struct care *care, enum care_kind kind, const struct care_run *run, struct store_error *error)
    __attribute__((warn_unused_result));

// What is known. Any thread.
void care_read(struct care *care, struct care_book *out);
