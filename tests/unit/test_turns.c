// layer: base
// Turns: round robin over holders, bounds on what waits and on what is taken.
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
    assert_int_equal(turns_push(t, holder, item, 0), 0);
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
    assert_ptr_equal(turns_take(&t), &flood[0]);
    assert_ptr_equal(turns_take(&t), &quiet);
    for (size_t i = 1; i < MANY; i++)
        assert_ptr_equal(turns_take(&t), &flood[i]);
    assert_null(turns_take(&t));
    turns_end(&t, &quiet);
    for (size_t i = 0; i < MANY; i++)
        turns_end(&t, &flood[i]);
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
    assert_ptr_equal(turns_take(&t), &a[0]);
    assert_ptr_equal(turns_take(&t), &b);
    assert_ptr_equal(turns_take(&t), &a[1]);
    assert_null(turns_take(&t));
    assert_int_equal(t.waiting, 2);
    turns_end(&t, &a[0]);
    assert_ptr_equal(turns_take(&t), &a[2]);
    assert_null(turns_take(&t));
    t.max_at_once = 0; // alone again: at its next change it has its turn
    turns_end(&t, &a[1]);
    assert_ptr_equal(turns_take(&t), &a[3]);
    turns_end(&t, &a[2]);
    turns_end(&t, &a[3]);
    turns_end(&t, &b);
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
    turns_end(&t, &a[0]);
    assert_int_equal(t.taken, 0);
    turns_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flooding_principal_only_waits_for_itself),
        cmocka_unit_test(what_is_full_of_others_is_not_closed_to_one_of_whom_nothing_waits),
        cmocka_unit_test(so_many_of_one_are_taken_at_once),
        cmocka_unit_test(what_waits_may_be_taken_back_and_what_was_taken_may_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
