#include "core/working.h"

#include "base/civil.h"
#include "base/error.h"

#include <assert.h>

// How many days off in a row a search for working time passes before it gives up.
enum { IDLE_DAYS = 400 };

static const char *const notes[] = {
#define X(id, name, zh) name,
    WALK_NOTES(X)
#undef X
};
static const char *const notes_zh[] = {
#define X(id, name, zh) zh,
    WALK_NOTES(X)
#undef X
};

const char *walk_note_name(enum walk_note note)
{
    assert((size_t)note < sizeof notes / sizeof notes[0]);
    return notes[note];
}

const char *walk_note_zh(enum walk_note note)
{
    assert((size_t)note < sizeof notes_zh / sizeof notes_zh[0]);
    return notes_zh[note];
}

void walk_tell(struct walk *walk, struct walk_step step)
{
    if (walk && walk->step)
        walk->step(walk->context, &step);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

// A place in the calendar that moves day by day.
struct cursor {
    const struct calendar *calendar;
    struct walk *walk;
    int32_t day;
    int idle; // days off passed since the last working day
};

static void note_year(const struct cursor *cursor)
{
    struct walk *walk = cursor->walk;
    if (!walk || cursor->calendar->every_year)
        return;
    int year = civil_from_days(cursor->day).year;
    if (year == walk->told_year || calendar_has_year(cursor->calendar, year))
        return;
    if (!walk->provisional)
        walk->missing_year = year;
    walk->provisional = true;
    walk->told_year = year;
    int64_t at_ms = calendar_instant(cursor->calendar, cursor->day, 0);
    struct walk_step step = {.note = WALK_NOT_LOADED, .from_ms = at_ms, .to_ms = at_ms, .days = year};
    walk_tell(walk, step);
}

// Tells of the days off between the last working day and this one.
static void note_idle(struct cursor *cursor, int direction)
{
    if (cursor->idle > 0 && cursor->walk && cursor->walk->step) {
        struct walk_step step = {.note = WALK_OFF, .days = cursor->idle};
        step.from_ms =
            calendar_instant(cursor->calendar, cursor->day - direction * cursor->idle + (direction < 0), 0);
        step.to_ms = calendar_instant(cursor->calendar, cursor->day + (direction < 0), 0);
        walk_tell(cursor->walk, step);
    }
    cursor->idle = 0;
}

// The slots of the cursor's day, with everything that must be noticed on the way.
static int look(struct cursor *cursor, int direction, struct slots *slots)
{
    if (cursor->day < CALENDAR_FIRST_DAY || cursor->day > CALENDAR_LAST_DAY)
        return ERROR_TIME_RANGE;
    note_year(cursor);
    *slots = calendar_slots(cursor->calendar, cursor->day);
    if (slots->count > 0)
        note_idle(cursor, direction);
    else if (++cursor->idle > IDLE_DAYS)
        return ERROR_NO_WORKING_TIME;
    return 0;
}

static int cursor_at(struct cursor *cursor, const struct calendar *calendar, int64_t at_ms, struct walk *walk)
{
    if (at_ms < CALENDAR_FIRST_MS || at_ms > CALENDAR_LAST_MS)
        return ERROR_TIME_RANGE;
    *cursor =
        (struct cursor){.calendar = calendar, .walk = walk, .day = calendar_day_number(calendar, at_ms)};
    return 0;
}

// Working time of one day.
struct share {
    int64_t from_ms; // its first instant
    int64_t to_ms;   // its end
    int64_t worked_ms;
};

// At most `left_ms` of the day's working time in [from_ms, until_ms).
static struct share work_after(const struct cursor *cursor, struct slots slots, int64_t from_ms,
                               int64_t until_ms, int64_t left_ms)
{
    struct share share = {.from_ms = from_ms, .to_ms = from_ms};
    for (size_t i = 0; i < slots.count && left_ms > 0; i++) {
        int64_t from =
            later(calendar_instant(cursor->calendar, cursor->day, slots.items[i].from_minute), share.to_ms);
        int64_t to =
            earlier(calendar_instant(cursor->calendar, cursor->day, slots.items[i].to_minute), until_ms);
        if (to <= from)
            continue;
        if (share.worked_ms == 0)
            share.from_ms = from;
        int64_t taken = earlier(to - from, left_ms);
        share.to_ms = from + taken;
        share.worked_ms += taken;
        left_ms -= taken;
    }
    return share;
}

// The same from `to_ms` backwards.
static struct share work_before(const struct cursor *cursor, struct slots slots, int64_t to_ms,
                                int64_t left_ms)
{
    struct share share = {.from_ms = to_ms, .to_ms = to_ms};
    for (size_t i = slots.count; i > 0 && left_ms > 0; i--) {
        int64_t from = calendar_instant(cursor->calendar, cursor->day, slots.items[i - 1].from_minute);
        int64_t to = earlier(calendar_instant(cursor->calendar, cursor->day, slots.items[i - 1].to_minute),
                             share.from_ms);
        if (to <= from)
            continue;
        if (share.worked_ms == 0)
            share.to_ms = to;
        int64_t taken = earlier(to - from, left_ms);
        share.from_ms = to - taken;
        share.worked_ms += taken;
        left_ms -= taken;
    }
    return share;
}

static void note_work(const struct cursor *cursor, struct share share, int direction)
{
    if (share.worked_ms == 0)
        return;
    struct walk_step step = {
        .note = WALK_WORKED,
        .from_ms = direction < 0 ? share.to_ms : share.from_ms,
        .to_ms = direction < 0 ? share.from_ms : share.to_ms,
        .amount_ms = direction * share.worked_ms,
    };
    walk_tell(cursor->walk, step);
}

int working_next(const struct calendar *calendar, int64_t at_ms, int64_t *out, struct walk *walk)
{
    struct cursor cursor;
    int e = cursor_at(&cursor, calendar, at_ms, walk);
    for (; !e; cursor.day++) {
        struct slots slots;
        e = look(&cursor, 1, &slots);
        if (e)
            break;
        struct share share = work_after(&cursor, slots, at_ms, INT64_MAX, 1);
        if (share.worked_ms > 0) {
            *out = share.from_ms;
            return 0;
        }
    }
    return e;
}

static int add_forward(struct cursor *cursor, int64_t from_ms, int64_t left_ms, int64_t *out)
{
    for (int64_t at_ms = from_ms;; cursor->day++) {
        struct slots slots;
        int e = look(cursor, 1, &slots);
        if (e)
            return e;
        struct share share = work_after(cursor, slots, at_ms, INT64_MAX, left_ms);
        note_work(cursor, share, 1);
        left_ms -= share.worked_ms;
        at_ms = share.to_ms;
        if (left_ms == 0) {
            *out = at_ms;
            return 0;
        }
    }
}

static int add_backward(struct cursor *cursor, int64_t from_ms, int64_t left_ms, int64_t *out)
{
    // Clocks set back over midnight: the next day's slots may have begun before this date was shown again.
    if (calendar_instant(cursor->calendar, cursor->day + 1, 0) < from_ms)
        cursor->day++;
    for (int64_t at_ms = from_ms;; cursor->day--) {
        struct slots slots;
        int e = look(cursor, -1, &slots);
        if (e)
            return e;
        struct share share = work_before(cursor, slots, at_ms, left_ms);
        note_work(cursor, share, -1);
        left_ms -= share.worked_ms;
        at_ms = share.from_ms;
        if (left_ms == 0) {
            *out = at_ms;
            return 0;
        }
    }
}

int working_add(const struct calendar *calendar, int64_t from_ms, int64_t amount_ms, int64_t *out,
                struct walk *walk)
{
    struct cursor cursor;
    int e = cursor_at(&cursor, calendar, from_ms, walk);
    if (e)
        return e;
    if (amount_ms == 0) {
        *out = from_ms;
        return 0;
    }
    return amount_ms > 0 ? add_forward(&cursor, from_ms, amount_ms, out)
                         : add_backward(&cursor, from_ms, -amount_ms, out);
}

int working_between(const struct calendar *calendar, int64_t from_ms, int64_t to_ms, int64_t *out_ms,
                    struct walk *walk)
{
    int sign = from_ms <= to_ms ? 1 : -1;
    int64_t at_ms = earlier(from_ms, to_ms), end_ms = later(from_ms, to_ms), total = 0;
    struct cursor cursor;
    int e = cursor_at(&cursor, calendar, at_ms, walk);
    if (!e && end_ms > CALENDAR_LAST_MS)
        e = ERROR_TIME_RANGE;
    for (; !e && calendar_instant(calendar, cursor.day, 0) < end_ms; cursor.day++) {
        note_year(&cursor);
        struct slots slots = calendar_slots(calendar, cursor.day);
        struct share share = work_after(&cursor, slots, at_ms, end_ms, INT64_MAX);
        total += share.worked_ms;
        at_ms = share.to_ms;
    }
    *out_ms = sign * total;
    return e;
}

// Moves the cursor `days` working days on; negative backwards.
static int step_days(struct cursor *cursor, int days)
{
    int direction = days < 0 ? -1 : 1;
    for (int left = direction * days; left > 0;) {
        cursor->day += direction;
        struct slots slots;
        int e = look(cursor, direction, &slots);
        if (e)
            return e;
        left -= slots.count > 0;
    }
    return 0;
}

static void note_days(const struct cursor *cursor, int64_t from_ms, int64_t to_ms, int days)
{
    struct walk_step step = {.note = WALK_DAYS, .from_ms = from_ms, .to_ms = to_ms, .days = days};
    walk_tell(cursor->walk, step);
}

static int64_t time_of_day(const struct calendar *calendar, int64_t at_ms)
{
    int64_t local_ms = zone_local(calendar->zone, at_ms);
    return local_ms - floor_div(local_ms, DAY_MS) * DAY_MS;
}

static int64_t at_time(const struct calendar *calendar, int32_t day, int64_t time_ms)
{
    return zone_utc(calendar->zone, day * DAY_MS + time_ms);
}

int working_add_days(const struct calendar *calendar, int64_t from_ms, int days, int64_t *out,
                     struct walk *walk)
{
    struct cursor cursor;
    int e = cursor_at(&cursor, calendar, from_ms, walk);
    if (!e)
        e = step_days(&cursor, days);
    if (e)
        return e;
    *out = days == 0 ? from_ms : at_time(calendar, cursor.day, time_of_day(calendar, from_ms));
    note_days(&cursor, from_ms, *out, days);
    return 0;
}

int working_day_end(const struct calendar *calendar, int32_t day, int days, int64_t *out, struct walk *walk)
{
    struct cursor cursor;
    int64_t from_ms = calendar_instant(calendar, day, 0);
    int e = cursor_at(&cursor, calendar, from_ms, walk);
    if (e)
        return e;
    cursor.day = day;
    e = step_days(&cursor, days);
    if (e)
        return e;
    struct slots slots = calendar_slots(calendar, cursor.day);
    assert(slots.count > 0);
    *out = calendar_instant(calendar, cursor.day, slots.items[slots.count - 1].to_minute);
    note_days(&cursor, from_ms, *out, days);
    return 0;
}

int working_days_between(const struct calendar *calendar, int64_t from_ms, int64_t to_ms, int64_t *out_ms,
                         struct walk *walk)
{
    if (from_ms > to_ms) {
        int e = working_days_between(calendar, to_ms, from_ms, out_ms, walk);
        *out_ms = -*out_ms;
        return e;
    }
    struct cursor cursor, end;
    *out_ms = 0;
    int e = cursor_at(&cursor, calendar, from_ms, walk);
    if (!e)
        e = cursor_at(&end, calendar, to_ms, walk);
    if (e)
        return e;
    if (calendar_is_working_day(calendar, cursor.day))
        *out_ms -= time_of_day(calendar, from_ms);
    for (; cursor.day < end.day; cursor.day++) {
        note_year(&cursor);
        *out_ms += calendar_is_working_day(calendar, cursor.day) ? DAY_MS : 0;
    }
    note_year(&end);
    if (calendar_is_working_day(calendar, end.day))
        *out_ms += time_of_day(calendar, to_ms);
    return 0;
}

int working_shift_days(const struct calendar *calendar, int64_t from_ms, int64_t amount_ms, int64_t *out,
                       struct walk *walk)
{
    assert(amount_ms >= 0);
    struct cursor cursor;
    int e = cursor_at(&cursor, calendar, from_ms, walk);
    if (e)
        return e;
    note_year(&cursor);
    *out = from_ms;
    if (amount_ms == 0)
        return 0;
    // A day off has no length on this scale: whatever its time, the next working day's midnight follows.
    int64_t time_ms = time_of_day(calendar, from_ms);
    if (!calendar_is_working_day(calendar, cursor.day)) {
        time_ms = 0;
        e = step_days(&cursor, 1);
    }
    if (!e)
        e = step_days(&cursor, (int)((time_ms + amount_ms) / DAY_MS));
    if (!e)
        *out = at_time(calendar, cursor.day, (time_ms + amount_ms) % DAY_MS);
    return e;
}

// Applies one rule to a local day and time of day.
static int apply_rule(struct cursor *cursor, const struct start_rule *rule, int64_t *time_ms, bool *moved)
{
    bool working = calendar_is_working_day(cursor->calendar, cursor->day);
    if (rule->kind == START_DAY_OFF)
        note_year(cursor);
    *moved = rule->kind == START_DAY_OFF ? !working
             : rule->kind == START_FROM  ? *time_ms >= rule->minute * MINUTE_MS
                                         : *time_ms < rule->minute * MINUTE_MS;
    if (!*moved)
        return 0;
    if (rule->to_minute != START_KEEPS_TIME)
        *time_ms = rule->to_minute * MINUTE_MS;
    return rule->kind == START_BEFORE ? 0 : step_days(cursor, 1);
}

int working_start(const struct calendar *calendar, int64_t at_ms, bool natural, int64_t *out,
                  struct walk *walk)
{
    struct cursor cursor;
    int e = cursor_at(&cursor, calendar, at_ms, walk);
    *out = at_ms;
    int64_t time_ms = time_of_day(calendar, at_ms);
    for (size_t i = 0; !e && i < calendar->rule_count; i++) {
        const struct start_rule *rule = &calendar->rules[i];
        bool moved = false;
        if (natural && !rule->natural)
            continue;
        e = apply_rule(&cursor, rule, &time_ms, &moved);
        if (e || !moved)
            continue;
        struct walk_step step = {.note = WALK_STARTED, .from_ms = *out, .days = (int)i};
        step.to_ms = *out = at_time(calendar, cursor.day, time_ms);
        walk_tell(walk, step);
    }
    return e;
}
