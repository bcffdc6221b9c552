// layer: service
// Looks run in turns: so many at once, of one principal fewer, and walks leave room for the rest.
#include "service/looks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

struct desk {
    uv_loop_t loop;
    struct looks looks;
    struct shown *order[64]; // as they began
    size_t began;
    size_t done;
    size_t most_running, most_walks;
};

struct shown {
    struct look look;
    struct desk *desk;
};

static void begin(struct look *look)
{
    struct desk *d = ((struct shown *)look)->desk;
    d->order[d->began++] = (struct shown *)look;
    if (looks_running(&d->looks) > d->most_running)
        d->most_running = looks_running(&d->looks);
    if (d->looks.lines[LOOK_WALK].taken > d->most_walks)
        d->most_walks = d->looks.lines[LOOK_WALK].taken;
}

static void run(struct look *look)
{
    (void)look;
}

static void done(struct look *look)
{
    ((struct shown *)look)->desk->done++;
}

static void run_until(struct desk *d, size_t count)
{
    while (d->done < count)
        uv_run(&d->loop, UV_RUN_ONCE);
}

static void push(struct desk *d, struct shown *shown, const char *principal, enum look_kind kind)
{
    *shown = (struct shown){{.kind = kind, .begin = begin, .run = run, .done = done}, d};
    assert_int_equal(looks_push(&d->looks, &shown->look, principal), 0);
}

static int setup(void **state)
{
    const struct looks_limits limits = {.max_quick = 3,
                                        .max_slow = 3,
                                        .max_at_once_a_principal = 2,
                                        .max_walks = 2,
                                        .max_waiting = 40,
                                        .max_waiting_a_principal = 20};
    struct desk *d = calloc(1, sizeof *d);
    assert_int_equal(uv_loop_init(&d->loop), 0);
    looks_init(&d->looks, &limits);
    assert_int_equal(looks_start(&d->looks, &d->loop), 0);
    *state = d;
    return 0;
}

static void on_stopped(void *context)
{
    *(bool *)context = true;
}

static int teardown(void **state)
{
    struct desk *d = *state;
    bool stopped = false;
    looks_stop(&d->looks, on_stopped, &stopped);
    uv_run(&d->loop, UV_RUN_DEFAULT);
    assert_true(stopped);
    looks_fini(&d->looks);
    assert_int_equal(uv_loop_close(&d->loop), 0);
    free(d);
    return 0;
}

static void a_principal_that_asks_without_end_leaves_the_pool_to_others(void **state)
{
    struct desk *d = *state;
    struct shown flood[22], quiet;
    for (size_t i = 0; i < 22; i++)
        push(d, &flood[i], "flood", LOOK_QUICK);
    assert_int_equal(looks_running(&d->looks), 2);
    assert_int_equal(looks_waiting(&d->looks), 20);
    assert_false(looks_have_room(&d->looks, "flood", LOOK_QUICK));
    assert_true(looks_have_room(&d->looks, "flood", LOOK_WALK));
    push(d, &quiet, "quiet", LOOK_QUICK);
    assert_ptr_equal(d->order[2], &quiet); // at once
    run_until(d, 23);

    assert_int_equal(d->most_running, 3);
}

static void walks_leave_room_for_the_rest(void **state)
{
    struct desk *d = *state;
    struct shown walk[6], show;
    for (size_t i = 0; i < 6; i++)
        push(d, &walk[i], i % 2 ? "a" : "b", LOOK_WALK);
    assert_int_equal(looks_running(&d->looks), 2);
    push(d, &show, "a", LOOK_QUICK);
    assert_ptr_equal(d->order[2], &show);
    run_until(d, 7);

    assert_int_equal(d->most_walks, 2);
}

// However many ask for lists: four of them were at work, each for some milliseconds, and a case waited for
// the first.
static void what_is_quick_waits_for_no_page_and_no_walk(void **state)
{
    struct desk *d = *state;
    struct shown page[4], walk, show;
    for (size_t i = 0; i < 4; i++)
        push(d, &page[i], i % 2 ? "a" : "b", LOOK_PAGE);
    push(d, &walk, "c", LOOK_WALK);
    assert_int_equal(looks_running(&d->looks), 3);
    push(d, &show, "d", LOOK_QUICK);
    assert_int_equal(looks_running(&d->looks), 4);
    assert_ptr_equal(d->order[3], &show); // at once
    run_until(d, 6);
}

static void a_page_waits_for_nothing_that_is_quick(void **state)
{
    struct desk *d = *state;
    struct shown show[6], page;
    const char *who[] = {"a", "b", "c"};
    for (size_t i = 0; i < 6; i++)
        push(d, &show[i], who[i % 3], LOOK_QUICK);
    assert_int_equal(looks_running(&d->looks), 3);
    push(d, &page, "d", LOOK_PAGE);
    assert_ptr_equal(d->order[3], &page);
    run_until(d, 7);
}

static void one_principal_walks_in_half_of_them(void **state)
{
    struct desk *d = *state;
    struct shown walk[3];
    for (size_t i = 0; i < 3; i++)
        push(d, &walk[i], "a", LOOK_WALK);
    assert_int_equal(looks_running(&d->looks), 1);
    run_until(d, 3);

    assert_int_equal(d->most_walks, 1);
}

static void one_that_does_not_run_yet_can_be_taken_back(void **state)
{
    struct desk *d = *state;
    struct shown look[4];
    for (size_t i = 0; i < 4; i++)
        push(d, &look[i], "a", LOOK_QUICK);
    assert_false(looks_withdraw(&look[0].look));
    assert_true(looks_withdraw(&look[2].look));
    assert_ptr_equal(looks_clear(&d->looks), &look[3].look);
    assert_null(looks_clear(&d->looks));
    run_until(d, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_principal_that_asks_without_end_leaves_the_pool_to_others, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(walks_leave_room_for_the_rest, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_quick_waits_for_no_page_and_no_walk, setup, teardown),
        cmocka_unit_test_setup_teardown(a_page_waits_for_nothing_that_is_quick, setup, teardown),
        cmocka_unit_test_setup_teardown(one_principal_walks_in_half_of_them, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_does_not_run_yet_can_be_taken_back, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
