#include "core/clock.h"

#include "base/civil.h"
#include "base/error.h"
#include "core/span.h"

#include <assert.h>
#include <string.h>

struct text {
    const char *name, *zh;
};

static const struct text stops[] = {[STOP_NONE] = {"", ""},
#define X(id, value, name, zh) [value] = {name, zh},
                                    CLOCK_STOPS(X)
#undef X
};

enum { STOP_COUNT = sizeof stops / sizeof stops[0] };

const char *clock_stop_name(enum clock_stop stop)
{
    assert((size_t)stop < STOP_COUNT);
    return stops[stop].name;
}

const char *clock_stop_zh(enum clock_stop stop)
{
    assert((size_t)stop < STOP_COUNT);
    return stops[stop].zh;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

// A calculation over one ledger. `open_end_ms` is where a pause that is still open is taken to end; 0 =
// never.
struct sum {
    const struct clock *clock;
    const struct calendar *calendar;
    struct walk *walk;
    int64_t open_end_ms;
};

// The next pause from index `*i` on of which something lies between `from_ms` and `until_ms`, its begin cut
// to `from_ms`; one without an end has CLOCK_NEVER there.
static bool next_pause(const struct sum *sum, size_t *i, int64_t from_ms, int64_t until_ms,
                       struct clock_pause *part)
{
    while (*i < sum->clock->pause_count) {
        *part = sum->clock->pauses[(*i)++];
        if (part->to_ms == 0)
            part->to_ms = sum->open_end_ms ? sum->open_end_ms : CLOCK_NEVER;
        part->from_ms = later(part->from_ms, from_ms);
        if (part->to_ms > part->from_ms)
            return part->from_ms < until_ms;
    }
    return false;
}

static int measure_pause(const struct sum *sum, enum measure measure, bool by_days,
                         const struct clock_pause *part, int64_t *length_ms)
{
    int e = by_days ? working_days_between(sum->calendar, part->from_ms, part->to_ms, length_ms, NULL)
                    : span_between(sum->calendar, measure, part->from_ms, part->to_ms, length_ms, NULL);
    struct walk_step step = {.note = WALK_PAUSED, .from_ms = part->from_ms, .to_ms = part->to_ms};
    step.amount_ms = *length_ms;
    if (!e)
        walk_tell(sum->walk, step);
    return e;
}

// Moves `*at_ms` behind the pauses that begin between `from_ms` and it, as they come. `by_days` keeps the
// time of day: on the scale of whole working days; else it goes by the measure's own time.
static int pass_pauses(const struct sum *sum, enum measure measure, bool by_days, int64_t from_ms,
                       int64_t *at_ms)
{
    struct clock_pause part;
    for (size_t i = 0; next_pause(sum, &i, from_ms, *at_ms, &part);) {
        if (part.to_ms == CLOCK_NEVER) {
            *at_ms = CLOCK_NEVER;
            break;
        }
        int64_t length_ms;
        int e = measure_pause(sum, measure, by_days, &part, &length_ms);
        if (!e)
            e = by_days ? working_shift_days(sum->calendar, *at_ms, length_ms, at_ms, sum->walk)
                        : span_add(sum->calendar, measure, *at_ms, length_ms, at_ms, sum->walk);
        if (e)
            return e;
    }
    return 0;
}

// The same for a due time at the end of a day: all pauses together, a part of a day counting as a whole one.
static int pass_pauses_to_day_end(const struct sum *sum, int64_t from_ms, int64_t *at_ms)
{
    int64_t due_ms = *at_ms, total_ms = 0;
    struct clock_pause part;
    for (size_t i = 0; next_pause(sum, &i, from_ms, *at_ms, &part);) {
        if (part.to_ms == CLOCK_NEVER) {
            *at_ms = CLOCK_NEVER;
            break;
        }
        int64_t length_ms;
        int e = measure_pause(sum, MEASURE_WORKING_DAYS, true, &part, &length_ms);
        total_ms += length_ms;
        int64_t days = (total_ms + DAY_MS - 1) / DAY_MS;
        if (!e && days > 0)
            e = span_shift(sum->calendar, limit_of(MEASURE_WORKING_DAYS, days), 1, due_ms, at_ms, sum->walk);
        if (e)
            return e;
    }
    return 0;
}

// The same backwards: an instant before a pause that `*at_ms`, counted back from `until_ms`, would fall
// behind.
static int pass_pauses_back(const struct sum *sum, enum measure measure, int64_t until_ms, int64_t *at_ms)
{
    for (size_t i = sum->clock->pause_count; i > 0; i--) {
        const struct clock_pause *pause = &sum->clock->pauses[i - 1];
        if (pause->to_ms == 0 || pause->from_ms >= until_ms)
            continue;
        if (pause->to_ms <= *at_ms)
            break;
        int64_t length_ms, to_ms = earlier(pause->to_ms, until_ms);
        int e = span_between(sum->calendar, measure, pause->from_ms, to_ms, &length_ms, NULL);
        if (!e)
            e = span_add(sum->calendar, measure, *at_ms, -length_ms, at_ms, NULL);
        if (e)
            return e;
    }
    return 0;
}

// Time between two instants that is not paused; negative when `to_ms` is the earlier one.
static int running_between(const struct sum *sum, enum measure measure, int64_t from_ms, int64_t to_ms,
                           int64_t *out_ms)
{
    if (from_ms > to_ms) {
        int e = running_between(sum, measure, to_ms, from_ms, out_ms);
        *out_ms = -*out_ms;
        return e;
    }
    int e = span_between(sum->calendar, measure, from_ms, to_ms, out_ms, NULL);
    struct clock_pause part;
    for (size_t i = 0; !e && next_pause(sum, &i, from_ms, to_ms, &part);) {
        int64_t length_ms;
        e = span_between(sum->calendar, measure, part.from_ms, earlier(part.to_ms, to_ms), &length_ms, NULL);
        *out_ms -= length_ms;
    }
    return e;
}

static int effective_start(const struct sum *sum, int64_t *start_ms)
{
    const struct clock *clock = sum->clock;
    bool natural = clock->limit.measure == MEASURE_NATURAL_DAYS;
    *start_ms = clock->start_ms;
    if (!natural && !measure_is_working(clock->limit.measure))
        return 0;
    return working_start(sum->calendar, clock->start_ms, natural, start_ms, sum->walk);
}

// Extensions in the limit's own measure lengthen it: the nth day after is counted once, from the start.
static struct limit whole_limit(const struct clock *clock)
{
    struct limit limit = clock->limit;
    for (size_t i = 0; i < clock->extension_count; i++)
        if (clock->extensions[i].limit.measure == limit.measure)
            limit.amount += clock->extensions[i].limit.amount;
    return limit;
}

static int add_extensions(const struct sum *sum, int64_t *at_ms)
{
    for (size_t i = 0; i < sum->clock->extension_count; i++) {
        struct limit limit = sum->clock->extensions[i].limit;
        int64_t from_ms = *at_ms;
        int e = limit.measure == sum->clock->limit.measure
                    ? 0
                    : span_shift(sum->calendar, limit, 1, from_ms, at_ms, sum->walk);
        if (e)
            return e;
        struct walk_step step = {.note = WALK_EXTENDED, .from_ms = from_ms, .to_ms = *at_ms, .days = (int)i};
        walk_tell(sum->walk, step);
    }
    return 0;
}

static int due_of(const struct sum *sum, int64_t start_ms, int64_t *due_ms)
{
    enum measure measure = sum->clock->limit.measure;
    bool by_days = measure == MEASURE_WORKING_DAYS && sum->calendar->mode != MODE_HOURS;
    int e = span_end(sum->calendar, whole_limit(sum->clock), start_ms, due_ms, sum->walk);
    if (!e)
        e = add_extensions(sum, due_ms);
    if (e)
        return e;
    return by_days && sum->calendar->mode == MODE_END_OF_DAY
               ? pass_pauses_to_day_end(sum, start_ms, due_ms)
               : pass_pauses(sum, measure, by_days, start_ms, due_ms);
}

static int start_and_due(const struct sum *sum, int64_t *start_ms, int64_t *due_ms)
{
    if (!limit_is_valid(sum->clock->limit))
        return ERROR_BAD_VALUE;
    int e = effective_start(sum, start_ms);
    return e ? e : due_of(sum, *start_ms, due_ms);
}

int clock_due(const struct clock *clock, const struct calendar *calendar, int64_t *due_ms, struct walk *walk)
{
    struct sum sum = {.clock = clock, .calendar = calendar, .walk = walk};
    int64_t start_ms;
    return start_and_due(&sum, &start_ms, due_ms);
}

// `per_mille` of `own_ms` from one instant on, pauses passed.
static int share_from(const struct sum *sum, enum measure measure, int64_t from_ms, int64_t own_ms,
                      int per_mille, int64_t *at_ms)
{
    int e = span_add(sum->calendar, measure, from_ms, own_ms * per_mille / 1000, at_ms, NULL);
    return e ? e : pass_pauses(sum, measure, false, from_ms, at_ms);
}

int clock_share(const struct clock *clock, const struct calendar *calendar, int per_mille, int64_t *at_ms)
{
    assert(per_mille >= 0);
    struct sum sum = {.clock = clock, .calendar = calendar};
    enum measure measure = clock->limit.measure;
    int64_t start_ms, due_ms, own_ms;
    int e = start_and_due(&sum, &start_ms, &due_ms);
    *at_ms = due_ms;
    if (e || due_ms == CLOCK_NEVER || per_mille == 1000)
        return e;
    e = running_between(&sum, measure, start_ms, due_ms, &own_ms);
    if (!e && own_ms <= 0) {
        measure = MEASURE_EMERGENCY_HOURS;
        e = running_between(&sum, measure, start_ms, due_ms, &own_ms);
    }
    if (e)
        return e;
    if (per_mille > 1000)
        return share_from(&sum, measure, due_ms, own_ms, per_mille - 1000, at_ms);
    e = share_from(&sum, measure, start_ms, own_ms, per_mille, at_ms);
    *at_ms = earlier(*at_ms, due_ms);
    return e;
}

static int before_due(const struct sum *sum, struct limit by, int64_t due_ms, int64_t *at_ms)
{
    int e = span_shift(sum->calendar, by, -1, due_ms, at_ms, NULL);
    return e ? e : pass_pauses_back(sum, by.measure, due_ms, at_ms);
}

static int after_start(const struct sum *sum, struct limit by, int64_t start_ms, int64_t *at_ms)
{
    int e = span_end(sum->calendar, by, start_ms, at_ms, NULL);
    return e ? e : pass_pauses(sum, by.measure, false, start_ms, at_ms);
}

static int after_due(const struct sum *sum, struct limit by, int64_t from_ms, int64_t *at_ms)
{
    int e = span_shift(sum->calendar, by, 1, from_ms, at_ms, NULL);
    return e ? e : pass_pauses(sum, by.measure, false, from_ms, at_ms);
}

// The first time of a rung, before repetition.
static int first_time(const struct sum *sum, const struct rung *rung, int64_t start_ms, int64_t due_ms,
                      int64_t *at_ms)
{
    *at_ms = rung->when == RUNG_AFTER_START ? start_ms : due_ms;
    if (rung->when == RUNG_SHARE)
        return clock_share(sum->clock, sum->calendar, rung->share, at_ms);
    if (rung->by.measure == MEASURE_NONE)
        return 0;
    if (rung->when == RUNG_BEFORE_DUE)
        return before_due(sum, rung->by, due_ms, at_ms);
    return rung->when == RUNG_AFTER_START ? after_start(sum, rung->by, start_ms, at_ms)
                                          : after_due(sum, rung->by, due_ms, at_ms);
}

int clock_rung_time(const struct clock *clock, const struct calendar *calendar, const struct rung *rung,
                    uint32_t turn, int64_t *at_ms)
{
    struct sum sum = {.clock = clock, .calendar = calendar};
    int64_t start_ms, due_ms;
    int e = start_and_due(&sum, &start_ms, &due_ms);
    *at_ms = CLOCK_NEVER;
    if (e || due_ms == CLOCK_NEVER)
        return e;
    e = first_time(&sum, rung, start_ms, due_ms, at_ms);
    *at_ms = later(*at_ms, clock->start_ms);
    for (uint32_t i = 0; !e && i < turn && *at_ms != CLOCK_NEVER; i++)
        e = after_due(&sum, rung->every, *at_ms, at_ms);
    if (!e && rung->in_hours && *at_ms != CLOCK_NEVER)
        e = working_next(calendar, *at_ms, at_ms, NULL);
    if (e == ERROR_TIME_RANGE) { // beyond what a calendar counts: it never fires
        *at_ms = CLOCK_NEVER;
        return 0;
    }
    if (!e && !rung->urgent && *at_ms != CLOCK_NEVER)
        *at_ms = calendar_after_quiet(calendar, *at_ms);
    return e;
}

int clock_remaining(const struct clock *clock, const struct calendar *calendar, int64_t now_ms,
                    int64_t *left_ms)
{
    struct sum sum = {.clock = clock, .calendar = calendar, .open_end_ms = later(now_ms, 1)};
    int64_t start_ms, due_ms;
    int e = start_and_due(&sum, &start_ms, &due_ms);
    if (e)
        return e;
    return running_between(&sum, clock->limit.measure, later(now_ms, start_ms), due_ms, left_ms);
}

int clock_multiple(const struct clock *clock, const struct calendar *calendar, int64_t at_ms,
                   uint32_t *multiple)
{
    struct sum sum = {.clock = clock, .calendar = calendar, .open_end_ms = later(at_ms, 1)};
    enum measure measure = clock->limit.measure;
    int64_t start_ms, due_ms, own_ms = 0, used_ms = 0;
    *multiple = 0;
    int e = start_and_due(&sum, &start_ms, &due_ms);
    if (e || at_ms <= due_ms)
        return e;
    e = running_between(&sum, measure, start_ms, due_ms, &own_ms);
    if (!e)
        e = running_between(&sum, measure, start_ms, at_ms, &used_ms);
    *multiple = !e && own_ms > 0 && used_ms >= 2 * own_ms ? (uint32_t)(used_ms / own_ms) : 1;
    return e;
}

// The end of the steps that follow, each begun where the one before is due.
static int promise_of(const struct clock *clock, const struct calendar *calendar, int64_t due_ms,
                      int64_t *promise_ms, struct walk *walk)
{
    int e = 0;
    *promise_ms = clock->step_count ? due_ms : 0;
    for (size_t i = 0; i < clock->step_count && !e && due_ms != CLOCK_NEVER; i++) {
        struct clock step = {.limit = clock->steps[i].limit, .start_ms = *promise_ms};
        e = clock_due(&step, calendar, promise_ms, walk);
    }
    return e;
}

// What the unit is held to that took the clock over.
static int own_due_of(const struct clock *clock, const struct calendar *calendar, int64_t *own_due_ms)
{
    struct clock own = *clock;
    *own_due_ms = 0;
    own.start_ms = clock->taken_over_ms;
    return clock->taken_over_ms ? clock_due(&own, calendar, own_due_ms, NULL) : 0;
}

int clock_reschedule(struct clock *clock, const struct calendar *calendar)
{
    assert(clock->rung_count <= CLOCK_MAX_RUNGS);
    struct walk walk = {0};
    int64_t due_ms, own_due_ms, promise_ms, at_ms[CLOCK_MAX_RUNGS];
    int e = clock_due(clock, calendar, &due_ms, &walk);
    if (!e)
        e = own_due_of(clock, calendar, &own_due_ms);
    if (!e)
        e = promise_of(clock, calendar, due_ms, &promise_ms, &walk);
    for (size_t i = 0; !e && i < clock->rung_count; i++) {
        const struct clock_rung *rung = &clock->rungs[i];
        at_ms[i] = rung->at_ms;
        if (rung->fired_ms == 0)
            e = clock_rung_time(clock, calendar, &rung->rung, rung->turn, &at_ms[i]);
    }
    if (e)
        return e;
    clock->due_ms = due_ms;
    clock->own_due_ms = own_due_ms;
    clock->promise_ms = promise_ms;
    clock->provisional = walk.provisional;
    for (size_t i = 0; i < clock->rung_count; i++)
        clock->rungs[i].at_ms = at_ms[i];
    return 0;
}

bool clock_is_paused(const struct clock *clock)
{
    return clock->stopped_ms == 0 && clock->pause_count > 0 &&
           clock->pauses[clock->pause_count - 1].to_ms == 0;
}

bool clock_is_running(const struct clock *clock)
{
    return clock->stopped_ms == 0 && !clock_is_paused(clock);
}

bool clock_is_overdue(const struct clock *clock, int64_t now_ms)
{
    return (clock->stopped_ms ? clock->stopped_ms : now_ms) > clock->due_ms;
}

bool clock_rung_precedes(const struct clock_rung *a, const struct clock_rung *b)
{
    if (a->at_ms != b->at_ms)
        return a->at_ms < b->at_ms;
    return a->rung.id != b->rung.id ? a->rung.id < b->rung.id : a->turn < b->turn;
}

static struct clock_rung *first_unfired(const struct clock *clock)
{
    struct clock_rung *first = NULL;
    if (!clock_is_running(clock))
        return NULL;
    for (size_t i = 0; i < clock->rung_count; i++)
        if (clock->rungs[i].fired_ms == 0 && (!first || clock_rung_precedes(&clock->rungs[i], first)))
            first = &clock->rungs[i];
    return first;
}

int64_t clock_next_rung(const struct clock *clock)
{
    const struct clock_rung *rung = first_unfired(clock);
    return rung ? rung->at_ms : CLOCK_NEVER;
}

int64_t clock_next(const struct clock *clock)
{
    if (!clock_is_paused(clock))
        return clock_next_rung(clock);
    int64_t until_ms = clock->pauses[clock->pause_count - 1].until_ms;
    return until_ms ? until_ms : CLOCK_NEVER;
}

struct clock_rung *clock_ripe_rung(struct clock *clock, int64_t now_ms)
{
    struct clock_rung *rung = first_unfired(clock);
    return rung && rung->at_ms <= now_ms ? rung : NULL;
}

// A copy of an array with one more, zeroed item at its end. Ledgers are short, so each growth copies.
static void *with_one_more(struct arena *arena, const void *items, size_t count, size_t size)
{
    char *grown = arena_array(arena, count + 1, size);
    if (grown && count > 0)
        memcpy(grown, items, count * size);
    return grown;
}

int clock_pause(struct arena *arena, struct clock *clock, struct clock_pause pause)
{
    if (!clock_is_running(clock))
        return ERROR_ILLEGAL_MOVE;
    if (clock->pause_count > 0 && pause.from_ms < clock->pauses[clock->pause_count - 1].to_ms)
        return ERROR_ILLEGAL_MOVE;
    if (clock->pause_count >= CLOCK_MAX_PAUSES)
        return ERROR_TOO_MANY;
    struct clock_pause *pauses = with_one_more(arena, clock->pauses, clock->pause_count, sizeof *pauses);
    if (!pauses)
        return ERROR_NO_MEMORY;
    pauses[clock->pause_count++] = pause;
    clock->pauses = pauses;
    return 0;
}

int clock_resume(struct clock *clock, int64_t to_ms)
{
    if (!clock_is_paused(clock) || to_ms < clock->pauses[clock->pause_count - 1].from_ms)
        return ERROR_ILLEGAL_MOVE;
    clock->pauses[clock->pause_count - 1].to_ms = to_ms;
    return 0;
}

int clock_extend(struct arena *arena, struct clock *clock, struct limit limit, int64_t at_ms,
                 const char *reason)
{
    if (clock->stopped_ms)
        return ERROR_ILLEGAL_MOVE;
    if (!limit_is_valid(limit))
        return ERROR_BAD_VALUE;
    if (clock->extension_count >= CLOCK_MAX_EXTENSIONS)
        return ERROR_TOO_MANY;
    struct clock_extension *extensions =
        with_one_more(arena, clock->extensions, clock->extension_count, sizeof *extensions);
    if (!extensions)
        return ERROR_NO_MEMORY;
    extensions[clock->extension_count++] =
        (struct clock_extension){.limit = limit, .at_ms = at_ms, .reason = reason};
    clock->extensions = extensions;
    return 0;
}

void clock_stop(struct clock *clock, enum clock_stop stop, int64_t at_ms)
{
    assert(clock->stopped_ms == 0 && stop != STOP_NONE && at_ms > 0);
    if (clock_is_paused(clock))
        clock->pauses[clock->pause_count - 1].to_ms =
            later(at_ms, clock->pauses[clock->pause_count - 1].from_ms);
    clock->stop = stop;
    clock->stopped_ms = at_ms;
}
