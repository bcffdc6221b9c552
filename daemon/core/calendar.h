// The working days and hours of a city: zone, weekly slots, days that differ, and where a clock begins.
//
// A slot is written in local minutes and may end at 24:00; each end is the first instant at which the wall
// clock reaches it (zone_reached), so that 00:00-24:00 has 23 or 25 hours where the clocks change. A year
// that is not loaded is not a year without holidays. The arithmetic along a calendar is in core/working.h.
#pragma once

#include "core/localtime.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MINUTES_A_DAY = 1440, CALENDAR_MAX_SLOTS = 16 };
enum { CALENDAR_FIRST_DAY = -25567 /* 1900-01-01 */, CALENDAR_LAST_DAY = 84005 /* 2199-12-31 */ };

#define CALENDAR_FIRST_MS (CALENDAR_FIRST_DAY * INT64_C(86400000))
#define CALENDAR_LAST_MS  (CALENDAR_LAST_DAY * INT64_C(86400000))

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
    X(OFF, "off", "放假")         /* no slot at all */                                                       \
    X(WORK, "work", "调休上班")   /* the slots of another weekday */                                         \
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
    X(HOURS, "hours", "按工作时累计")                /* n × day_minutes of working time */                  \
    X(SAME_TIME, "same-time", "第N个工作日同一时刻") /* same time of day, n working days on */               \
    X(END_OF_DAY, "end-of-day", "第N个工作日下班")   /* end of the last slot of the nth working day after */

enum day_mode {
#define X(id, name, zh) MODE_##id,
    DAY_MODES(X)
#undef X
};

// X(enumerator, name, Chinese)
#define START_KINDS(X)                                                                                       \
    X(DAY_OFF, "day-off", "非工作日顺延") /* not a working day → the next working day */                   \
    X(FROM, "from", "该时刻及以后顺延")   /* at or after `minute` → the next working day */                \
    X(BEFORE, "before", "该时刻以前推迟") /* before `minute` → the same day */

enum start_kind {
#define X(id, name, zh) START_##id,
    START_KINDS(X)
#undef X
};

enum { START_KEEPS_TIME = -1 };

// Where a clock begins that is started at an awkward time. The rules move a day and a time of day; only what
// the last one gives is looked up on the clock. They are applied in written order, each to what the one
// before gave: Boston's are {DAY_OFF, keeps time}, {FROM 17:00, to 08:30}.
struct start_rule {
    enum start_kind kind;
    int minute;    // FROM, BEFORE
    int to_minute; // new time of day, or START_KEEPS_TIME
    bool natural;  // also for natural days; else only for working hours and days
};

struct calendar {
    const char *name;
    const struct zone *zone;
    struct slots week[8];            // by ISO weekday 1..7; [0] is unused
    const struct calendar_day *days; // ascending by day, each once
    size_t day_count;                //
    const int *years;                // the years whose holidays are known, ascending
    size_t year_count;               //
    bool every_year;                 // has no holidays, or needs none: `years` is not asked
    const struct start_rule *rules;  // in written order
    size_t rule_count;               //
    enum day_mode mode;              // of working days
    int day_minutes;                 // working minutes of one working day, as 480
    struct slot quiet;               // quiet hours, over midnight where it ends before it begins; 0-0: none
};

const char *day_mode_name(enum day_mode mode);

// 0, or ERROR_BAD_VALUE for slots or days out of order or out of range, ERROR_NO_WORKING_TIME without any
// slot in the week. A calendar must have passed before it is used below.
int calendar_check(const struct calendar *calendar) __attribute__((warn_unused_result));

bool calendar_has_year(const struct calendar *calendar, int year);

// Local day number of an instant.
int32_t calendar_day_number(const struct calendar *calendar, int64_t at_ms);

// The exception entered for a day, or NULL.
const struct calendar_day *calendar_exception(const struct calendar *calendar, int32_t day);

// The slots that count on a local day; count 0 on a day off.
struct slots calendar_slots(const struct calendar *calendar, int32_t day);

// The instant at which a minute 0..1440 of a local day is reached.
int64_t calendar_instant(const struct calendar *calendar, int32_t day, int minute);

bool calendar_is_working_day(const struct calendar *calendar, int32_t day);

// Inside a slot; its end is outside.
bool calendar_is_working_time(const struct calendar *calendar, int64_t at_ms);

// `at_ms`, or where it lies in quiet hours, the first instant at which the local clock reaches their end.
int64_t calendar_after_quiet(const struct calendar *calendar, int64_t at_ms);
