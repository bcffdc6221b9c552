// layer: window
//
// The events of a followed feed: order within a case, retries, and how far the cursor may go.
#include "window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void add(struct window *w, uint64_t seq, const char *number)
{
    assert_true(window_add(w, seq, number, "filed", "{}", "cg"));
}

static struct item *begin(struct window *w, int64_t now_ms)
{
    struct item *item = window_ready(w, now_ms);
    if (item)
        item->pid = 1;
    return item;
}

static void finish(struct item *item)
{
    item->pid = 0;
    item->settled = item->done = true;
}

static void one_case_goes_in_order(void **state)
{
    struct window w = {0};
    (void)state;
    add(&w, 1, "a");
    add(&w, 2, "a");
    add(&w, 3, "b");
    struct item *first = begin(&w, 0), *second = begin(&w, 0);
    assert_int_equal(first->seq, 1);
    assert_int_equal(second->seq, 3);
    assert_null(begin(&w, 0));
    assert_int_equal(window_running(&w), 2);
    finish(first);
    assert_int_equal(begin(&w, 0)->seq, 2);
    window_fini(&w);
}

static void without_a_case_nothing_waits(void **state)
{
    struct window w = {0};
    (void)state;
    add(&w, 1, "");
    add(&w, 2, "");
    assert_int_equal(begin(&w, 0)->seq, 1);
    assert_int_equal(begin(&w, 0)->seq, 2);
    window_fini(&w);
}

static void pauses_double_up_to_five_minutes(void **state)
{
    struct window w = {0};
    (void)state;
    add(&w, 1, "a");
    struct item *item = &w.items[0];
    static const int64_t pauses[] = {1000,  2000,   4000,   8000,   16000, 32000,
                                     64000, 128000, 256000, 300000, 300000};
    for (size_t i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
        assert_true(window_failed(item, 100, 5000));
        assert_int_equal(item->not_before_ms, 5000 + pauses[i]);
    }
    assert_null(window_ready(&w, item->not_before_ms - 1));
    assert_ptr_equal(window_ready(&w, item->not_before_ms), item);
    window_fini(&w);
}

static void tries_have_an_end(void **state)
{
    struct window w = {0};
    (void)state;
    add(&w, 1, "a");
    assert_true(window_failed(&w.items[0], 2, 0));
    assert_false(window_failed(&w.items[0], 2, 0));
    assert_int_equal(w.items[0].tries, 2);
    window_fini(&w);
}

static void the_cursor_stands_before_what_is_not_done(void **state)
{
    struct window w = {0};
    (void)state;
    add(&w, 3, "a");
    add(&w, 7, "b");
    add(&w, 9, "c");
    finish(&w.items[1]);
    assert_int_equal(window_drain(&w), 2);
    assert_int_equal(w.count, 2);
    assert_int_equal(window_drain(&w), 0);
    finish(&w.items[0]);
    assert_int_equal(window_drain(&w), 8);
    finish(&w.items[0]);
    assert_int_equal(window_drain(&w), 9);
    assert_int_equal(w.count, 0);
    window_fini(&w);
}

static void one_failing_case_does_not_fill_it(void **state)
{
    struct window w = {0};
    (void)state;
    add(&w, 1, "bad");
    for (uint64_t seq = 2; seq < 1000; seq++) {
        add(&w, seq, "good");
        finish(&w.items[w.count - 1]);
        assert_int_equal(window_drain(&w), 0);
    }
    assert_int_equal(w.count, 1);
    window_fini(&w);
}

static void repeats_are_skipped_and_a_new_epoch_begins_anew(void **state)
{
    struct window w = {0};
    (void)state;
    add(&w, 5, "a");
    assert_false(window_add(&w, 5, "a", "filed", "{}", "cg"));
    assert_false(window_add(&w, 4, "a", "filed", "{}", "cg"));
    window_clear(&w);
    add(&w, 1, "a");
    window_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_case_goes_in_order),
        cmocka_unit_test(without_a_case_nothing_waits),
        cmocka_unit_test(pauses_double_up_to_five_minutes),
        cmocka_unit_test(tries_have_an_end),
        cmocka_unit_test(the_cursor_stands_before_what_is_not_done),
        cmocka_unit_test(one_failing_case_does_not_fill_it),
        cmocka_unit_test(repeats_are_skipped_and_a_new_epoch_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
