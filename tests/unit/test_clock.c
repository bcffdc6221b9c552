// layer: core
// Clocks: due times as a function of the ledger, pauses and extensions, shares, what is left, and when rungs
// fire.
#include "base/arena.h"
#include "base/error.h"
#include "core/clock.h"

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

static struct clock clock_in(const struct zone *zone, const char *limit, const char *start)
{
    struct clock clock = {.id = 1, .stage = STAGE_RESOLVE, .limit = read_limit(limit), .unit = "D02"};
    clock.start_ms = at_in(zone, start);
    return clock;
}

static const char *due_of(const struct clock *clock, const struct calendar *calendar)
{
    int64_t due = 0;
    assert_int_equal(clock_due(clock, calendar, &due, NULL), 0);
    return due == CLOCK_NEVER ? "never" : shown_in(calendar->zone, due);
}

static const char *share_of(const struct clock *clock, const struct calendar *calendar, int per_mille)
{
    int64_t ms = 0;
    assert_int_equal(clock_share(clock, calendar, per_mille, &ms), 0);
    return ms == CLOCK_NEVER ? "never" : shown_in(calendar->zone, ms);
}

static int64_t left_at(const struct clock *clock, const struct calendar *calendar, const char *now)
{
    int64_t left = 0;
    assert_int_equal(clock_remaining(clock, calendar, at_in(calendar->zone, now), &left), 0);
    return left;
}

static void with_pause(struct clock *clock, struct clock_pause *pause, const char *from, const char *to)
{
    *pause = (struct clock_pause){.from_ms = at(from), .to_ms = to ? at(to) : 0, .reason = "weather"};
    clock->pauses = pause;
    clock->pause_count = 1;
}

static void a_due_time_needs_no_more_than_the_ledger(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct clock clock = clock_in(&shanghai, "2工作日", "2026-02-13 17:00");
    assert_string_equal(due_of(&clock, &city), "2026-02-24 17:00");
    clock = clock_in(&shanghai, "15 minutes", "2026-02-13 23:50");
    assert_string_equal(due_of(&clock, &city), "2026-02-14 00:05");
    clock.limit = (struct limit){0};
    int64_t due;
    assert_int_equal(clock_due(&clock, &city, &due, NULL), ERROR_BAD_VALUE);
}

static void start_rules_move_working_limits_only(void **state)
{
    (void)state;
    struct calendar boston = boston_calendar();
    struct clock clock = clock_in(&new_york, "2 working-days", "2025-07-12 20:00"); // Saturday evening
    assert_string_equal(due_of(&clock, &boston), "2025-07-17 08:30");
    clock.limit = read_limit("2 natural-days");
    assert_string_equal(due_of(&clock, &boston), "2025-07-14 20:00");
    clock.limit = read_limit("2 emergency-hours");
    assert_string_equal(due_of(&clock, &boston), "2025-07-12 22:00");
    static const struct start_rule natural_too = {
        .kind = START_DAY_OFF, .to_minute = START_KEEPS_TIME, .natural = true};
    boston.rules = &natural_too;
    boston.rule_count = 1;
    clock.limit = read_limit("2 natural-days");
    assert_string_equal(due_of(&clock, &boston), "2025-07-16 20:00");
}

static void a_pause_adds_what_it_took_in_the_limits_own_measure(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct clock_pause pause;
    struct clock clock = clock_in(&shanghai, "4工作时", "2026-03-02 09:00");
    assert_string_equal(due_of(&clock, &city), "2026-03-02 15:00");
    with_pause(&clock, &pause, "2026-03-02 11:00", "2026-03-02 14:30"); // 1 h before, 0.5 h after lunch
    assert_string_equal(due_of(&clock, &city), "2026-03-02 16:30");
    with_pause(&clock, &pause, "2026-03-02 12:05", "2026-03-02 13:55"); // lunch only
    assert_string_equal(due_of(&clock, &city), "2026-03-02 15:00");
    with_pause(&clock, &pause, "2026-03-02 15:00", "2026-03-02 16:00"); // begins when it is due
    assert_string_equal(due_of(&clock, &city), "2026-03-02 15:00");
    with_pause(&clock, &pause, "2026-03-01 09:00", "2026-03-02 10:00"); // began before the start
    assert_string_equal(due_of(&clock, &city), "2026-03-02 16:00");
    clock.limit = read_limit("6紧急工作时");
    with_pause(&clock, &pause, "2026-03-02 11:00", "2026-03-02 14:30");
    assert_string_equal(due_of(&clock, &city), "2026-03-02 18:30");
    clock.limit = read_limit("3自然日");
    with_pause(&clock, &pause, "2026-03-03 11:00", "2026-03-05 12:00");
    assert_string_equal(due_of(&clock, &city), "2026-03-07 10:00");
}

static void days_that_keep_the_time_move_by_days_and_time(void **state)
{
    (void)state;
    struct calendar same = city_calendar(MODE_SAME_TIME);
    struct clock_pause pause;
    struct clock clock = clock_in(&shanghai, "2工作日", "2026-03-02 20:30");
    assert_string_equal(due_of(&clock, &same), "2026-03-04 20:30");
    with_pause(&clock, &pause, "2026-03-03 10:00", "2026-03-03 10:00"); // of no length
    assert_string_equal(due_of(&clock, &same), "2026-03-04 20:30");
    with_pause(&clock, &pause, "2026-03-03 10:00", "2026-03-05 10:00");
    assert_string_equal(due_of(&clock, &same), "2026-03-06 20:30");
    with_pause(&clock, &pause, "2026-03-03 10:00",
               "2026-03-07 15:00"); // to a Saturday: as if to its midnight
    assert_string_equal(due_of(&clock, &same), "2026-03-10 10:30");
    with_pause(&clock, &pause, "2026-03-07 10:00", "2026-03-08 10:00"); // after it was due
    assert_string_equal(due_of(&clock, &same), "2026-03-04 20:30");
}

static void the_end_of_a_day_moves_by_whole_days(void **state)
{
    (void)state;
    struct calendar end = city_calendar(MODE_END_OF_DAY);
    struct clock_pause pauses[3];
    struct clock clock = clock_in(&shanghai, "2工作日", "2026-03-02 09:00");
    assert_string_equal(due_of(&clock, &end), "2026-03-04 18:00");
    with_pause(&clock, pauses, "2026-03-03 10:00", "2026-03-03 10:00");
    assert_string_equal(due_of(&clock, &end), "2026-03-04 18:00");
    with_pause(&clock, pauses, "2026-03-03 10:00", "2026-03-03 11:00");
    assert_string_equal(due_of(&clock, &end), "2026-03-05 18:00");
    with_pause(&clock, pauses, "2026-03-03 10:00", "2026-03-05 10:00");
    assert_string_equal(due_of(&clock, &end), "2026-03-06 18:00");
    // Three short ones are together less than a day.
    const char *times[3][2] = {{"2026-03-03 09:00", "2026-03-03 10:00"},
                               {"2026-03-03 14:00", "2026-03-03 15:00"},
                               {"2026-03-04 09:00", "2026-03-04 10:00"}};
    for (int i = 0; i < 3; i++)
        pauses[i] = (struct clock_pause){.from_ms = at(times[i][0]), .to_ms = at(times[i][1])};
    clock.pauses = pauses;
    clock.pause_count = 3;
    assert_string_equal(due_of(&clock, &end), "2026-03-05 18:00");
}

static void an_open_pause_leaves_no_due_time(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct calendar end = city_calendar(MODE_END_OF_DAY);
    struct clock_pause pause;
    struct clock clock = clock_in(&shanghai, "2工作日", "2026-03-02 09:00");
    with_pause(&clock, &pause, "2026-03-03 09:00", NULL);
    assert_string_equal(due_of(&clock, &city), "never");
    assert_string_equal(due_of(&clock, &end), "never");
    assert_string_equal(share_of(&clock, &city, 500), "never");
    assert_true(clock_is_paused(&clock));
    assert_false(clock_is_running(&clock));
    assert_int_equal(clock_next_rung(&clock), CLOCK_NEVER);
    assert_int_equal(left_at(&clock, &city, "2026-03-09 09:00"), 8 * HOUR_MS);
    with_pause(&clock, &pause, "2026-03-05 09:00", NULL); // after it was due
    assert_string_equal(due_of(&clock, &city), "2026-03-04 09:00");
}

static void an_extension_lengthens_the_limit_and_keeps_the_pauses(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS), end = city_calendar(MODE_END_OF_DAY);
    struct arena arena;
    arena_init(&arena, 0);
    struct clock clock = clock_in(&shanghai, "2工作日", "2026-03-02 09:00");
    assert_int_equal(clock_pause(&arena, &clock, pause_of(at("2026-03-03 09:00"), "survey")), 0);
    assert_int_equal(clock_pause(&arena, &clock, pause_of(at("2026-03-03 09:30"), "survey")),
                     ERROR_ILLEGAL_MOVE);
    assert_int_equal(clock_resume(&clock, at("2026-03-02 09:00")), ERROR_ILLEGAL_MOVE);
    assert_int_equal(clock_resume(&clock, at("2026-03-03 11:00")), 0);
    assert_int_equal(clock_resume(&clock, at("2026-03-03 11:00")), ERROR_ILLEGAL_MOVE);
    assert_int_equal(clock_pause(&arena, &clock, pause_of(at("2026-03-03 10:59"), "survey")),
                     ERROR_ILLEGAL_MOVE);
    assert_string_equal(due_of(&clock, &city), "2026-03-04 11:00");
    assert_int_equal(clock_extend(&arena, &clock, read_limit("2工作日"), at("2026-03-04 10:00"), "parts"), 0);
    assert_string_equal(due_of(&clock, &city), "2026-03-06 11:00");
    assert_string_equal(due_of(&clock, &end), "2026-03-09 18:00");
    assert_int_equal(clock_extend(&arena, &clock, read_limit("1自然日"), at("2026-03-04 10:00"), "parts"), 0);
    // To Saturday 09:00, then two working hours of pause: the pause counts in the limit's measure, not the
    // extension's.
    assert_string_equal(due_of(&clock, &city), "2026-03-09 10:00");
    assert_int_equal(clock_extend(&arena, &clock, (struct limit){0}, 1, "parts"), ERROR_BAD_VALUE);
    clock.extension_count = 0;
    clock.limit = read_limit("1工作日"); // another limit, the same pauses
    assert_string_equal(due_of(&clock, &city), "2026-03-03 09:00");
    clock.limit = read_limit("9工作时");
    assert_string_equal(due_of(&clock, &city), "2026-03-03 12:00");
    clock_stop(&clock, STOP_MET, at("2026-03-03 11:30"));
    assert_int_equal(clock_pause(&arena, &clock, pause_of(at("2026-03-03 12:00"), "x")), ERROR_ILLEGAL_MOVE);
    assert_int_equal(clock_extend(&arena, &clock, read_limit("1工作日"), 1, "x"), ERROR_ILLEGAL_MOVE);
    arena_fini(&arena);
}

static void ledgers_are_bounded_and_need_memory(void **state)
{
    (void)state;
    struct arena arena;
    struct clock clock = clock_in(&shanghai, "900工作日", "2026-03-02 09:00");
    arena_init(&arena, 0);
    for (int i = 0; i < CLOCK_MAX_PAUSES; i++) {
        assert_int_equal(clock_pause(&arena, &clock, pause_of(clock.start_ms + 2 * i * HOUR_MS, "x")), 0);
        assert_int_equal(clock_resume(&clock, clock.start_ms + (2 * i + 1) * HOUR_MS), 0);
    }
    assert_int_equal(clock_pause(&arena, &clock, pause_of(clock.start_ms + 999 * HOUR_MS, "x")),
                     ERROR_TOO_MANY);
    for (int i = 0; i < CLOCK_MAX_EXTENSIONS; i++)
        assert_int_equal(clock_extend(&arena, &clock, read_limit("1工作日"), 1, "x"), 0);
    assert_int_equal(clock_extend(&arena, &clock, read_limit("1工作日"), 1, "x"), ERROR_TOO_MANY);
    arena_fini(&arena);
    arena_init(&arena, 1);
    clock = clock_in(&shanghai, "9工作日", "2026-03-02 09:00");
    assert_int_equal(clock_pause(&arena, &clock, pause_of(clock.start_ms, "x")), ERROR_NO_MEMORY);
    assert_int_equal(clock_extend(&arena, &clock, read_limit("1工作日"), 1, "x"), ERROR_NO_MEMORY);
    assert_int_equal(clock.pause_count + clock.extension_count, 0);
    arena_fini(&arena);
}

static void a_share_is_of_the_measures_own_time(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS), same = city_calendar(MODE_SAME_TIME);
    struct clock clock = clock_in(&shanghai, "2工作日", "2026-02-13 17:00"); // over nine days off
    assert_string_equal(share_of(&clock, &city, 0), "2026-02-13 17:00");
    assert_string_equal(share_of(&clock, &city, 500), "2026-02-14 17:00");
    assert_string_equal(share_of(&clock, &city, 800), "2026-02-24 11:48");
    assert_string_equal(share_of(&clock, &city, 1000), "2026-02-24 17:00");
    assert_string_equal(share_of(&clock, &city, 1500), "2026-02-25 17:00");
    assert_string_equal(share_of(&clock, &same, 500), "2026-02-14 17:00");
    clock = clock_in(&shanghai, "4紧急工作时", "2026-02-13 23:00");
    assert_string_equal(share_of(&clock, &city, 750), "2026-02-14 02:00");
    assert_string_equal(share_of(&clock, &city, 2000), "2026-02-14 07:00");
    clock = clock_in(&shanghai, "10自然日", "2026-02-13 10:00");
    assert_string_equal(share_of(&clock, &city, 800), "2026-02-21 10:00");
}

static void a_share_passes_over_pauses(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct clock_pause pause;
    struct clock clock = clock_in(&shanghai, "4工作时", "2026-03-02 08:00");
    with_pause(&clock, &pause, "2026-03-02 09:00", "2026-03-02 11:00");
    assert_string_equal(due_of(&clock, &city), "2026-03-02 16:00");
    assert_string_equal(share_of(&clock, &city, 250), "2026-03-02 09:00");
    assert_string_equal(share_of(&clock, &city, 500), "2026-03-02 12:00");
    assert_string_equal(share_of(&clock, &city, 750), "2026-03-02 15:00");
    assert_string_equal(share_of(&clock, &city, 1500), "2026-03-02 18:00");
}

// Sunday 20:00 to Monday 20:00 on a calendar whose Monday is off has no working time in it at all.
static void without_any_working_time_elapsed_time_is_shared(void **state)
{
    (void)state;
    static const struct slot evening[] = {{1140, 1141}};
    struct calendar calendar = {.name = "odd", .zone = &shanghai, .mode = MODE_SAME_TIME, .day_minutes = 1};
    calendar.every_year = true;
    calendar.week[1] = calendar.week[2] = (struct slots){evening, 1};
    struct clock clock = clock_in(&shanghai, "1工作日", "2026-03-02 10:00"); // Monday 10:00 to Tuesday 10:00
    calendar.week[1].count = 0;                                              // Monday off
    assert_string_equal(due_of(&clock, &calendar), "2026-03-03 10:00");
    assert_string_equal(share_of(&clock, &calendar, 500), "2026-03-02 22:00");
}

static struct rung rung_by(enum rung_when when, struct limit by)
{
    return (struct rung){.id = 1, .when = when, .by = by, .acts = ACT_TELL, .urgent = true};
}

// A start at midnight used to be taken for the end of the day before.
static void a_rung_after_a_start_at_midnight_counts_from_that_day(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_END_OF_DAY);
    struct rung rung = rung_by(RUNG_AFTER_START, limit_of(MEASURE_WORKING_DAYS, 1));
    struct clock clock = {.limit = limit_of(MEASURE_WORKING_DAYS, 1), .start_ms = at("2026-03-03 00:00")};
    int64_t at_ms;
    assert_int_equal(clock_rung_time(&clock, &city, &rung, 0, &at_ms), 0);
    assert_string_equal(shown(at_ms), "2026-03-04 18:00");
}

// The part of a pause behind the due time used to be left out too.
static void before_a_due_time_inside_a_pause_only_its_part_is_left_out(void **state)
{
    (void)state;
    static const struct slot day[] = {{480, 1080}}, half[] = {{480, 720}};
    struct calendar city = city_calendar(MODE_END_OF_DAY);
    struct rung rung = rung_by(RUNG_BEFORE_DUE, limit_of(MEASURE_EMERGENCY_HOURS, 1));
    struct clock_pause pause = {.from_ms = at("2026-03-05 14:00"), .to_ms = at("2026-03-06 14:00")};
    struct clock clock = {.limit = limit_of(MEASURE_WORKING_DAYS, 1), .start_ms = at("2026-03-04 09:00")};
    int64_t due_ms, at_ms;
    set_week(&city, day, 1);
    city.week[5] = (struct slots){half, 1};
    clock.pauses = &pause;
    clock.pause_count = 1;
    assert_int_equal(clock_due(&clock, &city, &due_ms, NULL), 0);
    assert_string_equal(shown(due_ms), "2026-03-06 12:00");
    assert_int_equal(clock_rung_time(&clock, &city, &rung, 0, &at_ms), 0);
    assert_string_equal(shown(at_ms), "2026-03-05 13:00");
}

// A natural day that a start rule looks at may be a holiday that nobody has entered yet.
static void a_day_of_an_unknown_year_is_provisional_though_nothing_moves(void **state)
{
    (void)state;
    static const struct start_rule rules[] = {
        {.kind = START_DAY_OFF, .to_minute = START_KEEPS_TIME, .natural = true}};
    struct calendar city = city_calendar(MODE_HOURS);
    struct clock clock = {.limit = limit_of(MEASURE_NATURAL_DAYS, 1), .start_ms = at("2027-03-02 10:00")};
    struct walk walk = {0};
    int64_t due_ms;
    city.rules = rules;
    city.rule_count = 1;
    assert_int_equal(clock_due(&clock, &city, &due_ms, &walk), 0);
    assert_true(walk.provisional);
}

static void what_is_left_runs_down_and_below_zero(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct clock_pause pause;
    struct clock clock = clock_in(&shanghai, "2工作日", "2026-02-13 17:00");
    assert_int_equal(left_at(&clock, &city, "2026-02-13 17:00"), 16 * HOUR_MS);
    assert_int_equal(left_at(&clock, &city, "2026-02-13 09:00"), 16 * HOUR_MS); // has not begun
    assert_int_equal(left_at(&clock, &city, "2026-02-18 03:00"), 7 * HOUR_MS);
    assert_int_equal(left_at(&clock, &city, "2026-02-24 17:00"), 0);
    assert_int_equal(left_at(&clock, &city, "2026-02-25 09:00"), -2 * HOUR_MS);
    clock = clock_in(&shanghai, "6紧急工作时", "2026-03-02 10:00");
    with_pause(&clock, &pause, "2026-03-02 11:00", "2026-03-02 13:00");
    assert_int_equal(left_at(&clock, &city, "2026-03-02 11:00"), 5 * HOUR_MS);
    assert_int_equal(left_at(&clock, &city, "2026-03-02 12:00"), 5 * HOUR_MS);
    assert_int_equal(left_at(&clock, &city, "2026-03-02 13:00"), 5 * HOUR_MS);
    assert_int_equal(left_at(&clock, &city, "2026-03-02 14:00"), 4 * HOUR_MS);
    clock = clock_in(&shanghai, "2紧急工作时", "2026-03-02 10:00");
    with_pause(&clock, &pause, "2026-03-02 13:00", "2026-03-02 15:00"); // overdue by an hour already
    assert_int_equal(left_at(&clock, &city, "2026-03-02 14:00"), -1 * HOUR_MS);
    assert_int_equal(left_at(&clock, &city, "2026-03-02 16:00"), -2 * HOUR_MS);
}

static void a_due_time_over_a_year_not_loaded_is_provisional(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    static const int three_years[] = {2025, 2026, 2027};
    struct clock clock = clock_in(&shanghai, "3工作日", "2026-12-30 08:00");
    assert_int_equal(clock_reschedule(&clock, &city), 0);
    assert_true(clock.provisional);
    assert_string_equal(shown(clock.due_ms), "2027-01-01 18:00");
    struct calendar_day days[MOST_DAYS];
    memcpy(days, city.days, city.day_count * sizeof days[0]);
    days[city.day_count] = (struct calendar_day){.day = day_at("2027-01-01"), .kind = DAY_OFF};
    city.days = days;
    city.day_count++;
    city.years = three_years;
    city.year_count = 3;
    assert_int_equal(clock_reschedule(&clock, &city), 0);
    assert_false(clock.provisional);
    assert_string_equal(shown(clock.due_ms), "2027-01-04 18:00");
    // A pause that reaches into such a year makes it uncertain too.
    struct clock_pause pause;
    city.year_count = 2;
    clock = clock_in(&shanghai, "1工作日", "2026-12-30 08:00");
    with_pause(&clock, &pause, "2026-12-30 09:00", "2027-01-05 09:00");
    assert_int_equal(clock_reschedule(&clock, &city), 0);
    assert_true(clock.provisional);
}

static void a_stop_ends_the_pause_and_tells_late_from_in_time(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct clock_pause pause;
    struct clock clock = clock_in(&shanghai, "4工作时", "2026-03-02 08:00");
    assert_int_equal(clock_reschedule(&clock, &city), 0);
    assert_false(clock_is_overdue(&clock, at("2026-03-02 12:00")));
    assert_true(clock_is_overdue(&clock, at("2026-03-02 12:01")));
    struct clock late = clock;
    clock_stop(&late, STOP_MET, at("2026-03-02 15:00"));
    assert_true(clock_is_overdue(&late, at("2026-03-09 15:00")));
    clock_stop(&clock, STOP_MET, at("2026-03-02 11:00"));
    assert_false(clock_is_overdue(&clock, at("2026-03-09 15:00")));
    assert_false(clock_is_running(&clock));
    clock = clock_in(&shanghai, "4工作时", "2026-03-02 08:00");
    with_pause(&clock, &pause, "2026-03-02 09:00", NULL);
    clock_stop(&clock, STOP_CANCELLED, at("2026-03-02 10:00"));
    assert_false(clock_is_paused(&clock));
    assert_int_equal(clock_reschedule(&clock, &city), 0);
    assert_string_equal(shown(clock.due_ms), "2026-03-02 15:00");
}

static void names_go_both_ways(void **state)
{
    (void)state;
    for (int stage = STAGE_APPROVE; stage <= STAGE_CHARGE; stage++)
        assert_int_equal(stage_from_name(stage_name((enum stage)stage)), stage);
    assert_int_equal(stage_from_name("lunch"), STAGE_NONE);
    assert_string_equal(stage_zh(STAGE_ACCEPT), "签收");
    assert_string_equal(stage_name(STAGE_NONE), "");
    assert_string_equal(clock_stop_name(STOP_HANDED_UP), "handed_up");
    assert_string_equal(clock_stop_zh(STOP_MET), "完成");
}

struct count {
    int notes[16];
};

static void count_notes(void *context, const struct walk_step *step)
{
    struct count *count = context;
    count->notes[step->note]++;
}

static void the_whole_calculation_is_told(void **state)
{
    (void)state;
    struct calendar boston = boston_calendar();
    struct clock_pause pause = {.from_ms = at_in(&new_york, "2025-07-15 10:00"),
                                .to_ms = at_in(&new_york, "2025-07-16 10:00")};
    struct clock_extension extension = {.limit = read_limit("1 natural-day")};
    struct clock clock = clock_in(&new_york, "2 working-days", "2025-07-12 20:00");
    clock.pauses = &pause;
    clock.pause_count = 1;
    clock.extensions = &extension;
    clock.extension_count = 1;
    struct count count = {{0}};
    struct walk walk = {.step = count_notes, .context = &count};
    int64_t due;
    assert_int_equal(clock_due(&clock, &boston, &due, &walk), 0);
    assert_int_equal(count.notes[WALK_STARTED], 2);
    assert_int_equal(count.notes[WALK_DAYS], 1);
    assert_int_equal(count.notes[WALK_NATURAL], 1);
    assert_int_equal(count.notes[WALK_EXTENDED], 1);
    assert_int_equal(count.notes[WALK_PAUSED], 1);
    assert_string_equal(shown_in(&new_york, due), "2025-07-21 08:30");
}

// Random ledgers against a walk minute by minute that counts only minutes neither paused nor off.

static uint64_t random_state;

static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % bound;
}

static bool is_counted(const struct clock *clock, const struct calendar *calendar, int64_t ms)
{
    for (size_t i = 0; i < clock->pause_count; i++)
        if (clock->pauses[i].from_ms <= ms && ms < clock->pauses[i].to_ms)
            return false;
    return !measure_is_working(clock->limit.measure) || calendar_is_working_time(calendar, ms);
}

static int64_t walk_to(const struct clock *clock, const struct calendar *calendar, int64_t amount_ms)
{
    int64_t ms = clock->start_ms;
    while (amount_ms > 0) {
        amount_ms -= is_counted(clock, calendar, ms) ? MINUTE_MS : 0;
        ms += MINUTE_MS;
    }
    return ms;
}

static void random_ledger(struct clock *clock, struct clock_pause *pauses)
{
    static const enum measure measures[] = {MEASURE_EMERGENCY_HOURS, MEASURE_EMERGENCY_DAYS,
                                            MEASURE_WORKING_HOURS, MEASURE_WORKING_DAYS};
    *clock = (struct clock){.pauses = pauses, .pause_count = random_below(5)};
    clock->limit = limit_of(measures[random_below(4)], 1 + random_below(4));
    clock->start_ms = at("2026-01-30 00:00") + random_below(40 * MINUTES_A_DAY) * MINUTE_MS;
    int64_t ms = clock->start_ms - 300 * MINUTE_MS;
    for (size_t i = 0; i < clock->pause_count; i++) {
        pauses[i].from_ms = ms + random_below(900) * MINUTE_MS;
        pauses[i].to_ms = ms = pauses[i].from_ms + random_below(1200) * MINUTE_MS;
    }
}

static void due_times_and_shares_agree_with_a_walk_minute_by_minute(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct clock_pause pauses[5];
    struct clock clock;
    random_state = 20260213;
    for (int i = 0; i < 400; i++) {
        random_ledger(&clock, pauses);
        int64_t limit = limit_ms(clock.limit, clock.limit.measure == MEASURE_WORKING_DAYS ? 480 : 1440);
        int64_t due, share, left;
        assert_int_equal(clock_due(&clock, &city, &due, NULL), 0);
        assert_int_equal(due, walk_to(&clock, &city, limit));
        assert_int_equal(clock_share(&clock, &city, 250, &share), 0);
        assert_int_equal(share, walk_to(&clock, &city, limit / 4));
        assert_int_equal(clock_share(&clock, &city, 1500, &share), 0);
        assert_int_equal(share, walk_to(&clock, &city, limit * 3 / 2));
        assert_int_equal(clock_remaining(&clock, &city, walk_to(&clock, &city, limit / 2), &left), 0);
        assert_int_equal(left, limit - limit / 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_due_time_needs_no_more_than_the_ledger),
        cmocka_unit_test(start_rules_move_working_limits_only),
        cmocka_unit_test(a_pause_adds_what_it_took_in_the_limits_own_measure),
        cmocka_unit_test(days_that_keep_the_time_move_by_days_and_time),
        cmocka_unit_test(the_end_of_a_day_moves_by_whole_days),
        cmocka_unit_test(an_open_pause_leaves_no_due_time),
        cmocka_unit_test(an_extension_lengthens_the_limit_and_keeps_the_pauses),
        cmocka_unit_test(ledgers_are_bounded_and_need_memory),
        cmocka_unit_test(a_share_is_of_the_measures_own_time),
        cmocka_unit_test(a_share_passes_over_pauses),
        cmocka_unit_test(without_any_working_time_elapsed_time_is_shared),
        cmocka_unit_test(a_rung_after_a_start_at_midnight_counts_from_that_day),
        cmocka_unit_test(before_a_due_time_inside_a_pause_only_its_part_is_left_out),
        cmocka_unit_test(a_day_of_an_unknown_year_is_provisional_though_nothing_moves),
        cmocka_unit_test(what_is_left_runs_down_and_below_zero),
        cmocka_unit_test(a_due_time_over_a_year_not_loaded_is_provisional),
        cmocka_unit_test(a_stop_ends_the_pause_and_tells_late_from_in_time),
        cmocka_unit_test(names_go_both_ways),
        cmocka_unit_test(the_whole_calculation_is_told),
        cmocka_unit_test(due_times_and_shares_agree_with_a_walk_minute_by_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
