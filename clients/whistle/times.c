#include "times.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/civil.h"
#include "intl.h"

static struct tm local(int64_t ms)
{
    time_t seconds = (time_t)floor_div(ms, 1000);
    struct tm out;
    localtime_r(&seconds, &out);
    return out;
}

static const char *weekday(const struct tm *t)
{
    static const char *const names[] = {N_("Sun"), N_("Mon"), N_("Tue"), N_("Wed"),
                                        N_("Thu"), N_("Fri"), N_("Sat")};
    return _(names[t->tm_wday]);
}

const char *times_show(struct arena *arena, int64_t ms, int64_t now_ms)
{
    if (ms == 0 || ms == INT64_MAX)
        return ms ? _("paused") : "";
    struct tm t = local(ms), now = local(now_ms);
    if (t.tm_year != now.tm_year)
        return arena_printf(arena, "%04d-%02d-%02d %s %02d:%02d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                            weekday(&t), t.tm_hour, t.tm_min);
    return arena_printf(arena, "%02d-%02d %s %02d:%02d", t.tm_mon + 1, t.tm_mday, weekday(&t), t.tm_hour,
                        t.tm_min);
}

const char *times_short(struct arena *arena, int64_t ms, int64_t now_ms)
{
    struct tm t = local(ms), now = local(now_ms);
    if (ms == 0 || ms == INT64_MAX || t.tm_year != now.tm_year || t.tm_yday != now.tm_yday)
        return times_show(arena, ms, now_ms);
    return arena_printf(arena, "%02d:%02d", t.tm_hour, t.tm_min);
}

const char *times_iso(struct arena *arena, int64_t ms)
{
    if (ms == 0 || ms == INT64_MAX)
        return "";
    struct tm t = local(ms);
    char text[40], zone[8];
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &t);
    strftime(zone, sizeof zone, "%z", &t);
    return arena_printf(arena, "%s%.3s:%s", text, zone, zone + 3);
}

const char *times_span(struct arena *arena, int64_t span_ms)
{
    const char *sign = span_ms < 0 ? "-" : "";
    int64_t minutes = (span_ms < 0 ? -span_ms : span_ms) / MINUTE_MS;
    int64_t hours = minutes / 60, days = hours / 24;
    if (days > 0)
        return arena_printf(arena, _("%s%d d %d h"), sign, (int)days, (int)(hours % 24));
    if (hours > 0)
        return arena_printf(arena, _("%s%d h %02d min"), sign, (int)hours, (int)(minutes % 60));
    return arena_printf(arena, _("%s%d min"), sign, (int)minutes);
}

int64_t times_monotonic(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t unit_of(char letter)
{
    switch (letter) {
    case 's':
        return SECOND_MS;
    case 'm':
        return MINUTE_MS;
    case 'h':
        return HOUR_MS;
    case 'd':
        return DAY_MS;
    case 'w':
        return 7 * DAY_MS;
    default:
        return 0;
    }
}

bool times_parse_span(const char *text, int64_t *span_ms)
{
    *span_ms = 0;
    if (!*text)
        return false;
    while (*text) {
        char *end;
        long count = strtol(text, &end, 10);
        if (end == text || count < 0 || count > 100000 || unit_of(*end) == 0)
            return false;
        *span_ms += count * unit_of(*end);
        text = end + 1;
    }
    return true;
}

// "Z", "+08:00", "+0800" behind a time.
static bool parse_offset(const char *text, int *offset_s)
{
    int hours, minutes, used = 0;
    *offset_s = 0;
    if (strcmp(text, "Z") == 0)
        return true;
    if (*text != '+' && *text != '-')
        return false;
    bool whole = (sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &used) == 2 && used == 5) ||
                 (sscanf(text + 1, "%2d%2d%n", &hours, &minutes, &used) == 2 && used == 4);
    *offset_s = (hours * 3600 + minutes * 60) * (*text == '-' ? -1 : 1);
    return whole && text[1 + used] == 0;
}

static bool parse_date_time(const char *text, int64_t *ms)
{
    struct civil_date date;
    struct tm t = {.tm_isdst = -1};
    int used = 0, offset;
    if (strlen(text) < 10 || !civil_parse(text, &date))
        return false;
    t.tm_year = date.year - 1900, t.tm_mon = date.month - 1, t.tm_mday = date.day;
    text += 10;
    if ((*text == 'T' || *text == ' ') && sscanf(text + 1, "%2d:%2d%n", &t.tm_hour, &t.tm_min, &used) == 2)
        text += 1 + used;
    if (*text == ':' && sscanf(text + 1, "%2d%n", &t.tm_sec, &used) == 1)
        text += 1 + used;
    if (t.tm_hour > 23 || t.tm_min > 59 || t.tm_sec > 60)
        return false;
    if (*text && !parse_offset(text, &offset))
        return false;
    *ms = (*text ? (int64_t)timegm(&t) - offset : (int64_t)mktime(&t)) * 1000;
    return true;
}

static bool parse_clock(const char *text, int64_t now_ms, int64_t *ms)
{
    struct tm t = local(now_ms);
    int used = 0;
    if (sscanf(text, "%2d:%2d%n", &t.tm_hour, &t.tm_min, &used) != 2 || text[used] || t.tm_hour > 23 ||
        t.tm_min > 59)
        return false;
    t.tm_sec = 0;
    t.tm_isdst = -1;
    *ms = (int64_t)mktime(&t) * 1000;
    return true;
}

bool times_parse(const char *text, int64_t now_ms, int64_t *ms)
{
    if (strlen(text) == 13 && strspn(text, "0123456789") == 13) {
        *ms = strtoll(text, NULL, 10);
        return true;
    }
    int64_t span;
    if (times_parse_span(*text == '+' ? text + 1 : text, &span)) {
        *ms = now_ms + span;
        return true;
    }
    return parse_clock(text, now_ms, ms) || parse_date_time(text, ms);
}
