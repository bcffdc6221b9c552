// Erasing what is personal of a case, and making good an erasure that a crash cut off.
#include "store/store_state.h"

#include "base/error.h"
#include "base/text.h"
#include "store/journal_reader.h"
#include "store/key.h"
#include "store/suspects.h"

// A command may be about two cases: what came with it belongs to the one whose event says so.
static bool is_of(const struct record_facts *facts, uint64_t case_id)
{
    bool others = false;
    for (size_t i = 0; i < facts->event_count; i++) {
        if (facts->events[i].personal && facts->events[i].case_id == case_id)
            return true;
        others |= facts->events[i].personal != 0;
    }
    return !others;
}

// The request that a record was made of may be kept aside as well: it ended the process behind its commit.
static int erase_suspect(const struct store *store, const struct record_facts *facts)
{
    if (facts->request_id.length != INHAND_ID)
        return 0;
    return suspects_erase(store->directory, text_or_empty(facts->actor.principal), facts->request_id.bytes);
}

// A record without what is private of it, which may be half erased and not to be read; in an arena of its
// own.
static int read_alone(const struct store_reader *reader, struct arena *arena, uint64_t seq,
                      struct record_facts *facts)
{
    struct store_reader own = *reader;
    arena_init(arena, 0);
    own.arena = arena;
    return store_read_public(&own, seq, facts);
}

static int place_of(struct store_reader *reader, uint64_t seq, struct journal_place *out)
{
    if (state_get_place(&reader->txn, seq, out))
        return 0;
    return reader->txn.error ? reader->txn.error : ERROR_NOT_FOUND;
}

// What lies in an archive that is not here was asked after before it was to be erased (store_can_erase), so
// this has been done before.
static int erase_record(struct store_reader *reader, uint64_t seq, uint64_t case_id)
{
    struct journal_place place;
    struct record_facts facts;
    struct arena arena;
    int rc = place_of(reader, seq, &place);
    if (rc || !journal_can_erase_at(reader->store->journal, place))
        return rc;
    rc = read_alone(reader, &arena, seq, &facts);
    bool meant = !rc && is_of(&facts, case_id);
    if (meant)
        rc = journal_erase_at(reader->store->journal, place);
    if (meant && !rc)
        rc = erase_suspect(reader->store, &facts);
    arena_fini(&arena);
    return rc;
}

// Of a key of the history. What was written since the erasure stays.
static bool is_meant(const struct store_erasure *erasure, struct blob key)
{
    return key_get_u64(key, 0) == erasure->case_id && key_get_u64(key, 8) <= erasure->upto_seq;
}

// Each record of a case's history that an erasure means.
static int each_record(struct store_reader *reader, struct store_erasure erasure,
                       int (*visit)(struct store_reader *reader, uint64_t seq, uint64_t case_id))
{
    struct db_cursor cursor;
    struct key key = {.length = 0};
    int rc = 0;
    key_u64(&key, erasure.case_id);
    db_cursor_open(&cursor, &reader->txn, DB_HISTORY);
    bool found = db_cursor_seek(&cursor, key.bytes, key.length);
    for (; found && !rc && is_meant(&erasure, cursor.key); found = db_cursor_next(&cursor))
        rc = visit(reader, key_get_u64(cursor.key, 8), erasure.case_id);
    db_cursor_close(&cursor);
    return rc ? rc : reader->txn.error;
}

int store_erase(struct store *store, struct store_erasure erasure)
{
    struct store_reader reader;
    struct arena arena;
    arena_init(&arena, 0);
    store_read_begin(store, &arena, &reader);
    int rc = each_record(&reader, erasure, erase_record);
    store_read_end(&reader);
    arena_fini(&arena);
    return rc;
}

static int look_for(struct store_reader *reader, uint64_t seq, uint64_t case_id)
{
    struct journal_place place;
    int rc = place_of(reader, seq, &place);
    (void)case_id;
    return rc || journal_can_erase_at(reader->store->journal, place) ? rc : ERROR_ARCHIVED;
}

int store_can_erase(struct store *store, uint64_t case_id)
{
    struct store_reader reader = {.store = store, .txn = store->txn};
    return each_record(&reader, (struct store_erasure){case_id, store->expected.next_seq - 1}, look_for);
}

static int erase_of(struct store *store, const struct record_facts *facts)
{
    int rc = 0;
    for (size_t i = 0; i < facts->event_count && !rc; i++)
        if (facts->events[i].kind == EVENT_ERASED)
            rc = store_erase(store, (struct store_erasure){facts->events[i].case_id, facts->events[i].seq});
    return rc;
}

static int erase_of_record(struct store *store, const struct journal_record *record)
{
    struct record_facts facts;
    struct arena arena;
    arena_init(&arena, 0);
    int rc = facts_decode(&arena, record->body.public_part, (struct blob){NULL, 0}, &facts);
    if (!rc)
        rc = erase_of(store, &facts);
    arena_fini(&arena);
    return rc;
}

int store_repeat_erasures(struct store *store, struct store_error *error)
{
    struct journal_position first;
    struct journal_cursor cursor;
    struct journal_record record;
    int rc = journal_first(store->journal, &first, error);
    if (rc)
        return rc;
    journal_cursor_init(&cursor, store->journal, &first);
    while (!rc && !(rc = journal_cursor_next(&cursor, &record, error))) {
        rc = erase_of_record(store, &record);
        if (rc)
            store_error_set(error, rc, "journal: what seq %ju erases cannot be erased again",
                            (uintmax_t)record.body.first_seq);
    }
    journal_cursor_fini(&cursor);
    return rc == ERROR_NOT_FOUND ? 0 : rc;
}

static int look_at(struct store_reader *reader, uint64_t seq)
{
    struct record_facts facts;
    struct arena arena;
    int rc = read_alone(reader, &arena, seq, &facts);
    if (!rc)
        rc = erase_of(reader->store, &facts);
    arena_fini(&arena);
    return rc == ERROR_NOT_FOUND ? 0 : rc; // in an archive that is not here, so not of the last batch
}

int store_finish_erasures(struct store *store)
{
    struct store_reader reader;
    struct db_cursor cursor;
    struct arena arena;
    struct key end = {.length = 0};
    int rc = 0;
    key_u64(&end, UINT64_MAX);
    arena_init(&arena, 0);
    store_read_begin(store, &arena, &reader);
    db_cursor_open(&cursor, &reader.txn, DB_AT);
    bool found = db_cursor_before(&cursor, end.bytes, end.length);
    for (int i = 0; found && !rc && i < BATCH_MAX_RECORDS; i++, found = db_cursor_previous(&cursor))
        rc = look_at(&reader, key_get_u64(cursor.key, 0));
    db_cursor_close(&cursor);
    rc = rc ? rc : reader.txn.error;
    store_read_end(&reader);
    arena_fini(&arena);
    return rc;
}
