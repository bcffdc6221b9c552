// A clock 计时: a limit that runs, as a ledger of what happened to it. The due time is a pure function of the
// ledger and the calendar, so a changed limit keeps the pauses, and `explain` can show every step.
//
// Order of the calculation: start rules, limit (extensions in its own measure counted into it), the other
// extensions one by one, pauses in order of time. A pause counts from its
// begin (or the start) to its end, in the limit's own measure, and only when it begins before the due time
// that holds then. Days that keep the time of day move by whole days and time of day; end-of-day moves by
// whole working days, all pauses together, a part counting as one. An open pause that begins after the due
// time leaves it and the rungs before the pause as they are. Ownership: the arrays belong to the arena that
// the case was read into; the functions below that grow them take that arena.
#pragma once

#include "core/ladder.h"
#include "core/limit.h"
#include "core/stage.h"
#include "core/working.h"

// X(enumerator, value as stored, name, Chinese). In time or late is stopped_ms against due_ms.
#define CLOCK_STOPS(X)                                                                                       \
    X(MET, 1, "met", "完成")                                                                                 \
    X(CANCELLED, 2, "cancelled", "撤销")                                                                     \
    X(REPLACED, 3, "replaced", "另起计时")                                                                   \
    X(DECLINED, 4, "declined", "退单")                                                                       \
    X(EXCUSED, 5, "excused", "撤派")                                                                         \
    X(HANDED_UP, 6, "handed_up", "已提级")                                                                   \
    X(MERGED, 7, "merged", "并案")

enum clock_stop {
    STOP_NONE = 0,
#define X(id, value, name, zh) STOP_##id = value,
    CLOCK_STOPS(X)
#undef X
};

#define CLOCK_NEVER INT64_MAX

enum { CLOCK_MAX_PAUSES = 64, CLOCK_MAX_EXTENSIONS = 16 };

struct clock_pause {
    int64_t from_ms;
    int64_t to_ms;      // 0 = still; only the last one
    int64_t until_ms;   // where it ends by itself; 0 = somebody has to resume it
    const char *reason; // code of the rulebook
};

struct clock_extension {
    struct limit limit; // added to the clock's own
    int64_t at_ms;      // when it was granted; no part in the calculation
    const char *reason; // code of the rulebook
};

// A rung as the case was given it; a new rulebook does not change it.
struct clock_rung {
    uint32_t id;      // unique in the clock, 1.., in order of firing when it was scheduled
    uint32_t turn;    // 0, then 1.. for repetitions
    int64_t at_ms;    // CLOCK_NEVER while the clock is paused
    int64_t fired_ms; // 0 = not yet
    struct rung rung; // what to do, copied
};

struct clock {
    uint32_t id;                // unique in the case
    enum stage stage;           //
    uint32_t summons;           // id within the case; 0 = the case itself
    const char *unit;           // who is on the clock
    struct limit limit;         //
    const char *calendar;       // name
    const char *ladder;         // code, or NULL
    const char *why;            // rule or ladder that gave it
    int64_t start_ms;           // as it happened, before start rules
    int64_t due_ms;             // CLOCK_NEVER while paused
    bool provisional;           // due_ms or promise_ms crosses a year that is not loaded
    int64_t stopped_ms;         // 0 = running or paused
    enum clock_stop stop;       //
    struct clock_pause *pauses; // ascending, not overlapping
    size_t pause_count;
    struct clock_extension *extensions;
    size_t extension_count;
    struct clock_rung *rungs; // see ladder_schedule
    size_t rung_count;
    const char *step;   // of a resolve limit with steps: which this one is; NULL without
    struct step *steps; // those that follow
    size_t step_count;
    int64_t promise_ms; // with steps that follow: the end of the last, if each takes its whole limit; else 0
    uint32_t multiple;  // how often its limit had passed when that was last looked at, see clock_multiple
    const char *exempt; // an appeal was granted for this reason: late is not counted against the unit
    int64_t taken_over_ms; // 承接: the unit took it over then, and what was held before is not counted
                           // against it; 0: it was its own from the start
    int64_t own_due_ms;    // due_ms as if it had begun then; 0: due_ms
};

// Names are stable; never NULL ("" for none).
const char *clock_stop_name(enum clock_stop stop);
const char *clock_stop_zh(enum clock_stop stop);

// The due time, CLOCK_NEVER while a pause is open. `walk` (may be NULL) collects `provisional` and is told
// each step. Of the clock only limit, start, pauses and extensions are read. ERROR_BAD_VALUE for a limit that
// is none or, with its extensions, too long; ERROR_TIME_RANGE, ERROR_NO_WORKING_TIME.
int clock_due(const struct clock *clock, const struct calendar *calendar, int64_t *due_ms, struct walk *walk)
    __attribute__((warn_unused_result));

// The instant at which `per_mille` of the measure's own time between start and due has passed, pauses left
// out: 0 is the start, 1000 the due time, 2000 one more whole limit. Where a due time that keeps the time of
// day leaves no working time at all, elapsed time is shared instead.
int clock_share(const struct clock *clock, const struct calendar *calendar, int per_mille, int64_t *at_ms)
    __attribute__((warn_unused_result));

// When a rung is to fire, by its own terms, pauses left out; CLOCK_NEVER while paused. `after_start` counts
// from where the start rules put the start. The first turn is not before start_ms, as it happened; each later
// one is `every` after the one before; for each, `in_hours` and the quiet hours come last.
int clock_rung_time(const struct clock *clock, const struct calendar *calendar, const struct rung *rung,
                    uint32_t turn, int64_t *at_ms) __attribute__((warn_unused_result));

// What is left of the measure's own time at `now_ms`, negative when overdue. A paused clock has what it had
// when the pause began.
int clock_remaining(const struct clock *clock, const struct calendar *calendar, int64_t now_ms,
                    int64_t *left_ms) __attribute__((warn_unused_result));

// How often the limit has passed at `at_ms`: 0 in time, 1 overdue, 2 when twice the measure's own time has
// run, and so on (超期倍数).
int clock_multiple(const struct clock *clock, const struct calendar *calendar, int64_t at_ms,
                   uint32_t *multiple) __attribute__((warn_unused_result));

// Computes due_ms, promise_ms, provisional, and the time of each rung that has not fired. After every change
// of the ledger: limit, pause, resume, extension, or a year that was loaded. On an error the clock is
// unchanged.
int clock_reschedule(struct clock *clock, const struct calendar *calendar)
    __attribute__((warn_unused_result));

bool clock_is_running(const struct clock *clock); // neither stopped nor paused
bool clock_is_paused(const struct clock *clock);

// Past its due time, when it stopped or now.
bool clock_is_overdue(const struct clock *clock, int64_t now_ms);

// Firing order: time, rung id, turn.
bool clock_rung_precedes(const struct clock_rung *a, const struct clock_rung *b);

// The earliest unfired rung's time; CLOCK_NEVER when stopped, paused, or none is left.
int64_t clock_next_rung(const struct clock *clock);

// When something is to happen to it next: a rung, or the planned end of its pause. CLOCK_NEVER for nothing.
int64_t clock_next(const struct clock *clock);

// The rung to fire first among those due at `now_ms`, or NULL.
struct clock_rung *clock_ripe_rung(struct clock *clock, int64_t now_ms);

// Changes of the ledger; clock_reschedule is due after each. ERROR_ILLEGAL_MOVE when stopped, paused already,
// or not paused, or at a time before the last pause's end; ERROR_TOO_MANY; ERROR_NO_MEMORY. Texts are not
// copied.
int clock_pause(struct arena *arena, struct clock *clock, struct clock_pause pause)
    __attribute__((warn_unused_result));
int clock_resume(struct clock *clock, int64_t to_ms) __attribute__((warn_unused_result));
int clock_extend(struct arena *arena, struct clock *clock, struct limit limit, int64_t at_ms,
                 const char *reason) __attribute__((warn_unused_result));

// Stops a clock that has not stopped; an open pause ends with it (then clock_reschedule gives the due time
// again).
void clock_stop(struct clock *clock, enum clock_stop stop, int64_t at_ms);
