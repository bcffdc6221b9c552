// What waits for somebody else: the approval of a whistle 吹哨准, the verification of what is done 核查.
#include "core/acts.h"

#include "base/error.h"
#include "base/text.h"

// Whoever is on the clock of this stage, or a supervisor; never about the own whistle or the own work.
static bool may_answer(struct draft *draft, enum stage stage)
{
    const struct principal *principal = draft->command->principal;
    const struct clock *clock = case_clock(draft->file, stage, 0);
    const char *unit = draft_unit_code(draft, principal->unit);
    bool own = unit && (stage == STAGE_APPROVE ? text_same(unit, draft->file->office)
                                               : has_worked(draft->file, unit));
    bool asked = clock && text_same(clock->unit, unit);
    return (!own && (asked || act_supervises(draft))) || act_refuse_actor(draft, NULL);
}

void approve(struct draft *draft, const struct act_target *target)
{
    if (!may_answer(draft, STAGE_APPROVE))
        return;
    struct event *event = act_begin(draft, EVENT_GRANTED, target);
    if (!event)
        return;
    draft_stop(draft, event, STAGE_APPROVE, 0, STOP_MET);
    draft_tell_office(draft, event);
    draft_end(draft, event);
    if (!draft->error)
        draft_place(draft, true);
}

void reject(struct draft *draft, const struct act_target *target)
{
    if (!may_answer(draft, STAGE_APPROVE) ||
        !act_gives_reason(draft, &draft->rules->reject_reasons, target->act->reason, true))
        return;
    struct event *event = act_begin(draft, EVENT_REFUSED, target);
    if (!event)
        return;
    event->state = CASE_REJECTED;
    draft_stop_all(draft, event, STOP_MET);
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

// ---- verification -------------------------------------------------------------------------------

// office, desk, a level of the areas (its office above the case), or a unit.
static const char *named(const struct draft *draft, const char *name)
{
    const struct rules *rules = draft->rules;
    if (text_same(name, "office"))
        return draft->file->office;
    if (text_same(name, "desk"))
        return draft_unit_code(draft, rules->desk);
    for (uint32_t area = draft->area; area != AREA_NONE; area = rules->areas.areas[area].parent)
        if (text_same(rules->areas.areas[area].level, name) && rules->areas.areas[area].office != UNIT_NONE)
            return draft_unit_code(draft, rules->areas.areas[area].office);
    uint32_t unit = unit_find(&rules->units, name);
    return unit == UNIT_NONE ? draft->file->office : draft_unit_code(draft, unit);
}

// Has it done the work, in this event or before?
static bool works(const struct draft *draft, const struct event *event, const char *unit)
{
    for (size_t i = 0; i < event->summons_count; i++)
        if (event->summons[i].state == SUMMONS_DONE &&
            (text_same(event->summons[i].unit, unit) || text_same(event->summons[i].handler, unit)))
            return true;
    return has_worked(draft->file, unit);
}

// The office of the level above, or the desk.
static const char *above(const struct draft *draft, const char *code)
{
    const struct rules *rules = draft->rules;
    uint32_t unit = unit_find(&rules->units, code);
    uint32_t area = unit == UNIT_NONE ? draft->area : rules->units.units[unit].area;
    uint32_t office = area == AREA_NONE ? UNIT_NONE : rules_office_above(rules, area, 1);
    return draft_unit_code(draft, office == UNIT_NONE ? rules->desk : office);
}

// Somebody else than whoever did the work: whom the rule names, the level above that, the submitting office,
// the desk. NULL: they all worked on it, and the office's verdict has to do.
static const char *verifier_of(const struct draft *draft, const struct event *event, const char *name)
{
    const char *first = named(draft, name);
    const char *candidates[] = {first, above(draft, first), draft->file->office,
                                draft_unit_code(draft, draft->rules->desk)};
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++)
        if (candidates[i] && !works(draft, event, candidates[i]))
            return candidates[i];
    return NULL;
}

void await_verification(struct draft *draft, struct event *event)
{
    const struct rule *rule = draft_rule(draft);
    const char *name = rule && rule->verify ? rule->verify : NULL;
    bool none = name ? text_same(name, "none") : !draft_limits(draft, rule, NULL).of[STAGE_VERIFY].measure;
    const char *unit = none ? NULL : verifier_of(draft, event, name ? name : "office");
    if (!unit) {
        await_closing(draft, event);
        return;
    }
    draft_start_stage(draft, event, rule, STAGE_VERIFY, 0, unit, draft->now_ms);
    draft_tell_unit(draft, event, unit, WHY_SUPERVISOR);
}

void await_closing(struct draft *draft, struct event *event)
{
    draft_start_stage(draft, event, draft_rule(draft), STAGE_CLOSE, 0, draft->file->office, draft->now_ms);
}

static bool check_verify(struct draft *draft, const struct act *act)
{
    if (!may_answer(draft, STAGE_VERIFY) || !act_has_verdict(draft, act))
        return false;
    if (draft->file->state != CASE_RESOLVED)
        act_refuse_state(draft);
    else if (act->verdict == VERDICT_SOLVED && text_given(act->target))
        draft_refuse(draft, ERROR_BAD_VALUE, "act.target", "target",
                     "one unit, where the whole is found solved");
    else if (!is_done_by(draft->file, act->target))
        draft_refuse(draft, ERROR_NOT_SUMMONED, "act.target", text_or_empty(act->target),
                     draft->file->number);
    return draft->out->code == 0;
}

// 核查: what is not solved is rework, of the unit that is named or of all.
void act_verify(struct draft *draft, const struct act_target *target)
{
    enum verdict verdict = target->act->verdict;
    if (!check_verify(draft, target->act))
        return;
    struct event *event = act_begin(draft, EVENT_VERIFIED, target);
    if (!event)
        return;
    event->verdict = verdict;
    act_attach(event, target);
    draft_stop(draft, event, STAGE_VERIFY, 0, STOP_MET);
    if (verdict == VERDICT_SOLVED) {
        event->state = CASE_VERIFIED;
        await_closing(draft, event);
    }
    tell_workers(draft, event);
    end_verdict(draft, event, target->act);
}
