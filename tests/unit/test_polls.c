// layer: service
// Polls are found by whom a batch concerns, and may be taken out while they are.
#include "service/polls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

struct woken {
    struct polls *polls;
    int count;
    bool take_out;
};

static void wake(void *context, struct poll *poll)
{
    struct woken *woken = context;
    woken->count++;
    if (woken->take_out)
        polls_remove(woken->polls, poll);
}

static int wake_by(struct polls *polls, const char *recipient, const char *area, bool take_out)
{
    struct batch_wake one = {recipient, area};
    struct batch_result result = {.wakes = &one, .wake_count = 1};
    struct woken woken = {polls, 0, take_out};
    polls_wake(polls, &result, wake, &woken);
    return woken.count;
}

static void a_batch_wakes_whom_it_concerns(void **state)
{
    struct polls polls;
    struct poll cg = {0}, cg2 = {0}, jj = {0};
    (void)state;
    polls_init(&polls);
    assert_true(polls_add(&polls, &cg, "cg") && polls_add(&polls, &cg2, "cg") &&
                polls_add(&polls, &jj, "jj"));
    assert_int_equal(wake_by(&polls, "cg", NULL, false), 2);
    assert_int_equal(wake_by(&polls, "c", NULL, false), 0);
    assert_int_equal(wake_by(&polls, "jj", "420902/420902001", false), 1);
    polls_remove(&polls, &cg);
    assert_int_equal(wake_by(&polls, "cg", NULL, false), 1);
    polls_remove(&polls, &cg2);
    polls_remove(&polls, &cg2); // twice is once
    polls_remove(&polls, &jj);
    assert_int_equal(polls.count, 0);
    assert_null(polls.buckets);
}

static void a_watch_hears_of_all_below_its_area(void **state)
{
    struct polls polls;
    struct poll city = {0}, street = {0}, other = {0}, unit = {0};
    (void)state;
    polls_init(&polls);
    assert_true(polls_add(&polls, &city, "@420902") && polls_add(&polls, &street, "@420902001"));
    assert_true(polls_add(&polls, &other, "@420902002") && polls_add(&polls, &unit, "420902001"));
    assert_int_equal(wake_by(&polls, NULL, "420902/420902001/420902001003", false), 2);
    assert_int_equal(wake_by(&polls, NULL, "420902", false), 1);
    assert_int_equal(wake_by(&polls, NULL, "", false), 0);
    polls_remove(&polls, &city);
    polls_remove(&polls, &street);
    polls_remove(&polls, &other);
    polls_remove(&polls, &unit);
}

static void who_is_woken_may_be_taken_out(void **state)
{
    struct polls polls;
    struct poll waiting[3];
    (void)state;
    memset(waiting, 0, sizeof waiting);
    polls_init(&polls);
    for (int i = 0; i < 3; i++)
        assert_true(polls_add(&polls, &waiting[i], "cg"));
    assert_int_equal(wake_by(&polls, "cg", NULL, true), 3);
    assert_int_equal(polls.count, 0);
    assert_int_equal(wake_by(&polls, "cg", NULL, true), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_wakes_whom_it_concerns),
        cmocka_unit_test(a_watch_hears_of_all_below_its_area),
        cmocka_unit_test(who_is_woken_may_be_taken_out),
    };
    return cmocka_run_group_tests_name("polls", tests, NULL, NULL);
}
