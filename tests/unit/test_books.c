// layer: store
// The books over a real table: facts in order of time, limits that follow their clocks, exclusions beside
// them.
#include "store/books.h"

#include "store/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define RESOLVE ((enum fact_kind)(FACT_LIMIT + STAGE_RESOLVE))

struct book {
    char directory[64];
    struct db db;
    struct db_txn txn;
    struct arena arena;
    struct whistle whistle;
    struct casefile file;
};

static int setup(void **state)
{
    struct book *book = calloc(1, sizeof *book);
    strcpy(book->directory, "/tmp/whistled-books-XXXXXX");
    assert_non_null(mkdtemp(book->directory));
    assert_int_equal(db_open(&book->db, book->directory, 0, NULL), 0);
    db_begin(&book->db, true, &book->txn);
    arena_init(&book->arena, 0);
    book->whistle.category = "0102";
    book->file = (struct casefile){.id = 1,
                                   .area = "420902/420902001",
                                   .office = "420902001",
                                   .state = CASE_IN_HAND,
                                   .whistle = &book->whistle};
    *state = book;
    return 0;
}

static int teardown(void **state)
{
    struct book *book = *state;
    char command[96];
    db_abort(&book->txn);
    db_close(&book->db);
    arena_fini(&book->arena);
    snprintf(command, sizeof command, "rm -rf %s", book->directory);
    assert_int_equal(system(command), 0);
    free(book);
    return 0;
}

static void happen(struct book *book, struct event event)
{
    event.case_id = book->file.id;
    event.seq = event.seq ? event.seq : book->file.id;
    struct books books;
    books_init(&books, &book->txn);
    books_event(&books, &book->file, &book->file, &event);
    assert_int_equal(book->txn.error, 0);
}

static void move(struct book *book, const struct casefile *before, const struct casefile *after)
{
    struct books books;
    books_init(&books, &book->txn);
    books_case(&books, before, after);
}

static size_t between(struct book *book, enum fact_kind kind, int64_t from_ms, int64_t to_ms,
                      struct booked *last)
{
    struct books_walk walk;
    struct booked fact;
    size_t found = 0;
    int64_t before = INT64_MIN;
    books_open(&walk, &book->txn, kind, from_ms, to_ms, NULL);
    while (books_next(&walk, &fact)) {
        assert_true(fact.at_ms >= before && fact.kind == kind);
        before = fact.at_ms;
        found++;
        if (last)
            *last = fact;
    }
    assert_false(books_next(&walk, &fact)); // over is over
    books_close(&walk);
    return found;
}

static void facts_stand_in_order_of_time_and_by_kind(void **state)
{
    struct book *book = *state;
    struct booked fact;
    happen(book, (struct event){.kind = EVENT_FILED, .at_ms = 200});
    happen(book, (struct event){.kind = EVENT_FILED, .at_ms = -5});
    happen(book, (struct event){.kind = EVENT_FILED, .at_ms = 100});
    happen(book, (struct event){.kind = EVENT_REGISTERED, .at_ms = 100});
    assert_int_equal(between(book, FACT_FILED, INT64_MIN, INT64_MAX, &fact), 3);
    assert_int_equal(fact.at_ms, 200);
    assert_int_equal(between(book, FACT_FILED, -5, 100, &fact), 1); // the end is no part of it
    assert_int_equal(fact.at_ms, -5);
    assert_int_equal(between(book, FACT_FILED, 300, 400, NULL), 0);
    assert_int_equal(between(book, FACT_CLOSED, 0, INT64_MAX, NULL), 0);
    assert_string_equal(state_code(&book->txn, &book->arena, fact.unit), "420902001");
    assert_string_equal(state_code(&book->txn, &book->arena, fact.area), "420902/420902001");
    assert_string_equal(state_code(&book->txn, &book->arena, fact.category), "0102");
}

static void two_of_a_kind_at_once_are_two(void **state)
{
    struct book *book = *state;
    struct summons both[] = {{.id = 1, .unit = "cg", .state = SUMMONS_DONE},
                             {.id = 2, .unit = "cg", .state = SUMMONS_DONE}};
    happen(book, (struct event){.kind = EVENT_URGED, .at_ms = 9, .summons = both, .summons_count = 2});
    happen(book,
           (struct event){.kind = EVENT_URGED, .at_ms = 9, .seq = 2, .summons = both, .summons_count = 1});
    assert_int_equal(between(book, FACT_URGED, 0, 10, NULL), 3);
}

static void a_walk_goes_on_behind_a_place(void **state)
{
    struct book *book = *state;
    struct books_walk walk;
    struct booked fact;
    uint8_t place[BOOKED_KEY_BYTES];
    for (int i = 0; i < 5; i++)
        happen(book, (struct event){.kind = EVENT_FILED, .at_ms = 10 * i});
    books_open(&walk, &book->txn, FACT_FILED, 0, 1000, NULL);
    assert_true(books_next(&walk, &fact) && books_next(&walk, &fact));
    books_place(&walk, place);
    books_close(&walk);
    assert_true(books_is_place(place, FACT_FILED, 0, 1000));
    assert_false(books_is_place(place, FACT_CLOSED, 0, 1000));
    assert_false(books_is_place(place, FACT_FILED, 20, 1000)); // of another period
    books_open(&walk, &book->txn, FACT_FILED, 0, 1000, place);
    assert_true(books_next(&walk, &fact));
    assert_int_equal(fact.at_ms, 20);
    books_close(&walk);
}

static void a_limit_follows_its_clock(void **state)
{
    struct book *book = *state;
    struct booked fact;
    struct clock clock = {.id = 1, .stage = STAGE_RESOLVE, .unit = "cg", .start_ms = 10, .due_ms = 50}, later;
    struct casefile before;
    book->file.clocks = &clock;
    book->file.clock_count = 1;
    move(book, NULL, &book->file);
    assert_int_equal(between(book, RESOLVE, 0, INT64_MAX, &fact), 1);
    assert_int_equal(fact.at_ms, 50);
    assert_int_equal(fact.flags, FACT_OPEN);
    later = clock; // extended
    later.due_ms = 90;
    later.extension_count = 1;
    before = book->file;
    book->file.clocks = &later;
    move(book, &before, &book->file);
    assert_int_equal(between(book, RESOLVE, 0, INT64_MAX, &fact), 1);
    assert_int_equal(fact.at_ms, 90);
    assert_int_equal(fact.flags, FACT_OPEN | FACT_WAS_EXTENDED);
    struct clock met = later;
    met.stopped_ms = 95;
    met.stop = STOP_MET;
    before = book->file;
    book->file.clocks = &met;
    move(book, &before, &book->file);
    assert_int_equal(between(book, RESOLVE, 0, INT64_MAX, &fact), 1);
    assert_int_equal(fact.flags, FACT_MET | FACT_LATE | FACT_WAS_EXTENDED);
    assert_int_equal(fact.took_ms, 85);
    before = book->file;
    book->file.state = CASE_CANCELLED;
    move(book, &before, &book->file);
    assert_int_equal(between(book, RESOLVE, 0, INT64_MAX, NULL), 0);
    assert_int_equal(between(book, FACT_LIMIT, 0, INT64_MAX, NULL), 0);
}

static void exclusions_stand_beside_the_facts(void **state)
{
    struct book *book = *state;
    struct books_exclusions exclusions;
    struct clock clock = {.id = 1, .stage = STAGE_RESOLVE, .unit = "cg", .due_ms = 50, .exempt = "A01"};
    struct booked fact, same;
    book->file.clocks = &clock;
    book->file.clock_count = 1;
    clock.exempt = NULL;
    move(book, NULL, &book->file);
    between(book, RESOLVE, 0, INT64_MAX, &fact);
    struct casefile before = book->file;
    struct clock granted = clock;
    granted.exempt = "A01";
    book->file.clocks = &granted;
    move(book, &before, &book->file);
    between(book, RESOLVE, 0, INT64_MAX, &same);
    assert_int_equal(fact.flags, same.flags); // no fact is touched
    assert_int_equal(fact.at_ms, same.at_ms);
    assert_int_equal(fact.took_ms, same.took_ms);
    book->file.id = 7;
    book->file.unreasonable = "U01";
    move(book, NULL, &book->file);
    assert_true(books_exclusions(&book->txn, &book->arena, &exclusions));
    assert_int_equal(exclusions.count, 3);
    assert_int_equal(books_excluded(&exclusions, &fact), EXCLUDED_BIT(EXCLUDED_APPEAL));
    fact.part = 2;
    assert_int_equal(books_excluded(&exclusions, &fact), 0);
    fact.case_id = 7;
    assert_int_equal(books_excluded(&exclusions, &fact), EXCLUDED_BIT(EXCLUDED_UNREASONABLE));
    fact.case_id = 8;
    assert_int_equal(books_excluded(&exclusions, &fact), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(facts_stand_in_order_of_time_and_by_kind),
        TEST(two_of_a_kind_at_once_are_two),
        TEST(a_walk_goes_on_behind_a_place),
        TEST(a_limit_follows_its_clock),
        TEST(exclusions_stand_beside_the_facts),
    };
    return cmocka_run_group_tests_name("books", tests, NULL, NULL);
}
