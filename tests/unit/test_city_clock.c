// layer: engine
// The city's clock: how it is written, how fast it runs, and how long to wait for a time of it.
#include "engine/city_clock.h"

#include "base/civil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const int64_t FRIDAY_EIGHT = 1770940800000; // 2026-02-13T08:00+08:00

static void a_time_and_a_rate_are_read(void **state)
{
    struct city_clock clock;
    (void)state;
    assert_true(city_clock_parse("2026-02-13T08:00+08:00,x1200", 5000, &clock));
    assert_true(clock.own && clock.city_ms == FRIDAY_EIGHT && clock.machine_ms == 5000);
    assert_int_equal(city_clock_now(&clock, 5000), FRIDAY_EIGHT);
    assert_int_equal(city_clock_now(&clock, 6000), FRIDAY_EIGHT + 1200 * SECOND_MS);
    assert_true(city_clock_parse("2026-02-13T08:00:30+08:00", 0, &clock));
    assert_int_equal(city_clock_now(&clock, 1), FRIDAY_EIGHT + 30 * SECOND_MS + 1);
    assert_true(city_clock_parse("2026-02-12T19:30-04:30,x0.5", 0, &clock));
    assert_int_equal(city_clock_now(&clock, 1000), FRIDAY_EIGHT - 8 * HOUR_MS + 8 * HOUR_MS + 500);
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "2026-02-13",
        "2026-02-13T08:00",
        "2026-02-30T08:00+08:00",
        "2026-02-13T24:00+08:00",
        "2026-02-13T08:60+08:00",
        "2026-02-13T08:00:60+08:00",
        "2026-02-13T-1:00+08:00",
        "2026-02-13T08:00+08:00,",
        "2026-02-13T08:00+08:00,x",
        "2026-02-13T08:00+08:00,x0",
        "2026-02-13T08:00+08:00,x-3",
        "2026-02-13T08:00+08:00,xnan",
        "2026-02-13T08:00+08:00,x2000000",
        "2026-02-13T08:00+08:00,x2 ",
        "2026-02-13T08:00+99:00",
        "2026-02-13T08:00+08:-5",
    };
    struct city_clock clock;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (city_clock_parse(bad[i], 0, &clock))
            fail_msg("%s was read", bad[i]);
}

static void the_machine_s_clock_is_the_city_s_where_there_is_no_other(void **state)
{
    const struct city_clock clock = {0};
    (void)state;
    assert_int_equal(city_clock_now(&clock, 77), 77);
    assert_int_equal(city_clock_wait(&clock, 100, 100), 0);
    assert_int_equal(city_clock_wait(&clock, 100, 50), 0);
    assert_in_range(city_clock_wait(&clock, 100, 150), 50, 51);
}

static void a_wait_is_in_machine_time_and_never_too_short(void **state)
{
    struct city_clock clock;
    (void)state;
    assert_true(city_clock_parse("2026-02-13T08:00+08:00,x1200", 0, &clock));
    int64_t to = FRIDAY_EIGHT + HOUR_MS;
    int64_t wait = city_clock_wait(&clock, FRIDAY_EIGHT, to);
    assert_in_range(wait, 3000, 3001);
    assert_true(city_clock_now(&clock, wait) >= to);
    assert_int_equal(city_clock_wait(&clock, FRIDAY_EIGHT, INT64_MAX), HOUR_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_and_a_rate_are_read),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(the_machine_s_clock_is_the_city_s_where_there_is_no_other),
        cmocka_unit_test(a_wait_is_in_machine_time_and_never_too_short),
    };
    return cmocka_run_group_tests_name("city_clock", tests, NULL, NULL);
}
