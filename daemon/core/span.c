#include "core/span.h"

#include "base/civil.h"
#include "base/error.h"

#include <assert.h>

static int64_t whole_days(struct limit limit)
{
    return limit.amount / LIMIT_UNIT;
}

static struct limit part_of_day(struct limit limit)
{
    limit.amount %= LIMIT_UNIT;
    return limit;
}

static int add_elapsed(int64_t from_ms, int64_t amount_ms, int64_t *out, struct walk *walk)
{
    *out = from_ms + amount_ms;
    struct walk_step step = {.note = WALK_ELAPSED, .from_ms = from_ms, .to_ms = *out, .amount_ms = amount_ms};
    walk_tell(walk, step);
    return 0;
}

static int add_local(const struct calendar *calendar, int64_t from_ms, int64_t amount_ms, int64_t *out,
                     struct walk *walk)
{
    *out = from_ms;
    if (amount_ms == 0)
        return 0;
    *out = zone_utc(calendar->zone, zone_local(calendar->zone, from_ms) + amount_ms);
    struct walk_step step = {.note = WALK_NATURAL, .from_ms = from_ms, .to_ms = *out, .amount_ms = amount_ms};
    walk_tell(walk, step);
    return 0;
}

static int lay_natural(const struct calendar *calendar, struct limit limit, int sign, int64_t from_ms,
                       int64_t *out, struct walk *walk)
{
    int64_t part_ms = sign * limit_ms(part_of_day(limit), MINUTES_A_DAY);
    add_local(calendar, from_ms, sign * whole_days(limit) * DAY_MS, out, walk);
    return part_ms ? add_elapsed(*out, part_ms, out, walk) : 0;
}

static int lay_same_time(const struct calendar *calendar, struct limit limit, int sign, int64_t from_ms,
                         int64_t *out, struct walk *walk)
{
    int64_t part_ms = sign * limit_ms(part_of_day(limit), calendar->day_minutes);
    *out = from_ms;
    int e =
        whole_days(limit) ? working_add_days(calendar, from_ms, sign * (int)whole_days(limit), out, walk) : 0;
    return e || part_ms == 0 ? e : working_add(calendar, *out, part_ms, out, walk);
}

static int lay_end_of_day(const struct calendar *calendar, struct limit limit, int sign, int64_t from_ms,
                          int64_t *out, struct walk *walk)
{
    int days = (int)((limit.amount + LIMIT_UNIT - 1) / LIMIT_UNIT);
    return working_day_end(calendar, calendar_day_number(calendar, from_ms), sign * days, out, walk);
}

static int lay_working_days(const struct calendar *calendar, struct limit limit, int sign, int64_t from_ms,
                            int64_t *out, struct walk *walk)
{
    switch (calendar->mode) {
    case MODE_HOURS:
        return working_add(calendar, from_ms, sign * limit_ms(limit, calendar->day_minutes), out, walk);
    case MODE_SAME_TIME:
        return lay_same_time(calendar, limit, sign, from_ms, out, walk);
    default:
        return lay_end_of_day(calendar, limit, sign, from_ms, out, walk);
    }
}

static int lay(const struct calendar *calendar, struct limit limit, int sign, int64_t from_ms, int64_t *out,
               struct walk *walk)
{
    if (!limit_is_valid(limit))
        return ERROR_BAD_VALUE;
    if (from_ms < CALENDAR_FIRST_MS || from_ms > CALENDAR_LAST_MS)
        return ERROR_TIME_RANGE;
    switch (limit.measure) {
    case MEASURE_WORKING_HOURS:
        return working_add(calendar, from_ms, sign * limit_ms(limit, calendar->day_minutes), out, walk);
    case MEASURE_WORKING_DAYS:
        return lay_working_days(calendar, limit, sign, from_ms, out, walk);
    case MEASURE_NATURAL_DAYS:
        return lay_natural(calendar, limit, sign, from_ms, out, walk);
    default:
        return add_elapsed(from_ms, sign * limit_ms(limit, MINUTES_A_DAY), out, walk);
    }
}

int span_end(const struct calendar *calendar, struct limit limit, int64_t from_ms, int64_t *out,
             struct walk *walk)
{
    return lay(calendar, limit, 1, from_ms, out, walk);
}

int span_shift(const struct calendar *calendar, struct limit limit, int sign, int64_t due_ms, int64_t *out,
               struct walk *walk)
{
    assert(sign == 1 || sign == -1);
    bool by_day = limit.measure == MEASURE_WORKING_DAYS && calendar->mode == MODE_END_OF_DAY;
    return lay(calendar, limit, sign, by_day ? due_ms - 1 : due_ms, out, walk);
}

int span_between(const struct calendar *calendar, enum measure measure, int64_t from_ms, int64_t to_ms,
                 int64_t *out_ms, struct walk *walk)
{
    if (measure_is_working(measure))
        return working_between(calendar, from_ms, to_ms, out_ms, walk);
    *out_ms = measure == MEASURE_NATURAL_DAYS
                  ? zone_local(calendar->zone, to_ms) - zone_local(calendar->zone, from_ms)
                  : to_ms - from_ms;
    return 0;
}

int span_add(const struct calendar *calendar, enum measure measure, int64_t from_ms, int64_t amount_ms,
             int64_t *out, struct walk *walk)
{
    if (measure_is_working(measure))
        return working_add(calendar, from_ms, amount_ms, out, walk);
    if (measure == MEASURE_NATURAL_DAYS)
        return add_local(calendar, from_ms, amount_ms, out, walk);
    return add_elapsed(from_ms, amount_ms, out, walk);
}
