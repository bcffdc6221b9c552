// The working time of a city: zone, weekly slots, days that differ, and the arithmetic along them.
//
// Working time is elapsed time inside slots. A slot is written in local minutes and may end at 24:00; its ends
// become instants by zone_utc, so a 00:00-24:00 slot has 23 or 25 hours where the clocks change.
// A year that is not loaded is not a year without holidays: the arithmetic goes on with the weekly slots and
// says so in `walk.provisional`. No search is endless: NO_WORKING_TIME when 400 days hold no slot.
// Instants outside 1900..2199 give ERROR_TIME_RANGE.
#pragma once

#include "core/localtime.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MINUTES_A_DAY = 1440, CALENDAR_MAX_SLOTS = 16 };

struct slot {
    int from_minute; // of the local day
    int to_minute;   // after from_minute, at most MINUTES_A_DAY
};

struct slots {
    const struct slot *items; // ascending, not overlapping; not owned
    size_t count;             // 0 = no working day
};

// X(enumerator, name, Chinese)
#define DAY_KINDS(X)                                                                                         \
    X(OFF, "off", "放假") /* no slot at all */                                                               \
    X(WORK, "work", "调休上班") /* the slots of another weekday */                                           \
    X(SLOTS, "slots", "特别时段") /* slots of its own */

enum day_kind {
#define X(id, name, zh) DAY_##id,
    DAY_KINDS(X)
#undef X
};

struct calendar_day {
    int32_t day;        // local day number (base/civil.h)
    enum day_kind kind; //
    int like;           // DAY_WORK: ISO weekday whose slots count; 0 = Monday
    struct slots slots; // DAY_SLOTS
    const char *name;   // "春节", or NULL
};

// How n working days are counted. X(enumerator, name, Chinese)
#define DAY_MODES(X)                                                                                         \
    X(HOURS, "hours", "按工作时累计") /* n × day_minutes of working time */                                  \
    X(SAME_TIME, "same-time", "第N个工作日同一时刻") /* same time of day, n working days on */               \
    X(END_OF_DAY, "end-of-day", "第N个工作日下班") /* end of the last slot of the nth working day after */

enum day_mode {
#define X(id, name, zh) MODE_##id,
    DAY_MODES(X)
#undef X
};

// X(enumerator, name, Chinese)
#define START_KINDS(X)                                                                                       \
    X(DAY_OFF, "day-off", "非工作日顺延") /* not a working day → the next working day */                     \
    X(FROM, "from", "该时刻及以后顺延") /* at or after `minute` → the next working day */                    \
    X(BEFORE, "before", "该时刻以前推迟") /* before `minute` → the same day */

enum start_kind {
#define X(id, name, zh) START_##id,
    START_KINDS(X)
#undef X
};

enum { START_KEEPS_TIME = -1 };

// Where a clock begins that is started at an awkward time. The rules of a calendar are applied in written
// order, each to what the one before gave: Boston's are {DAY_OFF, keeps time}, {FROM 17:00, to 08:30}.
struct start_rule {
    enum start_kind kind;
    int minute;    // FROM, BEFORE
    int to_minute; // new time of day, or START_KEEPS_TIME
    bool natural;  // also for natural days; else only for working hours and days
};

struct calendar {
    const char *name;
    const struct zone *zone;
    struct slots week[8];             // by ISO weekday 1..7; [0] is unused
    const struct calendar_day *days;  // ascending by day, each once
    size_t day_count;                 //
    const int *years;                 // the years whose holidays are known, ascending
    size_t year_count;                //
    bool every_year;                  // has no holidays, or needs none: `years` is not asked
    const struct start_rule *rules;   // in written order
    size_t rule_count;                //
    enum day_mode mode;               // of working days
    int day_minutes;                  // working minutes of one working day, as 480
};

// What the arithmetic passed on its way. X(enumerator, name, Chinese)
#define WALK_NOTES(X)                                                                                        \
    X(ELAPSED, "elapsed", "连续计时") /* amount_ms of plain time */                                          \
    X(NATURAL, "natural days", "自然日") /* amount_ms of local time */                                       \
    X(WORKED, "working time", "工作时间") /* amount_ms of working time within one day */                     \
    X(OFF, "days off", "非工作日") /* `days` without working time */                                         \
    X(DAYS, "working days", "工作日") /* `days` counted whole */                                             \
    X(STARTED, "start moved by rule", "起算顺延") /* `days` = index of the start rule */                     \
    X(PAUSED, "paused", "暂停") /* amount_ms that do not count */                                            \
    X(EXTENDED, "extended", "延期") /* `days` = index of the extension */                                    \
    X(NOT_LOADED, "year not loaded", "该年日历未载入") /* `days` = year */

enum walk_note {
#define X(id, name, zh) WALK_##id,
    WALK_NOTES(X)
#undef X
};

struct walk_step {
    enum walk_note note;
    int64_t from_ms;
    int64_t to_ms;
    int64_t amount_ms; // negative when walked backwards
    int days;
};

// Optional company of every calculation: what it touched, and a place to tell each step (for `explain`).
// Zero it before use. Every function takes NULL for "nobody asks".
struct walk {
    bool provisional;  // a year that is not loaded was crossed
    int missing_year;  // the first such year
    int told_year;     // internal: the last year reported by NOT_LOADED
    void (*step)(void *context, const struct walk_step *step);
    void *context;
};

const char *walk_note_name(enum walk_note note);
const char *walk_note_zh(enum walk_note note);
const char *day_mode_name(enum day_mode mode);

// 0, or ERROR_BAD_VALUE for slots or days out of order or out of range, ERROR_NO_WORKING_TIME without any slot
// in the week. A calendar must have passed before it is used below.
int calendar_check(const struct calendar *calendar) __attribute__((warn_unused_result));

bool calendar_has_year(const struct calendar *calendar, int year);

// Local day number of an instant.
int32_t calendar_day_number(const struct calendar *calendar, int64_t at_ms);

// The exception entered for a day, or NULL.
const struct calendar_day *calendar_exception(const struct calendar *calendar, int32_t day);

// The slots that count on a local day; count 0 on a day off.
struct slots calendar_slots(const struct calendar *calendar, int32_t day);

bool calendar_is_working_day(const struct calendar *calendar, int32_t day);

// Inside a slot; its end is outside.
bool calendar_is_working_time(const struct calendar *calendar, int64_t at_ms);

// The first instant at or after `at_ms` inside a slot.
int calendar_next_working(const struct calendar *calendar, int64_t at_ms, int64_t *out, struct walk *walk)
    __attribute__((warn_unused_result));

// `at_ms` moved by the start rules, for a limit in working measures, or in natural days.
int calendar_start(const struct calendar *calendar, int64_t at_ms, bool natural, int64_t *out,
                   struct walk *walk) __attribute__((warn_unused_result));

// The instant at which `amount_ms` of working time have passed since `from_ms`: the earliest one, so that
// 8 h from 08:00 end at 18:00 and not at 08:00 of the next day. Negative amounts walk backwards, to the latest
// such instant. 0 is `from_ms` itself.
int calendar_add_time(const struct calendar *calendar, int64_t from_ms, int64_t amount_ms, int64_t *out,
                      struct walk *walk) __attribute__((warn_unused_result));

// Working time between two instants, negative when `to_ms` is the earlier one.
int calendar_between(const struct calendar *calendar, int64_t from_ms, int64_t to_ms, int64_t *out_ms,
                     struct walk *walk) __attribute__((warn_unused_result));

// The same time of day on the nth working day after (n < 0: before) the local day of `from_ms`; 0 is `from_ms`.
int calendar_add_days(const struct calendar *calendar, int64_t from_ms, int days, int64_t *out,
                      struct walk *walk) __attribute__((warn_unused_result));

// The end of the last slot of the nth working day after (n < 0: before) `day`; 0 is `day` itself, which must
// then be a working day.
int calendar_day_end(const struct calendar *calendar, int32_t day, int days, int64_t *out, struct walk *walk)
    __attribute__((warn_unused_result));

// Working days times 24 h between two instants, a day off having no length: Friday 16:00 to Monday 09:00 are
// 17 h. The scale on which a pause moves due times that keep the time of day.
int calendar_days_between(const struct calendar *calendar, int64_t from_ms, int64_t to_ms, int64_t *out_ms,
                          struct walk *walk) __attribute__((warn_unused_result));

// `from_ms` moved forward on that scale, amount_ms >= 0.
int calendar_shift_days(const struct calendar *calendar, int64_t from_ms, int64_t amount_ms, int64_t *out,
                        struct walk *walk) __attribute__((warn_unused_result));
