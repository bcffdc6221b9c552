// layer: store, with: filing.c store_dump.c
// Which deaths make the next start distrust the state: each is that of a child, over the same directory.
#include "base/error.h"
#include "filing.h"
#include "store/doubt.h"
#include "store_dump.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "shell.h"

enum { PATH = 256, CASES = 30 };

struct yard {
    char directory[64];
};

static struct store_recovery open_store(const struct yard *yard, bool rebuild, struct store **out)
{
    struct store_recovery recovery;
    struct store_error error = {0};
    struct store_options options = {.directory = yard->directory,
                                    .segment_bytes = 1 << 20,
                                    .journal_id = {7},
                                    .boot_id = {1},
                                    .rebuild = rebuild};
    int rc = store_open(&options, out, &recovery, &error);
    if (rc)
        print_error("%s\n", error.text);
    assert_int_equal(rc, 0);
    return recovery;
}

static int setup(void **state)
{
    static struct yard yard;
    struct store *store;
    strcpy(yard.directory, "/tmp/whistled-doubt-XXXXXX");
    assert_non_null(mkdtemp(yard.directory));
    open_store(&yard, false, &store);
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

// In a child: opens the store, and does what ends it.
static void dies(struct yard *yard, void (*end)(struct yard *yard, struct store *store))
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit no_core = {0, 0};
        struct store *store;
        setrlimit(RLIMIT_CORE, &no_core);
        for (int number = 1; number < 32; number++)
            if (number != SIGKILL && number != SIGSTOP)
                signal(number, SIG_DFL); // cmocka's
        open_store(yard, false, &store);
        end(yard, store);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

// The pages are not there when LMDB looks at them.
static void in_the_state(struct yard *yard, struct store *store)
{
    struct store_dump dump;
    char path[PATH];
    snprintf(path, sizeof path, "%s/state/data.mdb", yard->directory);
    if (truncate(path, 0) == 0)
        (void)store_dump(store, &dump);
}

static void elsewhere(struct yard *yard, struct store *store)
{
    (void)yard, (void)store;
    abort();
}

static void by_kill(struct yard *yard, struct store *store)
{
    (void)yard, (void)store;
    kill(getpid(), SIGKILL);
}

// How the state comes back, and what the start after that says: then it is over.
static void expect(const struct yard *yard, enum store_way way, enum doubt_why why)
{
    struct store *store;
    struct store_dump dump;
    struct store_recovery recovery = open_store(yard, false, &store);
    assert_string_equal(store_way_name(recovery.way), store_way_name(way));
    assert_string_equal(doubt_name(recovery.why), doubt_name(why));
    assert_true(store_dump(store, &dump));
    assert_int_equal(dump.records[DB_CASES], CASES);
    store_close(store);
    recovery = open_store(yard, false, &store);
    assert_string_equal(store_way_name(recovery.way), store_way_name(STORE_CLEAN));
    assert_string_equal(doubt_name(recovery.why), doubt_name(DOUBT_NONE));
    store_close(store);
}

static void who_dies_in_the_state_leaves_it_distrusted(void **state)
{
    struct yard *yard = *state;
    dies(yard, in_the_state);
    expect(yard, STORE_REBUILT, DOUBT_DIED);
}

static void who_dies_elsewhere_is_believed_twice(void **state)
{
    struct yard *yard = *state;
    struct store *store;
    dies(yard, elsewhere);
    dies(yard, elsewhere);
    expect(yard, STORE_CONTINUED, DOUBT_NONE); // and its orderly end forgets them
    dies(yard, elsewhere);
    dies(yard, elsewhere);
    dies(yard, elsewhere);
    struct store_recovery recovery = open_store(yard, false, &store);
    assert_string_equal(doubt_name(recovery.why), doubt_name(DOUBT_CRASHED));
    assert_string_equal(store_way_name(recovery.way), store_way_name(STORE_REBUILT));
    store_close(store);
    dies(yard, elsewhere);
    expect(yard, STORE_CONTINUED, DOUBT_NONE);
}

static void a_kill_says_nothing(void **state)
{
    struct yard *yard = *state;
    for (int i = 0; i < 2 * DOUBT_CRASHES; i++)
        dies(yard, by_kill);
    expect(yard, STORE_CONTINUED, DOUBT_NONE);
}

static void what_was_found_damaged_is_built_anew(void **state)
{
    struct yard *yard = *state;
    struct store *store;
    open_store(yard, false, &store);
    assert_null(store_damage(store));
    assert_int_equal(store_distrust(store), 0);
    assert_non_null(store_damage(store));
    store_close(store); // an orderly end does not make it good
    expect(yard, STORE_REBUILT, DOUBT_DAMAGE);
}

// A checkpoint is a copy of it, and no way back.
static void its_checkpoint_goes_too(void **state)
{
    struct yard *yard = *state;
    struct store *store;
    char path[PATH];
    open_store(yard, false, &store);
    assert_int_equal(store_checkpoint(store, true, NULL), 0);
    snprintf(path, sizeof path, "%s/checkpoint/data.mdb", yard->directory);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(store_distrust(store), 0);
    store_close(store);
    expect(yard, STORE_REBUILT, DOUBT_DAMAGE);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void who_asks_for_it_gets_the_same_tables(void **state)
{
    struct yard *yard = *state;
    struct store_dump before, after;
    struct store *store;
    open_store(yard, false, &store);
    assert_true(store_dump(store, &before));
    store_close(store);
    struct store_recovery recovery = open_store(yard, true, &store);
    assert_string_equal(doubt_name(recovery.why), doubt_name(DOUBT_ASKED));
    assert_int_equal(recovery.replayed, CASES);
    assert_true(store_dump(store, &after));
    assert_null(store_dump_difference(&before, &after));
    store_close(store);
}

// ---- a damaged record -----------------------------------------------------------------------------

// The last byte of a case's record, which its checksum guards.
static void flip_case(const struct yard *yard, enum db_table table, uint64_t id)
{
    char path[PATH];
    struct store_error error;
    struct db db;
    struct db_txn txn;
    MDB_val value;
    uint8_t bytes[4096], key_bytes[8] = {0};
    key_bytes[7] = (uint8_t)id;
    MDB_val key = {8, key_bytes};
    snprintf(path, sizeof path, "%s/state", yard->directory);
    assert_int_equal(db_open(&db, path, 0, &error), 0);
    db_begin(&db, true, &txn);
    assert_int_equal(mdb_get(txn.txn, db.tables[table], &key, &value), 0);
    assert_true(value.mv_size <= sizeof bytes);
    memcpy(bytes, value.mv_data, value.mv_size);
    bytes[value.mv_size - 1] ^= 1;
    value.mv_data = bytes;
    assert_int_equal(mdb_put(txn.txn, db.tables[table], &key, &value, 0), 0);
    assert_int_equal(db_commit(&txn), 0);
    db_close(&db);
}

static void who_reads_a_damaged_record_names_the_table(void **state)
{
    struct yard *yard = *state;
    struct store *store;
    struct store_reader reader;
    struct arena arena;
    flip_case(yard, DB_CASES, 4);
    open_store(yard, false, &store);
    assert_null(store_damage(store));
    arena_init(&arena, 0);
    store_read_begin(store, &arena, &reader);
    assert_non_null(state_get_case(&reader.txn, &arena, 3));
    assert_null(state_get_case(&reader.txn, &arena, 4));
    assert_int_equal(reader.txn.error, ERROR_CORRUPT);
    store_read_end(&reader);
    arena_fini(&arena);
    assert_string_equal(store_damage(store), "cases");
    store_close(store);
}

// What the start itself reads, it makes good by itself.
static void damage_that_the_start_meets_is_made_good(void **state)
{
    struct yard *yard = *state;
    struct store *store;
    dies(yard, by_kill); // so that it looks for erasures that were cut off
    flip_case(yard, DB_AT, CASES);
    struct store_recovery recovery = open_store(yard, false, &store);
    assert_string_equal(store_way_name(recovery.way), store_way_name(STORE_REBUILT));
    assert_string_equal(doubt_name(recovery.why), doubt_name(DOUBT_DAMAGE));
    assert_null(store_damage(store));
    store_close(store);
    expect(yard, STORE_CLEAN, DOUBT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_dies_in_the_state_leaves_it_distrusted, setup, teardown),
        cmocka_unit_test_setup_teardown(who_dies_elsewhere_is_believed_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(a_kill_says_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_found_damaged_is_built_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(its_checkpoint_goes_too, setup, teardown),
        cmocka_unit_test_setup_teardown(who_asks_for_it_gets_the_same_tables, setup, teardown),
        cmocka_unit_test_setup_teardown(who_reads_a_damaged_record_names_the_table, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_that_the_start_meets_is_made_good, setup, teardown),
    };
    return cmocka_run_group_tests_name("doubt", tests, NULL, NULL);
}
