// layer: service
// Acknowledgements: the highest counts, each goes to the engine once, and one that got lost goes again.
#include "service/acks.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static int setup(void **state)
{
    static struct acks acks;
    acks_init(&acks);
    *state = &acks;
    return 0;
}

static int teardown(void **state)
{
    acks_fini(*state);
    return 0;
}

static void note(struct acks *acks, const char *recipient, const char *consumer, uint64_t upto)
{
    assert_int_equal(acks_note(acks, recipient, consumer, upto), 0);
}

// What one work carries for a cursor, 0 when it is not in it.
static uint64_t carried(const struct work *work, const char *recipient, const char *consumer)
{
    for (size_t i = 0; i < work->cursor_count; i++)
        if (!strcmp(work->cursors[i].recipient, recipient) && !strcmp(work->cursors[i].consumer, consumer))
            return work->cursors[i].upto;
    return 0;
}

static void the_highest_counts(void **state)
{
    struct acks *acks = *state;
    note(acks, "cg", "a", 7);
    note(acks, "cg", "a", 5);
    assert_int_equal(acks_upto(acks, "cg", "a"), 7);
    assert_int_equal(acks_upto(acks, "cg", "b"), 0);
    assert_int_equal(acks_upto(acks, "c", "g"), 0);
    struct work *work = acks_take(acks);
    assert_int_equal(work->cursor_count, 1);
    assert_int_equal(carried(work, "cg", "a"), 7);
    work_destroy(work);
}

static void what_is_on_its_way_is_known_and_not_sent_twice(void **state)
{
    struct acks *acks = *state;
    assert_null(acks_take(acks));
    note(acks, "cg", "a", 7);
    work_destroy(acks_take(acks));
    note(acks, "cg", "b", 2);
    assert_null(acks_take(acks)); // one at a time
    assert_int_equal(acks_upto(acks, "cg", "a"), 7);
    acks_settle(acks, true);
    struct work *work = acks_take(acks);
    assert_int_equal(work->cursor_count, 1);
    assert_int_equal(carried(work, "cg", "b"), 2);
    work_destroy(work);
    acks_settle(acks, true);
    assert_null(acks_take(acks));
}

static void a_lost_one_goes_again(void **state)
{
    struct acks *acks = *state;
    acks_known(acks, "jj", "a", 3);
    note(acks, "cg", "a", 7);
    work_destroy(acks_take(acks));
    note(acks, "cg", "a", 9);
    acks_settle(acks, false);
    struct work *work = acks_take(acks);
    assert_int_equal(work->cursor_count, 1);
    assert_int_equal(carried(work, "cg", "a"), 9);
    work_destroy(work);
    acks_settle(acks, true);
    assert_null(acks_take(acks));
}

static void what_the_state_has_is_not_sent(void **state)
{
    struct acks *acks = *state;
    acks_known(acks, "cg", "a", 7);
    assert_int_equal(acks_upto(acks, "cg", "a"), 7);
    note(acks, "cg", "a", 6);
    assert_null(acks_take(acks));
}

static void a_recipient_has_eight_consumers(void **state)
{
    struct acks *acks = *state;
    char consumer[16];
    acks_known(acks, "cg", "old", 1);
    for (int i = 1; i < ACKS_CONSUMERS; i++) {
        snprintf(consumer, sizeof consumer, "c%d", i);
        note(acks, "cg", consumer, 4);
    }
    assert_int_equal(acks_note(acks, "cg", "one more", 4), ERROR_TOO_MANY);
    note(acks, "cg", "old", 4);
    note(acks, "cg/A", "one more", 4);
}

static void long_names_and_empty_ones_are_refused(void **state)
{
    char name[ACKS_CODE_BYTES + 2];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    assert_int_equal(acks_note(*state, "cg", name, 1), ERROR_TOO_LONG);
    assert_int_equal(acks_note(*state, name, "a", 1), ERROR_TOO_LONG);
    assert_int_equal(acks_note(*state, "cg", "", 1), ERROR_TOO_LONG);
    assert_int_equal(acks_upto(*state, name, "a"), 0);
    name[ACKS_CODE_BYTES] = 0;
    note(*state, name, name, 1);
}

static void many_go_in_several_events(void **state)
{
    struct acks *acks = *state;
    char recipient[16];
    size_t carried_in_all = 0;
    struct work *work;
    enum { MANY = 2500 };
    for (int i = 0; i < MANY; i++) {
        snprintf(recipient, sizeof recipient, "u%d", i);
        note(acks, recipient, "a", 1);
    }
    while ((work = acks_take(acks))) {
        assert_in_range(work->cursor_count, 1, 1024);
        carried_in_all += work->cursor_count;
        work_destroy(work);
        acks_settle(acks, true);
    }
    assert_int_equal(carried_in_all, MANY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_highest_counts),
        TEST(what_is_on_its_way_is_known_and_not_sent_twice),
        TEST(a_lost_one_goes_again),
        TEST(what_the_state_has_is_not_sent),
        TEST(a_recipient_has_eight_consumers),
        TEST(long_names_and_empty_ones_are_refused),
        TEST(many_go_in_several_events),
    };
    return cmocka_run_group_tests_name("acks", tests, NULL, NULL);
}
