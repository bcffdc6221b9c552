#include "store_dump.h"

#include <sodium.h>
#include <string.h>

static void add(crypto_generichash_state *state, struct blob bytes)
{
    uint64_t length = bytes.length;
    crypto_generichash_update(state, (const uint8_t *)&length, sizeof length);
    crypto_generichash_update(state, bytes.bytes, bytes.length);
}

static void dump_table(struct db_txn *txn, enum db_table table, struct store_dump *out)
{
    crypto_generichash_state state;
    struct db_cursor cursor;
    crypto_generichash_init(&state, NULL, 0, DUMP_DIGEST);
    db_cursor_open(&cursor, txn, table);
    for (bool found = db_cursor_seek(&cursor, "", 1); found; found = db_cursor_next(&cursor)) {
        add(&state, cursor.key);
        add(&state, cursor.value);
        out->records[table]++;
    }
    db_cursor_close(&cursor);
    crypto_generichash_final(&state, out->digest[table], DUMP_DIGEST);
}

bool store_dump(struct store *store, struct store_dump *out)
{
    struct store_reader reader;
    struct arena arena;
    memset(out, 0, sizeof *out);
    arena_init(&arena, 0);
    store_read_begin(store, &arena, &reader);
    for (int table = 0; table < DB_TABLE_COUNT; table++)
        dump_table(&reader.txn, (enum db_table)table, out);
    bool good = reader.txn.error == 0;
    store_read_end(&reader);
    arena_fini(&arena);
    return good;
}

const char *store_dump_difference(const struct store_dump *a, const struct store_dump *b)
{
    static const char *const names[] = {
#define X(id, name, what) name,
        DB_TABLES(X)
#undef X
    };
    for (int table = 0; table < DB_TABLE_COUNT; table++)
        if (a->records[table] != b->records[table] ||
            memcmp(a->digest[table], b->digest[table], DUMP_DIGEST) != 0)
            return names[table];
    return NULL;
}
