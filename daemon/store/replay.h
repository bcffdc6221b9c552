// From the journal to a state: every way back goes through here, and every proof of a state.
#pragma once

#include "store/journal_reader.h"
#include "store/tables.h"

// After each transaction: the state holds everything before `next_seq`.
typedef void replay_progress(void *context, uint64_t next_seq);

struct replay {
    struct journal *journal;
    struct db *db;
    replay_progress *progress; // NULL: nobody asks
    void *context;
    uint64_t replayed; // events so far
};

// Where the state stands. ERROR_NOT_FOUND: it is new. Others: it cannot be read; ERROR_CORRUPT: damaged, or
// of another version of the records.
int replay_stands_at(struct db *db, struct state_position *out) __attribute__((warn_unused_result));

// Applies what the journal has beyond the state, all of it where the state is new: up to the head, in
// transactions of BATCH_MAX_RECORDS. Errors of the journal and the state.
int replay_run(struct replay *replay, struct store_error *error) __attribute__((warn_unused_result));
