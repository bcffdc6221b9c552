// layer: engine, with: store_dump.c filing.c
// The first event of an epoch: no case number is given twice over a restore, not over two of one backup
// either, and the journal tells the same counts again.
#include "base/civil.h"
#include "base/error.h"
#include "engine/epoch.h"
#include "filing.h"
#include "store/backup.h"
#include "store/restore.h"
#include "store_dump.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "rulebook_patch.h"

enum { PATH = 256, FRIDAY = 20497 /* 2026-02-13 */ };

static const int64_t NINE = 1770944400000; // on that day, in the sample city

struct place {
    char root[64];
    struct rulebook *book;
    struct store *store;
};

static char *path_of(const struct place *place, const char *name, char path[PATH])
{
    snprintf(path, PATH, "%s/%s", place->root, name);
    return path;
}

static void open_at(struct place *place, const char *name, uint8_t boot)
{
    char path[PATH];
    struct store_error error = {0};
    struct store_options options = {.directory = path_of(place, name, path), .segment_bytes = 1 << 20};
    memset(options.boot_id, boot, sizeof options.boot_id);
    if (store_open(&options, &place->store, NULL, &error))
        fail_msg("%s", error.text);
}

static int setup(void **state)
{
    char path[PATH];
    struct rulebook_report report;
    struct place *place = calloc(1, sizeof *place);
    strcpy(place->root, "/tmp/whistled-epoch-XXXXXX");
    assert_non_null(mkdtemp(place->root));
    rulebook_report_init(&report);
    assert_int_equal(rulebook_load("config/city", &place->book, &report), 0);
    rulebook_report_fini(&report);
    assert_int_equal(mkdir(path_of(place, "data", path), 0700), 0);
    open_at(place, "data", 1);
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    char command[PATH];
    store_close(place->store);
    rulebook_unref(place->book);
    snprintf(command, sizeof command, "rm -rf %s", place->root);
    assert_int_equal(system(command), 0);
    free(place);
    return 0;
}

static void back_up(struct place *place)
{
    char path[PATH];
    struct backup_report report;
    assert_int_equal(store_backup(place->store, path_of(place, "backup", path), NINE, &report, NULL), 0);
}

// Closes what is open and goes on with what was backed up.
static void restore(struct place *place, const char *name, int64_t now_ms)
{
    char from[PATH], to[PATH];
    struct restore_report report;
    struct store_error error = {0};
    const struct restore_options options = {.from = path_of(place, "backup", from),
                                            .to = path_of(place, name, to),
                                            .now_ms = now_ms,
                                            .boot_id = {1},
                                            .segment_bytes = 1 << 20};
    store_close(place->store);
    if (store_restore(&options, &report, &error))
        fail_msg("%s", error.text);
    open_at(place, name, 1);
}

static const char *begin(struct place *place, int64_t now_ms)
{
    static char number[NUMBER_TEXT];
    assert_int_equal(epoch_begin(place->store, rulebook_rules(place->book), now_ms, now_ms, number), 0);
    return number;
}

// The highest count of a day.
static uint32_t count_of(struct place *place, int32_t day)
{
    struct store_reader reader;
    struct arena arena;
    arena_init(&arena, 0);
    store_read_begin(place->store, &arena, &reader);
    uint32_t count = reader.view.ops->day_count(reader.view.ctx, day);
    store_read_end(&reader);
    arena_fini(&arena);
    return count;
}

static void no_number_is_given_twice(void **state)
{
    struct place *place = *state;
    file_some(place->store, 0, 5);
    back_up(place);
    file_some(place->store, 5, 5); // 6 to 10 are lost
    uint32_t lost = count_of(place, FRIDAY);
    restore(place, "first", NINE + 1000);
    begin(place, NINE + 2000);
    uint32_t first = count_of(place, FRIDAY);
    assert_true(first > lost && first > NUMBER_DAY_MAX);
    file_some(place->store, 5, 200);
    uint32_t first_last = count_of(place, FRIDAY);
    assert_int_equal(first_last, first + 200);
    restore(place, "second", NINE + 3000); // of the same backup
    begin(place, NINE + 3000);
    assert_true(count_of(place, FRIDAY) > first_last);
    assert_int_equal(count_of(place, FRIDAY + 1), 0); // the next day begins as ever
}

static void epochs_of_one_backup_differ(void **state)
{
    struct place *place = *state;
    struct journal_position one, other;
    file_some(place->store, 0, 5);
    back_up(place);
    restore(place, "first", NINE + 1000);
    store_head(place->store, &one);
    restore(place, "second", NINE + 2000);
    store_head(place->store, &other);
    assert_int_equal(one.epoch, (NINE + 1000) / 1000);
    assert_int_equal(other.epoch, one.epoch + 1);
}

static void the_number_that_is_passed_over_is_nobodys(void **state)
{
    struct place *place = *state;
    struct store_reader reader;
    struct arena arena;
    file_some(place->store, 0, 5);
    back_up(place);
    restore(place, "first", NINE);
    const char *number = begin(place, NINE + 60 * 1000);
    assert_memory_equal(number, "260213-42460000-", 16); // 10,000,000 and 9 h 1 min in ms
    arena_init(&arena, 0);
    store_read_begin(place->store, &arena, &reader);
    assert_null(reader.view.ops->by_number(reader.view.ctx, number));
    store_read_end(&reader);
    arena_fini(&arena);
}

static void it_is_written_once(void **state)
{
    struct place *place = *state;
    assert_string_equal(begin(place, NINE), ""); // a store of its own first epoch
    file_some(place->store, 0, 5);
    assert_string_equal(begin(place, NINE), "");
    back_up(place);
    restore(place, "first", NINE + 1000);
    store_close(place->store); // the daemon dies before it is written
    open_at(place, "first", 1);
    assert_string_not_equal(begin(place, NINE + 2000), "");
    assert_string_equal(begin(place, NINE + 3000), "");
    store_close(place->store);
    open_at(place, "first", 1);
    assert_string_equal(begin(place, NINE + 4000), "");
}

// A backup of a store in which nothing had happened yet.
static void an_empty_store_has_one_too(void **state)
{
    struct place *place = *state;
    back_up(place);
    restore(place, "first", NINE);
    assert_string_not_equal(begin(place, NINE), "");
    file_some(place->store, 0, 1);
    assert_true(count_of(place, FRIDAY) > NUMBER_DAY_MAX);
}

static void the_journal_tells_the_same_counts_again(void **state)
{
    struct place *place = *state;
    struct store_dump before, after;
    char command[PATH];
    file_some(place->store, 0, 5);
    back_up(place);
    restore(place, "first", NINE);
    begin(place, NINE + 1000);
    file_some(place->store, 5, 7);
    assert_true(store_dump(place->store, &before));
    store_close(place->store);
    snprintf(command, sizeof command, "rm -rf %s/first/state", place->root);
    assert_int_equal(system(command), 0);
    open_at(place, "first", 2);
    assert_true(store_dump(place->store, &after));
    assert_null(store_dump_difference(&before, &after));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_number_is_given_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(epochs_of_one_backup_differ, setup, teardown),
        cmocka_unit_test_setup_teardown(the_number_that_is_passed_over_is_nobodys, setup, teardown),
        cmocka_unit_test_setup_teardown(it_is_written_once, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_store_has_one_too, setup, teardown),
        cmocka_unit_test_setup_teardown(the_journal_tells_the_same_counts_again, setup, teardown),
    };
    return cmocka_run_group_tests_name("epoch", tests, NULL, NULL);
}
