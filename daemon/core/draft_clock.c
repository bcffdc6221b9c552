// The clocks of a decision: started by the limits, calendars and ladders that apply, changed and stopped.
#include "core/draft.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"

struct clock *draft_clock(struct draft *draft, struct event *event, const struct clock *before)
{
    if (draft->error)
        return NULL;
    for (size_t i = 0; i < event->clock_count; i++)
        if (event->clocks[i].id == before->id)
            return &event->clocks[i];
    struct clock *grown = draft_grow(draft, event->clocks, event->clock_count, sizeof *grown);
    if (!grown)
        return NULL;
    event->clocks = grown;
    struct clock *clock = &event->clocks[event->clock_count++];
    *clock = *before;
    clock->rungs = arena_memdup(draft->arena, before->rungs, before->rung_count * sizeof *before->rungs);
    clock->pauses = arena_memdup(draft->arena, before->pauses, before->pause_count * sizeof *before->pauses);
    if (arena_failed(draft->arena))
        draft->error = ERROR_NO_MEMORY;
    return draft->error ? NULL : clock;
}

static uint32_t next_clock_id(const struct draft *draft, const struct event *event)
{
    uint32_t id = (uint32_t)draft->file->clock_count;
    for (size_t i = 0; i < event->clock_count; i++)
        id = event->clocks[i].id > id ? event->clocks[i].id : id;
    return id + 1;
}

// An order names its due time; the limit is then the time between, in whole minutes, a part counting as one.
static struct limit order_limit(const struct clock_order *order)
{
    if (!order->due_ms)
        return order->limit;
    int64_t minutes = (order->due_ms - order->start_ms + MINUTE_MS - 1) / MINUTE_MS;
    return limit_minutes(minutes > 0 ? minutes : 1);
}

// The first step is the clock's own, the others follow it. Names are copied: a case outlives its rulebook.
static bool take_steps(struct draft *draft, const struct clock_order *order, struct clock *clock)
{
    struct step *steps = arena_array(draft->arena, order->step_count, sizeof *steps);
    for (uint32_t i = 0; steps && i < order->step_count; i++)
        steps[i] = (struct step){arena_strdup(draft->arena, order->steps[i].name), order->steps[i].limit};
    if (arena_failed(draft->arena)) {
        draft->error = ERROR_NO_MEMORY;
        return false;
    }
    clock->step = steps[0].name;
    clock->limit = steps[0].limit;
    clock->steps = steps + 1;
    clock->step_count = order->step_count - 1;
    return true;
}

struct clock *draft_start(struct draft *draft, struct event *event, const struct clock_order *order)
{
    struct limit limit = order_limit(order);
    if (draft->error || limit.measure == MEASURE_NONE)
        return NULL;
    const struct calendar *calendar = rules_calendar(draft->rules, order->calendar);
    calendar = calendar ? calendar : draft->calendar;
    struct clock clock = {
        .id = next_clock_id(draft, event),
        .stage = order->stage,
        .summons = order->summons,
        .unit = order->unit,
        .limit = limit,
        .calendar = calendar->name,
        .ladder = order->ladder,
        .why = order->why,
        .start_ms = order->start_ms,
        .taken_over_ms = order->taken_over_ms,
        .pauses = order->pauses,
        .pause_count = order->pause_count,
    };
    if (order->step_count && !take_steps(draft, order, &clock))
        return NULL;
    const struct ladder *ladder = rules_ladder(draft->rules, clock.ladder);
    if (!ladder) // it has left the rulebook since the step before began
        ladder = rules_ladder(draft->rules, clock.ladder = draft_ladder(draft, order->stage));
    if (draft->file->history)
        ladder = NULL;
    draft->error = ladder_schedule(draft->arena, ladder, &clock, calendar);
    return draft->error ? NULL : draft_clock(draft, event, &clock);
}

const struct calendar *draft_calendar(const struct draft *draft, const struct clock *clock)
{
    const struct calendar *calendar = rules_calendar(draft->rules, clock->calendar);
    return calendar ? calendar : draft->calendar;
}

int64_t draft_pause_end(const struct clock *clock, int64_t at_ms)
{
    int64_t from_ms = clock->pauses[clock->pause_count - 1].from_ms;
    return at_ms > from_ms ? at_ms : from_ms;
}

void draft_reschedule(struct draft *draft, struct clock *clock)
{
    if (!draft->error)
        draft->error = clock_reschedule(clock, draft_calendar(draft, clock));
}

// A clock that was paused has its due time again; one that is late tells by how much.
static void stop(struct draft *draft, struct clock *clock, enum clock_stop stop)
{
    bool was_paused = clock_is_paused(clock);
    clock_stop(clock, stop, draft->now_ms);
    if (was_paused)
        draft_reschedule(draft, clock);
    uint32_t multiple = 0;
    if (!draft->error && clock_is_overdue(clock, draft->now_ms) && !draft->file->history)
        draft->error = clock_multiple(clock, draft_calendar(draft, clock), draft->now_ms, &multiple);
    clock->multiple = multiple > clock->multiple ? multiple : clock->multiple;
}

static void stop_where(struct draft *draft, struct event *event, enum stage stage, bool any_summons,
                       uint32_t summons, enum clock_stop how)
{
    for (size_t i = 0; i < draft->file->clock_count; i++) {
        const struct clock *clock = &draft->file->clocks[i];
        bool meant = (any_summons || clock->summons == summons) && (!stage || clock->stage == stage);
        if (clock->stopped_ms || !meant)
            continue;
        struct clock *copy = draft_clock(draft, event, clock);
        if (copy && !copy->stopped_ms)
            stop(draft, copy, how);
    }
}

void draft_stop(struct draft *draft, struct event *event, enum stage stage, uint32_t summons,
                enum clock_stop stop)
{
    stop_where(draft, event, stage, false, summons, stop);
}

void draft_stop_summons(struct draft *draft, struct event *event, uint32_t summons, enum clock_stop stop)
{
    stop_where(draft, event, STAGE_NONE, false, summons, stop);
}

void draft_stop_all(struct draft *draft, struct event *event, enum clock_stop stop)
{
    stop_where(draft, event, STAGE_NONE, true, 0, stop);
}

static struct limit continuous(struct limit limit)
{
    if (limit.measure == MEASURE_WORKING_HOURS)
        limit.measure = MEASURE_EMERGENCY_HOURS;
    if (limit.measure == MEASURE_WORKING_DAYS || limit.measure == MEASURE_NATURAL_DAYS)
        limit.measure = MEASURE_EMERGENCY_DAYS;
    return limit;
}

struct limit draft_limit(const struct draft *draft, struct limit limit)
{
    return draft->file->whistle->kind == KIND_EMERGENCY ? continuous(limit) : limit;
}

static const struct condition *condition_of(const struct draft *draft)
{
    const struct whistle *whistle = draft->file->whistle;
    uint32_t category = category_find(&draft->rules->categories, whistle->category);
    if (category == CATEGORY_NONE)
        return NULL;
    return category_condition(&draft->rules->categories.categories[category], whistle->condition);
}

static void make_continuous(struct draft *draft, struct stage_limits *limits)
{
    struct step *steps = arena_array(draft->arena, limits->step_count + 1, sizeof *steps);
    for (int stage = 1; stage < STAGE_COUNT; stage++)
        limits->of[stage] = continuous(limits->of[stage]);
    for (uint32_t i = 0; steps && i < limits->step_count; i++)
        steps[i] = (struct step){limits->steps[i].name, continuous(limits->steps[i].limit)};
    limits->steps = steps;
    if (!steps)
        draft->error = ERROR_NO_MEMORY;
}

// What the rule says of this unit alone, by its code or as "role:NAME".
static const struct stage_limits *call_limits(const struct draft *draft, const struct rule *rule,
                                              uint32_t unit)
{
    for (uint32_t i = 0; rule && unit != UNIT_NONE && i < rule->call_count; i++) {
        const struct rule_call *call = &rule->calls[i];
        if (call->limits &&
            (call->unit == unit ||
             (call->unit == UNIT_NONE && unit_has_role(&draft->rules->units.units[unit], call->serving))))
            return call->limits;
    }
    return NULL;
}

struct stage_limits draft_limits(struct draft *draft, const struct rule *rule, const char *unit)
{
    uint32_t index = unit_find(&draft->rules->units, unit);
    const struct condition *condition = condition_of(draft);
    const struct stage_limits *sources[] = {
        call_limits(draft, rule, index),
        rule ? &rule->limits : NULL,
        condition ? &condition->limits : NULL,
        index == UNIT_NONE ? NULL : &draft->rules->units.units[index].limits,
        &draft->rules->limits,
    };
    struct stage_limits limits = {0};
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        if (sources[i])
            stage_limits_fill(&limits, sources[i]);
    if (draft->file->whistle->kind == KIND_EMERGENCY)
        make_continuous(draft, &limits);
    return limits;
}

const char *draft_ladder(const struct draft *draft, enum stage stage)
{
    const struct rules *rules = draft->rules;
    return rules->ladder_of[stage] ? rules->ladder_of[stage] : rules->default_ladder;
}

// The ladder of a clock: an emergency's own; else the rule's, for all clocks of its units, since who is late
// at the meeting point is late on the report clock; else the stage's; else the default.
static const char *ladder_of(const struct draft *draft, const struct rule *rule, enum stage stage)
{
    const struct rules *rules = draft->rules;
    bool of_unit = stage == STAGE_ACCEPT || stage == STAGE_REPORT || stage == STAGE_RESOLVE;
    if (draft->file->whistle->kind == KIND_EMERGENCY && rules->emergency_ladder)
        return rules->emergency_ladder;
    if (of_unit && rule && rule->ladder)
        return rule->ladder;
    return draft_ladder(draft, stage);
}

static const char *calendar_of(const struct draft *draft, const struct rule *rule, const char *unit)
{
    const struct category_table *categories = &draft->rules->categories;
    uint32_t category = category_find(categories, draft->file->whistle->category);
    uint32_t index = unit_find(&draft->rules->units, unit);
    if (rule && rule->calendar)
        return rule->calendar;
    for (; category != CATEGORY_NONE; category = categories->categories[category].parent)
        if (categories->categories[category].calendar)
            return categories->categories[category].calendar;
    return index == UNIT_NONE ? NULL : draft->rules->units.units[index].calendar;
}

static struct clock_order order_of(struct draft *draft, const struct rule *rule, enum stage stage,
                                   uint32_t summons, const char *unit, int64_t start_ms)
{
    struct stage_limits limits = draft_limits(draft, rule, unit);
    bool waits_for_others = stage == STAGE_APPROVE || stage == STAGE_VERIFY;
    if (waits_for_others && !limits.of[stage].measure)
        limits.of[stage] = limits.of[STAGE_ARBITRATE];
    return (struct clock_order){
        .stage = stage,
        .summons = summons,
        .unit = unit,
        .limit = limits.of[stage],
        .calendar = calendar_of(draft, rule, unit),
        .ladder = ladder_of(draft, rule, stage),
        .why = rule ? rule->id : "default",
        .start_ms = start_ms,
        .steps = stage == STAGE_RESOLVE ? limits.steps : NULL,
        .step_count = stage == STAGE_RESOLVE ? limits.step_count : 0,
    };
}

struct clock *draft_start_stage(struct draft *draft, struct event *event, const struct rule *rule,
                                enum stage stage, uint32_t summons, const char *unit, int64_t start_ms)
{
    struct clock_order order = order_of(draft, rule, stage, summons, unit, start_ms);
    return draft_start(draft, event, &order);
}

bool draft_organises(const struct draft *draft, const struct summons *summons, const struct rule *rule)
{
    return text_same(summons->unit, draft->file->office) && (draft->file->open_call || (rule && rule->pool));
}

void draft_start_clocks(struct draft *draft, struct event *event, const struct summons *summons,
                        const struct rule *rule, const struct clock *before)
{
    if (draft->error)
        return;
    int64_t appointed = draft->file->whistle->appointed_ms;
    int64_t now = draft->file->history ? draft->file->whistle->reported_ms : draft->now_ms;
    uint32_t id = summons->id;
    const char *unit = summons->unit;
    if (!draft_organises(draft, summons, rule)) {
        draft_start_stage(draft, event, rule, STAGE_ACCEPT, id, unit, now);
        draft_start_stage(draft, event, rule, STAGE_REPORT, id, unit, appointed > now ? appointed : now);
    }
    struct clock_order resolve =
        order_of(draft, rule, STAGE_RESOLVE, id, unit, before ? before->start_ms : now);
    resolve.taken_over_ms = before ? now : 0;
    resolve.pauses = before ? before->pauses : NULL;
    resolve.pause_count = before ? before->pause_count : 0;
    draft_start(draft, event, &resolve);
}

void draft_stop_new(struct draft *draft, struct event *event, enum stage stage, enum clock_stop how)
{
    for (size_t i = 0; i < event->clock_count; i++) {
        struct clock *clock = &event->clocks[i];
        if (clock->id > draft->file->clock_count && clock->stage == stage && !clock->stopped_ms)
            stop(draft, clock, how);
    }
}
