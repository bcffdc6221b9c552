// Working time: elapsed time inside the slots of a calendar, added and measured.
//
// A year that is not loaded is gone through with the weekly slots and whatever exceptions are entered, and
// `walk.provisional` says so. No search is endless: ERROR_NO_WORKING_TIME when 400 days in a row are off.
// Instants outside 1900..2199 give ERROR_TIME_RANGE.
#pragma once

#include "core/calendar.h"

// What the arithmetic passed on its way. X(enumerator, name, Chinese)
#define WALK_NOTES(X)                                                                                        \
    X(ELAPSED, "elapsed", "连续计时")                  /* amount_ms of plain time */                         \
    X(NATURAL, "natural days", "自然日")               /* amount_ms of local time */                         \
    X(WORKED, "working time", "工作时间")              /* amount_ms of working time within one day */        \
    X(OFF, "days off", "非工作日")                     /* `days` without working time */                     \
    X(DAYS, "working days", "工作日")                  /* `days` counted whole */                            \
    X(STARTED, "start moved by rule", "起算顺延")      /* `days` = index of the start rule */                \
    X(PAUSED, "paused", "暂停")                        /* amount_ms that do not count */                     \
    X(EXTENDED, "extended", "延期")                    /* `days` = index of the extension */                 \
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
    int days;          // see the note
};

// Optional company of every calculation: what it touched, and a place to tell each step (for `explain`).
// Zero it before use. Every function takes NULL for "nobody asks".
struct walk {
    bool provisional; // a year that is not loaded was crossed
    int missing_year; // the first such year
    int told_year;    // internal: the last year reported by NOT_LOADED
    void (*step)(void *context, const struct walk_step *step);
    void *context;
};

// Hands a step to whoever asked; nothing when nobody did.
void walk_tell(struct walk *walk, struct walk_step step);

const char *walk_note_name(enum walk_note note);
const char *walk_note_zh(enum walk_note note);

// The first instant at or after `at_ms` inside a slot.
int working_next(const struct calendar *calendar, int64_t at_ms, int64_t *out, struct walk *walk)
    __attribute__((warn_unused_result));

// `at_ms` moved by the start rules, for a limit in working measures, or in natural days.
int working_start(const struct calendar *calendar, int64_t at_ms, bool natural, int64_t *out,
                  struct walk *walk) __attribute__((warn_unused_result));

// The instant at which `amount_ms` of working time have passed since `from_ms`: the earliest one, so that
// 8 h from 08:00 end at 18:00 and not at 08:00 of the next day. Negative amounts walk backwards, to the
// latest such instant. 0 is `from_ms` itself.
int working_add(const struct calendar *calendar, int64_t from_ms, int64_t amount_ms, int64_t *out,
                struct walk *walk) __attribute__((warn_unused_result));

// Working time between two instants, negative when `to_ms` is the earlier one.
int working_between(const struct calendar *calendar, int64_t from_ms, int64_t to_ms, int64_t *out_ms,
                    struct walk *walk) __attribute__((warn_unused_result));

// The same time of day on the nth working day after (n < 0: before) the local day of `from_ms`; 0 is
// `from_ms`.
int working_add_days(const struct calendar *calendar, int64_t from_ms, int days, int64_t *out,
                     struct walk *walk) __attribute__((warn_unused_result));

// The end of the last slot of the nth working day after (n < 0: before) `day`; 0 is `day` itself, which must
// then be a working day.
int working_day_end(const struct calendar *calendar, int32_t day, int days, int64_t *out, struct walk *walk)
    __attribute__((warn_unused_result));

// Working days times 24 h between two instants, a day off having no length: Friday 16:00 to Monday 09:00 are
// 17 h. The scale on which a pause moves due times that keep the time of day.
int working_days_between(const struct calendar *calendar, int64_t from_ms, int64_t to_ms, int64_t *out_ms,
                         struct walk *walk) __attribute__((warn_unused_result));

// `from_ms` moved forward on that scale, amount_ms >= 0.
int working_shift_days(const struct calendar *calendar, int64_t from_ms, int64_t amount_ms, int64_t *out,
                       struct walk *walk) __attribute__((warn_unused_result));
