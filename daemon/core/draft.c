#include "core/draft.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"

#include <assert.h>

int draft_refuse(struct draft *draft, int code, const char *field, const char *argument0,
                 const char *argument1)
{
    struct decision *out = draft->out;
    out->code = code;
    out->field = field;
    out->arguments[0] = argument0;
    out->arguments[1] = argument0 ? argument1 : NULL;
    out->event_count = out->called_count = out->duplicate_count = 0;
    out->reason = NULL;
    return code;
}

static bool failed(struct draft *draft, const void *memory)
{
    if (!memory && !draft->error)
        draft->error = ERROR_NO_MEMORY;
    return draft->error != 0;
}

struct event *draft_event(struct draft *draft, enum event_kind kind)
{
    struct decision *out = draft->out;
    if (!out->events)
        out->events = arena_array(draft->arena, DECISION_MAX_EVENTS, sizeof *out->events);
    if (failed(draft, out->events))
        return NULL;
    assert(out->event_count < DECISION_MAX_EVENTS);
    struct event *event = &out->events[out->event_count];
    const struct casefile *file = draft->file;
    *event = (struct event){
        .kind = kind,
        .seq = draft->first_seq + out->event_count,
        .at_ms = draft->now_ms,
        .case_id = file->id,
        .number = file->number,
        .area = file->area,
        .office = file->office,
        .history = file->history,
        .local_day = calendar_day_number(draft->calendar, draft->now_ms),
        .unit = draft->command->principal ? draft_unit_code(draft, draft->command->principal->unit) : NULL,
    };
    return event;
}

void draft_end(struct draft *draft, struct event *event)
{
    if (draft->error)
        return;
    draft->error = case_apply(draft->arena, draft->file, event, &draft->command->actor);
    event->next_due_ms = draft->file->next_due_ms;
    draft->out->event_count++;
}

// Arrays of an event grow in steps; the one before stays in the arena.
static void *room(struct draft *draft, void *items, size_t count, size_t size)
{
    enum { STEP = 16 };
    if (items && count % STEP)
        return items;
    void *moved = arena_array(draft->arena, count + STEP, size);
    if (moved && count)
        __builtin_memcpy(moved, items, count * size);
    return moved;
}

void draft_tell(struct draft *draft, struct event *event, const char *recipient, enum why why)
{
    if (draft->error || !recipient || !*recipient || draft->file->history)
        return;
    for (size_t i = 0; i < event->recipient_count; i++)
        if (text_same(event->recipients[i].code, recipient))
            return;
    struct recipient *grown = room(draft, event->recipients, event->recipient_count, sizeof *grown);
    if (failed(draft, grown))
        return;
    event->recipients = grown;
    event->recipients[event->recipient_count++] = (struct recipient){recipient, why};
}

void draft_tell_unit(struct draft *draft, struct event *event, const char *code, enum why why)
{
    uint32_t unit = unit_find(&draft->rules->units, code);
    draft_tell(draft, event, code, why);
    if (unit == UNIT_NONE)
        return;
    const struct contact *contact = unit_on_duty(&draft->rules->units.units[unit], draft->now_ms);
    draft_tell(draft, event, contact ? contact->recipient : NULL, why);
}

void draft_tell_office(struct draft *draft, struct event *event)
{
    draft_tell(draft, event, draft->file->office, WHY_OFFICE);
    draft_tell(draft, event, draft->file->charge, WHY_OFFICE);
}

void draft_tell_called(struct draft *draft, struct event *event, const char *but)
{
    for (size_t i = 0; i < draft->file->summons_count; i++) {
        const struct summons *summons = &draft->file->summons[i];
        if (summons_is_open(summons->state) && !text_same(summons->unit, but))
            draft_tell_unit(draft, event, summons->unit, summons->role == ROLE_LEAD ? WHY_LEAD : WHY_ASSIST);
    }
}

struct summons *draft_summons(struct draft *draft, struct event *event, const struct summons *before)
{
    if (draft->error)
        return NULL;
    for (size_t i = 0; i < event->summons_count; i++)
        if (event->summons[i].id == before->id)
            return &event->summons[i];
    struct summons *grown = room(draft, event->summons, event->summons_count, sizeof *grown);
    if (failed(draft, grown))
        return NULL;
    event->summons = grown;
    event->summons[event->summons_count] = *before;
    return &event->summons[event->summons_count++];
}

// The next free id, counting those that the open event adds.
static uint32_t next_summons_id(const struct draft *draft, const struct event *event)
{
    uint32_t id = (uint32_t)draft->file->summons_count;
    for (size_t i = 0; i < event->summons_count; i++)
        id = event->summons[i].id > id ? event->summons[i].id : id;
    return id + 1;
}

struct summons *draft_call(struct draft *draft, struct event *event, uint32_t unit, enum role role)
{
    if (draft->error)
        return NULL;
    const struct contact *contact = unit_on_duty(&draft->rules->units.units[unit], draft->now_ms);
    struct summons summons = {
        .id = next_summons_id(draft, event),
        .unit = draft_unit_code(draft, unit),
        .role = role,
        .state = SUMMONS_CALLED,
        .contact = contact ? contact->code : NULL,
        .called_ms = draft->now_ms,
        .held_since_ms = draft->now_ms,
    };
    draft_tell_unit(draft, event, summons.unit, role == ROLE_LEAD ? WHY_LEAD : WHY_ASSIST);
    return draft_summons(draft, event, &summons);
}

struct clock *draft_clock(struct draft *draft, struct event *event, const struct clock *before)
{
    if (draft->error)
        return NULL;
    for (size_t i = 0; i < event->clock_count; i++)
        if (event->clocks[i].id == before->id)
            return &event->clocks[i];
    struct clock *grown = room(draft, event->clocks, event->clock_count, sizeof *grown);
    if (failed(draft, grown))
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
    };
    const struct ladder *ladder = draft->file->history ? NULL : rules_ladder(draft->rules, order->ladder);
    draft->error = ladder_schedule(draft->arena, ladder, &clock, calendar);
    return draft->error ? NULL : draft_clock(draft, event, &clock);
}

static void stop_where(struct draft *draft, struct event *event, enum stage stage, bool any_summons,
                       uint32_t summons, enum clock_stop stop)
{
    for (size_t i = 0; i < draft->file->clock_count; i++) {
        const struct clock *clock = &draft->file->clocks[i];
        bool meant = (any_summons || clock->summons == summons) && (!stage || clock->stage == stage);
        if (clock->stopped_ms || !meant)
            continue;
        struct clock *copy = draft_clock(draft, event, clock);
        if (copy && !copy->stopped_ms)
            clock_stop(copy, stop, draft->now_ms);
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

void draft_release(struct draft *draft, struct summons *summons, enum summons_state state)
{
    summons->state = state;
    if (summons->held_since_ms)
        summons->held_ms += draft->now_ms - summons->held_since_ms;
    summons->held_since_ms = 0;
}

void draft_excuse_all(struct draft *draft, struct event *event, enum clock_stop stop)
{
    for (size_t i = 0; i < draft->file->summons_count; i++) {
        const struct summons *before = &draft->file->summons[i];
        if (!summons_is_open(before->state) && before->state != SUMMONS_DECLINED)
            continue;
        struct summons *summons = draft_summons(draft, event, before);
        if (summons)
            draft_release(draft, summons, SUMMONS_EXCUSED);
        draft_stop_summons(draft, event, before->id, stop);
    }
}

static struct limit first_limit(struct limit a, struct limit b, struct limit c)
{
    return a.measure ? a : b.measure ? b : c;
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

struct stage_limits draft_limits(const struct draft *draft, const struct rule *rule)
{
    static const struct stage_limits none;
    const struct condition *condition = condition_of(draft);
    const struct stage_limits *a = rule ? &rule->limits : &none;
    const struct stage_limits *b = condition ? &condition->limits : &none;
    const struct stage_limits *c = &draft->rules->limits;
    struct stage_limits limits = {
        .accept = first_limit(a->accept, b->accept, c->accept),
        .report = first_limit(a->report, b->report, c->report),
        .resolve = first_limit(a->resolve, b->resolve, c->resolve),
        .arbitrate = first_limit(a->arbitrate, b->arbitrate, c->arbitrate),
    };
    return (struct stage_limits){draft_limit(draft, limits.accept), draft_limit(draft, limits.report),
                                 draft_limit(draft, limits.resolve), draft_limit(draft, limits.arbitrate)};
}

// The ladder of a clock: an emergency's own; else the rule's, for all three of its clocks, since who is late
// at the meeting point is late on the report clock; else the stage's; else the default.
static const char *ladder_of(const struct draft *draft, const struct rule *rule, enum stage stage)
{
    const struct rules *rules = draft->rules;
    if (draft->file->whistle->kind == KIND_EMERGENCY && rules->emergency_ladder)
        return rules->emergency_ladder;
    if (rule && rule->ladder)
        return rule->ladder;
    const char *own = stage == STAGE_ACCEPT   ? rules->accept_ladder
                      : stage == STAGE_REPORT ? rules->report_ladder
                                              : NULL;
    return own ? own : rules->default_ladder;
}

static const char *calendar_of(const struct draft *draft, const struct rule *rule, const char *unit)
{
    if (rule && rule->calendar)
        return rule->calendar;
    uint32_t index = unit_find(&draft->rules->units, unit);
    return index == UNIT_NONE ? NULL : draft->rules->units.units[index].calendar;
}

static struct limit stage_limit(const struct stage_limits *limits, enum stage stage)
{
    return stage == STAGE_ACCEPT ? limits->accept : stage == STAGE_REPORT ? limits->report : limits->resolve;
}

void draft_start_stage(struct draft *draft, struct event *event, const struct summons *summons,
                       const struct rule *rule, enum stage stage, int64_t start_ms)
{
    struct stage_limits limits = draft_limits(draft, rule);
    draft_start(draft, event,
                &(struct clock_order){
                    .stage = stage,
                    .summons = summons->id,
                    .unit = summons->unit,
                    .limit = stage_limit(&limits, stage),
                    .calendar = calendar_of(draft, rule, summons->unit),
                    .ladder = ladder_of(draft, rule, stage),
                    .why = rule ? rule->id : "default",
                    .start_ms = start_ms,
                });
}

void draft_start_clocks(struct draft *draft, struct event *event, const struct summons *summons,
                        const struct rule *rule, int64_t resolve_from_ms)
{
    if (draft->error)
        return;
    int64_t appointed = draft->file->whistle->appointed_ms;
    int64_t now = draft->file->history ? draft->file->whistle->reported_ms : draft->now_ms;
    draft_start_stage(draft, event, summons, rule, STAGE_ACCEPT, now);
    draft_start_stage(draft, event, summons, rule, STAGE_REPORT, appointed > now ? appointed : now);
    draft_start_stage(draft, event, summons, rule, STAGE_RESOLVE, resolve_from_ms ? resolve_from_ms : now);
}

const struct rule *draft_rule(const struct draft *draft)
{
    const struct rule_ref *ref = draft->file->rule;
    for (uint32_t i = 0; ref && i < draft->rules->routing.count; i++)
        if (text_same(draft->rules->routing.rules[i].id, ref->id))
            return &draft->rules->routing.rules[i];
    return NULL;
}

static int64_t running_due(const struct draft *draft, enum stage stage, uint32_t summons)
{
    const struct clock *clock = case_clock(draft->file, stage, summons);
    return clock ? clock->due_ms : 0;
}

static const char *resolve_limit_text(struct draft *draft, uint32_t summons)
{
    const struct clock *clock = case_clock(draft->file, STAGE_RESOLVE, summons);
    char text[LIMIT_TEXT];
    return clock ? arena_strdup(draft->arena, limit_format(clock->limit, text)) : NULL;
}

void draft_answer_called(struct draft *draft, const struct summons *summons)
{
    if (draft->error)
        return;
    struct decision *out = draft->out;
    struct called *grown = room(draft, out->called, out->called_count, sizeof *grown);
    if (failed(draft, grown))
        return;
    uint32_t unit = unit_find(&draft->rules->units, summons->unit);
    out->called = grown;
    out->called[out->called_count++] = (struct called){
        .unit = summons->unit,
        .name = unit == UNIT_NONE ? NULL : draft->rules->units.units[unit].name,
        .role = summons->role,
        .contact = summons->contact,
        .accept_due_ms = running_due(draft, STAGE_ACCEPT, summons->id),
        .report_due_ms = running_due(draft, STAGE_REPORT, summons->id),
        .resolve_due_ms = running_due(draft, STAGE_RESOLVE, summons->id),
        .limit = resolve_limit_text(draft, summons->id),
    };
}

void draft_to_desk(struct draft *draft, struct event *event, const struct rule *rule)
{
    if (draft->error)
        return;
    const struct rules *rules = draft->rules;
    const char *desk = draft_unit_code(draft, rules->desk);
    event->state = CASE_ARBITRATION;
    draft_tell_unit(draft, event, desk, WHY_SUPERVISOR);
    if (case_clock(draft->file, STAGE_ARBITRATE, 0))
        return;
    draft_start(draft, event,
                &(struct clock_order){
                    .stage = STAGE_ARBITRATE,
                    .unit = desk,
                    .limit = draft_limits(draft, rule).arbitrate,
                    .ladder = rules->desk_ladder ? rules->desk_ladder : rules->default_ladder,
                    .why = "desk",
                    .start_ms = draft->now_ms,
                });
}

const char *draft_unit_code(const struct draft *draft, uint32_t unit)
{
    return unit == UNIT_NONE ? NULL : draft->rules->units.units[unit].code;
}
