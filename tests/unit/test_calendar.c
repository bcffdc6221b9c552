// layer: core
// Calendars, working time, and limits laid along them; the arithmetic against a minute-by-minute oracle.
#include "base/error.h"
#include "core/span.h"
#include "core/working.h"

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

static const char *end_of(const struct calendar *calendar, const char *limit, const char *from)
{
    int64_t out = 0;
    assert_int_equal(span_end(calendar, read_limit(limit), at_in(calendar->zone, from), &out, NULL), 0);
    return shown_in(calendar->zone, out);
}

static int64_t worked(const struct calendar *calendar, const char *from, const char *to)
{
    int64_t ms = -1;
    assert_int_equal(
        working_between(calendar, at_in(calendar->zone, from), at_in(calendar->zone, to), &ms, NULL), 0);
    return ms;
}

static const struct {
    const char *start, *limit, *due;
} vectors[] = {
    {"2026-02-13 17:00", "2工作日", "2026-02-24 17:00"},
    {"2026-02-13 17:00", "4工作时", "2026-02-14 11:00"},
    {"2026-02-13 17:00", "2紧急工作时", "2026-02-13 19:00"},
    {"2026-02-14 11:30", "4工作时", "2026-02-14 17:30"},
    {"2026-02-20 09:00", "1工作日", "2026-02-24 18:00"},
    {"2026-02-20 09:00", "2紧急工作时", "2026-02-20 11:00"},
    {"2026-01-03 10:00", "4工作时", "2026-01-04 12:00"},
    {"2026-03-06 18:00", "1工作时", "2026-03-09 09:00"},
    {"2026-03-06 12:30", "1工作时", "2026-03-06 15:00"},
    {"2026-09-30 16:00", "5工作日", "2026-10-13 16:00"},
    {"2026-03-02 08:00", "1工作日", "2026-03-02 18:00"},
};

static void the_deadlines_of_a_real_city_come_out(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        assert_string_equal(end_of(&city, vectors[i].limit, vectors[i].start), vectors[i].due);
}

static void and_lead_back_to_where_they_began(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct limit limit = read_limit(vectors[i].limit);
        int64_t ms = 0, back = 0;
        assert_int_equal(
            span_between(&city, limit.measure, at(vectors[i].start), at(vectors[i].due), &ms, NULL), 0);
        assert_int_equal(ms, limit_ms(limit, limit.measure == MEASURE_WORKING_DAYS ? 480 : 1440));
        // Backwards one comes to the same place, up to time that is not worked.
        assert_int_equal(span_shift(&city, limit, -1, at(vectors[i].due), &back, NULL), 0);
        assert_int_equal(span_between(&city, limit.measure, at(vectors[i].start), back, &ms, NULL), 0);
        assert_int_equal(ms, 0);
    }
}

static void the_other_ways_to_count_working_days(void **state)
{
    (void)state;
    struct calendar same = city_calendar(MODE_SAME_TIME), end = city_calendar(MODE_END_OF_DAY);
    assert_string_equal(end_of(&same, "2工作日", "2026-02-13 17:00"), "2026-02-24 17:00");
    assert_string_equal(end_of(&same, "1工作日", "2026-02-13 22:15"), "2026-02-14 22:15");
    assert_string_equal(end_of(&same, "1工作日", "2026-02-20 09:00"), "2026-02-24 09:00");
    assert_string_equal(end_of(&same, "1.5 working days", "2026-03-02 10:00"), "2026-03-03 16:00");
    assert_string_equal(end_of(&same, "0.5 working days", "2026-03-02 10:00"), "2026-03-02 16:00");
    assert_string_equal(end_of(&end, "2工作日", "2026-02-13 17:00"), "2026-02-24 18:00");
    assert_string_equal(end_of(&end, "1工作日", "2026-02-20 09:00"), "2026-02-24 18:00");
    assert_string_equal(end_of(&end, "1工作日", "2026-03-02 00:00"), "2026-03-03 18:00");
    assert_string_equal(end_of(&end, "1.5 working days", "2026-03-02 10:00"), "2026-03-04 18:00");
    // Hours are the same in all of them.
    assert_string_equal(end_of(&same, "4工作时", "2026-02-13 17:00"), "2026-02-14 11:00");
    assert_string_equal(end_of(&end, "4工作时", "2026-02-13 17:00"), "2026-02-14 11:00");
}

static void a_due_time_at_midnight_belongs_to_the_day_it_ends(void **state)
{
    (void)state;
    static const struct slot whole[] = {{0, MINUTES_A_DAY}};
    struct calendar city = city_calendar(MODE_END_OF_DAY);
    set_week(&city, whole, 1);
    struct limit day = read_limit("1工作日");
    int64_t due, out;
    assert_int_equal(span_end(&city, day, at("2026-03-03 09:00"), &due, NULL), 0);
    assert_string_equal(shown(due), "2026-03-05 00:00");
    assert_int_equal(span_shift(&city, day, 1, due, &out, NULL), 0);
    assert_string_equal(shown(out), "2026-03-06 00:00");
    assert_int_equal(span_shift(&city, day, -1, due, &out, NULL), 0);
    assert_string_equal(shown(out), "2026-03-04 00:00");
}

static void lunch_is_no_working_time(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    assert_int_equal(worked(&city, "2026-03-06 11:00", "2026-03-06 15:00"), 2 * HOUR_MS);
    assert_int_equal(worked(&city, "2026-03-06 15:00", "2026-03-06 11:00"), -2 * HOUR_MS);
    assert_int_equal(worked(&city, "2026-03-06 12:00", "2026-03-06 14:00"), 0);
    assert_true(calendar_is_working_time(&city, at("2026-03-06 11:59")));
    assert_false(calendar_is_working_time(&city, at("2026-03-06 12:00")));
    assert_true(calendar_is_working_time(&city, at("2026-03-06 14:00")));
    assert_string_equal(end_of(&city, "3工作时", "2026-03-06 11:00"), "2026-03-06 16:00");
    assert_string_equal(end_of(&city, "1工作时", "2026-03-06 11:00"), "2026-03-06 12:00");
}

static void make_up_days_work_and_holidays_do_not(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    assert_true(calendar_is_working_day(&city, day_at("2026-02-14")));
    assert_false(calendar_is_working_day(&city, day_at("2026-02-16")));
    assert_false(calendar_is_working_day(&city, day_at("2026-02-21")));
    assert_int_equal(worked(&city, "2026-02-13 00:00", "2026-02-24 00:00"), 16 * HOUR_MS);
    int64_t next = 0;
    assert_int_equal(working_next(&city, at("2026-02-14 18:00"), &next, NULL), 0);
    assert_string_equal(shown(next), "2026-02-24 08:00");
    assert_int_equal(working_next(&city, at("2026-02-13 10:30"), &next, NULL), 0);
    assert_string_equal(shown(next), "2026-02-13 10:30");
}

static void a_day_may_have_slots_of_its_own_or_of_another_weekday(void **state)
{
    (void)state;
    static const struct slot short_day[] = {{540, 600}}, friday[] = {{480, 660}};
    struct calendar_day days[] = {
        {.day = day_at("2026-03-02"), .kind = DAY_SLOTS, .slots = {short_day, 1}},
        {.day = day_at("2026-03-07"), .kind = DAY_WORK, .like = 5},
        {.day = day_at("2026-03-08"), .kind = DAY_WORK},
    };
    struct calendar city = city_calendar(MODE_HOURS);
    city.week[5] = (struct slots){friday, 1};
    city.days = days;
    city.day_count = 3;
    assert_int_equal(calendar_check(&city), 0);
    assert_int_equal(worked(&city, "2026-03-02 00:00", "2026-03-03 00:00"), 1 * HOUR_MS);
    assert_int_equal(worked(&city, "2026-03-07 00:00", "2026-03-08 00:00"), 3 * HOUR_MS);
    assert_int_equal(worked(&city, "2026-03-08 00:00", "2026-03-09 00:00"), 8 * HOUR_MS);
}

static void start_rules_apply_in_written_order(void **state)
{
    (void)state;
    struct calendar boston = boston_calendar(), turned = boston;
    struct start_rule other_way[] = {boston_rules[1], boston_rules[0]};
    turned.rules = other_way;
    const struct {
        const char *from, *boston, *turned;
    } cases[] = {
        {"2025-07-08 16:59", "2025-07-08 16:59", "2025-07-08 16:59"}, // Tuesday
        {"2025-07-08 17:00", "2025-07-09 08:30", "2025-07-09 08:30"},
        {"2025-07-11 20:00", "2025-07-14 08:30", "2025-07-14 08:30"}, // Friday evening
        {"2025-07-12 10:00", "2025-07-14 10:00", "2025-07-14 10:00"}, // Saturday rolls, keeping the time
        {"2025-07-12 20:00", "2025-07-15 08:30", "2025-07-14 08:30"}, // and is then after 17:00
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t from = at_in(&new_york, cases[i].from), out = 0;
        assert_int_equal(working_start(&boston, from, false, &out, NULL), 0);
        assert_string_equal(shown_in(&new_york, out), cases[i].boston);
        assert_int_equal(working_start(&turned, from, false, &out, NULL), 0);
        assert_string_equal(shown_in(&new_york, out), cases[i].turned);
        assert_int_equal(working_start(&boston, from, true, &out, NULL), 0);
        assert_int_equal(out, from); // natural days run at once unless a rule says otherwise
    }
}

static void a_start_before_the_doors_open_may_wait(void **state)
{
    (void)state;
    static const struct start_rule rules[] = {
        {.kind = START_BEFORE, .minute = 480, .to_minute = 480, .natural = true},
    };
    struct calendar city = city_calendar(MODE_SAME_TIME);
    city.rules = rules;
    city.rule_count = 1;
    int64_t out;
    assert_int_equal(working_start(&city, at("2026-03-03 06:10"), true, &out, NULL), 0);
    assert_string_equal(shown(out), "2026-03-03 08:00");
    assert_int_equal(working_start(&city, at("2026-03-03 08:00"), true, &out, NULL), 0);
    assert_string_equal(shown(out), "2026-03-03 08:00");
}

static void local_times_that_are_skipped_or_shown_twice(void **state)
{
    (void)state;
    // 2026-03-08: 02:00 to 03:00 does not exist; 2026-11-01: 01:00 to 02:00 comes twice.
    assert_int_equal(at_in(&new_york, "2026-03-08 01:59"), INT64_C(1772953200000) - MINUTE_MS);
    assert_int_equal(at_in(&new_york, "2026-03-08 02:30"), INT64_C(1772953200000) + 30 * MINUTE_MS);
    assert_string_equal(shown_in(&new_york, at_in(&new_york, "2026-03-08 02:30")), "2026-03-08 03:30");
    assert_int_equal(at_in(&new_york, "2026-03-08 03:00"), INT64_C(1772953200000));
    assert_int_equal(zone_reached(&new_york, day_at("2026-03-08") * DAY_MS + 150 * MINUTE_MS),
                     INT64_C(1772953200000));
    assert_int_equal(at_in(&new_york, "2026-11-01 01:30"), INT64_C(1793512800000) - 30 * MINUTE_MS);
    assert_int_equal(at_in(&new_york, "2026-11-01 02:00"), INT64_C(1793512800000) + HOUR_MS);
    assert_int_equal(zone_offset(&new_york, 0), -5 * 3600);
    assert_int_equal(zone_offset(&new_york, INT64_C(1772953200000) - 1), -5 * 3600);
    assert_int_equal(zone_offset(&new_york, INT64_C(1772953200000)), -4 * 3600);
}

static void a_natural_day_keeps_the_local_time_and_an_emergency_day_does_not(void **state)
{
    (void)state;
    struct calendar boston = boston_calendar();
    assert_string_equal(end_of(&boston, "1 natural-day", "2026-03-07 12:00"), "2026-03-08 12:00");
    assert_string_equal(end_of(&boston, "1 emergency-day", "2026-03-07 12:00"), "2026-03-08 13:00");
    assert_string_equal(end_of(&boston, "7 natural-days", "2026-10-28 23:45"), "2026-11-04 23:45");
    assert_string_equal(end_of(&boston, "7 emergency-days", "2026-10-28 23:45"), "2026-11-04 22:45");
    assert_string_equal(end_of(&boston, "1.5 natural-days", "2026-03-06 12:00"), "2026-03-08 00:00");
    assert_string_equal(end_of(&boston, "2 working-days", "2026-03-06 16:00"), "2026-03-10 16:00");
}

static void a_day_round_the_clock_has_23_or_25_hours(void **state)
{
    (void)state;
    static const struct slot whole[] = {{0, MINUTES_A_DAY}};
    struct calendar boston = boston_calendar();
    boston.week[7] = (struct slots){whole, 1};
    assert_int_equal(worked(&boston, "2026-03-08 00:00", "2026-03-09 00:00"), 23 * HOUR_MS);
    assert_int_equal(worked(&boston, "2026-11-01 00:00", "2026-11-02 00:00"), 25 * HOUR_MS);
}

// Clocks that go from 00:30 back to 23:30 show half an hour of the next date before the end of this one.
static void a_date_that_comes_back_is_worked_once_more(void **state)
{
    (void)state;
    static const struct slot whole[] = {{0, MINUTES_A_DAY}};
    const struct zone_change change = {at_in(&shanghai, "2026-03-04 00:30"), 7 * 3600};
    const struct zone zone = {"Test/Midnight", 8 * 3600, &change, 1};
    struct calendar calendar = city_calendar(MODE_HOURS);
    calendar.zone = &zone;
    set_week(&calendar, whole, 1);
    int64_t from = change.at_ms + 15 * MINUTE_MS, out; // 23:45 for the second time
    assert_string_equal(shown_in(&zone, from), "2026-03-03 23:45");
    assert_true(calendar_is_working_time(&calendar, from));
    assert_int_equal(working_add(&calendar, from, -20 * MINUTE_MS, &out, NULL), 0);
    assert_int_equal(out, from - 20 * MINUTE_MS);
    assert_int_equal(working_add(&calendar, from, 20 * MINUTE_MS, &out, NULL), 0);
    assert_int_equal(out, from + 20 * MINUTE_MS);
    assert_int_equal(working_between(&calendar, from - HOUR_MS, from + HOUR_MS, &out, NULL), 0);
    assert_int_equal(out, 2 * HOUR_MS);
}

// On the scale of whole working days a day off has no length: whatever its hour, the next working day
// follows.
static void time_of_a_day_off_does_not_count_on_the_scale_of_days(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_SAME_TIME);
    int64_t out;
    assert_int_equal(working_shift_days(&city, at("2026-03-07 15:00"), 4 * HOUR_MS, &out, NULL), 0);
    assert_string_equal(shown(out), "2026-03-09 04:00");
    assert_int_equal(working_shift_days(&city, at("2026-03-07 15:00"), 0, &out, NULL), 0);
    assert_string_equal(shown(out), "2026-03-07 15:00");
    assert_int_equal(working_days_between(&city, at("2026-03-07 15:00"), at("2026-03-09 04:00"), &out, NULL),
                     0);
    assert_int_equal(out, 4 * HOUR_MS);
    assert_int_equal(working_days_between(&city, at("2026-03-09 09:00"), at("2026-03-06 16:00"), &out, NULL),
                     0);
    assert_int_equal(out, -17 * HOUR_MS);
}

// Samoa left out 2011-12-30: that day has no time in it, worked or not.
static void a_date_that_never_was_holds_no_working_time(void **state)
{
    (void)state;
    const struct zone_change change = {INT64_C(1325239200000), 14 * 3600};
    const struct zone apia = {"Pacific/Apia", -10 * 3600, &change, 1};
    struct calendar calendar = city_calendar(MODE_HOURS);
    calendar.zone = &apia;
    assert_int_equal(worked(&calendar, "2011-12-29 00:00", "2011-12-31 00:00"), 8 * HOUR_MS);
    assert_string_equal(end_of(&calendar, "2工作日", "2011-12-29 08:00"), "2012-01-02 18:00");
}

static void a_year_that_is_not_loaded_is_no_year_without_holidays(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct walk walk = {0};
    int64_t out;
    assert_true(calendar_has_year(&city, 2026));
    assert_false(calendar_has_year(&city, 2027));
    assert_int_equal(span_end(&city, read_limit("1工作日"), at("2026-12-30 08:00"), &out, &walk), 0);
    assert_false(walk.provisional);
    assert_int_equal(span_end(&city, read_limit("3工作日"), at("2026-12-30 08:00"), &out, &walk), 0);
    assert_string_equal(shown(out), "2027-01-01 18:00"); // by the weekly slots
    assert_true(walk.provisional);
    assert_int_equal(walk.missing_year, 2027);
    struct walk elapsed = {0};
    assert_int_equal(span_end(&city, read_limit("30自然日"), at("2026-12-30 08:00"), &out, &elapsed), 0);
    assert_false(elapsed.provisional); // needs no holidays
    struct walk before = {0};
    assert_int_equal(working_add(&city, at("2025-01-02 08:30"), -HOUR_MS, &out, &before), 0);
    assert_string_equal(shown(out), "2024-12-31 17:30");
    assert_true(before.provisional);
    assert_int_equal(before.missing_year, 2024);
}

static void a_calendar_without_working_time_gives_an_error_not_a_loop(void **state)
{
    (void)state;
    struct calendar none = {.name = "none", .zone = &shanghai, .day_minutes = 480, .every_year = true};
    int64_t out;
    assert_int_equal(calendar_check(&none), ERROR_NO_WORKING_TIME);
    assert_int_equal(working_add(&none, at("2026-03-02 08:00"), 1, &out, NULL), ERROR_NO_WORKING_TIME);
    assert_int_equal(working_add(&none, at("2026-03-02 08:00"), -1, &out, NULL), ERROR_NO_WORKING_TIME);
    assert_int_equal(working_next(&none, at("2026-03-02 08:00"), &out, NULL), ERROR_NO_WORKING_TIME);
    assert_int_equal(working_add_days(&none, at("2026-03-02 08:00"), 1, &out, NULL), ERROR_NO_WORKING_TIME);
    assert_int_equal(working_add_days(&none, at("2026-03-02 08:00"), -1, &out, NULL), ERROR_NO_WORKING_TIME);
    assert_int_equal(working_between(&none, at("2026-03-02 08:00"), at("2027-03-02 08:00"), &out, NULL), 0);
    assert_int_equal(out, 0);
}

static void times_beyond_the_calendar_are_refused(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct calendar same = city_calendar(MODE_SAME_TIME);
    int64_t out;
    assert_int_equal(working_add(&city, INT64_MAX, 1, &out, NULL), ERROR_TIME_RANGE);
    assert_int_equal(working_add(&city, INT64_MIN, 1, &out, NULL), ERROR_TIME_RANGE);
    assert_int_equal(working_between(&city, 0, INT64_MAX, &out, NULL), ERROR_TIME_RANGE);
    assert_int_equal(working_add(&city, CALENDAR_LAST_MS - DAY_MS, 80 * HOUR_MS, &out, NULL),
                     ERROR_TIME_RANGE);
    assert_int_equal(working_add(&city, CALENDAR_FIRST_MS + DAY_MS, -80 * HOUR_MS, &out, NULL),
                     ERROR_TIME_RANGE);
    assert_int_equal(span_end(&same, read_limit("2工作日"), CALENDAR_LAST_MS, &out, NULL), ERROR_TIME_RANGE);
    assert_int_equal(span_end(&city, read_limit("2自然日"), INT64_MAX - 5, &out, NULL), ERROR_TIME_RANGE);
    assert_int_equal(span_end(&city, (struct limit){0}, 0, &out, NULL), ERROR_BAD_VALUE);
}

static void a_crooked_calendar_does_not_pass(void **state)
{
    (void)state;
    static const struct slot crossed[] = {{480, 720}, {700, 800}}, empty[] = {{480, 480}},
                             late[] = {{480, 1441}};
    const struct calendar_day twice[] = {{.day = 1, .kind = DAY_OFF}, {.day = 1, .kind = DAY_OFF}};
    const struct calendar_day odd[] = {{.day = 1, .kind = DAY_WORK, .like = 8}};
    const struct start_rule rule = {.kind = START_FROM, .minute = 1440, .to_minute = 510};
    const struct slots bad[] = {{crossed, 2}, {empty, 1}, {late, 1}};
    struct calendar city = city_calendar(MODE_HOURS);
    assert_int_equal(calendar_check(&city), 0);
    for (size_t i = 0; i < 3; i++) {
        struct calendar calendar = city;
        calendar.week[3] = bad[i];
        assert_int_equal(calendar_check(&calendar), ERROR_BAD_VALUE);
    }
    struct calendar calendar = city;
    calendar.days = twice;
    calendar.day_count = 2;
    assert_int_equal(calendar_check(&calendar), ERROR_BAD_VALUE);
    calendar.days = odd;
    calendar.day_count = 1;
    assert_int_equal(calendar_check(&calendar), ERROR_BAD_VALUE);
    calendar = city;
    calendar.rules = &rule;
    calendar.rule_count = 1;
    assert_int_equal(calendar_check(&calendar), ERROR_BAD_VALUE);
    calendar = city;
    calendar.day_minutes = 0;
    assert_int_equal(calendar_check(&calendar), ERROR_BAD_VALUE);
}

struct story {
    char text[1024];
    const struct zone *zone;
};

static void tell(void *context, const struct walk_step *step)
{
    struct story *story = context;
    size_t used = strlen(story->text);
    snprintf(story->text + used, sizeof story->text - used, "%s %.11s %" PRId64 "m %d; ",
             walk_note_name(step->note), shown_in(story->zone, step->from_ms) + 5,
             step->amount_ms / MINUTE_MS, step->days);
}

static void a_year_not_loaded_is_told_once(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct story story = {.zone = &shanghai};
    struct walk walk = {.step = tell, .context = &story};
    int64_t out;
    assert_int_equal(working_add(&city, at("2026-12-31 17:00"), 10 * HOUR_MS, &out, &walk), 0);
    assert_string_equal(story.text, "working time 12-31 17:00 60m 0; year not loaded 01-01 00:00 0m 2027; "
                                    "working time 01-01 08:00 480m 0; days off 01-02 00:00 0m 2; "
                                    "working time 01-04 08:00 60m 0; ");
}

static void each_step_is_told(void **state)
{
    (void)state;
    struct calendar city = city_calendar(MODE_HOURS);
    struct story story = {.zone = &shanghai};
    struct walk walk = {.step = tell, .context = &story};
    int64_t out;
    assert_int_equal(span_end(&city, read_limit("2工作日"), at("2026-02-13 16:50"), &out, &walk), 0);
    assert_string_equal(story.text, "working time 02-13 16:50 70m 0; working time 02-14 08:00 480m 0; "
                                    "days off 02-15 00:00 0m 9; working time 02-24 08:00 410m 0; ");
    assert_string_equal(shown(out), "2026-02-24 16:50");
    story.text[0] = 0;
    assert_int_equal(working_add(&city, out, -16 * HOUR_MS, &out, &walk), 0);
    assert_string_equal(story.text, "working time 02-24 16:50 -410m 0; days off 02-24 00:00 0m 9; "
                                    "working time 02-14 18:00 -480m 0; working time 02-13 18:00 -70m 0; ");
}

// The oracle: a city's time minute by minute, over a window around the days that are tried.

enum {
    WINDOW_DAYS = 150,
    WINDOW = WINDOW_DAYS * MINUTES_A_DAY,
    MARGIN_DAYS = 3,
    FARTHEST = 26 * 60 /* from UTC */
};

struct oracle {
    int32_t first_day; // UTC
    int32_t local[WINDOW];
    int32_t worked_before[WINDOW + 1]; // working minutes before this minute
};

static uint64_t random_state;

static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % bound;
}

struct random_city {
    struct zone_change changes[4];
    struct zone zone;
    struct slot week[8][3], special[3];
    struct calendar_day days[40];
    struct calendar calendar;
};

static size_t random_slots(struct slot *slots)
{
    size_t count = random_below(4);
    int at_minute = (int)random_below(600);
    for (size_t i = 0; i < count; i++) {
        slots[i].from_minute = at_minute + (int)random_below(60);
        slots[i].to_minute = slots[i].from_minute + 1 + (int)random_below(240);
        if (random_below(20) == 0 || slots[i].to_minute > MINUTES_A_DAY) {
            slots[i].to_minute = MINUTES_A_DAY;
            return i + 1;
        }
        at_minute = slots[i].to_minute;
        if (at_minute >= MINUTES_A_DAY - 60)
            return i + 1;
    }
    return count;
}

static void random_zone(struct random_city *city, int32_t first_day)
{
    int32_t offset_s = ((int)random_below(49) - 24) * 1800;
    city->zone = (struct zone){.name = "random", .first_offset_s = offset_s, .changes = city->changes};
    city->zone.count = random_below(5);
    for (size_t i = 0; i < city->zone.count; i++) {
        static const int jumps[] = {-7200, -3600, -1800, 1800, 3600, 7200};
        offset_s += jumps[random_below(6)];
        int64_t day = first_day + 10 + (int32_t)i * 30 + (int32_t)random_below(25);
        city->changes[i].at_ms = day * DAY_MS + random_below(96) * 15 * MINUTE_MS;
        city->changes[i].offset_s = offset_s;
    }
}

static void random_calendar(struct random_city *city, int32_t first_day)
{
    random_zone(city, first_day);
    city->calendar =
        (struct calendar){.name = "random", .zone = &city->zone, .day_minutes = 480, .every_year = true};
    for (int i = 1; i <= 7; i++)
        city->calendar.week[i] = (struct slots){city->week[i], random_slots(city->week[i])};
    struct slots special = {city->special, random_slots(city->special)};
    size_t count = random_below(40);
    int32_t day = first_day;
    for (size_t i = 0; i < count; i++) {
        day += 1 + (int32_t)random_below(6);
        city->days[i] = (struct calendar_day){.day = day, .kind = (enum day_kind)random_below(3)};
        city->days[i].like = (int)random_below(8);
        city->days[i].slots = special;
    }
    city->calendar.days = city->days;
    city->calendar.day_count = count;
}

static int32_t oracle_offset(const struct zone *zone, int64_t ms)
{
    int32_t offset_s = zone->first_offset_s;
    for (size_t i = 0; i < zone->count; i++)
        if (zone->changes[i].at_ms <= ms)
            offset_s = zone->changes[i].offset_s;
    return offset_s / 60;
}

// The slots of a day, found without the code under test.
static struct slots oracle_slots(const struct calendar *calendar, int32_t day)
{
    for (size_t i = 0; i < calendar->day_count; i++) {
        const struct calendar_day *entry = &calendar->days[i];
        if (entry->day != day)
            continue;
        if (entry->kind == DAY_SLOTS)
            return entry->slots;
        return entry->kind == DAY_WORK ? calendar->week[entry->like ? entry->like : 1] : (struct slots){0};
    }
    return calendar->week[(day % 7 + 7 + 3) % 7 + 1];
}

// Marks from the first minute that shows `from` or later to the first that shows `to` or later.
static void oracle_mark(const struct oracle *oracle, char *marks, int32_t from, int32_t to)
{
    int32_t minute = from > FARTHEST ? from - FARTHEST : 0;
    while (minute < WINDOW && oracle->local[minute] < from)
        minute++;
    bool reached = false;
    for (; minute < WINDOW && !reached; minute++) {
        reached = oracle->local[minute] >= to;
        marks[minute] |= (char)!reached;
    }
}

static void oracle_fill(struct oracle *oracle, const struct calendar *calendar, int32_t first_day)
{
    static char marks[WINDOW];
    memset(marks, 0, sizeof marks);
    oracle->first_day = first_day;
    for (int32_t m = 0; m < WINDOW; m++)
        oracle->local[m] = m + oracle_offset(calendar->zone, first_day * DAY_MS + m * MINUTE_MS);
    for (int32_t day = -1; day <= WINDOW_DAYS; day++) {
        struct slots slots = oracle_slots(calendar, first_day + day);
        for (size_t i = 0; i < slots.count; i++)
            oracle_mark(oracle, marks, day * MINUTES_A_DAY + slots.items[i].from_minute,
                        day * MINUTES_A_DAY + slots.items[i].to_minute);
    }
    for (int32_t m = 0; m < WINDOW; m++)
        oracle->worked_before[m + 1] = oracle->worked_before[m] + marks[m];
}

static int64_t oracle_ms(const struct oracle *oracle, int32_t minute)
{
    return oracle->first_day * DAY_MS + minute * MINUTE_MS;
}

// The first minute by which `amount` more has been worked since `from`; backwards the last one from which it
// is.
static int32_t oracle_add(const struct oracle *oracle, int32_t from, int32_t amount)
{
    int32_t goal = oracle->worked_before[from] + amount, m = from;
    if (amount > 0)
        while (m <= WINDOW && oracle->worked_before[m] < goal)
            m++;
    else
        while (m >= 0 && oracle->worked_before[m] > goal)
            m--;
    return m;
}

static void try_once(const struct oracle *oracle, const struct calendar *calendar)
{
    int32_t from =
        MARGIN_DAYS * MINUTES_A_DAY + (int32_t)random_below(WINDOW - 2 * MARGIN_DAYS * MINUTES_A_DAY);
    int32_t to =
        MARGIN_DAYS * MINUTES_A_DAY + (int32_t)random_below(WINDOW - 2 * MARGIN_DAYS * MINUTES_A_DAY);
    int32_t amount = 1 + (int32_t)random_below(6000);
    int64_t out;
    assert_int_equal(working_between(calendar, oracle_ms(oracle, from), oracle_ms(oracle, to), &out, NULL),
                     0);
    assert_int_equal(out, (oracle->worked_before[to] - oracle->worked_before[from]) * MINUTE_MS);
    int32_t later = oracle_add(oracle, from, amount), sooner = oracle_add(oracle, from, -amount);
    if (later < WINDOW - MARGIN_DAYS * MINUTES_A_DAY) {
        assert_int_equal(working_add(calendar, oracle_ms(oracle, from), amount * MINUTE_MS, &out, NULL), 0);
        assert_int_equal(out, oracle_ms(oracle, later));
        assert_int_equal(working_next(calendar, oracle_ms(oracle, from), &out, NULL), 0);
        assert_int_equal(out, oracle_ms(oracle, oracle_add(oracle, from, 1) - 1));
    }
    if (sooner > MARGIN_DAYS * MINUTES_A_DAY) {
        assert_int_equal(working_add(calendar, oracle_ms(oracle, from), -amount * MINUTE_MS, &out, NULL), 0);
        assert_int_equal(out, oracle_ms(oracle, sooner));
    }
    assert_int_equal(calendar_is_working_time(calendar, oracle_ms(oracle, from)),
                     oracle->worked_before[from + 1] - oracle->worked_before[from]);
}

static void working_time_agrees_with_a_walk_minute_by_minute(void **state)
{
    (void)state;
    static struct oracle oracle;
    static struct random_city city;
    for (uint32_t seed = 1; seed <= 60; seed++) {
        random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
        int32_t first_day = 15000 + (int32_t)random_below(10000);
        random_calendar(&city, first_day);
        if (calendar_check(&city.calendar) == ERROR_NO_WORKING_TIME)
            continue;
        assert_int_equal(calendar_check(&city.calendar), 0);
        oracle_fill(&oracle, &city.calendar, first_day);
        for (int i = 0; i < 300; i++)
            try_once(&oracle, &city.calendar);
    }
}

// What is added can be measured, in any pieces, to the millisecond.
static void adding_and_measuring_are_inverse(void **state)
{
    (void)state;
    static struct random_city city;
    for (uint32_t seed = 100; seed < 300; seed++) {
        random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
        int32_t first_day = 15000 + (int32_t)random_below(10000);
        random_calendar(&city, first_day);
        if (calendar_check(&city.calendar))
            continue;
        for (int i = 0; i < 50; i++) {
            int64_t from = first_day * DAY_MS + random_below(60) * DAY_MS + random_below(86400000);
            int64_t amount = 1 + random_below(200000000), part = random_below((uint32_t)amount), to, mid, ms;
            assert_int_equal(working_add(&city.calendar, from, amount, &to, NULL), 0);
            assert_int_equal(working_between(&city.calendar, from, to, &ms, NULL), 0);
            assert_int_equal(ms, amount);
            assert_int_equal(working_add(&city.calendar, from, part, &mid, NULL), 0);
            assert_int_equal(working_add(&city.calendar, mid, amount - part, &mid, NULL), 0);
            assert_int_equal(mid, to);
            assert_int_equal(working_add(&city.calendar, to, -amount, &mid, NULL), 0);
            assert_int_equal(working_between(&city.calendar, from, mid, &ms, NULL), 0);
            assert_int_equal(ms, 0);
        }
    }
}

// Whole working days: days on which anything is worked, counted one by one.
static void working_days_agree_with_a_walk_day_by_day(void **state)
{
    (void)state;
    static struct random_city city;
    for (uint32_t seed = 500; seed < 700; seed++) {
        random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
        int32_t first_day = 15000 + (int32_t)random_below(10000);
        random_calendar(&city, first_day);
        city.zone.count = 0;
        if (calendar_check(&city.calendar))
            continue;
        int days = 1 + (int)random_below(30), left = days;
        int32_t from = first_day + (int32_t)random_below(60), to = from;
        while (left > 0)
            left -= oracle_slots(&city.calendar, ++to).count > 0;
        int64_t start = zone_utc(&city.zone, from * DAY_MS + 12345678), out, ms;
        assert_int_equal(working_add_days(&city.calendar, start, days, &out, NULL), 0);
        assert_int_equal(out, zone_utc(&city.zone, to * DAY_MS + 12345678));
        struct slots slots = oracle_slots(&city.calendar, to);
        int64_t end = zone_utc(&city.zone, to * DAY_MS + slots.items[slots.count - 1].to_minute * MINUTE_MS);
        assert_int_equal(working_day_end(&city.calendar, from, days, &out, NULL), 0);
        assert_int_equal(out, end);
        if (oracle_slots(&city.calendar, from).count == 0)
            continue;
        int64_t later = zone_utc(&city.zone, to * DAY_MS + 23456789);
        assert_int_equal(working_days_between(&city.calendar, start, later, &ms, NULL), 0);
        assert_int_equal(ms, days * DAY_MS + 11111111);
        assert_int_equal(working_shift_days(&city.calendar, start, ms, &out, NULL), 0);
        assert_int_equal(out, later);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_deadlines_of_a_real_city_come_out),
        cmocka_unit_test(and_lead_back_to_where_they_began),
        cmocka_unit_test(the_other_ways_to_count_working_days),
        cmocka_unit_test(a_due_time_at_midnight_belongs_to_the_day_it_ends),
        cmocka_unit_test(lunch_is_no_working_time),
        cmocka_unit_test(make_up_days_work_and_holidays_do_not),
        cmocka_unit_test(a_day_may_have_slots_of_its_own_or_of_another_weekday),
        cmocka_unit_test(start_rules_apply_in_written_order),
        cmocka_unit_test(a_start_before_the_doors_open_may_wait),
        cmocka_unit_test(local_times_that_are_skipped_or_shown_twice),
        cmocka_unit_test(a_natural_day_keeps_the_local_time_and_an_emergency_day_does_not),
        cmocka_unit_test(a_day_round_the_clock_has_23_or_25_hours),
        cmocka_unit_test(a_date_that_comes_back_is_worked_once_more),
        cmocka_unit_test(time_of_a_day_off_does_not_count_on_the_scale_of_days),
        cmocka_unit_test(a_date_that_never_was_holds_no_working_time),
        cmocka_unit_test(a_year_that_is_not_loaded_is_no_year_without_holidays),
        cmocka_unit_test(a_calendar_without_working_time_gives_an_error_not_a_loop),
        cmocka_unit_test(times_beyond_the_calendar_are_refused),
        cmocka_unit_test(a_crooked_calendar_does_not_pass),
        cmocka_unit_test(a_year_not_loaded_is_told_once),
        cmocka_unit_test(each_step_is_told),
        cmocka_unit_test(working_time_agrees_with_a_walk_minute_by_minute),
        cmocka_unit_test(adding_and_measuring_are_inverse),
        cmocka_unit_test(working_days_agree_with_a_walk_day_by_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
