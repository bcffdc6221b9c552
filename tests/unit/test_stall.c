// layer: service
// The loop's longest stall: what of a turn is one, what is remembered how long, and a real loop that is held
// up.
#include "service/stall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const uint64_t SECOND = 1000000000, MS = 1000000;

static void a_wait_is_no_stall_but_waking_late_is(void **state)
{
    static const struct {
        uint64_t turn, waited, meant, stall;
    } turns[] = {
        {250, 250, 250, 0},           // slept until its timer
        {250, 200, STALL_NO_END, 50}, // worked for 50 after an event
        {250, 250, 200, 50},          // woken 50 too late
        {300, 250, 200, 100},         // woken late, and worked then
        {40, 0, 0, 40},               // did not wait at all
        {100, 101, STALL_NO_END, 0},  // clocks that do not agree to the nanosecond
    };
    (void)state;
    for (size_t i = 0; i < sizeof turns / sizeof turns[0]; i++)
        assert_int_equal(stall_of_turn(turns[i].turn, turns[i].waited, turns[i].meant), turns[i].stall);
}

static void the_longest_of_so_many_seconds_is_told(void **state)
{
    struct stall_log log = {0};
    (void)state;
    assert_int_equal(stall_longest(&log, 1000 * SECOND, STALL_SECONDS), 0);
    stall_note(&log, 1000 * SECOND, 70);
    stall_note(&log, 1000 * SECOND + 1, 90);
    stall_note(&log, 1000 * SECOND + 2, 80); // a shorter one in the same second
    stall_note(&log, 1003 * SECOND, 30);
    assert_int_equal(stall_longest(&log, 1003 * SECOND, 1), 30);
    assert_int_equal(stall_longest(&log, 1003 * SECOND, 2), 30);
    assert_int_equal(stall_longest(&log, 1003 * SECOND, 3), 90);
    assert_int_equal(stall_longest(&log, 1004 * SECOND, 1), 30);
    assert_int_equal(stall_longest(&log, 1005 * SECOND, 1), 0);
    assert_int_equal(log.longest_ns, 90);
}

// The places are used again: what stood there must not be taken for new, nor the new for old.
static void an_old_stall_is_forgotten_after_a_minute_but_for_the_record(void **state)
{
    struct stall_log log = {0};
    (void)state;
    stall_note(&log, 1000 * SECOND, 500);
    assert_int_equal(stall_longest(&log, 1060 * SECOND, STALL_SECONDS), 500);
    assert_int_equal(stall_longest(&log, 1061 * SECOND, STALL_SECONDS), 0);
    stall_note(&log, (1000 + STALL_SECONDS + 1) * SECOND, 20); // the very place
    assert_int_equal(stall_longest(&log, 1061 * SECOND, STALL_SECONDS), 20);
    for (uint64_t second = 1062; second < 1300; second++)
        stall_note(&log, second * SECOND, second == 1240 ? 40 : 10);
    assert_int_equal(stall_longest(&log, 1299 * SECOND, STALL_SECONDS), 40);
    assert_int_equal(stall_longest(&log, 1301 * SECOND, STALL_SECONDS), 10);
    assert_int_equal(log.longest_ns, 500);
}

// ---- a real loop ------------------------------------------------------------------------------------------

struct held {
    struct stall stall;
    uv_async_t async;
    uv_timer_t timer;
    bool by_timer;
    int calls;
};

static void keep_busy(void)
{
    for (uint64_t end = uv_hrtime() + 30 * MS; uv_hrtime() < end;)
        continue;
}

static void on_timer(uv_timer_t *timer)
{
    struct held *held = timer->data;
    keep_busy();
    uv_async_send(&held->async);
}

static void on_async(uv_async_t *async)
{
    struct held *held = async->data;
    if (++held->calls == 1 && held->by_timer) {
        uv_timer_start(&held->timer, on_timer, 0, 0);
    } else if (held->calls == 1) {
        keep_busy();
        uv_async_send(async);
    } else {
        uv_close((uv_handle_t *)async, NULL);
        uv_close((uv_handle_t *)&held->timer, NULL);
        uv_close((uv_handle_t *)&held->stall.turn, NULL);
    }
}

// libuv calls back for events inside of its wait, for timers outside of it: both are seen.
static void a_callback_that_holds_the_loop_up_is_seen(void **state)
{
    (void)state;
    for (int by_timer = 0; by_timer < 2; by_timer++) {
        struct held held = {.by_timer = by_timer};
        uv_loop_t loop;
        uv_loop_init(&loop);
        assert_int_equal(stall_watch(&held.stall, &loop), 0);
        uv_timer_init(&loop, &held.timer);
        uv_async_init(&loop, &held.async, on_async);
        held.timer.data = held.async.data = &held;
        uv_async_send(&held.async);
        uv_run(&loop, UV_RUN_DEFAULT);
        assert_int_equal(uv_loop_close(&loop), 0);
        assert_true(held.stall.log.longest_ns >= 30 * MS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_is_no_stall_but_waking_late_is),
        cmocka_unit_test(the_longest_of_so_many_seconds_is_told),
        cmocka_unit_test(an_old_stall_is_forgotten_after_a_minute_but_for_the_record),
        cmocka_unit_test(a_callback_that_holds_the_loop_up_is_seen),
    };
    return cmocka_run_group_tests_name("stall", tests, NULL, NULL);
}
