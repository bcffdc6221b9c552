// layer: core
// Ladders: addresses as they are written, what a good ladder is, and the rungs that a clock is given.
#include "base/arena.h"
#include "base/error.h"
#include "core/clock.h"
#include "core/ladder.h"

#include "city_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct limit read_limit(const char *text)
{
    struct limit limit = {0};
    assert_int_equal(limit_parse(text, NULL, &limit), 0);
    return limit;
}

static struct clock clock_of(const char *limit, const char *start)
{
    struct clock clock = {.id = 1, .stage = STAGE_ACCEPT, .limit = read_limit(limit), .unit = "D02"};
    clock.start_ms = at(start);
    return clock;
}

static const struct address unit_only[] = {{.kind = ADDRESS_UNIT}};

static struct rung rung_of(uint32_t id, enum rung_when when)
{
    struct rung rung = {.id = id, .when = when, .acts = ACT_TELL, .to = unit_only, .to_count = 1};
    return rung;
}

static void addresses_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *text, *back;
        enum address_kind kind;
        int level;
        const char *name;
    } cases[] = {
        {"unit", "unit", ADDRESS_UNIT, 0, NULL},
        {"A", "contact A", ADDRESS_CONTACT, 1, NULL},
        {"contact B", "contact B", ADDRESS_CONTACT, 2, NULL},
        {"block", "block+1", ADDRESS_BLOCK, 1, NULL},
        {"block+2", "block+2", ADDRESS_BLOCK, 2, NULL},
        {"line+1", "line+1", ADDRESS_LINE, 1, NULL},
        {"role:water", "role:water", ADDRESS_ROLE, 0, "water"},
        {"leader", "leader", ADDRESS_LEADER, 0, NULL},
        {"unit:D02", "unit:D02", ADDRESS_NAMED, 0, "D02"},
        {"office", "office", ADDRESS_OFFICE, 0, NULL},
        {"desk", "desk", ADDRESS_DESK, 0, NULL},
        {"desk:east", "desk:east", ADDRESS_DESK, 0, "east"},
    };
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct address got;
        assert_int_equal(address_parse(&arena, cases[i].text, &got), 0);
        assert_int_equal(got.kind, cases[i].kind);
        assert_int_equal(got.level, cases[i].level);
        assert_true((got.name == NULL) == (cases[i].name == NULL));
        if (cases[i].name)
            assert_string_equal(got.name, cases[i].name);
        assert_string_equal(address_format(&arena, &got), cases[i].back);
    }
    static const char *const bad[] = {"",       "units", "block+", "block+0", "block+10",
                                      "line-1", "C",     "role:",  "role",    "unit:"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct address got;
        assert_int_equal(address_parse(&arena, bad[i], &got), ERROR_ADDRESS);
    }
    arena_fini(&arena);
}

static int check_one(struct rung rung)
{
    struct ladder ladder = {.code = "L", .rungs = &rung, .count = 1};
    size_t bad = 99;
    int e = ladder_check(&ladder, &bad);
    assert_int_equal(bad, 0);
    return e;
}

static void a_crooked_rung_does_not_pass(void **state)
{
    (void)state;
    struct rung good = rung_of(1, RUNG_AFTER_DUE), rung = good;
    assert_int_equal(check_one(good), 0);
    rung.acts = 0;
    assert_int_equal(check_one(rung), ERROR_MISSING);
    rung.acts = 64;
    assert_int_equal(check_one(rung), ERROR_BAD_VALUE);
    rung = good;
    rung.to_count = 0;
    assert_int_equal(check_one(rung), ERROR_MISSING);
    rung = rung_of(1, RUNG_NONE);
    assert_int_equal(check_one(rung), ERROR_BAD_VALUE);
    rung = rung_of(1, RUNG_SHARE);
    assert_int_equal(check_one(rung), ERROR_BAD_VALUE);
    rung.share = 10001;
    assert_int_equal(check_one(rung), ERROR_BAD_VALUE);
    rung = good;
    rung.by = (struct limit){MEASURE_WORKING_DAYS, -1};
    assert_int_equal(check_one(rung), ERROR_BAD_VALUE);
    rung = good;
    rung.every = read_limit("1工作日");
    rung.cap = 1;
    assert_int_equal(check_one(rung), ERROR_BAD_VALUE);
    rung.cap = CLOCK_MAX_RUNGS + 1;
    assert_int_equal(check_one(rung), ERROR_TOO_MANY);
    rung.cap = CLOCK_MAX_RUNGS;
    assert_int_equal(check_one(rung), 0);
    static const struct address odd[] = {
        {.kind = ADDRESS_BLOCK}, {.kind = ADDRESS_ROLE}, {.kind = ADDRESS_CONTACT, .level = 3}};
    for (size_t i = 0; i < 3; i++) {
        rung = good;
        rung.to = &odd[i];
        assert_int_equal(check_one(rung), ERROR_BAD_VALUE);
    }
}

static void a_crooked_ladder_does_not_pass(void **state)
{
    (void)state;
    struct rung rungs[2] = {rung_of(1, RUNG_AFTER_DUE), rung_of(1, RUNG_AFTER_DUE)};
    struct ladder ladder = {.code = "L", .rungs = rungs, .count = 2};
    size_t bad = 0;
    assert_int_equal(ladder_check(&ladder, &bad), ERROR_IN_USE);
    assert_int_equal(bad, 1);
    rungs[1].id = 2;
    assert_int_equal(ladder_check(&ladder, NULL), 0);
    rungs[1].every = read_limit("1工作日");
    rungs[1].cap = CLOCK_MAX_RUNGS;
    assert_int_equal(ladder_check(&ladder, &bad), ERROR_TOO_MANY);
}

static void schedule(struct arena *arena, const struct rung *rungs, size_t count, struct clock *clock,
                     const struct calendar *calendar)
{
    struct ladder ladder = {.code = "L", .rungs = rungs, .count = count};
    assert_int_equal(ladder_schedule(arena, &ladder, clock, calendar), 0);
}

static void assert_rungs(const struct clock *clock, size_t count, const char *const *times,
                         const uint32_t *ids)
{
    assert_int_equal(clock->rung_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(shown(clock->rungs[i].at_ms), times[i]);
        assert_int_equal(clock->rungs[i].rung.id, ids[i]);
        assert_int_equal(clock->rungs[i].id, i + 1);
    }
}

static void rungs_stand_in_order_of_time_on_the_clocks_own_calendar(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct arena arena;
    arena_init(&arena, 0);
    struct rung rungs[6] = {rung_of(1, RUNG_AFTER_DUE),   rung_of(2, RUNG_SHARE),
                            rung_of(3, RUNG_BEFORE_DUE),  rung_of(4, RUNG_AFTER_DUE),
                            rung_of(5, RUNG_AFTER_START), rung_of(6, RUNG_AFTER_DUE)};
    rungs[1].share = 800;
    rungs[2].by = read_limit("4工作时");
    rungs[3].by = read_limit("1工作日");
    rungs[4].by = read_limit("30分钟");
    struct clock clock = clock_of("2工作日", "2026-02-13 17:00");
    schedule(&arena, rungs, 6, &clock, &city);
    assert_string_equal(shown(clock.due_ms), "2026-02-24 17:00");
    static const char *const times[] = {"2026-02-13 17:30", "2026-02-24 11:00", "2026-02-24 11:48",
                                        "2026-02-24 17:00", "2026-02-24 17:00", "2026-02-25 17:00"};
    static const uint32_t ids[] = {5, 3, 2, 1, 6, 4};
    assert_rungs(&clock, 6, times, ids);
    assert_int_equal(clock_next_rung(&clock), at("2026-02-13 17:30"));
    arena_fini(&arena);
}

static void a_rung_is_repeated_up_to_its_cap(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct arena arena;
    arena_init(&arena, 0);
    struct rung rung = rung_of(7, RUNG_AFTER_DUE);
    rung.every = read_limit("1工作日");
    rung.cap = 3;
    struct clock clock = clock_of("4工作时", "2026-02-13 14:00");
    schedule(&arena, &rung, 1, &clock, &city);
    static const char *const times[] = {"2026-02-13 18:00", "2026-02-14 18:00", "2026-02-24 18:00"};
    static const uint32_t ids[] = {7, 7, 7};
    assert_rungs(&clock, 3, times, ids);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(clock.rungs[i].turn, i);
    rung.cap = 0;
    rung.every = (struct limit){0};
    schedule(&arena, &rung, 1, &clock, &city);
    assert_int_equal(clock.rung_count, 1);
    arena_fini(&arena);
}

static void a_warning_may_wait_for_working_time(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct arena arena;
    arena_init(&arena, 0);
    struct rung rung = rung_of(1, RUNG_SHARE);
    rung.share = 500;
    struct clock clock = clock_of("10紧急工作时", "2026-02-13 19:00");
    schedule(&arena, &rung, 1, &clock, &city);
    assert_string_equal(shown(clock.rungs[0].at_ms), "2026-02-14 00:00");
    rung.in_hours = true;
    schedule(&arena, &rung, 1, &clock, &city);
    assert_string_equal(shown(clock.rungs[0].at_ms), "2026-02-14 08:00");
    arena_fini(&arena);
}

static void no_rung_comes_before_the_start(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct arena arena;
    arena_init(&arena, 0);
    struct rung rung = rung_of(1, RUNG_BEFORE_DUE);
    rung.by = read_limit("1工作日");
    struct clock clock = clock_of("2工作时", "2026-03-02 09:00");
    schedule(&arena, &rung, 1, &clock, &city);
    assert_int_equal(clock.rungs[0].at_ms, clock.start_ms);
    arena_fini(&arena);
}

static void what_a_case_was_given_is_its_own_copy(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct arena arena;
    arena_init(&arena, 0);
    char name[] = "water", ladder_name[] = "next";
    struct address to[] = {{.kind = ADDRESS_ROLE, .name = name}};
    struct rung rung = rung_of(1, RUNG_AFTER_DUE);
    rung.acts = ACT_TELL | ACT_HAND_UP;
    rung.urgent = true;
    rung.to = to;
    rung.limit = read_limit("2紧急工作时");
    rung.ladder = ladder_name;
    struct clock clock = clock_of("2工作时", "2026-03-02 09:00");
    schedule(&arena, &rung, 1, &clock, &city);
    memset(name, 'x', 5);
    memset(ladder_name, 'x', 4);
    to[0].kind = ADDRESS_DESK;
    const struct rung *copy = &clock.rungs[0].rung;
    assert_int_equal(copy->acts, ACT_TELL | ACT_HAND_UP);
    assert_true(copy->urgent);
    assert_int_equal(copy->to[0].kind, ADDRESS_ROLE);
    assert_string_equal(copy->to[0].name, "water");
    assert_string_equal(copy->ladder, "next");
    assert_true(limit_same(copy->limit, read_limit("2紧急工作时")));
    arena_fini(&arena);
}

static void rungs_fire_once_each_in_order(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct arena arena;
    arena_init(&arena, 0);
    struct rung rungs[] = {rung_of(2, RUNG_AFTER_DUE), rung_of(1, RUNG_AFTER_DUE), rung_of(3, RUNG_SHARE)};
    rungs[2].share = 500;
    struct clock clock = clock_of("2工作时", "2026-03-02 09:00");
    schedule(&arena, rungs, 3, &clock, &city);
    assert_null(clock_ripe_rung(&clock, at("2026-03-02 09:59")));
    static const uint32_t order[] = {3, 1, 2};
    int64_t now = at("2026-03-09 09:00");
    for (size_t i = 0; i < 3; i++) {
        struct clock_rung *rung = clock_ripe_rung(&clock, now);
        assert_non_null(rung);
        assert_int_equal(rung->rung.id, order[i]);
        assert_int_equal(clock_next_rung(&clock), rung->at_ms);
        rung->fired_ms = now;
    }
    assert_null(clock_ripe_rung(&clock, now));
    assert_int_equal(clock_next_rung(&clock), CLOCK_NEVER);
    arena_fini(&arena);
}

static void a_stopped_clock_fires_nothing(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct arena arena;
    arena_init(&arena, 0);
    struct rung rung = rung_of(1, RUNG_AFTER_DUE);
    struct clock clock = clock_of("2工作时", "2026-03-02 09:00");
    schedule(&arena, &rung, 1, &clock, &city);
    clock_stop(&clock, STOP_MET, at("2026-03-02 10:00"));
    assert_null(clock_ripe_rung(&clock, at("2026-03-09 09:00")));
    assert_int_equal(clock_next_rung(&clock), CLOCK_NEVER);
    arena_fini(&arena);
}

// Everything after a pause moves with it; what has fired keeps its time; a warning that the pause overtook
// does not come again.
static void a_pause_moves_the_rungs_that_have_not_fired(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct arena arena;
    arena_init(&arena, 0);
    struct rung rungs[] = {rung_of(1, RUNG_SHARE), rung_of(2, RUNG_BEFORE_DUE), rung_of(3, RUNG_AFTER_DUE),
                           rung_of(4, RUNG_AFTER_START)};
    rungs[0].share = 250;
    rungs[1].by = read_limit("1工作时");
    rungs[2].by = read_limit("1工作时");
    rungs[3].by = read_limit("3工作时");
    struct clock clock = clock_of("4工作时", "2026-03-02 08:00");
    schedule(&arena, rungs, 4, &clock, &city);
    static const char *const before[] = {"2026-03-02 09:00", "2026-03-02 11:00", "2026-03-02 11:00",
                                         "2026-03-02 15:00"};
    static const uint32_t ids[] = {1, 2, 4, 3};
    assert_rungs(&clock, 4, before, ids);
    clock.rungs[0].fired_ms = at("2026-03-02 09:00");
    assert_int_equal(clock_pause(&arena, &clock, pause_of(at("2026-03-02 10:00"), "weather")), 0);
    assert_int_equal(clock_reschedule(&clock, &city), 0);
    assert_int_equal(clock.due_ms, CLOCK_NEVER);
    assert_null(clock_ripe_rung(&clock, at("2026-03-09 10:00")));
    assert_int_equal(clock_resume(&clock, at("2026-03-03 10:00")), 0);
    assert_int_equal(clock_reschedule(&clock, &city), 0);
    static const char *const after[] = {"2026-03-02 09:00", "2026-03-03 11:00", "2026-03-03 11:00",
                                        "2026-03-03 15:00"};
    assert_rungs(&clock, 4, after, ids);
    arena_fini(&arena);
}

static void what_has_fired_keeps_its_time_when_the_limit_changes(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct arena arena;
    arena_init(&arena, 0);
    struct rung rungs[] = {rung_of(1, RUNG_SHARE), rung_of(2, RUNG_AFTER_DUE)};
    rungs[0].share = 500;
    struct clock clock = clock_of("4工作时", "2026-03-02 08:00");
    schedule(&arena, rungs, 2, &clock, &city);
    clock.rungs[0].fired_ms = at("2026-03-02 10:00");
    clock.limit = read_limit("8工作时");
    assert_int_equal(clock_reschedule(&clock, &city), 0);
    assert_string_equal(shown(clock.rungs[0].at_ms), "2026-03-02 10:00");
    assert_string_equal(shown(clock.rungs[1].at_ms), "2026-03-02 18:00");
    arena_fini(&arena);
}

// 3 h before due lie inside the pause on the wall clock, but before it in running time.
static void counting_back_passes_over_a_pause(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct clock_pause pause = {.from_ms = at("2026-03-02 10:00"), .to_ms = at("2026-03-02 12:00")};
    struct clock clock = clock_of("4紧急工作时", "2026-03-02 08:00");
    clock.pauses = &pause;
    clock.pause_count = 1;
    struct rung rung = rung_of(1, RUNG_BEFORE_DUE);
    int64_t ms;
    rung.by = read_limit("3紧急工作时");
    assert_int_equal(clock_rung_time(&clock, &city, &rung, 0, &ms), 0);
    assert_string_equal(shown(ms), "2026-03-02 09:00");
    rung.by = read_limit("1紧急工作时");
    assert_int_equal(clock_rung_time(&clock, &city, &rung, 0, &ms), 0);
    assert_string_equal(shown(ms), "2026-03-02 13:00");
    pause = (struct clock_pause){.from_ms = at("2026-03-02 13:00"), .to_ms = at("2026-03-02 15:00")};
    assert_int_equal(clock_rung_time(&clock, &city, &rung, 0, &ms), 0);
    assert_string_equal(shown(ms), "2026-03-02 11:00"); // a pause after the due time is none of its business
}

static void a_failed_schedule_leaves_the_clock_as_it_was(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct rung rung = rung_of(1, RUNG_AFTER_DUE);
    struct ladder ladder = {.code = "L", .rungs = &rung, .count = 1};
    struct clock clock = clock_of("2工作时", "2026-03-02 09:00");
    // Every single allocation fails once.
    size_t refused = 0;
    for (size_t cap = 1;; cap += 8) {
        struct arena arena;
        arena_init(&arena, cap);
        int e = ladder_schedule(&arena, &ladder, &clock, &city);
        if (e)
            assert_int_equal(clock.rung_count + (size_t)clock.due_ms, 0);
        arena_fini(&arena);
        if (!e)
            break;
        assert_int_equal(e, ERROR_NO_MEMORY);
        refused++;
    }
    assert_true(refused > 2);
    struct arena arena;
    arena_init(&arena, 0);
    clock = clock_of("2工作时", "2026-03-02 09:00");
    rung.acts = 0;
    assert_int_equal(ladder_schedule(&arena, &ladder, &clock, &city), ERROR_MISSING);
    assert_int_equal(clock.due_ms, 0);
    assert_int_equal(ladder_schedule(&arena, NULL, &clock, &city), 0);
    assert_string_equal(shown(clock.due_ms), "2026-03-02 11:00");
    assert_int_equal(clock.rung_count, 0);
    arena_fini(&arena);
}

static void names_go_both_ways(void **state)
{
    (void)state;
    static const enum rung_act acts[] = {ACT_TELL, ACT_CALL, ACT_HAND_UP, ACT_SUPERVISE};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(rung_act_from_name(rung_act_name(acts[i])), acts[i]);
    assert_int_equal(rung_act_from_name("shout"), 0);
    assert_string_equal(rung_act_zh(ACT_HAND_UP), "提级");
    assert_string_equal(rung_act_name((enum rung_act)32), "");
    assert_string_equal(rung_act_zh((enum rung_act)32), "");
    assert_string_equal(rung_when_name(RUNG_BEFORE_DUE), "before_due");
    assert_string_equal(address_kind_zh(ADDRESS_LEADER), "挂点领导");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_and_written),
        cmocka_unit_test(a_crooked_rung_does_not_pass),
        cmocka_unit_test(a_crooked_ladder_does_not_pass),
        cmocka_unit_test(rungs_stand_in_order_of_time_on_the_clocks_own_calendar),
        cmocka_unit_test(a_rung_is_repeated_up_to_its_cap),
        cmocka_unit_test(a_warning_may_wait_for_working_time),
        cmocka_unit_test(no_rung_comes_before_the_start),
        cmocka_unit_test(what_a_case_was_given_is_its_own_copy),
        cmocka_unit_test(rungs_fire_once_each_in_order),
        cmocka_unit_test(a_stopped_clock_fires_nothing),
        cmocka_unit_test(a_pause_moves_the_rungs_that_have_not_fired),
        cmocka_unit_test(what_has_fired_keeps_its_time_when_the_limit_changes),
        cmocka_unit_test(counting_back_passes_over_a_pause),
        cmocka_unit_test(a_failed_schedule_leaves_the_clock_as_it_was),
        cmocka_unit_test(names_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
