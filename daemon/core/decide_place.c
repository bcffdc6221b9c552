// Who comes: the rules are asked, the units are called; or the whistle is registered, waits for approval, or
// goes to the desk.
#include "core/draft.h"

#include "base/text.h"

static uint32_t ask_rules(struct draft *draft)
{
    const struct whistle *whistle = draft->file->whistle;
    const char **attributes = arena_array(draft->arena, 2 * whistle->attribute_count + 1, sizeof *attributes);
    for (size_t i = 0; attributes && i < whistle->attribute_count; i++) {
        attributes[2 * i] = whistle->attributes[i].name;
        attributes[2 * i + 1] = whistle->attributes[i].value;
    }
    struct route_query query = {
        .kind = whistle->kind,
        .nature = whistle->nature,
        .severity = whistle->severity,
        .category = category_find(&draft->rules->categories, whistle->category),
        .condition = whistle->condition,
        .area = draft->area,
        .flags = draft->file->flags,
        .flag_count = (uint32_t)draft->file->flag_count,
        .attributes = attributes,
        .attribute_count = attributes ? (uint32_t)whistle->attribute_count : 0,
    };
    return routing_find(&draft->rules->routing, &draft->rules->areas, &draft->rules->categories, &query);
}

static struct rule_ref *rule_ref(struct draft *draft, const struct rule *rule)
{
    struct rule_ref *ref = arena_alloc(draft->arena, sizeof *ref);
    if (ref)
        *ref = (struct rule_ref){rule ? rule->id : "default",
                                 rule ? rule->file : NULL,
                                 rule ? rule->line : 0,
                                 {draft->rules->digest, DIGEST_BYTES}};
    return ref;
}

static uint32_t call_unit(const struct draft *draft, const struct rule_call *call)
{
    return call->unit != UNIT_NONE ? call->unit
                                   : rules_unit_serving(draft->rules, draft->area, call->serving);
}

static bool is_called(const struct draft *draft, const struct event *event, uint32_t unit)
{
    for (size_t i = 0; i < event->summons_count; i++)
        if (text_same(event->summons[i].unit, draft_unit_code(draft, unit)))
            return true;
    return false;
}

static void call_all(struct draft *draft, struct event *event, const struct rule *rule)
{
    for (uint32_t i = 0; i < rule->call_count; i++) {
        uint32_t unit = call_unit(draft, &rule->calls[i]);
        if (unit == UNIT_NONE || is_called(draft, event, unit))
            continue;
        const struct summons *summons = draft_call(draft, event, unit, rule->calls[i].role);
        if (summons)
            draft_start_clocks(draft, event, summons, rule, NULL);
    }
}

// Has the rule a lead that can be found here? A call-up has the office, if nobody else.
static bool rule_has_lead(const struct draft *draft, const struct rule *rule)
{
    if (rule && rule->pool && !rule->call_count)
        return unit_find(&draft->rules->units, draft->file->office) != UNIT_NONE;
    for (uint32_t i = 0; rule && i < rule->call_count; i++)
        if (rule->calls[i].role == ROLE_LEAD && call_unit(draft, &rule->calls[i]) != UNIT_NONE)
            return true;
    return false;
}

// Nobody is woken for an old row: its clocks tell when it was due and stand still, and the case is closed.
static void make_history(struct draft *draft, struct event *event)
{
    for (size_t i = 0; i < event->clock_count; i++)
        clock_stop(&event->clocks[i], STOP_CANCELLED, draft->now_ms);
    for (size_t i = 0; i < event->summons_count; i++)
        event->summons[i].held_since_ms = 0;
    event->state = CASE_CLOSED;
    if (!event->reason)
        event->reason = "history"; // else why nobody could be called, which is not known otherwise
}

// The clock of placing a case: the desk's, over at once where the rules place it.
static void note_dispatch(struct draft *draft, struct event *event, const struct rule *rule)
{
    const char *desk = draft_unit_code(draft, draft->rules->desk);
    if (draft->file->history)
        return;
    draft_start_stage(draft, event, rule, STAGE_DISPATCH, 0, desk, draft->now_ms);
    if (event->state == CASE_DISPATCHED)
        draft_stop_new(draft, event, STAGE_DISPATCH, STOP_MET);
}

static void finish_dispatch(struct draft *draft, struct event *event, const struct rule *rule)
{
    note_dispatch(draft, event, rule);
    draft_tell_office(draft, event);
    if (draft->file->history)
        make_history(draft, event);
    draft_end(draft, event);
    for (size_t i = 0; i < draft->file->summons_count; i++)
        if (draft->file->summons[i].state != SUMMONS_EXCUSED) // of an earlier placing
            draft_answer_called(draft, &draft->file->summons[i]);
}

// What has to happen after the work, before the case is closed.
static void note_closing(struct draft *draft, struct event *event, const struct rule *rule)
{
    uint32_t needs = draft->rules->closing | (rule ? rule->closing : 0);
    struct closing *closing = needs && !draft->file->history ? draft_closing(draft, event) : NULL;
    if (closing)
        closing->needs = needs;
}

// Who calls up members and names no lead works with them itself.
static void call_organiser(struct draft *draft, struct event *event, const struct rule *rule)
{
    uint32_t office = unit_find(&draft->rules->units, draft->file->office);
    const struct summons *summons =
        rule->call_count || office == UNIT_NONE ? NULL : draft_call(draft, event, office, ROLE_LEAD);
    if (summons)
        draft_start_clocks(draft, event, summons, rule, NULL);
}

static void dispatch(struct draft *draft, const struct rule *rule)
{
    struct event *event = draft_event(draft, EVENT_DISPATCHED);
    if (!event)
        return;
    event->state = CASE_DISPATCHED;
    event->rule = rule_ref(draft, rule);
    note_closing(draft, event, rule);
    call_all(draft, event, rule);
    if (rule->pool)
        call_organiser(draft, event, rule);
    finish_dispatch(draft, event, rule);
    if (rule->pool && draft->area != AREA_NONE)
        draft_call_pool(draft, rule);
}

static void dispatch_to_owner(struct draft *draft, uint32_t owner)
{
    struct event *event = draft_event(draft, EVENT_DISPATCHED);
    if (!event)
        return;
    event->state = CASE_DISPATCHED;
    event->rule = rule_ref(draft, NULL);
    event->reason = draft->out->reason = "default_owner";
    note_closing(draft, event, NULL);
    const struct summons *summons = draft_call(draft, event, owner, ROLE_LEAD);
    if (summons)
        draft_start_clocks(draft, event, summons, NULL, NULL);
    finish_dispatch(draft, event, NULL);
}

// No unit is found: the supervisor's desk has to place it, and the time that was promised runs.
static void dispatch_to_desk(struct draft *draft, const struct rule *rule)
{
    struct event *event = draft_event(draft, EVENT_DISPATCHED);
    if (!event)
        return;
    event->rule = rule_ref(draft, rule);
    event->reason = draft->out->reason = rule ? "no_unit_here" : "no_rule";
    note_closing(draft, event, rule);
    draft_to_desk(draft, event, rule);
    draft_start(draft, event,
                &(struct clock_order){
                    .stage = STAGE_RESOLVE,
                    .unit = draft_unit_code(draft, draft->rules->desk),
                    .limit = draft_limits(draft, rule, NULL).of[STAGE_RESOLVE],
                    .ladder = draft->rules->ladder_of[STAGE_ARBITRATE],
                    .why = "desk",
                    .start_ms = draft->file->history ? draft->file->whistle->reported_ms : draft->now_ms,
                });
    finish_dispatch(draft, event, rule);
}

static void register_it(struct draft *draft, const struct rule *rule)
{
    struct event *event = draft_event(draft, EVENT_REGISTERED);
    if (!event)
        return;
    event->state = CASE_REGISTERED;
    event->rule = rule_ref(draft, rule);
    draft->out->reason = "registered";
    draft_stop_all(draft, event, STOP_MET); // it may have been handed up while it waited for approval
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

// 吹哨准: the office above the submitting one says whether the whistle goes out; the desk, where there is
// none.
static const char *approver_of(const struct draft *draft)
{
    const struct rules *rules = draft->rules;
    uint32_t office = unit_find(&rules->units, draft->file->office);
    uint32_t area = office == UNIT_NONE ? draft->area : rules->units.units[office].area;
    uint32_t above = rules_office_above(rules, area, 1);
    return draft_unit_code(draft, above == UNIT_NONE || above == office ? rules->desk : above);
}

static void await_approval(struct draft *draft, const struct rule *rule)
{
    const char *approver = approver_of(draft);
    struct event *event = draft_event(draft, EVENT_AWAITING);
    if (!event)
        return;
    event->state = CASE_AWAITING_APPROVAL;
    event->rule = rule_ref(draft, rule);
    event->target = approver;
    draft->out->reason = "awaiting_approval";
    draft_start_stage(draft, event, rule, STAGE_APPROVE, 0, approver, draft->now_ms);
    draft_tell_unit(draft, event, approver, WHY_SUPERVISOR);
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

// Nobody stands above the desk's own whistle, and an emergency waits for nobody.
static bool needs_approval(const struct draft *draft, const struct rule *rule)
{
    return rule && rule->approval && draft->file->whistle->kind != KIND_EMERGENCY && !draft->file->history &&
           !text_same(approver_of(draft), draft->file->office);
}

void draft_place(struct draft *draft, bool approved)
{
    uint32_t index = ask_rules(draft);
    const struct rule *rule = index == RULE_NONE ? NULL : &draft->rules->routing.rules[index];
    if (rule && rule->registers)
        register_it(draft, rule);
    else if (needs_approval(draft, rule) && !approved)
        await_approval(draft, rule);
    else if (rule_has_lead(draft, rule))
        dispatch(draft, rule);
    else if (!rule && draft->rules->default_owner != UNIT_NONE)
        dispatch_to_owner(draft, draft->rules->default_owner);
    else
        dispatch_to_desk(draft, rule);
}
