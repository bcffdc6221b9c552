// A limit 时限: how much time is permitted, in which measure, and how people write it.
//
// Amounts count in 1/60000 of the measure's unit, so that a minute (1/60 h), a half and three decimals are
// all whole numbers: 1 working day = 60000, 15 minutes = 15000 of emergency-hours, 0.001 = 60.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// X(enumerator, value as stored, name, Chinese)
#define MEASURES(X)                                                                                          \
    X(EMERGENCY_HOURS, 1, "emergency-hours", "紧急工作时") /* elapsed hours, nights and holidays too */      \
    X(EMERGENCY_DAYS, 2, "emergency-days", "紧急工作日")   /* elapsed 24 h */                                \
    X(WORKING_HOURS, 3, "working-hours", "工作时")         /* hours inside slots */                          \
    X(WORKING_DAYS, 4, "working-days", "工作日")           /* by the calendar's day mode */                  \
    X(NATURAL_DAYS, 5, "natural-days", "自然日")           /* same local time, n days on, across DST too */

enum measure {
    MEASURE_NONE = 0,
#define X(id, value, name, zh) MEASURE_##id = value,
    MEASURES(X)
#undef X
};

enum {
    LIMIT_UNIT = 60000,    // one hour or one day
    LIMIT_MINUTE = 1000,   // one minute, of a measure in hours
    LIMIT_MAX_DAYS = 3660, // longer limits are taken for mistakes
    LIMIT_TEXT = 48,       // bytes that hold any limit as text
};

struct limit {
    enum measure measure; // MEASURE_NONE = there is no limit
    int64_t amount;       // in 1/LIMIT_UNIT
};

// What a bare 天 or 小时 means in a rulebook; MEASURE_NONE (or no struct at all) makes it an error.
struct limit_words {
    enum measure plain_day;
    enum measure plain_hour;
};

// Stable name and Chinese name; "" for MEASURE_NONE. Never NULL.
const char *measure_name(enum measure measure);
const char *measure_zh(enum measure measure);

// By stable name; MEASURE_NONE where it is unknown.
enum measure measure_from_name(const char *name);

// Counted along the slots of a calendar.
bool measure_is_working(enum measure measure);
bool measure_is_days(enum measure measure);

// `count` whole units.
struct limit limit_of(enum measure measure, int64_t count);
struct limit limit_minutes(int64_t minutes);

// True for a known measure and an amount above 0 and not above LIMIT_MAX_DAYS, and for "at once".
bool limit_is_valid(struct limit limit);

// No time at all: what is due as it is opened, as 11 types of Baltimore 311 are (222 of 10,000 rows).
bool limit_is_at_once(struct limit limit);

bool limit_same(struct limit a, struct limit b);

// Milliseconds of the limit where a day has `day_minutes` (1440 for emergency and natural days).
int64_t limit_ms(struct limit limit, int day_minutes);

// Reads a limit as people write it: "2 emergency-hours", "1.5 working days", "2紧急工作日", "3个工作日",
// "30分钟", "15 minutes", "at once", 立即, full-width digits, any spaces. The whole text must be the limit.
// ERROR_MISSING empty · ERROR_MALFORMED no number in front, unknown words, anything behind (1紧急工作时制止)
// · ERROR_AMBIGUOUS a bare day or hour that `words` (may be NULL) does not settle · ERROR_BAD_VALUE 0,
// negative, too large, or more than three decimals.
int limit_parse(const char *text, const struct limit_words *words, struct limit *out)
    __attribute__((warn_unused_result));

// "2 working-days", "15 minutes"; "2工作日", "15分钟". limit_parse reads it back. Returns `text`, or a
// constant.
const char *limit_format(struct limit limit, char text[LIMIT_TEXT]);
const char *limit_format_zh(struct limit limit, char text[LIMIT_TEXT]);
