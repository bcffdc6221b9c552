#include "core/calendar.h"

#include "base/civil.h"
#include "base/error.h"

#include <assert.h>

static const char *const modes[] = {
#define X(id, name, zh) name,
    DAY_MODES(X)
#undef X
};

const char *day_mode_name(enum day_mode mode)
{
    assert((size_t)mode < sizeof modes / sizeof modes[0]);
    return modes[mode];
}

static bool slots_are_ordered(struct slots slots)
{
    int last = 0;
    for (size_t i = 0; i < slots.count; i++) {
        const struct slot *slot = &slots.items[i];
        if (slot->from_minute < last || slot->to_minute <= slot->from_minute ||
            slot->to_minute > MINUTES_A_DAY)
            return false;
        last = slot->to_minute;
    }
    return slots.count <= CALENDAR_MAX_SLOTS;
}

static bool days_are_ordered(const struct calendar *calendar)
{
    for (size_t i = 0; i < calendar->day_count; i++) {
        const struct calendar_day *day = &calendar->days[i];
        if (i > 0 && day->day <= day[-1].day)
            return false;
        if (day->like < 0 || day->like > 7 || !slots_are_ordered(day->slots))
            return false;
    }
    return true;
}

static bool minute_is_valid(int minute)
{
    return minute >= 0 && minute < MINUTES_A_DAY;
}

static bool rules_are_valid(const struct calendar *calendar)
{
    for (size_t i = 0; i < calendar->rule_count; i++) {
        const struct start_rule *rule = &calendar->rules[i];
        if (rule->kind != START_DAY_OFF && !minute_is_valid(rule->minute))
            return false;
        if (rule->to_minute != START_KEEPS_TIME && !minute_is_valid(rule->to_minute))
            return false;
    }
    return true;
}

int calendar_check(const struct calendar *calendar)
{
    size_t slots = 0;
    for (int weekday = 1; weekday <= 7; weekday++) {
        if (!slots_are_ordered(calendar->week[weekday]))
            return ERROR_BAD_VALUE;
        slots += calendar->week[weekday].count;
    }
    if (!calendar->zone || calendar->day_minutes <= 0 || calendar->day_minutes > MINUTES_A_DAY)
        return ERROR_BAD_VALUE;
    if (!days_are_ordered(calendar) || !rules_are_valid(calendar) ||
        !minute_is_valid(calendar->quiet.from_minute) || !minute_is_valid(calendar->quiet.to_minute))
        return ERROR_BAD_VALUE;
    return slots == 0 ? ERROR_NO_WORKING_TIME : 0;
}

bool calendar_has_year(const struct calendar *calendar, int year)
{
    for (size_t i = 0; i < calendar->year_count; i++)
        if (calendar->years[i] == year)
            return true;
    return calendar->every_year;
}

int32_t calendar_day_number(const struct calendar *calendar, int64_t at_ms)
{
    return (int32_t)floor_div(zone_local(calendar->zone, at_ms), DAY_MS);
}

const struct calendar_day *calendar_exception(const struct calendar *calendar, int32_t day)
{
    size_t low = 0, high = calendar->day_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (calendar->days[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low < calendar->day_count && calendar->days[low].day == day ? &calendar->days[low] : NULL;
}

struct slots calendar_slots(const struct calendar *calendar, int32_t day)
{
    static const struct slots none;
    const struct calendar_day *exception = calendar_exception(calendar, day);
    if (!exception)
        return calendar->week[civil_weekday(day)];
    if (exception->kind == DAY_WORK)
        return calendar->week[exception->like ? exception->like : 1];
    return exception->kind == DAY_SLOTS ? exception->slots : none;
}

bool calendar_is_working_day(const struct calendar *calendar, int32_t day)
{
    return calendar_slots(calendar, day).count > 0;
}

int64_t calendar_instant(const struct calendar *calendar, int32_t day, int minute)
{
    return zone_reached(calendar->zone, day * DAY_MS + minute * MINUTE_MS);
}

// The neighbouring days too: where the clocks change at midnight, a slot may end on another date than its
// own.
bool calendar_is_working_time(const struct calendar *calendar, int64_t at_ms)
{
    int32_t today = calendar_day_number(calendar, at_ms);
    for (int32_t day = today - 1; day <= today + 1; day++) {
        struct slots slots = calendar_slots(calendar, day);
        for (size_t i = 0; i < slots.count; i++)
            if (calendar_instant(calendar, day, slots.items[i].from_minute) <= at_ms &&
                at_ms < calendar_instant(calendar, day, slots.items[i].to_minute))
                return true;
    }
    return false;
}

int64_t calendar_after_quiet(const struct calendar *calendar, int64_t at_ms)
{
    struct slot quiet = calendar->quiet;
    int64_t local_ms = zone_local(calendar->zone, at_ms);
    int32_t day = (int32_t)floor_div(local_ms, DAY_MS);
    int minute = (int)((local_ms - day * DAY_MS) / MINUTE_MS);
    bool over_midnight = quiet.to_minute < quiet.from_minute, evening = minute >= quiet.from_minute;
    if (over_midnight ? !evening && minute >= quiet.to_minute : !evening || minute >= quiet.to_minute)
        return at_ms;
    int64_t end_ms = calendar_instant(calendar, day + (over_midnight && evening), quiet.to_minute);
    return end_ms > at_ms ? end_ms : at_ms;
}
