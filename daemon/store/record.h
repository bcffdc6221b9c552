// The framing of one journal record: pure bytes, no files.
//
// A record is one command with all its events. Big-endian; the record starts and ends at multiples of 8.
//
//     0  u32 magic          8  u32 length of all of it    24  u64 first seq     40  u32 public bytes
//     4  u16 version       12  u32 count of seqs          32  u64 batch seq     44  u32 private bytes
//     6  u16 zero          16  u64 epoch                  48  chain (32)        80  u32 zero   84  u32 crc
//    88  public part, padded with zeros to 8              ← crc: header up to 84, public part and its padding
//     …  u32 mark, u32 private crc, private part, padded  ← private crc: the private part and its padding
//
// The private part, with its crc, can be overwritten in place: neither the crc nor the chain looks at it. The
// crc of personal data is itself a trace of it, so it goes too. Erasing writes the mark first and syncs it,
// then zeros: a crash in between leaves `half erased`, never something that looks like damage. The mark is
// four aligned bytes in one sector; it is taken that those are written whole.
//
// The chain is BLAKE2b-256(chain before ‖ public part).
//
// `batch seq` is the first seq of the batch that was written and synced in one go. Sectors of one write reach
// the disk in any order, so after a power cut a whole record may stand behind a torn one; it proves damage
// only if it belongs to a later batch.
//
// The magic is 57684a52 ("WhJR"); the mark is "LIVE", or "GONE" with a crc of zero once the part was erased.
// Both checksums begin with the crc32c of the journal's id as their seed: bytes that merely look like a
// record of some journal, in a text that somebody sent, are not one of this journal.
//
// A later record version must come with a later segment version, which is what an older program looks at.
#pragma once

#include "base/blob.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RECORD_VERSION = 1,
    RECORD_HEADER = 88,
    RECORD_PRIVATE_HEADER = 8,
    RECORD_CHAIN = 32,
    RECORD_MAX_PART = 1 << 30, // bytes of a public or private part, so that lengths add up in 32 bits
};

// What stands at a place. X(enumerator, text)
#define RECORD_SHAPES(X)                                                                                     \
    X(WHOLE, "whole") /* crc and lengths fit */                                                              \
    X(NONE, "none")   /* a header of zeros: nothing was written */                                           \
    X(BAD, "bad")                                                                                            \
    X(NEWER, "newer") /* whole, of a version that this program does not know */

// What became of the private part. X(enumerator, text)
#define RECORD_PRIVATES(X)                                                                                   \
    X(LIVE, "live")               /* there, and its crc fits; also where it is empty */                      \
    X(ERASED, "erased")           /* marked and overwritten */                                               \
    X(HALF_ERASED, "half_erased") /* marked, not all overwritten: erase it again */                          \
    X(DAMAGED, "damaged")         /* not marked, and its crc does not fit */

enum record_shape {
#define X(id, text) RECORD_##id,
    RECORD_SHAPES(X)
#undef X
};

enum record_private {
#define X(id, text) RECORD_PRIVATE_##id,
    RECORD_PRIVATES(X)
#undef X
};

struct record {
    uint32_t length;                // of the whole record on disk, a multiple of 8
    uint32_t count;                 // seqs it spans, at least 1
    uint64_t epoch;                 //
    uint64_t first_seq;             //
    uint64_t batch_seq;             // first seq of its batch, ≤ first_seq
    uint8_t chain[RECORD_CHAIN];    // after this record
    struct blob public_part;        // points into the bytes that were decoded
    struct blob private_part;       // the same; empty unless LIVE
    uint32_t private_bytes;         // its length as written, also where it is erased
    enum record_private private_is; //
};

const char *record_shape_name(enum record_shape shape);
const char *record_private_name(enum record_private state);

// The seed of both checksums for a journal id of 16 bytes.
uint32_t record_seed(const uint8_t id[16]);

// Bytes on disk of a record with such parts (each at most RECORD_MAX_PART).
uint64_t record_size(size_t public_bytes, size_t private_bytes);

// Writes `record` (length and private_bytes are taken from its parts) into record_size() bytes.
void record_encode(const struct record *record, uint32_t seed, uint8_t *out);

// Reads the header only: lengths are consistent and at most `room`. WHOLE then means "worth reading its
// `length` bytes"; nothing else in `out` is good yet.
enum record_shape record_peek(const uint8_t header[RECORD_HEADER], uint64_t room, struct record *out);

// Checks and reads a record at the start of `bytes`. `out` is filled for WHOLE only. The private part does
// not change the verdict: see `private_is`.
enum record_shape record_decode(const uint8_t *bytes, size_t length, uint32_t seed, struct record *out);

// Where the private header (mark, crc) stands, from the start of the record, and how many bytes the private
// part has with its padding.
uint32_t record_private_offset(const struct record *record);
uint32_t record_private_padded(const struct record *record);

// The eight bytes that mark a private part as erased.
void record_erased_header(uint8_t out[RECORD_PRIVATE_HEADER]);

// `out` = BLAKE2b-256(before ‖ public part). `out` may be `before`.
void record_chain(const uint8_t before[RECORD_CHAIN], struct blob public_part, uint8_t out[RECORD_CHAIN]);

// The chain before the first record of a journal: BLAKE2b-256(journal id).
void record_genesis(const uint8_t id[16], uint8_t out[RECORD_CHAIN]);
