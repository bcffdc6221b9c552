#include "engine/city_clock.h"

#include "base/civil.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool in(int value, int below)
{
    return value >= 0 && value < below;
}

static bool parse_time(const char *text, int64_t *city_ms, const char **rest)
{
    struct civil_date date;
    int hour, minute, second = 0, used = 0, zone_hour, zone_minute;
    char sign;
    if (!civil_parse(text, &date) || sscanf(text + 10, "T%2d:%2d%n", &hour, &minute, &used) != 2)
        return false;
    text += 10 + used;
    if (sscanf(text, ":%2d%n", &second, &used) == 1)
        text += used;
    if (sscanf(text, "%c%2d:%2d%n", &sign, &zone_hour, &zone_minute, &used) != 3 ||
        (sign != '+' && sign != '-'))
        return false;
    int64_t offset = (zone_hour * 60 + zone_minute) * MINUTE_MS * (sign == '-' ? -1 : 1);
    *city_ms =
        civil_to_days(date) * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS - offset;
    *rest = text + used;
    return in(hour, 24) && in(minute, 60) && in(second, 60) && in(zone_hour, 15) && in(zone_minute, 60);
}

bool city_clock_parse(const char *text, int64_t machine_ms, struct city_clock *out)
{
    const char *rest;
    *out = (struct city_clock){.own = true, .machine_ms = machine_ms, .rate = 1};
    if (!parse_time(text, &out->city_ms, &rest))
        return false;
    if (!*rest)
        return true;
    if (strncmp(rest, ",x", 2) != 0)
        return false;
    char *end;
    out->rate = strtod(rest + 2, &end);
    return end != rest + 2 && !*end && out->rate > 0 && out->rate <= 1e6;
}

int64_t city_clock_now(const struct city_clock *clock, int64_t machine_ms)
{
    if (!clock->own)
        return machine_ms;
    return clock->city_ms + (int64_t)((double)(machine_ms - clock->machine_ms) * clock->rate);
}

int64_t city_clock_wait(const struct city_clock *clock, int64_t city_from, int64_t city_to)
{
    if (city_to <= city_from)
        return 0;
    double wait = (double)(city_to - city_from) / (clock->own ? clock->rate : 1);
    return wait > 3.6e6 ? 3600000 : (int64_t)wait + 1;
}
