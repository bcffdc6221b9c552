// layer: store, with: filing.c
// The proof of a state: whatever is done to one record of it is found and named, and nothing else is.
#include "base/error.h"
#include "filing.h"
#include "store/check.h"
#include "store/key.h"
#include "store/key_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "shell.h"

enum { PATH = 256, TOLD = 8, CASES = 7 };

struct told {
    enum db_table table;
    enum difference_kind kind;
    char key[KEY_TEXT];
    size_t stands, should;
};

struct yard {
    char directory[64];
    char state[PATH];
    char scratch[PATH];
    struct told told[TOLD];
    size_t told_count;
    enum check_stage stage;
    struct check_report report;
    struct store_error error;
};

static struct store *open_store(struct yard *yard)
{
    struct store *store;
    struct store_options options = {
        .directory = yard->directory, .segment_bytes = 1 << 20, .journal_id = {7}, .boot_id = {1}};
    assert_int_equal(store_open(&options, &store, NULL, &yard->error), 0);
    return store;
}

static int setup(void **state)
{
    static struct yard yard;
    yard = (struct yard){0};
    strcpy(yard.directory, "/tmp/whistled-check-XXXXXX");
    assert_non_null(mkdtemp(yard.directory));
    snprintf(yard.state, sizeof yard.state, "%s/state", yard.directory);
    snprintf(yard.scratch, sizeof yard.scratch, "%s/second", yard.directory);
    struct store *store = open_store(&yard);
    file_some(store, 0, CASES);
    store_close(store);
    *state = &yard;
    return 0;
}

static int teardown(void **state)
{
    struct yard *yard = *state;
    shell("rm -rf %s", yard->directory);
    return 0;
}

static bool on_difference(void *context, const struct difference *difference)
{
    struct yard *yard = context;
    struct told *told = &yard->told[yard->told_count++];
    told->table = difference->table;
    told->kind = difference->kind;
    told->stands = difference->stands.length;
    told->should = difference->should.length;
    key_describe(difference->table, difference->key, told->key);
    return yard->told_count < TOLD;
}

static void on_stage(void *context, enum check_stage stage)
{
    struct yard *yard = context;
    yard->stage = stage;
}

static int check(struct yard *yard)
{
    const struct check_options options = {.directory = yard->directory,
                                          .state = yard->state,
                                          .scratch = yard->scratch,
                                          .found = on_difference,
                                          .stage = on_stage,
                                          .context = yard};
    yard->told_count = 0;
    shell("rm -rf %s && mkdir %s", yard->scratch, yard->scratch);
    return check_state(&options, &yard->report, &yard->error);
}

// One change of the state behind the daemon's back.
static void change(struct yard *yard, void (*how)(struct db_txn *txn))
{
    struct db db;
    struct db_txn txn;
    assert_int_equal(db_open(&db, yard->state, 0, &yard->error), 0);
    db_begin(&db, true, &txn);
    how(&txn);
    assert_int_equal(db_commit(&txn), 0);
    db_close(&db);
}

static void expect_one(struct yard *yard, enum db_table table, enum difference_kind kind, const char *key)
{
    assert_int_equal(check(yard), 0);
    assert_true(yard->report.state_is_bad);
    assert_int_equal(yard->told_count, 1);
    assert_int_equal(yard->report.compared.differences, 1);
    assert_string_equal(db_table_name(yard->told[0].table), db_table_name(table));
    assert_string_equal(difference_name(yard->told[0].kind), difference_name(kind));
    assert_string_equal(yard->told[0].key, key);
}

static struct key id_key(uint64_t id)
{
    struct key key = {.length = 0};
    key_u64(&key, id);
    return key;
}

// ---- what is found --------------------------------------------------------------------------------

static void a_good_state_is_found_good(void **state)
{
    struct yard *yard = *state;
    assert_int_equal(check(yard), 0);
    assert_int_equal(yard->report.compared.differences, 0);
    assert_false(yard->report.state_is_bad);
    assert_int_equal(yard->report.compared.records[DB_CASES], CASES);
    assert_int_equal(yard->report.compared.records[DB_FEEDS], CASES);
    assert_int_equal(yard->report.journal.seqs, CASES);
    assert_int_equal(yard->report.events, CASES);
    assert_int_equal(yard->report.stands.at.next_seq, CASES + 1);
    assert_int_equal(yard->stage, CHECK_COUNTING);
}

static void drop_case(struct db_txn *txn)
{
    struct key key = id_key(3);
    db_delete(txn, DB_CASES, key.bytes, key.length);
}

static void a_record_that_is_missing(void **state)
{
    struct yard *yard = *state;
    change(yard, drop_case);
    expect_one(yard, DB_CASES, DIFFERENCE_MISSING, "3");
    assert_true(yard->told[0].should > 0 && yard->told[0].stands == 0);
}

static void add_due(struct db_txn *txn)
{
    state_put_due(txn, &(struct due){1771000000000, DUE_CASE, 4}, true);
}

static void a_record_that_is_too_much(void **state)
{
    struct yard *yard = *state;
    change(yard, add_due);
    expect_one(yard, DB_DUE, DIFFERENCE_TOO_MUCH, "1771000000000 0 4");
}

static void move_place(struct db_txn *txn)
{
    state_put_place(txn, 2, 1, (struct journal_place){1, 4096});
}

static void a_record_that_says_something_else(void **state)
{
    struct yard *yard = *state;
    change(yard, move_place);
    expect_one(yard, DB_AT, DIFFERENCE_OTHER, "2");
    assert_int_equal(yard->told[0].stands, yard->told[0].should);
}

static void flip_source(struct db_txn *txn)
{
    MDB_val key = {8, (void *)"12345\0S2"}, value;
    uint8_t bytes[64];
    assert_int_equal(mdb_get(txn->txn, txn->db->tables[DB_SOURCES], &key, &value), 0);
    memcpy(bytes, value.mv_data, value.mv_size);
    bytes[value.mv_size - 1] ^= 0x10;
    value.mv_data = bytes;
    assert_int_equal(mdb_put(txn->txn, txn->db->tables[DB_SOURCES], &key, &value, 0), 0);
}

static void a_record_whose_checksum_does_not_fit(void **state)
{
    struct yard *yard = *state;
    change(yard, flip_source);
    expect_one(yard, DB_SOURCES, DIFFERENCE_UNREADABLE, "12345/S2");
}

static void empty_names(struct db_txn *txn)
{
    assert_int_equal(mdb_drop(txn->txn, txn->db->tables[DB_NAMES], 0), 0);
}

static void a_table_that_is_empty_and_more_than_is_told(void **state)
{
    struct yard *yard = *state;
    change(yard, empty_names);
    change(yard, drop_case);
    assert_int_equal(check(yard), 0);
    assert_true(yard->told_count > 2);
    assert_int_equal(yard->told[0].table, DB_CASES);
    assert_int_equal(yard->told[1].table, DB_NAMES);
    assert_int_equal(yard->told[1].key[0], 'c');
}

static void spoil_position(struct db_txn *txn)
{
    db_put(txn, DB_META, "position", 8, "x", 1);
}

static void a_state_that_does_not_say_where_it_stands(void **state)
{
    struct yard *yard = *state;
    change(yard, spoil_position);
    assert_int_equal(check(yard), ERROR_CORRUPT);
    assert_true(yard->report.state_is_bad);
    assert_non_null(strstr(yard->error.text, "position"));
}

static void no_state_at_all(void **state)
{
    struct yard *yard = *state;
    shell("cp /bin/true %s/data.mdb", yard->state);
    assert_int_equal(check(yard), ERROR_CORRUPT);
    assert_true(yard->report.state_is_bad);
}

// The longest record of LMDB's list of free pages, as it stands in the file, or as much as `bytes` hold of
// it: few bytes may be others' too. Returns how many.
static size_t a_free_record(const struct yard *yard, uint8_t bytes[64])
{
    struct db db;
    struct db_txn txn;
    MDB_cursor *cursor;
    MDB_val key, value;
    size_t longest = 0;
    assert_int_equal(db_open(&db, yard->state, 0, NULL), 0);
    db_begin(&db, false, &txn);
    assert_int_equal(mdb_cursor_open(txn.txn, 0, &cursor), 0);
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0)
        if (value.mv_size > longest) {
            longest = value.mv_size;
            memcpy(bytes, value.mv_data, longest < 64 ? longest : 64);
        }
    mdb_cursor_close(cursor);
    db_abort(&txn);
    db_close(&db);
    return longest < 64 ? longest : 64;
}

// The first page of the list becomes one that the file has not.
static void a_list_of_free_pages_that_cannot_be(void **state)
{
    struct yard *yard = *state;
    static uint8_t file_bytes[1 << 22];
    uint8_t bytes[64];
    char path[PATH + 16];
    struct store *store = open_store(yard);
    file_some(store, CASES, 300);
    store_close(store);
    size_t sought = a_free_record(yard, bytes);
    assert_true(sought > 16);
    snprintf(path, sizeof path, "%s/data.mdb", yard->state);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    size_t length = fread(file_bytes, 1, sizeof file_bytes, file);
    const uint8_t *at = memmem(file_bytes, length, bytes, sought);
    assert_non_null(at);
    for (; at; at = memmem(at + 1, length - (size_t)(at + 1 - file_bytes), bytes, sought)) {
        assert_int_equal(fseek(file, at - file_bytes + 12, SEEK_SET), 0);
        assert_int_equal(fputc(1, file), 1);
    }
    fclose(file);
    assert_int_equal(check(yard), ERROR_CORRUPT);
    assert_true(yard->report.state_is_bad);
    assert_int_equal(yard->told_count, 0);
    assert_non_null(strstr(yard->error.text, "free pages"));
}

// ---- beside whom ----------------------------------------------------------------------------------

// The journal has gone on: what it says of later is nothing against the copy.
static void a_copy_is_checked_as_far_as_it_goes(void **state)
{
    struct yard *yard = *state;
    struct store *store = open_store(yard);
    snprintf(yard->state, sizeof yard->state, "%s/copy", yard->directory);
    assert_int_equal(mkdir(yard->state, 0700), 0);
    assert_int_equal(store_snapshot(store, yard->state, &yard->error), 0);
    file_some(store, CASES, 5);
    assert_int_equal(check(yard), 0);
    assert_int_equal(yard->report.compared.differences, 0);
    assert_int_equal(yard->report.journal.seqs, CASES);
    assert_int_equal(yard->report.compared.records[DB_CASES], CASES);
    file_some(store, CASES + 5, 1); // nobody has touched its journal
    store_close(store);
}

static void nothing_of_the_store_is_written(void **state)
{
    struct yard *yard = *state;
    shell("cp -a %s %s.before", yard->directory, yard->directory);
    assert_int_equal(check(yard), 0);
    shell("diff -r -x lock.mdb -x second %s %s.before", yard->directory, yard->directory);
    shell("rm -rf %s.before", yard->directory);
}

// What is wrong is the journal: nobody may throw the state away for it.
static void a_damaged_journal_is_not_the_states_fault(void **state)
{
    struct yard *yard = *state;
    char path[PATH];
    snprintf(path, sizeof path, "%s/journal/%020d.seg", yard->directory, 1);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 128 + 100, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, 128 + 100, SEEK_SET), 0);
    assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
    fclose(file);
    assert_int_equal(check(yard), ERROR_CORRUPT);
    assert_false(yard->report.state_is_bad);
    assert_non_null(strstr(yard->error.text, "bytes 128 to "));
    assert_int_equal(yard->stage, CHECK_JOURNAL);
}

// ---- keys -----------------------------------------------------------------------------------------

static void keys_are_told_as_people_read_them(void **state)
{
    (void)state;
    static const struct {
        enum db_table table;
        const char *bytes;
        size_t length;
        const char *text;
    } cases[] = {
        {DB_META, "state 3", 7, "state 3"},
        {DB_HISTORY, "\0\0\0\0\0\0\0\5\0\0\0\0\0\0\1\0", 16, "5 256"},
        {DB_FEEDS, "\0\0\0\7\0\0\0\0\0\0\0\1", 12, "7 1"},
        {DB_NAMES, "cshuyuan", 8, "c shuyuan"},
        {DB_NAMES, "n\0\0\0\2", 5, "n 2"},
        {DB_CURSORS, "cg\0desk", 7, "cg/desk"},
        {DB_CASES, "\0\0\0", 3, "000000"},
        {DB_CASES, "\0\0\0\0\0\0\0\1\xff", 9, "1 ff"},
        {DB_RULEBOOKS, "\xab\xcd", 2, "abcd"},
        {DB_DUE, "", 0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[KEY_TEXT];
        key_describe(cases[i].table, (struct blob){(const uint8_t *)cases[i].bytes, cases[i].length}, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void a_long_key_is_cut(void **state)
{
    (void)state;
    uint8_t bytes[DB_MAX_KEY];
    char text[KEY_TEXT + 1];
    memset(bytes, 'x', sizeof bytes);
    text[KEY_TEXT] = 'q';
    key_describe(DB_SOURCES, (struct blob){bytes, sizeof bytes}, text);
    assert_int_equal(strlen(text), KEY_TEXT - 1);
    assert_int_equal(text[KEY_TEXT], 'q');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_good_state_is_found_good, setup, teardown),
        cmocka_unit_test_setup_teardown(a_record_that_is_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_record_that_is_too_much, setup, teardown),
        cmocka_unit_test_setup_teardown(a_record_that_says_something_else, setup, teardown),
        cmocka_unit_test_setup_teardown(a_record_whose_checksum_does_not_fit, setup, teardown),
        cmocka_unit_test_setup_teardown(a_table_that_is_empty_and_more_than_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_state_that_does_not_say_where_it_stands, setup, teardown),
        cmocka_unit_test_setup_teardown(no_state_at_all, setup, teardown),
        cmocka_unit_test_setup_teardown(a_list_of_free_pages_that_cannot_be, setup, teardown),
        cmocka_unit_test_setup_teardown(a_copy_is_checked_as_far_as_it_goes, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_of_the_store_is_written, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_journal_is_not_the_states_fault, setup, teardown),
        cmocka_unit_test(keys_are_told_as_people_read_them),
        cmocka_unit_test(a_long_key_is_cut),
    };
    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
