// Erasing what is personal of a case, and making good an erasure that a crash cut off.
#include "store/store_state.h"

#include "base/error.h"
#include "store/key.h"

static int erase_record(struct store *store, struct store_reader *reader, uint64_t seq)
{
    struct journal_place place;
    if (!state_get_place(&reader->txn, seq, &place))
        return reader->txn.error ? reader->txn.error : ERROR_NOT_FOUND;
    return journal_erase_at(store->journal, place);
}

int store_erase(struct store *store, uint64_t case_id)
{
    struct store_reader reader;
    struct db_cursor cursor;
    struct arena arena;
    struct key key = {.length = 0};
    int rc = 0;
    key_u64(&key, case_id);
    arena_init(&arena, 0);
    store_read_begin(store, &arena, &reader);
    db_cursor_open(&cursor, &reader.txn, DB_HISTORY);
    bool found = db_cursor_seek(&cursor, key.bytes, key.length);
    for (; found && !rc && key_get_u64(cursor.key, 0) == case_id; found = db_cursor_next(&cursor))
        rc = erase_record(store, &reader, key_get_u64(cursor.key, 8));
    db_cursor_close(&cursor);
    rc = rc ? rc : reader.txn.error;
    store_read_end(&reader);
    arena_fini(&arena);
    return rc;
}

static int erase_of(struct store *store, const struct record_facts *facts)
{
    int rc = 0;
    for (size_t i = 0; i < facts->event_count && !rc; i++)
        if (facts->events[i].kind == EVENT_ERASED)
            rc = store_erase(store, facts->events[i].case_id);
    return rc;
}

static int look_at(struct store_reader *reader, uint64_t seq)
{
    struct store_reader own = *reader;
    struct record_facts facts;
    struct arena arena;
    struct blob part;
    arena_init(&arena, 0);
    own.arena = &arena;
    int rc = store_read_record(&own, seq, &facts, &part);
    if (!rc)
        rc = erase_of(reader->store, &facts);
    arena_fini(&arena);
    return rc;
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
