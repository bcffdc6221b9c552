// Reading the journal: one record at a place, all of them from a position on, and the check of the whole
// chain.
//
// Any number of threads, each with its own buffer or cursor, while one thread writes. Only what is committed
// is seen; the head may move on meanwhile.
//
// A damaged private part (no erasure, and its crc does not fit) is ERROR_CORRUPT too, but the record's public
// part is then good: `private_is` says DAMAGED, and a cursor has moved on, so that who wants to may continue.
#pragma once

#include "base/buffer.h"
#include "store/journal.h"

struct journal_record {
    struct record body;         // its parts point into the buffer that it was read with
    struct journal_place place; // where it stands
};

struct journal_cursor {
    struct journal *journal;
    struct journal_position position; // before the next record
    struct buffer bytes;              // of the last record, owned
};

struct journal_report {
    uint64_t segments;        // walked
    uint64_t records;         //
    uint64_t seqs;            // events
    uint64_t bytes;           // of records
    uint64_t erased;          // records without their private part
    uint64_t half_erased;     // to be erased again
    uint64_t half_erased_seq; // of the first of them
    uint64_t damaged;         // private parts; the first is named in the error
};

// The record at `place`, as append gave it. ERROR_NOT_FOUND: nothing is committed there, or its segment is
// not here. ERROR_CORRUPT with file, bytes and seqs; ERROR_IO; ERROR_NO_MEMORY.
int journal_read(struct journal *j, struct journal_place place, struct buffer *into,
                 struct journal_record *out, struct store_error *error) __attribute__((warn_unused_result));

// The oldest position there is: the start of the first segment.
int journal_first(struct journal *j, struct journal_position *out, struct store_error *error)
    __attribute__((warn_unused_result));

// The position before the record that spans `seq`, or the head for the next seq to be written. Its `next_seq`
// is smaller than `seq` where `seq` is not the record's first. Reads the segment up to it. ERROR_NOT_FOUND:
// before the first segment or after the head; ERROR_CORRUPT and so on.
int journal_seek(struct journal *j, uint64_t seq, struct journal_position *out, struct store_error *error)
    __attribute__((warn_unused_result));

// From `from` (the first, a sought one, or the state's own) forward.
void journal_cursor_init(struct journal_cursor *c, struct journal *j, const struct journal_position *from);
void journal_cursor_fini(struct journal_cursor *c);

// The next record, its crc, epoch, seq and chain checked; good until the next call. ERROR_NOT_FOUND: nothing
// more is committed (try again later); ERROR_CORRUPT, ERROR_STORE_VERSION, ERROR_IO, ERROR_NO_MEMORY.
int journal_cursor_next(struct journal_cursor *c, struct journal_record *out, struct store_error *error)
    __attribute__((warn_unused_result));

// Walks from the first segment to what is the head when it is called. 0, or ERROR_CORRUPT with the first
// damage in `error`. A broken chain ends the walk, a damaged private part does not.
int journal_verify(struct journal *j, struct journal_report *report, struct store_error *error)
    __attribute__((warn_unused_result));
