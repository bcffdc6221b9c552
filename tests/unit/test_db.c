// layer: store
// Walks over a table: from a key, from the beginning, over an empty table.
#include "base/error.h"
#include "store/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

struct fixture {
    char path[32];
    struct db db;
    struct db_txn txn;
    struct db_cursor cursor;
};

static int setup(void **state)
{
    static struct fixture f;
    struct store_error error = {0};
    strcpy(f.path, "/tmp/whistled-db-XXXXXX");
    if (!mkdtemp(f.path) || db_open(&f.db, f.path, 0, &error))
        return -1;
    db_begin(&f.db, true, &f.txn);
    db_cursor_open(&f.cursor, &f.txn, DB_OPEN);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char command[64];
    db_cursor_close(&f->cursor);
    db_abort(&f->txn);
    db_close(&f->db);
    snprintf(command, sizeof command, "rm -r %s", f->path);
    return system(command);
}

static void put(struct fixture *f, const char *key)
{
    db_put(&f->txn, DB_OPEN, key, strlen(key), "x", 1);
}

static void expect_key(const struct fixture *f, const char *key)
{
    assert_int_equal(f->cursor.key.length, strlen(key));
    assert_memory_equal(f->cursor.key.bytes, key, strlen(key));
}

static void walks_from_a_key(void **state)
{
    struct fixture *f = *state;
    put(f, "b");
    put(f, "d");
    assert_true(db_cursor_seek(&f->cursor, "b", 1));
    expect_key(f, "b");
    assert_true(db_cursor_seek(&f->cursor, "c", 1));
    expect_key(f, "d");
    assert_false(db_cursor_seek(&f->cursor, "e", 1));
    assert_true(db_cursor_before(&f->cursor, "e", 1));
    expect_key(f, "d");
    assert_true(db_cursor_previous(&f->cursor));
    expect_key(f, "b");
    assert_false(db_cursor_before(&f->cursor, "b", 1));
    assert_int_equal(f->txn.error, 0);
}

// LMDB refuses a key of no bytes; a walk over a whole table begins with one.
static void walks_from_the_beginning(void **state)
{
    struct fixture *f = *state;
    put(f, "b");
    put(f, "d");
    assert_true(db_cursor_seek(&f->cursor, "", 0));
    expect_key(f, "b");
    assert_true(db_cursor_next(&f->cursor));
    expect_key(f, "d");
    assert_false(db_cursor_next(&f->cursor));
    assert_int_equal(f->txn.error, 0);
}

static void an_empty_table_has_no_first(void **state)
{
    struct fixture *f = *state;
    assert_false(db_cursor_seek(&f->cursor, "", 0));
    assert_false(db_cursor_seek(&f->cursor, "b", 1));
    assert_false(db_cursor_before(&f->cursor, "b", 1));
    assert_int_equal(f->txn.error, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(walks_from_a_key, setup, teardown),
        cmocka_unit_test_setup_teardown(walks_from_the_beginning, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_table_has_no_first, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
