// layer: store, with: store_dump.c filing.c
// The store: a batch is there after its commit or not at all, and every way back gives the same tables.
#include "base/error.h"
#include "core/number.h"
#include "filing.h"
#include "store/store.h"
#include "store/store_mark.h"
#include "store_dump.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

enum { PATH = 256 };

struct place {
    char directory[PATH];
    struct store *store;
    uint8_t boot;
    uint64_t map_bytes;
};

static struct store_recovery open_store(struct place *place)
{
    struct store_recovery recovery;
    struct store_error error = {0};
    struct store_options options = {
        .directory = place->directory, .segment_bytes = 1 << 20, .map_bytes = place->map_bytes};
    memset(options.journal_id, 7, sizeof options.journal_id);
    memset(options.boot_id, place->boot, sizeof options.boot_id);
    int rc = store_open(&options, &place->store, &recovery, &error);
    if (rc)
        print_error("%s\n", error.text);
    assert_int_equal(rc, 0);
    return recovery;
}

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    strcpy(place->directory, "/tmp/whistled-store-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    place->boot = 1;
    *state = place;
    return 0;
}

static int run(const char *format, const char *a, const char *b)
{
    char command[3 * PATH];
    snprintf(command, sizeof command, "%s %s %s", format, a, b);
    return system(command);
}

static int teardown(void **state)
{
    struct place *place = *state;
    if (place->store)
        store_close(place->store);
    assert_int_equal(run("rm -rf", place->directory, ""), 0);
    free(place);
    return 0;
}

static const char *number_of_source(struct store *store, const char *source_no, struct arena *arena)
{
    struct store_reader reader;
    store_read_begin(store, arena, &reader);
    const char *number = reader.view.ops->by_source(reader.view.ctx, "12345", source_no);
    store_read_end(&reader);
    return number;
}

static void what_was_committed_is_read_back(void **state)
{
    struct place *place = *state;
    struct arena arena;
    struct store_reader reader;
    struct record_facts facts;
    struct blob private_part;
    arena_init(&arena, 0);
    assert_int_equal(open_store(place).way, STORE_CREATED);
    file_some(place->store, 0, 3);
    assert_non_null(number_of_source(place->store, "S2", &arena));
    assert_null(number_of_source(place->store, "S3", &arena));
    store_read_begin(place->store, &arena, &reader);
    assert_int_equal(store_read_record(&reader, 2, &facts, &private_part), 0);
    assert_int_equal(facts.event_count, 1);
    assert_string_equal(facts.events[0].whistle->source_no, "S1");
    assert_memory_equal(private_part.bytes, "secret", 6);
    assert_int_equal(store_read_record(&reader, 4, &facts, &private_part), ERROR_NOT_FOUND);
    store_read_end(&reader);
    arena_fini(&arena);
}

static void an_aborted_batch_leaves_nothing(void **state)
{
    struct place *place = *state;
    struct store_dump before, after;
    open_store(place);
    file_some(place->store, 0, 2);
    assert_true(store_dump(place->store, &before));
    assert_int_equal(store_begin(place->store), 0);
    assert_int_equal(file_one(place->store, "S9", 1771000000000), 0);
    store_abort(place->store);
    assert_true(store_dump(place->store, &after));
    assert_null(store_dump_difference(&before, &after));
    file_some(place->store, 2, 1);
}

static void a_clean_stop_goes_on_where_it_was(void **state)
{
    struct place *place = *state;
    struct store_dump before, after;
    open_store(place);
    file_some(place->store, 0, 5);
    assert_true(store_dump(place->store, &before));
    store_close(place->store);
    place->boot = 2;
    struct store_recovery recovery = open_store(place);
    assert_int_equal(recovery.way, STORE_CLEAN);
    assert_int_equal(recovery.replayed, 0);
    assert_true(store_dump(place->store, &after));
    assert_null(store_dump_difference(&before, &after));
}

// The files as another process would find them while this one still holds the store.
static void copy_to(const struct place *place, struct place *copy)
{
    *copy = (struct place){.boot = place->boot};
    snprintf(copy->directory, sizeof copy->directory, "%.200s.copy", place->directory);
    assert_int_equal(run("cp -r", place->directory, copy->directory), 0);
}

static void drop(struct place *copy)
{
    store_close(copy->store);
    assert_int_equal(run("rm -rf", copy->directory, ""), 0);
}

static void the_death_of_the_process_loses_nothing(void **state)
{
    struct place *place = *state, copy;
    struct store_dump before, after;
    open_store(place);
    file_some(place->store, 0, 5);
    file_some(place->store, 5, 5);
    assert_true(store_dump(place->store, &before));
    copy_to(place, &copy);
    assert_int_equal(open_store(&copy).way, STORE_CONTINUED);
    assert_true(store_dump(copy.store, &after));
    assert_null(store_dump_difference(&before, &after));
    drop(&copy);
}

static void after_a_power_cut_the_state_is_rebuilt_the_same(void **state)
{
    struct place *place = *state, copy;
    struct store_dump before, after;
    open_store(place);
    for (int i = 0; i < 2500; i += 500)
        file_some(place->store, i, 500);
    assert_true(store_dump(place->store, &before));
    copy_to(place, &copy);
    copy.boot = 9;
    struct store_recovery recovery = open_store(&copy);
    assert_int_equal(recovery.way, STORE_REBUILT);
    assert_int_equal(recovery.replayed, 2500);
    assert_true(store_dump(copy.store, &after));
    assert_null(store_dump_difference(&before, &after));
    drop(&copy);
}

static void after_a_power_cut_the_checkpoint_shortens_the_way(void **state)
{
    struct place *place = *state, copy;
    struct store_dump before, after;
    open_store(place);
    file_some(place->store, 0, 40);
    assert_int_equal(store_checkpoint(place->store, true, NULL), 0);
    file_some(place->store, 40, 7);
    assert_true(store_dump(place->store, &before));
    copy_to(place, &copy);
    copy.boot = 9;
    struct store_recovery recovery = open_store(&copy);
    assert_int_equal(recovery.way, STORE_CHECKPOINT);
    assert_int_equal(recovery.replayed, 7);
    assert_true(store_dump(copy.store, &after));
    assert_null(store_dump_difference(&before, &after));
    drop(&copy);
}

// A checkpoint that cannot be opened used to end the start, though the journal has everything.
static void a_damaged_checkpoint_is_passed_over(void **state)
{
    struct place *place = *state, copy;
    struct store_dump before, after;
    char file[PATH + 32];
    open_store(place);
    file_some(place->store, 0, 40);
    assert_int_equal(store_checkpoint(place->store, true, NULL), 0);
    assert_true(store_dump(place->store, &before));
    copy_to(place, &copy);
    copy.boot = 9;
    snprintf(file, sizeof file, "%s/checkpoint/data.mdb", copy.directory);
    assert_int_equal(run("cp /bin/true", file, ""), 0);
    struct store_recovery recovery = open_store(&copy);
    assert_int_equal(recovery.way, STORE_REBUILT);
    assert_int_equal(recovery.replayed, 40);
    assert_true(store_dump(copy.store, &after));
    assert_null(store_dump_difference(&before, &after));
    drop(&copy);
}

static void a_state_that_is_not_of_this_journal_is_dropped(void **state)
{
    struct place *place = *state, other = {.boot = 1};
    struct store_dump before, after;
    open_store(place);
    file_some(place->store, 0, 6);
    assert_true(store_dump(place->store, &before));
    store_close(place->store);
    snprintf(other.directory, sizeof other.directory, "%.200s.other", place->directory);
    assert_int_equal(run("mkdir", other.directory, ""), 0);
    open_store(&other);
    file_some(other.store, 100, 6);
    store_close(other.store);
    char state_file[PATH + 32];
    snprintf(state_file, sizeof state_file, "%s/state/data.mdb", other.directory);
    char mine[PATH + 32];
    snprintf(mine, sizeof mine, "%s/state/data.mdb", place->directory);
    assert_int_equal(run("cp", state_file, mine), 0);
    struct store_recovery recovery = open_store(place);
    assert_int_equal(recovery.way, STORE_REBUILT);
    assert_true(recovery.parted); // the state stands in a new epoch
    assert_true(store_dump(place->store, &after));
    memcpy(after.digest[DB_META], before.digest[DB_META], DUMP_DIGEST);
    assert_null(store_dump_difference(&before, &after));
    assert_int_equal(run("rm -rf", other.directory, ""), 0);
}

static void a_second_daemon_is_refused(void **state)
{
    struct place *place = *state;
    struct store *second;
    struct store_error error = {0};
    struct store_options options = {.directory = place->directory};
    open_store(place);
    assert_int_equal(store_open(&options, &second, NULL, &error), ERROR_STORE_LOCKED);
    char pid[16];
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    assert_non_null(strstr(error.text, pid));
}

// Another version of the records, as an earlier program left it.
static void make_older(struct place *place)
{
    char path[PATH + 8];
    uint8_t bytes[256];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi meta;
    MDB_val key = {8, "position"}, value;
    snprintf(path, sizeof path, "%s/state", place->directory);
    assert_int_equal(mdb_env_create(&env), 0);
    mdb_env_set_maxdbs(env, DB_TABLE_COUNT);
    assert_int_equal(mdb_env_open(env, path, 0, 0640), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "meta", 0, &meta), 0);
    assert_int_equal(mdb_get(txn, meta, &key, &value), 0);
    assert_true(value.mv_size <= sizeof bytes);
    memcpy(bytes, value.mv_data, value.mv_size);
    bytes[0]--;
    value.mv_data = bytes;
    assert_int_equal(mdb_put(txn, meta, &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

// The daemon did not start on it, though all of it stands in the journal.
static void a_state_of_an_earlier_version_is_built_anew(void **state)
{
    struct place *place = *state;
    open_store(place);
    file_some(place->store, 0, 3);
    store_close(place->store);
    make_older(place);
    struct store_recovery recovery = open_store(place);
    assert_int_equal(recovery.way, STORE_REBUILT);
    assert_true(recovery.replayed > 0);
}

// ---- running out --------------------------------------------------------------------------------

// Files whistles one by one until one is refused; how many were answered.
static int file_until_refused(struct store *store, int from, int *refusal)
{
    char number[16];
    for (int i = from;; i++) {
        snprintf(number, sizeof number, "S%d", i);
        *refusal = store_begin(store);
        if (*refusal)
            return i;
        *refusal = file_one(store, number, 1771000000000 + i);
        if (*refusal)
            store_abort(store);
        else
            *refusal = store_commit(store);
        if (*refusal)
            return i;
    }
}

static int count_known(struct store *store, int most)
{
    struct arena arena;
    char number[16];
    int count = 0;
    arena_init(&arena, 0);
    for (int i = 0; i < most; i++) {
        snprintf(number, sizeof number, "S%d", i);
        count += number_of_source(store, number, &arena) != NULL;
    }
    arena_fini(&arena);
    return count;
}

// The state as large as it may be: reading goes on, and with more room all that was answered is there.
static void a_full_state_refuses_and_loses_nothing(void **state)
{
    struct place *place = *state;
    struct store_status status;
    int refusal;
    place->map_bytes = 2 << 20;
    open_store(place);
    int answered = file_until_refused(place->store, 0, &refusal);
    assert_int_equal(refusal, ERROR_STORAGE_FULL);
    assert_true(answered > 100);
    store_status(place->store, &status);
    assert_int_equal(status.map_bytes, 2 << 20);
    assert_true(count_known(place->store, answered) >= answered - 1); // the last may only be in the journal
    store_close(place->store);
    assert_int_equal(open_store(place).way, STORE_CLEAN); // as full as before: it opens all the same
    assert_true(count_known(place->store, answered) >= answered - 1);
    int again = file_until_refused(place->store, answered, &refusal);
    assert_int_equal(refusal, ERROR_STORAGE_FULL);
    store_close(place->store);
    place->map_bytes = 64 << 20;
    assert_int_equal(open_store(place).way, STORE_CLEAN);
    assert_false(store_is_behind(place->store));
    assert_int_equal(count_known(place->store, again), again);
    file_some(place->store, again, 10);
    assert_int_equal(count_known(place->store, again + 10), again + 10);
}

// The room that a state needs which has to be built anew is more than there is: it says so, and drops
// nothing.
static void a_state_that_cannot_be_built_is_no_empty_one(void **state)
{
    struct place *place = *state, copy;
    struct store_options options = {.segment_bytes = 1 << 20, .map_bytes = 256 << 10};
    struct store_error error = {0};
    open_store(place);
    for (int i = 0; i < 1500; i += 500)
        file_some(place->store, i, 500);
    copy_to(place, &copy);
    options.directory = copy.directory;
    memset(options.boot_id, 9, sizeof options.boot_id);
    assert_int_equal(store_open(&options, &copy.store, NULL, &error), ERROR_STORAGE_FULL);
    assert_non_null(strstr(error.text, "no room"));
    copy.boot = 9;
    open_store(&copy);
    assert_int_equal(count_known(copy.store, 1500), 1500);
    drop(&copy);
}

static void bound_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_checkpoint_without_room_leaves_nothing_behind(void **state)
{
    struct place *place = *state;
    struct store_error error = {0};
    char path[PATH + 32];
    signal(SIGXFSZ, SIG_IGN);
    open_store(place);
    file_some(place->store, 0, 500);
    snprintf(path, sizeof path, "%s/checkpoint.new/data.mdb", place->directory);
    bound_files(64 * 1024);
    int rc = store_checkpoint(place->store, true, &error);
    bound_files(RLIM_INFINITY);
    assert_int_equal(rc, ERROR_STORAGE_FULL);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(store_checkpoint(place->store, true, &error), 0);
    file_some(place->store, 500, 5);
    assert_int_equal(count_known(place->store, 505), 505);
}

// A copy that was cut off by the end of the process held its room until the next checkpoint.
static void copies_that_were_cut_off_go_at_the_next_start(void **state)
{
    struct place *place = *state;
    char path[2][PATH + 32];
    open_store(place);
    file_some(place->store, 0, 5);
    store_close(place->store);
    snprintf(path[0], sizeof path[0], "%s/checkpoint.new", place->directory);
    assert_int_equal(run("mkdir", path[0], ""), 0);
    snprintf(path[0], sizeof path[0], "%s/checkpoint.new/data.mdb", place->directory);
    snprintf(path[1], sizeof path[1], "%s/state/data.mdb.new", place->directory);
    for (int i = 0; i < 2; i++)
        assert_int_equal(run("cp /bin/true", path[i], ""), 0);
    assert_int_equal(open_store(place).way, STORE_CLEAN);
    for (int i = 0; i < 2; i++)
        assert_int_not_equal(access(path[i], F_OK), 0);
}

static int refuse_to_open(void *context, int directory, const char *name, int flags)
{
    (void)context, (void)directory, (void)name, (void)flags;
    errno = EIO;
    return -1;
}

// It is written to before it is open, and nothing of that is synced: a machine that stops meanwhile must not
// find it clean.
static void a_state_that_is_being_opened_is_clean_no_more(void **state)
{
    struct place *place = *state;
    struct store_io io = store_io_system;
    struct store_options options = {.directory = place->directory, .io = &io};
    open_store(place);
    file_some(place->store, 1, 3);
    store_close(place->store);
    memset(options.boot_id, place->boot, sizeof options.boot_id);
    assert_int_equal(store_mark_read(place->directory, options.boot_id), MARK_CLEAN);
    io.open = refuse_to_open;
    assert_int_equal(store_open(&options, &place->store, NULL, NULL), ERROR_IO);
    assert_int_equal(store_mark_read(place->directory, options.boot_id), MARK_OPEN);
    assert_int_equal(open_store(place).way, STORE_CONTINUED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_full_state_refuses_and_loses_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_state_that_cannot_be_built_is_no_empty_one, setup, teardown),
        cmocka_unit_test_setup_teardown(a_checkpoint_without_room_leaves_nothing_behind, setup, teardown),
        cmocka_unit_test_setup_teardown(copies_that_were_cut_off_go_at_the_next_start, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_committed_is_read_back, setup, teardown),
        cmocka_unit_test_setup_teardown(an_aborted_batch_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clean_stop_goes_on_where_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(a_state_that_is_being_opened_is_clean_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(the_death_of_the_process_loses_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(after_a_power_cut_the_state_is_rebuilt_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(after_a_power_cut_the_checkpoint_shortens_the_way, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_checkpoint_is_passed_over, setup, teardown),
        cmocka_unit_test_setup_teardown(a_state_that_is_not_of_this_journal_is_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(a_state_of_an_earlier_version_is_built_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(a_second_daemon_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
