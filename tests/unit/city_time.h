// Calendars and times that several tests share: a Chinese city of 2025/2026, Boston, and a zone with summer
// time.
#pragma once

#include "base/civil.h"
#include "core/calendar.h"
#include "core/clock.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct zone shanghai = {.name = "Asia/Shanghai", .first_offset_s = 8 * 3600};

// New York, 2024 to 2027.
static const struct zone_change new_york_changes[] = {
    {INT64_C(1710054000000), -4 * 3600}, {INT64_C(1730613600000), -5 * 3600},
    {INT64_C(1741503600000), -4 * 3600}, {INT64_C(1762063200000), -5 * 3600},
    {INT64_C(1772953200000), -4 * 3600}, {INT64_C(1793512800000), -5 * 3600},
    {INT64_C(1805007600000), -4 * 3600}, {INT64_C(1825567200000), -5 * 3600},
};
static const struct zone new_york = {
    .name = "America/New_York",
    .first_offset_s = -5 * 3600,
    .changes = new_york_changes,
    .count = sizeof new_york_changes / sizeof new_york_changes[0],
};

static inline int32_t day_at(const char *date)
{
    struct civil_date civil;
    bool read = civil_parse(date, &civil);
    assert(read);
    return read ? civil_to_days(civil) : 0;
}

// "2026-02-13 17:00" as the wall clock of a zone shows it.
static inline int64_t at_in(const struct zone *zone, const char *text)
{
    int hour = atoi(text + 11), minute = atoi(text + 14);
    return zone_utc(zone, day_at(text) * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS);
}

static inline int64_t at(const char *text)
{
    return at_in(&shanghai, text);
}

// A pause that lasts until somebody ends it.
static inline struct clock_pause pause_of(int64_t from_ms, const char *reason)
{
    return (struct clock_pause){.from_ms = from_ms, .reason = reason};
}

// The other way; one of four buffers that take turns.
static inline const char *shown_in(const struct zone *zone, int64_t ms)
{
    static char buffers[4][48];
    static int turn;
    char *text = buffers[turn++ % 4];
    int64_t local = zone_local(zone, ms);
    struct civil_date date = civil_from_days((int32_t)floor_div(local, DAY_MS));
    int64_t rest = local - floor_div(local, DAY_MS) * DAY_MS;
    snprintf(text, sizeof buffers[0], "%04d-%02d-%02d %02d:%02d", date.year, date.month, date.day,
             (int)(rest / HOUR_MS), (int)(rest / MINUTE_MS % 60));
    return text;
}

static inline const char *shown(int64_t ms)
{
    return shown_in(&shanghai, ms);
}

// State Council, 2025 and 2026: ranges off, single days worked.
static const char *const off_ranges[][2] = {
    {"2025-01-01", "2025-01-01"}, {"2025-01-28", "2025-02-04"}, {"2025-04-04", "2025-04-06"},
    {"2025-05-01", "2025-05-05"}, {"2025-05-31", "2025-06-02"}, {"2025-10-01", "2025-10-08"},
    {"2026-01-01", "2026-01-03"}, {"2026-02-15", "2026-02-23"}, {"2026-04-04", "2026-04-06"},
    {"2026-05-01", "2026-05-05"}, {"2026-06-19", "2026-06-21"}, {"2026-09-25", "2026-09-27"},
    {"2026-10-01", "2026-10-07"},
};
static const char *const worked_days[] = {
    "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11", "2026-01-04",
    "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
};

enum { MOST_DAYS = 128 };

static struct calendar_day city_days[MOST_DAYS];
static const int city_years[] = {2025, 2026};
static const struct slot city_slots[] = {{480, 720}, {840, 1080}}; // 08:00-12:00, 14:00-18:00
static const struct slot boston_slots[] = {{510, 1020}};           // 08:30-17:00
static const struct start_rule boston_rules[] = {
    {.kind = START_DAY_OFF, .to_minute = START_KEEPS_TIME},
    {.kind = START_FROM, .minute = 1020, .to_minute = 510},
};

static inline int by_day(const void *a, const void *b)
{
    const struct calendar_day *x = a, *y = b;
    return (x->day > y->day) - (x->day < y->day);
}

static inline size_t fill_city_days(void)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof off_ranges / sizeof off_ranges[0]; i++)
        for (int32_t day = day_at(off_ranges[i][0]); day <= day_at(off_ranges[i][1]); day++)
            city_days[count++] = (struct calendar_day){.day = day, .kind = DAY_OFF};
    for (size_t i = 0; i < sizeof worked_days / sizeof worked_days[0]; i++)
        city_days[count++] = (struct calendar_day){.day = day_at(worked_days[i]), .kind = DAY_WORK};
    qsort(city_days, count, sizeof city_days[0], by_day);
    return count;
}

static inline void set_week(struct calendar *calendar, const struct slot *slots, size_t count)
{
    for (int weekday = 1; weekday <= 5; weekday++)
        calendar->week[weekday] = (struct slots){.items = slots, .count = count};
}

// Monday to Friday 08-12 and 14-18, the holidays of 2025 and 2026; 8 h a day.
static inline struct calendar city_calendar(enum day_mode mode)
{
    struct calendar calendar = {.name = "city", .zone = &shanghai, .mode = mode, .day_minutes = 480};
    set_week(&calendar, city_slots, 2);
    calendar.days = city_days;
    calendar.day_count = fill_city_days();
    calendar.years = city_years;
    calendar.year_count = 2;
    return calendar;
}

// Monday to Friday 08:30-17:00, no holidays, the start rules in Boston's order, same time n days on.
static inline struct calendar boston_calendar(void)
{
    struct calendar calendar = {
        .name = "boston", .zone = &new_york, .mode = MODE_SAME_TIME, .day_minutes = 510};
    set_week(&calendar, boston_slots, 1);
    calendar.every_year = true;
    calendar.rules = boston_rules;
    calendar.rule_count = 2;
    return calendar;
}
