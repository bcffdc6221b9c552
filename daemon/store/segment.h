// A segment: one file of the journal, written ahead with zeros, then filled with records from its header on.
//
// The file's name is its first seq in 20 digits and ".seg", so that names sort as the journal runs. The
// header is written once, before the file gets that name. It carries the chain at its start, so that a
// journal whose oldest segments are not here can still be verified from its first one on. Big-endian:
//
//     0  "WHISTLED"    8 u16 version   10 u16 zero, u32 zero    16 journal id (16)    32 u64 epoch
//    40  u64 first seq   48 u64 bytes of the file    56 chain at its start (32)    88 zeros    124 u32 crc32c
//    of 0..124
//
// The segment version covers its records too: a newer one is refused whole (ERROR_STORE_VERSION).
#pragma once

#include "base/buffer.h"
#include "store/record.h"
#include "store/store_io.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SEGMENT_VERSION = 1,
    SEGMENT_HEADER = 128,
    SEGMENT_NAME = 25,                // with its NUL
    SEGMENT_FRESH = SEGMENT_NAME + 4, // of a copy that is not whole yet
    SEGMENT_PATH = SEGMENT_NAME + 8,  // "journal/…", "archive/…"
};

struct segment_header {
    uint8_t id[16];              // of the journal
    uint64_t epoch;              // of all its records
    uint64_t first_seq;          //
    uint64_t bytes;              // size of the file, allocated when it was made
    uint8_t chain[RECORD_CHAIN]; // before its first record
};

// The folders of a store in which segments lie, as open directories: the one that is written to, and the one
// to which the oldest were moved. Where a segment is in both, the journal's is the one.
struct segment_home {
    int journal;
    int archive; // −1: it is not here
};

// An open segment. The fd belongs to whoever holds the struct.
struct segment {
    const struct store_io *io; // borrowed
    int fd;                    // −1: none
    uint32_t seed;             // of its records' checksums
    struct segment_header header;
    char path[SEGMENT_PATH]; // of the file, from the store's directory on
};

// Bytes that follow the last record: what a scan found there.
struct segment_rest {
    uint64_t end;        // of what is not zero; equals the start of the rest where all is zero
    uint64_t next_valid; // offset of the first whole record in it; 0: none
    uint64_t next_seq;   // and its first seq
    uint32_t whole;      // how many whole records there are
    bool later_batch;    // one of them was written by a later batch: what stands before it is damage
};

void segment_name(uint64_t first_seq, char out[SEGMENT_NAME]);
void segment_fresh(uint64_t first_seq, char out[SEGMENT_FRESH]);
void segment_path(bool archived, uint64_t first_seq, char out[SEGMENT_PATH]);

// True for a segment's file name; then `*first_seq` is set.
bool segment_name_parse(const char *name, uint64_t *first_seq);

void segment_header_encode(const struct segment_header *header, uint8_t out[SEGMENT_HEADER]);

// 0, ERROR_CORRUPT, ERROR_STORE_VERSION.
int segment_header_decode(const uint8_t bytes[SEGMENT_HEADER], struct segment_header *out)
    __attribute__((warn_unused_result));

// Opens the segment that begins at `first_seq` (`flags` O_RDONLY or O_RDWR), in whichever folder it is, and
// checks its header and size.
// ERROR_NOT_FOUND, ERROR_CORRUPT, ERROR_STORE_VERSION, ERROR_IO, ERROR_NO_MEMORY.
int segment_open(const struct store_io *io, const struct segment_home *home, uint64_t first_seq, int flags,
                 struct segment *out, struct store_error *error) __attribute__((warn_unused_result));

// Closes the fd, if any.
void segment_close(struct segment *s);

// Reads what stands at `offset` and ends at or before `end`, into `into` (whose bytes `out` then points to).
// 0 with the verdict in `shape`; ERROR_IO, ERROR_NO_MEMORY, ERROR_CORRUPT (a file cut short). Safe from
// several threads, each with its own buffer.
int segment_read(const struct segment *s, uint64_t offset, uint64_t end, struct buffer *into,
                 struct record *out, enum record_shape *shape, struct store_error *error)
    __attribute__((warn_unused_result));

// Looks at everything from `offset` to the end of the file for bytes that are not zero, and for whole records
// of `seq` or later.
int segment_examine_rest(const struct segment *s, uint64_t offset, uint64_t seq, struct segment_rest *out,
                         struct store_error *error) __attribute__((warn_unused_result));

// Overwrites [offset, end) with zeros and syncs.
int segment_wipe(const struct segment *s, uint64_t offset, uint64_t end, struct store_error *error)
    __attribute__((warn_unused_result));

// Erases the private part of `record`, which stands at `offset`, in two synced steps (record.h says why).
int segment_erase(const struct segment *s, uint64_t offset, const struct record *record,
                  struct store_error *error) __attribute__((warn_unused_result));
