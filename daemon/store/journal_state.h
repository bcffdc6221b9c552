// The inside of a journal, shared by the files that make it up and by nobody else.
#pragma once

#include "base/buffer.h"
#include "store/journal.h"
#include "store/segment.h"
#include "store/segment_cache.h"
#include "store/segment_list.h"
#include "store/segment_maker.h"

#include <pthread.h>
#include <stdatomic.h>

struct journal {
    struct store_io io;         //
    atomic_uint erasing;        // odd while an erasure writes, another one after it
    atomic_bool poisoned;       //
    pthread_mutex_t moving;     // an erasure writes, or a segment moves
    struct segment_home home;   // owned
    uint8_t id[JOURNAL_ID];     //
    struct segment_cache cache; // for readers; has its own lock
    struct segment_maker maker; // has its own lock

    // the writer's own
    struct segment current;   // open for writing
    struct buffer batch;      // reused
    struct store_error error; // behind the last refusal

    // Written by the writer under `lock`; the writer itself reads them without.
    pthread_mutex_t lock;
    struct journal_position head;
    struct segment_list segments;
    size_t archived; // the first so many are in the archive
};

// How far a segment may be read, taken under the lock.
struct journal_limit {
    bool known;     // the segment is in the list
    bool archived;  // and in the archive
    bool last;      // it is the current one
    uint64_t end;   // committed bytes; the size of the file where it is not the last
    uint64_t after; // first seq of the segment after it
};

struct journal_limit journal_limit(struct journal *j, uint64_t segment);

// Goes on in a new segment with `epoch` at the head. Poisons the journal where that is in doubt.
int journal_roll(struct journal *j, uint64_t epoch, struct store_error *error)
    __attribute__((warn_unused_result));

// Fills j->current, j->head, j->segments and the id from the directory, or makes the first segment.
int journal_recover(struct journal *j, const struct journal_options *options,
                    struct journal_recovery *recovery, struct store_error *error)
    __attribute__((warn_unused_result));

// Nobody knows any more what is on the disk. ERROR_IO.
int journal_poison(struct journal *j);

// Nothing was in doubt so far; else ERROR_IO, with the writer's error.
int journal_check_writable(struct journal *j) __attribute__((warn_unused_result));

// Puts into `error` that the bytes from `offset` on, up to the next whole record, are damaged; ERROR_CORRUPT,
// or the error that kept it from looking.
int journal_name_damage(const struct segment *s, uint64_t offset, uint64_t seq, struct store_error *error)
    __attribute__((warn_unused_result));

// Something that is made by reading a segment, such as a copy: `make` runs again until no erasure has come in
// between, since a reader that saw the mark's place before and the part's after would have what looks like
// damage. Then `keep` (NULL: there is none), before which no other erasure comes. What `make` says of a try
// in which one came counts for nothing. ERROR_BUSY: it is erased in again and again; else as make and keep.
struct journal_making {
    int (*make)(void *context, struct store_error *error);
    int (*keep)(void *context, struct store_error *error);
    void *context;
    const char *path; // of the segment, for the error's text
};
int journal_make_settled(struct journal *j, const struct journal_making *making, struct store_error *error)
    __attribute__((warn_unused_result));

// Walks a segment from `at` on, which moves to the first place where no good record follows. `*broken` tells
// that what stands there is whole and yet does not belong there, which no crash can do; `*last_batch` is
// where the last batch begins, and is left where there is none.
int journal_walk(const struct segment *s, struct journal_position *at, bool *broken, uint64_t *last_batch,
                 struct store_error *error) __attribute__((warn_unused_result));

// Before its first record.
struct journal_position journal_start(const struct segment_header *header);

// True when the record follows `at` in the segment: epoch, seq and chain.
bool journal_follows(const struct segment *s, const struct journal_position *at, const struct record *record);

// Moves a position over a record that follows it.
void journal_advance(struct journal_position *at, const struct record *record);
