// The journal: the log of records that is the truth of the store. This side writes it; journal_reader.h
// reads.
//
// It lives in DIR/journal as segments (segment.h) of records (record.h) and knows nothing of what is in them.
// The oldest segments may have been moved to DIR/archive (journal_archive.h), where they are read and erased
// in as ever; what is not there is missing at the journal's beginning.
// A record is one command: a public part under the chain for ever, and a private part that can be erased in
// place. It spans `count` seqs, one an event, numbered from 1 without gaps.
//
// One thread writes: append, begin_epoch, erase, close. Any thread may read, prepare, and ask for the head
// and the status. What is read has been committed.
//
// An append that returns 0 is on disk. After ERROR_IO nobody knows what is ("in doubt"): the journal is
// poisoned, writes nothing more, and only opening it again decides. After any other error nothing was
// written. The text behind the writer's last error is in journal_error().
//
//     struct journal_position at;
//     journal_head(j, &at);
//     struct journal_entry e = {.count = 2, .public_part = …, .private_part = …};   // seqs at.next_seq, +1
//     int rc = journal_append(j, &at, &e, 1);
#pragma once

#include "base/blob.h"
#include "store/record.h"
#include "store/store_error.h"
#include "store/store_io.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JOURNAL_ID = 16,
    JOURNAL_SEGMENT_BYTES = 64 * 1024 * 1024,
};

struct journal;

// Where a record stands. It never moves.
struct journal_place {
    uint64_t segment; // first seq of its file
    uint64_t offset;  // bytes
};

// A boundary between two records.
struct journal_position {
    uint64_t epoch;              // of the segment it lies in
    uint64_t next_seq;           // of the record that stands or will stand there
    uint8_t chain[RECORD_CHAIN]; // over all before it
    struct journal_place place;
};

struct journal_options {
    const char *directory;  // DIR, which exists; the caller holds its store_lock
    uint8_t id[JOURNAL_ID]; // random; used where a journal is created
    uint64_t segment_bytes; // of new segments; 0: 64 MiB
    uint64_t known_seq;     // the next seq of a position that was once acknowledged, as the state remembers
                            // it: a journal that ends before it is damaged, not torn. 0: nothing is known
    const struct store_io *io; // NULL: the system; copied
    bool read_only;            // nothing is written, also not over a torn tail; only reading may follow. It
                               // needs no lock
    const struct journal_position *upto; // of a read-only journal: the head, where somebody may be writing
                                         // behind it; borrowed. NULL: it is looked for
};

// What opening found and did.
struct journal_recovery {
    bool created;             // there was no segment
    struct journal_place cut; // a torn tail began here
    uint64_t cut_bytes;       // and had so many bytes; 0: there was none
    uint32_t cut_whole;       // whole records among them: of the same unacknowledged batch
};

struct journal_entry {
    uint32_t count;             // seqs, at least 1
    struct blob public_part;    // borrowed
    struct blob private_part;   // borrowed; may be empty
    uint64_t first_seq;         // set by append
    struct journal_place place; // set by append
};

struct journal_status {
    size_t segments;        // files
    size_t archived;        // of them in the archive
    uint64_t first_seq;     // that is here
    uint64_t segment_bytes; // size of the current one
    uint64_t used_bytes;    // of it
    bool next_ready;        // the next one is prepared
    bool poisoned;          // an ERROR_IO is behind it
};

// Opens DIR/journal, or creates it where there is no segment. Reads the last segment through: a torn tail
// (nothing of a later batch behind it) is overwritten with zeros and told in `recovery`; the last batch,
// which a process that died may not have synced, is made sure to be on the disk; damage is ERROR_CORRUPT with
// file, bytes and seqs in the text. Read only, a journal of no segment is ERROR_NOT_FOUND. Also
// ERROR_STORE_VERSION, ERROR_STORAGE_FULL, ERROR_IO, ERROR_NO_MEMORY. `recovery` and `error` may be NULL.
int journal_open(const struct journal_options *options, struct journal **out,
                 struct journal_recovery *recovery, struct store_error *error)
    __attribute__((warn_unused_result));

// No reader may be left. NULL is fine.
void journal_close(struct journal *j);

// 16 bytes, fixed for the life of the journal.
const uint8_t *journal_id(const struct journal *j);

// The end of what is committed. Any thread.
void journal_head(struct journal *j, struct journal_position *out);
void journal_status(struct journal *j, struct journal_status *out);

// The next segment is there, or the current one has room for many batches more. Any thread.
bool journal_has_room(struct journal *j);

// The writer's last error.
const struct store_error *journal_error(const struct journal *j);

// Writes the entries as one batch: one write, one fdatasync, all of them in one segment. `expected` must be
// the head (epoch, next_seq and chain), else ERROR_FENCED. ERROR_TOO_LARGE: more than journal_max_batch()
// bytes. ERROR_STORAGE_FULL: no room for the next segment, or the disk refused the bytes; it works again when
// there is room. ERROR_IO: in doubt. ERROR_NO_MEMORY.
int journal_append(struct journal *j, const struct journal_position *expected, struct journal_entry *entries,
                   size_t count) __attribute__((warn_unused_result));

// What a batch may have: the sum of record_size(public, private) over its entries.
uint64_t journal_max_batch(const struct journal *j);

// One step (at most 1 MiB written and synced) towards the next segment; `*ready` when it is there. Call it in
// spare moments until then; the append that needs it does the rest itself. ERROR_STORAGE_FULL is the early
// word of a full disk; ERROR_IO hurts no record. Any one thread at a time; it waits for no append but the one
// that moves to the next segment.
int journal_prepare(struct journal *j, bool *ready, struct store_error *error)
    __attribute__((warn_unused_result));

// For a restore: a new segment with `epoch`, which must be higher than the head's; seqs and chain go on.
// ERROR_BAD_VALUE, ERROR_STORAGE_FULL, ERROR_IO (in doubt), ERROR_NO_MEMORY.
int journal_begin_epoch(struct journal *j, uint64_t epoch) __attribute__((warn_unused_result));

// Whether no record of the head's epoch was written yet. A journal's own first epoch is never new.
int journal_epoch_is_new(struct journal *j, bool *is_new, struct store_error *error)
    __attribute__((warn_unused_result));

// The epoch that begins at a machine time after `epoch`: the second it begins in, so that two restores of one
// backup never have the same. It fits 32 bits until 2106.
uint64_t journal_epoch_after(uint64_t epoch, int64_t now_ms);

// Erases the private part of the record that spans `seq`, or of the one at `place`, and syncs. Again does no
// harm and finishes what a crash left half done. By seq the segment is read up to it; the place is quicker.
// ERROR_NOT_FOUND, ERROR_CORRUPT, ERROR_STORAGE_FULL (try again), ERROR_IO (poisons the journal).
int journal_erase(struct journal *j, uint64_t seq) __attribute__((warn_unused_result));
int journal_erase_at(struct journal *j, struct journal_place place) __attribute__((warn_unused_result));

// Whether the file in which it stands is here, and may be written to.
bool journal_can_erase_at(struct journal *j, struct journal_place place);
