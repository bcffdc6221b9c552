#include "rulebook/moment.h"

#include "base/civil.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTES_OF_DAY = 1440 };

static const char *const weekdays[][2] = {
    {"", ""},        {"Mon", "周一"}, {"Tue", "周二"}, {"Wed", "周三"},
    {"Thu", "周四"}, {"Fri", "周五"}, {"Sat", "周六"}, {"Sun", "周日"},
};

const char *moment_format(const struct zone *zone, int64_t at_ms, bool chinese, char text[MOMENT_TEXT])
{
    int64_t local = zone_local(zone, at_ms);
    int32_t day = (int32_t)floor_div(local, DAY_MS);
    int minutes = (int)((local - day * DAY_MS) / MINUTE_MS);
    struct civil_date date = civil_from_days(day);
    snprintf(text, MOMENT_TEXT, "%04d-%02d-%02d %s %02d:%02d", date.year, date.month, date.day,
             weekdays[civil_weekday(day)][chinese], minutes / 60, minutes % 60);
    return text;
}

const char *moment_span(int64_t ms, char text[MOMENT_TEXT])
{
    int64_t minutes = llabs(ms) / MINUTE_MS;
    const char *sign = ms < 0 ? "-" : "";
    long days = (long)(minutes / MINUTES_OF_DAY);
    long hours = (long)(minutes % MINUTES_OF_DAY / 60);
    long rest = (long)(minutes % 60);
    if (days)
        snprintf(text, MOMENT_TEXT, "%s%ldd %ldh%02ld", sign, days, hours, rest);
    else if (hours && rest)
        snprintf(text, MOMENT_TEXT, "%s%ldh%02ld", sign, hours, rest);
    else if (hours)
        snprintf(text, MOMENT_TEXT, "%s%ldh", sign, hours);
    else
        snprintf(text, MOMENT_TEXT, "%s%ldmin", sign, rest);
    return text;
}

static int two_digits(const char *text)
{
    bool digits = text[0] >= '0' && text[0] <= '9' && text[1] >= '0' && text[1] <= '9';
    return digits ? (text[0] - '0') * 10 + text[1] - '0' : -1;
}

// "08:30" → minutes, -1 for no time of day.
static int clock_minutes(const char *text)
{
    int hour = strlen(text) >= 5 && text[2] == ':' ? two_digits(text) : -1;
    int minute = hour < 0 ? -1 : two_digits(text + 3);
    return minute < 0 || minute > 59 || hour > 24 || (hour == 24 && minute) ? -1 : hour * 60 + minute;
}

// What stands behind the time: nothing (the zone's clocks), Z, or an offset.
static bool read_offset(const char *text, const struct zone *zone, int64_t local, int64_t *out)
{
    if (*text == '\0') {
        *out = zone_utc(zone, local);
        return true;
    }
    if (strcmp(text, "Z") == 0) {
        *out = local;
        return true;
    }
    int minutes = (*text == '+' || *text == '-') && strlen(text) == 6 ? clock_minutes(text + 1) : -1;
    if (minutes < 0)
        return false;
    *out = local - (*text == '+' ? minutes : -minutes) * MINUTE_MS;
    return true;
}

bool moment_parse(const struct zone *zone, const char *text, int64_t *out)
{
    struct civil_date date;
    size_t length = strlen(text);
    if (length < 10 || !civil_parse(text, &date))
        return false;
    int64_t local = civil_to_days(date) * DAY_MS;
    if (length == 10) {
        *out = zone_utc(zone, local);
        return true;
    }
    int minutes = length >= 16 && (text[10] == ' ' || text[10] == 'T') ? clock_minutes(text + 11) : -1;
    return minutes >= 0 && read_offset(text + 16, zone, local + minutes * MINUTE_MS, out);
}
