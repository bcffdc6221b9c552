// layer: base
// Turns: who has had least is next, bounds on what waits and on what is taken.
#include "base/turns.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { MANY = 100 };

static void push(struct turns *t, const char *holder, struct turns_item *item)
{
    assert_true(turns_have_room(t, holder));
    assert_int_equal(turns_push(t, holder, item), 0);
}

static void a_flooding_principal_only_waits_for_itself(void **state)
{
    struct turns t;
    struct turns_item flood[MANY] = {0}, quiet = {0};
    (void)state;
    turns_init(&t);
    t.max_a_holder = MANY;
    for (size_t i = 0; i < MANY; i++)
        push(&t, "flood", &flood[i]);
    assert_false(turns_have_room(&t, "flood"));
    push(&t, "quiet", &quiet);
    assert_ptr_equal(turns_take(&t), &quiet);
    for (size_t i = 0; i < MANY; i++)
        assert_ptr_equal(turns_take(&t), &flood[i]);
    assert_null(turns_take(&t));
    turns_end(&t, &quiet, 0);
    for (size_t i = 0; i < MANY; i++)
        turns_end(&t, &flood[i], 0);
    turns_fini(&t);
}

static void what_is_full_of_others_is_not_closed_to_one_of_whom_nothing_waits(void **state)
{
    struct turns t;
    struct turns_item a = {0}, b = {0}, c = {0};
    (void)state;
    turns_init(&t);
    t.max_in_all = 2;
    push(&t, "a", &a);
    push(&t, "a", &b);
    assert_false(turns_have_room(&t, "a"));
    push(&t, "c", &c);
    assert_false(turns_have_room(&t, "c"));
    assert_int_equal(t.waiting, 3);
    while (turns_clear(&t))
        ;
    turns_fini(&t);
}

static void so_many_of_one_are_taken_at_once(void **state)
{
    struct turns t;
    struct turns_item a[4] = {0}, b = {0};
    (void)state;
    turns_init(&t);
    t.max_at_once = 2;
    for (size_t i = 0; i < 4; i++)
        push(&t, "a", &a[i]);
    push(&t, "b", &b);
    assert_ptr_equal(turns_take(&t), &b);
    assert_ptr_equal(turns_take(&t), &a[0]);
    assert_ptr_equal(turns_take(&t), &a[1]);
    assert_null(turns_take(&t));
    assert_int_equal(t.waiting, 2);
    turns_end(&t, &a[0], 0);
    assert_ptr_equal(turns_take(&t), &a[2]);
    assert_null(turns_take(&t));
    t.max_at_once = 0; // alone again: at its next change it has its turn
    turns_end(&t, &a[1], 0);
    assert_ptr_equal(turns_take(&t), &a[3]);
    turns_end(&t, &a[2], 0);
    turns_end(&t, &a[3], 0);
    turns_end(&t, &b, 0);
    turns_fini(&t);
}

static void what_waits_may_be_taken_back_and_what_was_taken_may_not(void **state)
{
    struct turns t;
    struct turns_item a[3] = {0};
    (void)state;
    turns_init(&t);
    for (size_t i = 0; i < 3; i++)
        push(&t, "a", &a[i]);
    assert_true(turns_withdraw(&t, &a[1]));
    assert_false(turns_withdraw(&t, &a[1]));
    assert_ptr_equal(turns_take(&t), &a[0]);
    assert_false(turns_withdraw(&t, &a[0]));
    assert_ptr_equal(turns_clear(&t), &a[2]);
    assert_null(turns_clear(&t));
    assert_int_equal(t.waiting, 0);
    turns_end(&t, &a[0], 0);
    assert_int_equal(t.taken, 0);
    turns_fini(&t);
}

static void who_has_had_little_waits_for_no_round_of_many_that_flood(void **state)
{
    static const char *const floods[] = {"a", "b", "c", "d", "e"};
    enum { FLOODS = 5, EACH = 20 };
    struct turns t;
    struct turns_item flood[FLOODS][EACH] = {0}, quiet = {0};
    (void)state;
    turns_init(&t);
    for (size_t i = 0; i < FLOODS; i++)
        for (size_t k = 0; k < EACH; k++)
            push(&t, floods[i], &flood[i][k]);
    for (size_t n = 0; n < FLOODS * EACH; n++) {
        if (n >= FLOODS) {
            push(&t, "quiet", &quiet);
            assert_ptr_equal(turns_take(&t), &quiet);
            turns_end(&t, &quiet, 10);
        }
        struct turns_item *other = turns_take(&t);
        assert_ptr_not_equal(other, &quiet);
        turns_end(&t, other, n < FLOODS ? 20 * n : 100); // they are not in step
    }
    turns_fini(&t);
}

static void who_was_away_has_saved_nothing_up(void **state)
{
    struct turns t;
    struct turns_item a[10] = {0}, b[10] = {0};
    (void)state;
    turns_init(&t);
    for (size_t i = 0; i < 5; i++) {
        push(&t, "a", &a[i]);
        assert_ptr_equal(turns_take(&t), &a[i]);
        turns_end(&t, &a[i], 100);
    }
    for (size_t i = 0; i < 10; i++) {
        if (i >= 5)
            push(&t, "a", &a[i]);
        push(&t, "b", &b[i]);
    }
    assert_ptr_equal(turns_take(&t), &b[0]);
    turns_end(&t, &b[0], 150);
    assert_ptr_equal(turns_take(&t), &a[5]);
    turns_end(&t, &a[5], 100);
    assert_ptr_equal(turns_take(&t), &b[1]);
    turns_end(&t, &b[1], 150);
    while (turns_clear(&t))
        ;
    turns_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flooding_principal_only_waits_for_itself),
        cmocka_unit_test(what_is_full_of_others_is_not_closed_to_one_of_whom_nothing_waits),
        cmocka_unit_test(so_many_of_one_are_taken_at_once),
        cmocka_unit_test(what_waits_may_be_taken_back_and_what_was_taken_may_not),
        cmocka_unit_test(who_has_had_little_waits_for_no_round_of_many_that_flood),
        cmocka_unit_test(who_was_away_has_saved_nothing_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
