#include "store/replay.h"

#include "base/error.h"
#include "store/journal_archive.h"
#include "store/project.h"
#include "store/store_state.h"

#include <string.h>

int replay_stands_at(struct db *db, struct state_position *out)
{
    struct db_txn txn;
    db_begin(db, false, &txn);
    bool known = state_get_position(&txn, out);
    int rc = txn.error ? txn.error : known ? 0 : ERROR_NOT_FOUND;
    db_abort(&txn);
    return rc;
}

static int apply_one(struct db_txn *txn, const struct journal_record *record)
{
    struct record_facts facts;
    struct arena arena;
    arena_init(&arena, 0);
    int rc = facts_decode(&arena, record->body.public_part, record->body.private_part, &facts);
    if (!rc) {
        project(txn, &arena, &facts);
        state_put_place(txn, record->body.first_seq, record->body.count, record->place);
        rc = txn->error;
    }
    arena_fini(&arena);
    return rc;
}

static int apply_some(struct replay *replay, struct journal_cursor *cursor, bool *more,
                      struct store_error *error)
{
    struct journal_record record;
    struct state_position position;
    struct db_txn txn;
    int rc = 0, count = 0;
    db_begin(replay->db, true, &txn);
    while (count < BATCH_MAX_RECORDS && !rc) {
        rc = journal_cursor_next(cursor, &record, error);
        if (!rc)
            rc = apply_one(&txn, &record);
        if (!rc)
            count++, replay->replayed += record.body.count;
    }
    *more = rc == 0;
    if ((rc && rc != ERROR_NOT_FOUND) || !count) {
        db_abort(&txn);
        return rc == ERROR_NOT_FOUND ? 0 : rc;
    }
    memcpy(position.journal_id, journal_id(replay->journal), sizeof position.journal_id);
    position.at = cursor->position;
    state_put_position(&txn, &position);
    return db_commit(&txn);
}

// A state is built from the first event on, or not at all.
static int begin(struct journal *j, struct journal_position *out, struct store_error *error)
{
    int rc = journal_first(j, out, error);
    return rc || out->next_seq == 1 ? rc : journal_is_not_whole(out->next_seq, error);
}

int replay_run(struct replay *replay, struct store_error *error)
{
    struct state_position position;
    struct journal_cursor cursor;
    bool more = true;
    int rc = replay_stands_at(replay->db, &position);
    if (rc == ERROR_NOT_FOUND)
        rc = begin(replay->journal, &position.at, error);
    if (rc)
        return rc;
    journal_cursor_init(&cursor, replay->journal, &position.at);
    while (more && !rc) {
        rc = apply_some(replay, &cursor, &more, error);
        if (!rc && replay->progress)
            replay->progress(replay->context, cursor.position.next_seq);
    }
    journal_cursor_fini(&cursor);
    return rc;
}
