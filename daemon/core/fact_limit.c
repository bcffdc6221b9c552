// Limits as facts: of each clock, and of the case as a whole.
#include "core/fact.h"

#include "base/text.h"

static bool is_called_off(const struct casefile *file)
{
    return file->history || file->state == CASE_CANCELLED || file->state == CASE_MERGED ||
           file->state == CASE_REJECTED || file->state == CASE_REGISTERED;
}

// What the unit is held to: one that took the clock over, from then on.
static int64_t due_of(const struct clock *clock)
{
    return clock->own_due_ms ? clock->own_due_ms : clock->due_ms;
}

static int64_t start_of(const struct clock *clock)
{
    return clock->taken_over_ms ? clock->taken_over_ms : clock->start_ms;
}

// A clock that was called off in time binds nobody; one that was late by then did fall due.
static bool counts(const struct clock *clock)
{
    bool off = clock->stop != STOP_NONE && clock->stop != STOP_MET;
    return clock->due_ms != CLOCK_NEVER && (!off || clock->stopped_ms > due_of(clock));
}

static uint32_t flags_of(const struct clock *clock)
{
    uint32_t flags = 0;
    if (!clock->stopped_ms)
        flags |= FACT_OPEN;
    else if (clock->stopped_ms > due_of(clock))
        flags |= FACT_LATE;
    if (clock->stop == STOP_MET)
        flags |= FACT_MET;
    if (clock->extension_count)
        flags |= FACT_WAS_EXTENDED;
    uint32_t multiple = clock->taken_over_ms ? 0 : clock->multiple; // counted from where the clock began
    if (multiple >= 2)
        flags |= FACT_TWICE;
    return multiple >= 3 ? flags | FACT_THRICE : flags;
}

static void limit_of_clock(const struct casefile *file, const struct clock *clock, struct fact *out)
{
    const struct summons *summons = case_summons(file, clock->summons);
    *out = (struct fact){
        .kind = (enum fact_kind)(FACT_LIMIT + (int)clock->stage),
        .at_ms = due_of(clock),
        .unit = text_or_empty(clock->unit),
        .branch = summons ? summons->handler : NULL,
        .part = clock->id,
        .summons = clock->summons,
        .flags = flags_of(clock),
        .took_ms = clock->stopped_ms ? clock->stopped_ms - start_of(clock) : 0,
    };
}

// What a case takes: the work of those who were called rightly, the look at it, the closing.
static bool is_decisive(const struct casefile *file, const struct clock *clock)
{
    const struct summons *summons = case_summons(file, clock->summons);
    bool wrongly = summons && summons->exempt;
    return !wrongly &&
           (clock->stage == STAGE_RESOLVE || clock->stage == STAGE_VERIFY || clock->stage == STAGE_CLOSE);
}

static void add_clock(const struct clock *clock, struct fact *out)
{
    out->at_ms = clock->due_ms > out->at_ms ? clock->due_ms : out->at_ms;
    out->flags |= flags_of(clock) & (FACT_LATE | FACT_WAS_EXTENDED | FACT_TWICE | FACT_THRICE);
}

static bool limit_of_case(const struct casefile *file, struct fact *out)
{
    bool closed = file->state == CASE_CLOSED;
    *out = (struct fact){.kind = FACT_LIMIT, .unit = text_or_empty(file->office)};
    for (size_t i = 0; i < file->clock_count; i++) {
        const struct clock *clock = &file->clocks[i];
        if (!is_decisive(file, clock))
            continue;
        if (!clock->stopped_ms && clock->due_ms == CLOCK_NEVER)
            return false;
        if (counts(clock))
            add_clock(clock, out);
    }
    if (closed && file->closed_ms > out->at_ms)
        out->flags |= FACT_LATE;
    out->flags |= closed ? FACT_MET : FACT_OPEN;
    out->took_ms = closed ? file->closed_ms - file->filed_ms : 0;
    return out->at_ms != 0;
}

bool fact_case_is_excused(const struct casefile *file)
{
    bool late = false;
    for (size_t i = 0; i < file->clock_count; i++) {
        const struct clock *clock = &file->clocks[i];
        if (!is_decisive(file, clock) || !counts(clock) || !(flags_of(clock) & FACT_LATE))
            continue;
        if (!clock->exempt)
            return false;
        late = true;
    }
    return late;
}

bool fact_of_limit(const struct casefile *file, uint32_t clock, struct fact *out)
{
    if (is_called_off(file) || clock > file->clock_count)
        return false;
    if (clock == 0)
        return limit_of_case(file, out);
    if (!counts(&file->clocks[clock - 1]))
        return false;
    limit_of_clock(file, &file->clocks[clock - 1], out);
    return true;
}
