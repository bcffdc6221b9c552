// The inside of the store, shared by the files that make it up and by nobody else.
#pragma once

#include "store/replay.h"
#include "store/store.h"
#include "store/store_lock.h"
#include "store/store_mark.h"

#include <pthread.h>
#include <stdatomic.h>

enum { BATCH_MAX_RECORDS = 2000, PATH_BYTES = 4096 };

struct store {
    char directory[PATH_BYTES];
    uint8_t boot[BOOT_ID];
    struct store_io io;
    uint64_t map_bytes; // as in the options
    struct store_lock lock;
    struct doubt doubt;
    struct journal *journal;
    struct db db;

    // the open batch, the writer's own
    struct db_txn txn;
    struct arena arena;
    struct view view;
    bool in_batch;
    uint64_t next_seq;
    uint64_t batch_bytes;
    struct journal_entry *entries;
    size_t entry_count;
    struct journal_position expected;

    atomic_bool distrusted;          // said so by store_distrust
    atomic_flag backing_up;          // one backup at a time
    atomic_bool cut_off;             // and no more of it
    atomic_bool behind;              // the state lacks records that the journal has
    atomic_uint_fast64_t checkpoint; // next seq of the newest one
};

// Opens the state and brings it to the head of the journal, by whichever way the mark allows.
int store_recover(struct store *store, const struct store_options *options, struct store_recovery *recovery,
                  struct store_error *error) __attribute__((warn_unused_result));

// Applies what the journal has beyond the state.
int store_catch_up(struct store *store) __attribute__((warn_unused_result));

// Syncs the state's bytes and its name: it may have been put in the place of another one.
int store_sync_state(struct store *store, struct store_error *error) __attribute__((warn_unused_result));

// Erases once more what the records of the last batch say is erased: an erasure is done before the next batch
// is taken, so no other can have been cut off.
int store_finish_erasures(struct store *store) __attribute__((warn_unused_result));

// The same for whatever the journal says is erased, from its first record on: a copy that was made while it
// was erased may still hold it.
int store_repeat_erasures(struct store *store, struct store_error *error) __attribute__((warn_unused_result));

// Where the state was told what the journal does not know (of another journal, or of this one before an older
// copy was put in its place), a new epoch begins, and `*parted`.
int store_part(struct store *store, const struct state_position *position, int64_t now_ms, bool *parted,
               struct store_error *error) __attribute__((warn_unused_result));

// The questions of a view over a transaction; `ctx` is a struct view_over.
struct view_over {
    struct db_txn *txn;
    struct arena *arena;
    uint64_t next_seq;
};
extern const struct view_ops store_view_ops;
