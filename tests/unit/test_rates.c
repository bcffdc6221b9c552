// layer: store
// The day's books over a real table: each event moves one count of its unit, area, category and day.
#include "store/rates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct book {
    char directory[64];
    struct db db;
    struct db_txn txn;
    struct whistle whistle;
    struct casefile file;
};

static int setup(void **state)
{
    struct book *book = calloc(1, sizeof *book);
    strcpy(book->directory, "/tmp/whistled-rates-XXXXXX");
    assert_non_null(mkdtemp(book->directory));
    assert_int_equal(db_open(&book->db, book->directory, NULL), 0);
    db_begin(&book->db, true, &book->txn);
    book->whistle.category = "0102";
    book->file = (struct casefile){.id = 1, .area = "420902/420902001", .whistle = &book->whistle};
    *state = book;
    return 0;
}

static int teardown(void **state)
{
    struct book *book = *state;
    char command[96];
    db_abort(&book->txn);
    db_close(&book->db);
    snprintf(command, sizeof command, "rm -rf %s", book->directory);
    assert_int_equal(system(command), 0);
    free(book);
    return 0;
}

static void count(struct book *book, struct event event)
{
    rates_count(&book->txn, &book->file, book->file.summons_count, &event);
    assert_int_equal(book->txn.error, 0);
}

static struct rate_counts of_day(struct book *book, int32_t day, const char *unit)
{
    struct rate_counts counts;
    rates_day(&book->txn, day, unit, &counts);
    return counts;
}

static void events_are_counted_by_day_and_unit(void **state)
{
    struct book *book = *state;
    struct summons called[] = {{.id = 2, .unit = "cg", .state = SUMMONS_CALLED, .called_ms = 50},
                               {.id = 3, .unit = "jj", .state = SUMMONS_CALLED, .called_ms = 50},
                               {.id = 1, .unit = "xf", .state = SUMMONS_CALLED, .called_ms = 50}};
    book->file.summons_count = 1;
    count(book, (struct event){.kind = EVENT_FILED, .local_day = 100});
    count(
        book,
        (struct event){
            .kind = EVENT_DISPATCHED, .local_day = 100, .at_ms = 50, .summons = called, .summons_count = 3});
    book->file.summons_count = 3;
    count(book, (struct event){.kind = EVENT_ACCEPTED, .local_day = 100, .unit = "cg"});
    count(book, (struct event){.kind = EVENT_ACCEPTED, .local_day = 101, .unit = "jj", .late = true});
    count(book,
          (struct event){
              .kind = EVENT_URGED, .local_day = 100, .at_ms = 50, .summons = called, .summons_count = 1});
    assert_int_equal(of_day(book, 100, NULL).filed, 1);
    assert_int_equal(of_day(book, 100, "").filed, 1);
    assert_int_equal(of_day(book, 100, "cg").filed, 0);
    assert_int_equal(of_day(book, 100, NULL).called, 2); // xf was called before
    assert_int_equal(of_day(book, 100, "cg").called, 1);
    assert_int_equal(of_day(book, 100, NULL).accepted, 1);
    assert_int_equal(of_day(book, 101, "jj").accepted_late, 1);
    assert_int_equal(of_day(book, 102, NULL).accepted, 0);
    assert_int_equal(of_day(book, 100, "nobody").called, 0);
}

static void days_before_the_epoch_are_days_too(void **state)
{
    struct book *book = *state;
    count(book, (struct event){.kind = EVENT_FILED, .local_day = -1});
    assert_int_equal(of_day(book, -1, NULL).filed, 1);
    assert_int_equal(of_day(book, 0, NULL).filed, 0);
}

static void what_was_imported_as_history_is_not_counted(void **state)
{
    struct book *book = *state;
    book->file.history = true;
    count(book, (struct event){.kind = EVENT_FILED, .local_day = 100});
    assert_int_equal(of_day(book, 100, NULL).filed, 0);
}

static void a_state_and_a_kind_are_counted_apart(void **state)
{
    struct book *book = *state;
    count(book, (struct event){.kind = EVENT_CLOSED, .state = CASE_CLOSED, .local_day = 100});
    count(book, (struct event){.kind = EVENT_CANCELLED, .state = CASE_CANCELLED, .local_day = 100});
    count(book, (struct event){.kind = EVENT_URGED, .local_day = 100});
    struct rate_counts counts = of_day(book, 100, "");
    assert_int_equal(counts.closed, 1);
    assert_int_equal(counts.cancelled, 1);
    assert_int_equal(counts.urged, 1);
}

static void who_reports_again_counts_once_and_who_goes_straight_on_is_late_by_what_he_passed(void **state)
{
    struct book *book = *state;
    struct summons summons = {
        .id = 1, .unit = "cg", .state = SUMMONS_REPORTED, .accepted_ms = 50, .reported_ms = 50};
    struct clock passed[] = {{.id = 1, .stage = STAGE_ACCEPT, .unit = "cg", .due_ms = 10, .stopped_ms = 90},
                             {.id = 2, .stage = STAGE_REPORT, .unit = "cg", .due_ms = 20, .stopped_ms = 90}};
    struct event report = {.kind = EVENT_REPORTED,
                           .unit = "cg",
                           .local_day = 100,
                           .at_ms = 50,
                           .summons = &summons,
                           .summons_count = 1};
    book->file.summons_count = 1;
    count(book, report);
    report.at_ms = 60;
    count(book, report);
    assert_int_equal(of_day(book, 100, "cg").reported, 1);
    assert_int_equal(of_day(book, 100, "cg").accepted, 1);
    summons.accepted_ms = 90;
    count(book, (struct event){.kind = EVENT_RESOLVED,
                               .unit = "cg",
                               .local_day = 101,
                               .at_ms = 90,
                               .summons = &summons,
                               .summons_count = 1,
                               .clocks = passed,
                               .clock_count = 2});
    assert_int_equal(of_day(book, 101, "cg").accepted, 1);
    assert_int_equal(of_day(book, 101, "cg").accepted_late, 1);
    assert_int_equal(of_day(book, 101, "cg").reported_late, 1);
}

static void rulings_answers_and_members_are_counted(void **state)
{
    struct book *book = *state;
    struct summons spared[] = {{.id = 1, .unit = "cg", .state = SUMMONS_EXCUSED},
                               {.id = 2, .unit = "jj", .state = SUMMONS_CALLED}};
    book->file.summons_count = 2;
    struct event ruled = {
        .kind = EVENT_REASSIGNED, .local_day = 100, .summons = spared, .summons_count = 2, .at_ms = 50};
    count(book, ruled); // nobody had declined
    ruled.ruling = RULING_ASSIGN;
    count(book, ruled);
    assert_int_equal(of_day(book, 100, "cg").misdispatched, 1);
    assert_int_equal(of_day(book, 100, "jj").misdispatched, 0);
    count(book, (struct event){.kind = EVENT_CALLED_BACK, .local_day = 100});
    count(book,
          (struct event){.kind = EVENT_CALLED_BACK, .local_day = 100, .satisfied = SATISFACTION_BASICALLY});
    count(book, (struct event){
                    .kind = EVENT_CALLED_BACK, .local_day = 100, .satisfied = SATISFACTION_DISSATISFIED});
    assert_int_equal(of_day(book, 100, "").satisfied, 1);
    assert_int_equal(of_day(book, 100, "").dissatisfied, 1);
    count(book, (struct event){.kind = EVENT_CLAIMED, .local_day = 100, .unit = "school"});
    count(book, (struct event){.kind = EVENT_CHECKED_IN, .local_day = 100, .unit = "school"});
    assert_int_equal(of_day(book, 100, "school").claimed, 1);
    assert_int_equal(of_day(book, 100, "school").checked_in, 1);
    count(book, (struct event){.kind = EVENT_REOPENED, .local_day = 100});
    count(book, (struct event){.kind = EVENT_MERGED, .state = CASE_MERGED, .local_day = 100});
    assert_int_equal(of_day(book, 100, "").reopened, 1);
    assert_int_equal(of_day(book, 100, "").merged, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(events_are_counted_by_day_and_unit),
        TEST(days_before_the_epoch_are_days_too),
        TEST(what_was_imported_as_history_is_not_counted),
        TEST(a_state_and_a_kind_are_counted_apart),
        TEST(who_reports_again_counts_once_and_who_goes_straight_on_is_late_by_what_he_passed),
        TEST(rulings_answers_and_members_are_counted),
    };
    return cmocka_run_group_tests_name("rates", tests, NULL, NULL);
}
