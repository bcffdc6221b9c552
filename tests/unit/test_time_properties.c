// layer: rulebook
// What holds of all times: adding leads back, later starts are never due earlier, a pause moves a due time by
// its length in the measure's own time; over the changes of the clocks in three zones as the system knows
// them, and the working days of China, 2024 to 2026, day by day.
//
// WHISTLED_SEED and WHISTLED_TIMES set another beginning and another number; a failure prints its seed.
#include "base/civil.h"
#include "base/error.h"
#include "core/clock.h"
#include "core/span.h"
#include "rulebook/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "rulebook_patch.h"

static const char *const zones[] = {"America/New_York", "Europe/Berlin", "Australia/Lord_Howe",
                                    "Asia/Shanghai"};

enum { ZONES = sizeof zones / sizeof zones[0], TIMES = 20000 };

struct world {
    struct arena arena;
    struct zone zones[ZONES];
    uint64_t random, seed;
};

static uint64_t setting(const char *name, uint64_t unset)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : unset;
}

static int setup(void **state)
{
    static struct world world;
    world.seed = setting("WHISTLED_SEED", 1);
    world.random = world.seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    arena_init(&world.arena, 0);
    for (int i = 0; i < ZONES; i++)
        assert_int_equal(zone_load(&world.arena, NULL, zones[i], &world.zones[i], NULL), 0);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    print_message("the seed was %llu\n", (unsigned long long)world->seed);
    arena_fini(&world->arena);
    return 0;
}

static uint32_t below(struct world *world, uint32_t bound)
{
    world->random = world->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(world->random >> 33) % bound;
}

// ---- a calendar of its own each time ------------------------------------------------------------

struct town {
    struct slot slots[3];
    struct calendar_day days[60];
    struct calendar calendar;
};

static void make_town(struct world *world, struct town *town, int32_t around)
{
    int morning = 300 + (int)below(world, 300), noon = morning + 60 + (int)below(world, 240);
    size_t count = 0;
    town->slots[count++] = (struct slot){morning, noon};
    if (below(world, 3)) // a lunch break, and now and then an evening until midnight
        town->slots[count++] = (struct slot){noon + 30, noon + 30 + 60 + (int)below(world, 240)};
    if (below(world, 4) == 0)
        town->slots[count++] = (struct slot){22 * 60, MINUTES_A_DAY};
    town->calendar = (struct calendar){.name = "town",
                                       .zone = &world->zones[below(world, ZONES)],
                                       .every_year = true,
                                       .mode = (enum day_mode)below(world, 3),
                                       .day_minutes = 240 + (int)below(world, 400)};
    for (int weekday = 1; weekday <= 5 + (int)below(world, 2); weekday++)
        town->calendar.week[weekday] = (struct slots){town->slots, count};
    int32_t day = around - 60;
    for (int i = 0; i < 60; i++) {
        day += 1 + (int32_t)below(world, 9);
        town->days[i] = (struct calendar_day){.day = day, .kind = below(world, 2) ? DAY_OFF : DAY_WORK};
    }
    town->calendar.days = town->days;
    town->calendar.day_count = 60;
    assert_int_equal(calendar_check(&town->calendar), 0);
}

// An instant of 2015 to 2034; one in three is close to a change of the clocks.
static int64_t some_instant(struct world *world)
{
    const struct zone *zone = &world->zones[below(world, ZONES)];
    int64_t at_ms = INT64_C(1420070400000) + (int64_t)below(world, 20 * 365) * DAY_MS;
    if (zone->count && below(world, 3) == 0)
        at_ms = zone->changes[below(world, (uint32_t)zone->count)].at_ms;
    if (at_ms < INT64_C(1420070400000) || at_ms > INT64_C(2051222400000))
        at_ms = INT64_C(1710000000000);
    return at_ms + ((int64_t)below(world, 3 * 1440) - 1440) * MINUTE_MS + below(world, 60000);
}

static struct limit some_limit(struct world *world, enum measure measure)
{
    int64_t most = measure_is_days(measure) ? 15 : 60;
    return (struct limit){measure, below(world, 2) ? (1 + below(world, (uint32_t)most)) * LIMIT_UNIT
                                                   : 1 + below(world, (uint32_t)most * LIMIT_UNIT)};
}

static enum measure some_measure(struct world *world)
{
    return (enum measure)(1 + below(world, 5));
}

// ---- adding leads back --------------------------------------------------------------------------

static void adding_then_subtracting_is_the_identity_inside_working_time(void **state)
{
    struct world *world = *state;
    uint64_t times = setting("WHISTLED_TIMES", TIMES);
    for (uint64_t i = 0; i < times; i++) {
        struct town town;
        int64_t from_ms = some_instant(world), end_ms, back_ms;
        make_town(world, &town, (int32_t)(from_ms / DAY_MS));
        town.calendar.mode = MODE_HOURS;
        enum measure measure = below(world, 2) ? MEASURE_WORKING_DAYS : MEASURE_WORKING_HOURS;
        struct limit limit = some_limit(world, measure);
        assert_int_equal(working_next(&town.calendar, from_ms, &from_ms, NULL), 0);
        assert_int_equal(span_end(&town.calendar, limit, from_ms, &end_ms, NULL), 0);
        assert_int_equal(span_shift(&town.calendar, limit, -1, end_ms, &back_ms, NULL), 0);
        assert_int_equal(back_ms, from_ms);
    }
}

// ---- later is not earlier -----------------------------------------------------------------------

// An hour that is shown twice runs back on the wall: whatever keeps the local time runs back with it.
static bool wall_runs_back(const struct zone *zone, int64_t from_ms, int64_t to_ms)
{
    for (size_t i = 0; i < zone->count; i++) {
        int32_t before = i ? zone->changes[i - 1].offset_s : zone->first_offset_s;
        bool back = zone->changes[i].offset_s < before;
        if (back && zone->changes[i].at_ms > from_ms - 3 * HOUR_MS &&
            zone->changes[i].at_ms <= to_ms + 3 * HOUR_MS)
            return true;
    }
    return false;
}

// Saturday 15:00 and Sunday 10:00 are both due on Monday at that time of day, unless a start rule says
// otherwise.
static bool keeps_time_of_day_off(const struct calendar *calendar, struct limit limit, int64_t at_ms)
{
    return limit.measure == MEASURE_WORKING_DAYS && calendar->mode == MODE_SAME_TIME &&
           !calendar_is_working_day(calendar, calendar_day_number(calendar, at_ms));
}

static void a_later_start_is_never_due_earlier(void **state)
{
    struct world *world = *state;
    uint64_t times = setting("WHISTLED_TIMES", TIMES), compared = 0;
    for (uint64_t i = 0; i < times; i++) {
        struct town town;
        int64_t early_ms = some_instant(world), late_ms = early_ms + below(world, 3 * 86400) * SECOND_MS, a,
                b;
        make_town(world, &town, (int32_t)(early_ms / DAY_MS));
        struct limit limit = some_limit(world, some_measure(world));
        bool local = limit.measure == MEASURE_NATURAL_DAYS || limit.measure == MEASURE_WORKING_DAYS;
        if (local && wall_runs_back(town.calendar.zone, early_ms, late_ms))
            continue;
        if (keeps_time_of_day_off(&town.calendar, limit, early_ms) ||
            keeps_time_of_day_off(&town.calendar, limit, late_ms))
            continue;
        assert_int_equal(span_end(&town.calendar, limit, early_ms, &a, NULL), 0);
        assert_int_equal(span_end(&town.calendar, limit, late_ms, &b, NULL), 0);
        assert_true(a <= b);
        compared++;
    }
    assert_true(compared > times / 2);
}

// ---- what a pause is worth ----------------------------------------------------------------------

// The length of a pause on the scale that its limit's due time moves on; see config/README.md, Time.
static int64_t worth(const struct calendar *calendar, enum measure measure, int64_t from_ms, int64_t to_ms)
{
    int64_t worth_ms;
    bool days = measure == MEASURE_WORKING_DAYS && calendar->mode != MODE_HOURS;
    int error = days ? working_days_between(calendar, from_ms, to_ms, &worth_ms, NULL)
                     : span_between(calendar, measure, from_ms, to_ms, &worth_ms, NULL);
    assert_int_equal(error, 0);
    if (days && calendar->mode == MODE_END_OF_DAY)
        worth_ms = (worth_ms + DAY_MS - 1) / DAY_MS * DAY_MS;
    return worth_ms;
}

static void a_pause_moves_a_due_time_by_its_length_in_the_measures_own_time(void **state)
{
    struct world *world = *state;
    uint64_t times = setting("WHISTLED_TIMES", TIMES), paused = 0;
    for (uint64_t i = 0; i < times; i++) {
        struct town town;
        struct clock clock = {.start_ms = some_instant(world),
                              .limit = some_limit(world, some_measure(world))};
        int64_t due_ms, moved_ms;
        make_town(world, &town, (int32_t)(clock.start_ms / DAY_MS));
        assert_int_equal(clock_due(&clock, &town.calendar, &due_ms, NULL), 0);
        struct clock_pause pause = {.from_ms = clock.start_ms + below(world, 5 * 86400) * SECOND_MS};
        pause.to_ms = pause.from_ms + (1 + below(world, 6 * 86400)) * SECOND_MS;
        if (pause.from_ms >= due_ms ||
            wall_runs_back(town.calendar.zone, clock.start_ms, due_ms + 30 * DAY_MS))
            continue;
        clock.pauses = &pause;
        clock.pause_count = 1;
        assert_int_equal(clock_due(&clock, &town.calendar, &moved_ms, NULL), 0);
        int64_t length_ms = worth(&town.calendar, clock.limit.measure, pause.from_ms, pause.to_ms);
        if (length_ms == 0)
            assert_int_equal(moved_ms, due_ms);
        else if (clock.limit.measure !=
                 MEASURE_NATURAL_DAYS) // a due time may fall into an hour that is skipped
            assert_int_equal(worth(&town.calendar, clock.limit.measure, due_ms, moved_ms), length_ms);
        assert_true(moved_ms >= due_ms);
        paused++;
    }
    assert_true(paused > times / 5);
}

// ---- the changes of the clocks ------------------------------------------------------------------

static int64_t at(const struct zone *zone, const char *text)
{
    struct civil_date date;
    int hour = atoi(text + 11), minute = atoi(text + 14);
    assert_true(civil_parse(text, &date));
    return zone_utc(zone, civil_to_days(date) * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS);
}

static void over_a_change_a_natural_day_keeps_the_local_time_and_an_emergency_day_the_hours(void **state)
{
    static const struct {
        int zone;
        const char *start, *natural, *emergency; // one day on
    } rows[] = {
        {0, "2026-03-07 12:00", "2026-03-08 12:00", "2026-03-08 13:00"}, // New York, forward
        {0, "2026-10-31 12:00", "2026-11-01 12:00", "2026-11-01 11:00"}, // back
        {0, "2026-03-07 02:30", "2026-03-08 03:30", "2026-03-08 03:30"}, // a time that is skipped
        {1, "2026-03-28 12:00", "2026-03-29 12:00", "2026-03-29 13:00"}, // Berlin
        {1, "2026-10-24 12:00", "2026-10-25 12:00", "2026-10-25 11:00"},
        {2, "2026-10-03 12:00", "2026-10-04 12:00", "2026-10-04 12:30"}, // Lord Howe: half an hour
        {2, "2026-04-04 12:00", "2026-04-05 12:00", "2026-04-05 11:30"},
        {3, "2026-03-07 12:00", "2026-03-08 12:00", "2026-03-08 12:00"}, // Shanghai: none
    };
    struct world *world = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct town town;
        const struct zone *zone = &world->zones[rows[i].zone];
        int64_t end_ms;
        make_town(world, &town, 20500);
        town.calendar.zone = zone;
        assert_int_equal(span_end(&town.calendar, limit_of(MEASURE_NATURAL_DAYS, 1), at(zone, rows[i].start),
                                  &end_ms, NULL),
                         0);
        assert_int_equal(end_ms, at(zone, rows[i].natural));
        assert_int_equal(span_end(&town.calendar, limit_of(MEASURE_EMERGENCY_DAYS, 1),
                                  at(zone, rows[i].start), &end_ms, NULL),
                         0);
        assert_int_equal(end_ms, at(zone, rows[i].emergency));
    }
}

// Quiet hours end when the wall clock says so, also in a night that has an hour more or less.
static void quiet_hours_end_by_the_wall_clock(void **state)
{
    struct world *world = *state;
    static const char *const nights[][2] = {{"2026-03-08 01:30", "2026-03-08 07:00"},
                                            {"2026-11-01 00:30", "2026-11-01 07:00"},
                                            {"2026-05-01 22:00", "2026-05-02 07:00"},
                                            {"2026-05-01 07:00", "2026-05-01 07:00"},
                                            {"2026-05-01 21:59", "2026-05-01 21:59"}};
    struct calendar calendar = {.zone = &world->zones[0], .quiet = {22 * 60, 7 * 60}};
    for (size_t i = 0; i < sizeof nights / sizeof nights[0]; i++)
        assert_int_equal(calendar_after_quiet(&calendar, at(calendar.zone, nights[i][0])),
                         at(calendar.zone, nights[i][1]));
    calendar.quiet = (struct slot){12 * 60, 14 * 60}; // a rest at noon
    assert_int_equal(calendar_after_quiet(&calendar, at(calendar.zone, "2026-05-01 13:00")),
                     at(calendar.zone, "2026-05-01 14:00"));
    calendar.quiet = (struct slot){0, 0};
    assert_int_equal(calendar_after_quiet(&calendar, 0), 0);
}

// ---- the working days of China ------------------------------------------------------------------

static FILE *records(void)
{
    const char *directory = getenv("WHISTLED_DATA"), *here = __FILE__;
    char path[512];
    if (directory && *directory)
        snprintf(path, sizeof path, "%s", directory);
    else
        snprintf(path, sizeof path, "%.*s/../shared/data",
                 (int)(strlen(here) - strlen("/tests/unit/test_time_properties.c")), here);
    strncat(path, "/cn_calendar_exceptions_2024_2026.csv", sizeof path - strlen(path) - 1);
    return fopen(path, "r");
}

// 'w' or 'o' for a day that the notices name, 0 for any other.
static size_t read_exceptions(FILE *file, int32_t first, char *kinds, size_t room, char *text,
                              size_t text_room)
{
    char line[256];
    size_t days = 0;
    while (fgets(line, sizeof line, file)) {
        struct civil_date date;
        strncat(text, line, text_room - strlen(text) - 1);
        if (!civil_parse(line, &date))
            continue;
        size_t day = (size_t)(civil_to_days(date) - first);
        assert_true(day < room);
        kinds[day] = line[11];
        days++;
    }
    return days;
}

static void china_works_on_the_days_that_the_state_council_says(void **state)
{
    (void)state;
    static char kinds[1200], text[16384];
    FILE *file = records();
    if (!file) {
        print_message("skipped: the records are not here (WHISTLED_DATA)\n");
        skip();
    }
    const int32_t first = civil_to_days((struct civil_date){2024, 1, 1});
    assert_int_equal(read_exceptions(file, first, kinds, sizeof kinds, text, sizeof text), 108);
    fclose(file);
    struct patch patch;
    patch_init(&patch, "config/city");
    patch_text(&patch, "holidays.csv", NULL, text);
    patch_text(&patch, "calendars.yaml", "years: [2025, 2026]", "years: [2024, 2025, 2026]");
    assert_int_equal(patch_load(&patch, 0), 0);
    const struct calendar *city = rules_calendar(rulebook_rules(patch.book), NULL);
    int32_t days = civil_to_days((struct civil_date){2027, 1, 1}) - first, worked = 0;
    assert_int_equal(days, 366 + 365 + 365);
    for (int32_t day = 0; day < days; day++) {
        bool weekend = (day + 1) % 7 == 6 || (day + 1) % 7 == 0; // 2024 began on a Monday
        bool works = kinds[day] ? kinds[day] == 'w' : !weekend;
        assert_int_equal(calendar_is_working_day(city, first + day), works);
        worked += works;
    }
    print_message("%d of %d days are worked\n", (int)worked, (int)days);
    patch_fini(&patch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adding_then_subtracting_is_the_identity_inside_working_time),
        cmocka_unit_test(a_later_start_is_never_due_earlier),
        cmocka_unit_test(a_pause_moves_a_due_time_by_its_length_in_the_measures_own_time),
        cmocka_unit_test(over_a_change_a_natural_day_keeps_the_local_time_and_an_emergency_day_the_hours),
        cmocka_unit_test(quiet_hours_end_by_the_wall_clock),
        cmocka_unit_test(china_works_on_the_days_that_the_state_council_says),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
