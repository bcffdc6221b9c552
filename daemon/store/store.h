// The store: the journal, which is the truth, and the state, which is derived from it.
//
// One thread, the engine's, writes: it begins a batch, decides each command over the batch's view, takes what
// was decided, and commits. A commit is one write and one sync of the journal, then the state's (unsynced)
// commit; only after it may anything be answered. Any thread reads, over snapshots (store_read_begin).
//
//     DIR/lock            one daemon at a time
//     DIR/journal/        the log (journal.h)
//     DIR/archive/        its oldest files (retention.h); may be another disk's
//     DIR/state/          LMDB (tables.h), derived
//     DIR/checkpoint/     a synced copy of the state, taken in the background
//     DIR/inhand          what each thread is working on (inhand.h)
//     DIR/poison/         the requests that were in hand when the process died (suspects.h)
//     DIR/mark            which boot of the machine wrote the state, and whether it was closed in order
//     DIR/doubt           whether the state may be trusted at the next start (doubt.h)
//     DIR/care            when it was last backed up and last checked (care.h)
#pragma once

#include "base/arena.h"
#include "core/decide.h"
#include "store/db.h"
#include "store/doubt.h"
#include "store/journal_reader.h"
#include "store/project.h"
#include "store/replay.h"
#include "store/store_error.h"
#include "store/tables.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

struct store_options {
    const char *directory;     // exists
    uint8_t journal_id[16];    // random; used where a journal is created
    uint64_t segment_bytes;    // 0: 64 MiB
    uint64_t map_bytes;        // that the state may have; 0: as db_open
    const struct store_io *io; // NULL: the system
    uint8_t boot_id[16];       // of the machine, as boot_id_read gives it
    bool rebuild;              // the state is built anew, whatever there is
    replay_progress *progress; // while the journal is applied; NULL: nobody asks
    void *context;
    int64_t now_ms; // machine time; names an epoch that has to begin
};

// How the state came back. X(enumerator, text)
#define STORE_WAYS(X)                                                                                        \
    X(CREATED, "created")                                                                                    \
    X(CLEAN, "clean")           /* used as it was closed */                                                  \
    X(CONTINUED, "continued")   /* the process had died; the machine had not */                              \
    X(CHECKPOINT, "checkpoint") /* the machine had stopped: from the newest checkpoint */                    \
    X(REBUILT, "rebuilt")       /* from the first event */

enum store_way {
#define X(id, text) STORE_##id,
    STORE_WAYS(X)
#undef X
};

struct store_recovery {
    enum store_way way;
    enum doubt_why why; // the state was not trusted, and built anew
    uint64_t replayed;  // events applied to the state
    bool parted;        // the state knew what the journal does not: a new epoch has begun
    struct journal_recovery journal;
};

const char *store_way_name(enum store_way way);

// Opens or creates. What was wrong is in `error`, which names it. On 0 the caller owns `*out`.
//
// Without room on the disk a state that lacks no more than the journal's last batch is used as it is: it
// answers, and catches up before the next batch. One that would have to be built anew is not, since it would
// know nothing of most cases: ERROR_STORAGE_FULL. Nothing is dropped for lack of room, memory or descriptors.
// Nor where the journal's first files are not here: ERROR_ARCHIVED, if the state has to be built anew.
int store_open(const struct store_options *options, struct store **out, struct store_recovery *recovery,
               struct store_error *error) __attribute__((warn_unused_result));

// Syncs the state and marks it clean; no reader and no batch may be left. NULL is fine.
void store_close(struct store *store);

// The same while a checkpoint still runs in another thread: the files are closed by the end of the process,
// which must come now.
void store_seal(struct store *store);

// ---- one batch, on the writer's thread ----------------------------------------------------------

// What is taken down of one command.
struct store_record {
    struct record_facts facts;
    struct blob private_part; // serialised Private, or empty
};

// Begins a batch. ERROR_STORAGE_FULL and others when the state cannot catch up with the journal;
// ERROR_CORRUPT once damage was met anywhere in it: nothing more is decided over it.
int store_begin(struct store *store) __attribute__((warn_unused_result));

// The state as this batch sees it, with what it has taken so far; for decide(). Results live until the batch
// ends.
const struct view *store_view(struct store *store);
struct db_txn *store_batch(struct store *store);
struct arena *store_arena(struct store *store);

// The sequence number that the next event of this batch gets.
uint64_t store_next_seq(const struct store *store);

// True while the batch has taken nothing.
bool store_batch_is_empty(const struct store *store);

// Applies a record to the batch's state and adds it to what will be written. ERROR_TOO_LARGE when the batch
// has no room for it (commit and begin again); any other error spoils the batch: abort it.
int store_take(struct store *store, const struct store_record *record) __attribute__((warn_unused_result));

// Writes the batch down. 0: every record of it is on disk. Otherwise nothing was written, except after
// ERROR_IO, which leaves that in doubt: the process must end and open the store again.
int store_commit(struct store *store) __attribute__((warn_unused_result));
void store_abort(struct store *store);

// Between batches: would the next one be taken? Lets the state catch up and writes where it stands once more,
// which takes as much room as a small batch; of the journal, journal_has_room tells. 0, or what store_begin
// would say.
int store_probe(struct store *store) __attribute__((warn_unused_result));

// The state lacks records that the journal has. Any thread.
bool store_is_behind(const struct store *store);

// What is private of the record that spans `seq`, of the open batch or the journal, in `arena`: `*had` says
// whether it ever had any; empty where that was erased. On the writer's thread, within a batch. Errors as
// store_read_record.
int store_read_private(struct store *store, struct arena *arena, uint64_t seq, bool *had, struct blob *out)
    __attribute__((warn_unused_result));

// Whether all of a case's records that are on disk can be erased in: 0, or ERROR_ARCHIVED where one lies in
// an archive that is not here, or may not be written to. On the writer's thread, within a batch. Also the
// errors of the state.
int store_can_erase(struct store *store, uint64_t case_id) __attribute__((warn_unused_result));

// What an `erased` event says: what is personal of this case, up to this event, which has to go.
struct store_erasure {
    uint64_t case_id, upto_seq;
};

// Erases the private part of each of those records, synced; what is erased already costs a sync of nothing.
// On the writer's thread, between batches, when the event is on disk: a crash before the end is made good by
// the next store_open. Errors as store_commit.
int store_erase(struct store *store, struct store_erasure erasure) __attribute__((warn_unused_result));

// ---- reading, on any thread ---------------------------------------------------------------------

struct store_reader {
    struct store *store;
    struct db_txn txn;
    struct arena *arena; // the caller's
    struct view view;    // over the snapshot: the same questions as a batch's
};

// A snapshot; what it gives lives in `arena`. Errors stick in reader->txn.
void store_read_begin(struct store *store, struct arena *arena, struct store_reader *reader);
void store_read_end(struct store_reader *reader);

// The record that spans `seq`, decoded into the arena; the private part is empty when it was erased.
// ERROR_NOT_FOUND, ERROR_CORRUPT, ERROR_IO, ERROR_NO_MEMORY.
int store_read_record(struct store_reader *reader, uint64_t seq, struct record_facts *facts,
                      struct blob *private_part) __attribute__((warn_unused_result));

// The same for who needs nothing that is personal, which may be the most of a record.
int store_read_public(struct store_reader *reader, uint64_t seq, struct record_facts *facts)
    __attribute__((warn_unused_result));

// The head of the journal: what is committed.
void store_head(struct store *store, struct journal_position *out);

struct store_status {
    struct journal_status journal;
    uint64_t state_bytes;
    uint64_t map_bytes;      // that it may have
    uint64_t free_bytes;     // of the disk, for this user
    uint64_t checkpoint_seq; // the newest checkpoint holds everything before it; 0: there is none
    bool behind;             // the state could not be written and will catch up
    bool demo;               // the store is a demonstration
    bool empty;              // no event yet
    int64_t last_ms;         // city time of the last event, 0 when there is none
};
void store_status(struct store *store, struct store_status *out);

// Copies the state into a checkpoint, if the journal has grown enough since the last one (or `force`). Any
// thread but the writer's, one at a time. 0 also when there was nothing to do.
int store_checkpoint(struct store *store, bool force, struct store_error *error)
    __attribute__((warn_unused_result));

// Copies the state as it stands, page by page, into `directory`, which exists and holds no state: nothing of
// it is looked at, so that a damaged one is copied with its damage. Any thread; blocks.
int store_snapshot(struct store *store, const char *directory, struct store_error *error)
    __attribute__((warn_unused_result));

// Where the state was found to be damaged since the start: the name of a table, "some" where it was
// distrusted; NULL: nowhere. Any thread.
const char *store_damage(const struct store *store);

// The next start is to build the state anew. Blocks. ERROR_IO, ERROR_STORAGE_FULL.
int store_distrust(struct store *store) __attribute__((warn_unused_result));

const char *store_directory(const struct store *store);

// The journal, for those who walk it.
struct journal *store_journal(struct store *store);
