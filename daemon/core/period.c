#include "core/period.h"

#include "base/civil.h"

#include <ctype.h>
#include <string.h>

static const char between[] = "..";

static int32_t day_of(int year, int month, int day)
{
    return civil_to_days((struct civil_date){year, month, day});
}

static struct period month_of(int year, int month)
{
    int next_year = month == 12 ? year + 1 : year, next = month == 12 ? 1 : month + 1;
    return (struct period){day_of(year, month, 1), day_of(next_year, next, 1) - 1};
}

static struct period year_of(int year)
{
    return (struct period){day_of(year, 1, 1), day_of(year, 12, 31)};
}

// Exactly `count` digits.
static bool read_digits(const char *text, int count, int *value)
{
    *value = 0;
    for (int i = 0; i < count; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
        *value = 10 * *value + (text[i] - '0');
    }
    return true;
}

static bool read_day(const char *text, size_t length, int32_t *day)
{
    struct civil_date date;
    if (length != 10 || !civil_parse(text, &date))
        return false;
    *day = civil_to_days(date);
    return true;
}

static bool read_span(const char *text, const char *middle, struct period *out)
{
    const char *second = middle + strlen(between);
    return read_day(text, (size_t)(middle - text), &out->first_day) &&
           read_day(second, strlen(second), &out->last_day) && out->first_day <= out->last_day &&
           out->last_day - out->first_day < PERIOD_MAX_DAYS;
}

bool period_parse(const char *text, struct period *out)
{
    size_t length = strlen(text);
    const char *middle = strstr(text, between);
    int year, month;
    if (middle)
        return read_span(text, middle, out);
    if (length == 10 && read_day(text, length, &out->first_day)) {
        out->last_day = out->first_day;
        return true;
    }
    if ((length != 4 && length != 7) || !read_digits(text, 4, &year) || year < 1970)
        return false;
    *out = year_of(year);
    if (length == 4)
        return true;
    if (text[4] != '-' || !read_digits(text + 5, 2, &month) || month < 1 || month > 12)
        return false;
    *out = month_of(year, month);
    return true;
}

struct period period_month(int32_t day)
{
    struct civil_date date = civil_from_days(day);
    return month_of(date.year, date.month);
}

struct period period_day(int32_t day)
{
    return (struct period){day, day};
}

static bool same(struct period a, struct period b)
{
    return a.first_day == b.first_day && a.last_day == b.last_day;
}

static bool is_month(struct period period)
{
    return same(period, period_month(period.first_day));
}

static bool is_year(struct period period)
{
    return same(period, year_of(civil_from_days(period.first_day).year));
}

struct period period_before(struct period period)
{
    if (is_month(period))
        return period_month(period.first_day - 1);
    if (is_year(period))
        return year_of(civil_from_days(period.first_day).year - 1);
    int32_t days = period.last_day - period.first_day + 1;
    return (struct period){period.first_day - days, period.last_day - days};
}

const char *period_text(struct arena *arena, struct period period)
{
    struct civil_date a = civil_from_days(period.first_day), b = civil_from_days(period.last_day);
    if (is_year(period))
        return arena_printf(arena, "%04d", a.year);
    if (is_month(period))
        return arena_printf(arena, "%04d-%02d", a.year, a.month);
    if (period.first_day == period.last_day)
        return arena_printf(arena, "%04d-%02d-%02d", a.year, a.month, a.day);
    return arena_printf(arena, "%04d-%02d-%02d%s%04d-%02d-%02d", a.year, a.month, a.day, between, b.year,
                        b.month, b.day);
}

int64_t period_from_ms(struct period period, const struct zone *zone)
{
    return zone_reached(zone, period.first_day * DAY_MS);
}

int64_t period_to_ms(struct period period, const struct zone *zone)
{
    return zone_reached(zone, (period.last_day + INT64_C(1)) * DAY_MS);
}
