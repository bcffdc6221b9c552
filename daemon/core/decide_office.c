// What the submitting office does after the whistle: urge, hand up, take back, settle, cancel, add a unit.
#include "core/acts.h"

#include "base/error.h"
#include "base/text.h"

static bool urge_units(struct draft *draft, struct event *event, const struct act_target *target)
{
    for (size_t i = 0; i < draft->file->summons_count; i++) {
        const struct summons *before = &draft->file->summons[i];
        if (!summons_is_open(before->state) || !act_means(before, target->act->target))
            continue;
        struct summons *summons = draft_summons(draft, event, before);
        if (!summons)
            return false;
        summons->urges++;
        draft_tell_summons(draft, event, before);
    }
    return event->summons_count > 0;
}

// A case that waits for a ruling is urged on the desk.
static bool urge_desk(struct draft *draft, struct event *event, const struct act_target *target)
{
    const char *desk = draft_unit_code(draft, draft->rules->desk);
    bool meant = !text_given(target->act->target) || text_same(target->act->target, desk);
    if (draft->file->state != CASE_ARBITRATION || !meant)
        return false;
    draft_tell_unit(draft, event, desk, WHY_SUPERVISOR);
    return true;
}

void act_urge(struct draft *draft, const struct act_target *target)
{
    struct event *event = act_begin(draft, EVENT_URGED, target);
    if (!event)
        return;
    bool units = urge_units(draft, event, target), desk = urge_desk(draft, event, target);
    if (units || desk)
        draft_end(draft, event);
    else if (!draft->error)
        act_refuse_target(draft, target);
}

static uint32_t area_of(const struct draft *draft, const char *code)
{
    uint32_t unit = unit_find(&draft->rules->units, code);
    return unit == UNIT_NONE ? draft->area : draft->rules->units.units[unit].area;
}

static bool stands_above(const struct draft *draft, uint32_t unit, const char *charge)
{
    uint32_t above = draft->rules->units.units[unit].area, below = area_of(draft, charge);
    return above != below && area_is_within(&draft->rules->areas, below, above);
}

// Whoever is in charge after this event has this long.
static void start_charge(struct draft *draft, struct event *event, struct limit limit, const char *ladder,
                         const char *why)
{
    draft_start(draft, event,
                &(struct clock_order){
                    .stage = STAGE_CHARGE,
                    .unit = event->charge ? event->charge : draft->file->charge,
                    .limit = draft_limit(draft, limit.measure ? limit : draft->rules->supervise_limit),
                    .ladder = ladder,
                    .why = why,
                    .start_ms = draft->now_ms,
                });
}

void resume_charge(struct draft *draft, struct event *event)
{
    if (!text_same(draft->file->charge, draft->file->office) && !case_clock(draft->file, STAGE_CHARGE, 0))
        start_charge(draft, event, (struct limit){0}, draft_ladder(draft, STAGE_CHARGE), "again");
}

bool move_charge(struct draft *draft, struct event *event, const char *from, uint32_t levels,
                 struct limit limit, const char *ladder, const char *why)
{
    uint32_t above = rules_office_above(draft->rules, area_of(draft, from), levels ? levels : 1);
    const char *unit = draft_unit_code(draft, above);
    if (!unit || !stands_above(draft, above, draft->file->charge))
        return false;
    draft_stop(draft, event, STAGE_CHARGE, 0, STOP_HANDED_UP);
    event->charge = unit;
    draft_tell_unit(draft, event, unit, WHY_OFFICE);
    start_charge(draft, event, limit, ladder, why);
    return true;
}

void act_hand_up(struct draft *draft, const struct act_target *target)
{
    if (!act_gives_reason(draft, &draft->rules->hand_up_reasons, target->act->reason,
                          draft->rules->hand_up_reasons.count > 0))
        return;
    struct event *event = act_begin(draft, EVENT_HANDED_UP, target);
    if (!event)
        return;
    draft_tell(draft, event, draft->file->charge, WHY_OFFICE);
    if (!move_charge(draft, event, draft->file->charge, 1, (struct limit){0},
                     draft_ladder(draft, STAGE_CHARGE), "hand_up")) {
        draft_refuse(draft, ERROR_NO_LEVEL_ABOVE, NULL, text_or_empty(draft->file->charge), NULL);
        return;
    }
    draft_tell_office(draft, event);
    draft_end(draft, event);
    widen_call(draft);
}

// Is this the office of an area that holds the submitting office's and lies below the one in charge?
static bool lies_between(const struct draft *draft, uint32_t unit)
{
    const struct area_tree *areas = &draft->rules->areas;
    uint32_t area = draft->rules->units.units[unit].area;
    return area != AREA_NONE && areas->areas[area].office == unit &&
           area_is_within(areas, area_of(draft, draft->file->office), area) &&
           area_is_within(areas, area, area_of(draft, draft->file->charge)) &&
           area != area_of(draft, draft->file->charge);
}

static bool check_return(struct draft *draft, const struct act_target *target)
{
    const struct casefile *file = draft->file;
    bool says = text_given(target->act->reason) || act_says_something(draft, target->act);
    if (!says)
        return false;
    if (text_same(file->charge, file->office))
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, NULL, "not handed up", "return");
    else if (target->target != UNIT_NONE && !text_same(target->act->target, file->office) &&
             !lies_between(draft, target->target))
        draft_refuse(draft, ERROR_BAD_VALUE, "act.target", "target", "above the case and below the charge");
    return draft->out->code == 0;
}

// 交回: a case that climbed comes back down with the level's decision, to the submitting office or to a level
// between, which then has a time of its own.
void act_return(struct draft *draft, const struct act_target *target)
{
    if (!check_return(draft, target))
        return;
    struct event *event = act_begin(draft, EVENT_RETURNED, target);
    if (!event)
        return;
    event->charge = target->target == UNIT_NONE ? draft->file->office : target->act->target;
    draft_tell(draft, event, draft->file->charge, WHY_OFFICE);
    draft_tell_unit(draft, event, event->charge, WHY_OFFICE);
    draft_tell_office(draft, event);
    draft_stop(draft, event, STAGE_CHARGE, 0, STOP_MET);
    if (!text_same(event->charge, draft->file->office))
        start_charge(draft, event, (struct limit){0}, draft_ladder(draft, STAGE_CHARGE), "return");
    draft_end(draft, event);
}

// What somebody has taken up, judged, or handed up is no small matter any more.
static const char *why_not_small(const struct casefile *file)
{
    for (size_t i = 0; i < file->summons_count; i++)
        if (file->summons[i].state != SUMMONS_EXCUSED && file->summons[i].accepted_ms)
            return word_name(WORDS_SUMMONS_STATE, SUMMONS_ACCEPTED);
    if (file->reworks)
        return word_name(WORDS_EVENT_KIND, EVENT_REWORK);
    return text_same(file->charge, file->office) ? NULL : word_name(WORDS_EVENT_KIND, EVENT_HANDED_UP);
}

// 小事在社区: the office settles it alone. Where residents are told how a matter ends, it says what it did.
void act_settle(struct draft *draft, const struct act_target *target)
{
    const struct act *act = target->act;
    const char *why_not = why_not_small(draft->file);
    uint32_t needs = draft->file->closing ? draft->file->closing->needs : 0;
    if (why_not) {
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, NULL, why_not, "settle");
        return;
    }
    if (!act_gives_reason(draft, &draft->rules->close_reasons, act->reason, false) ||
        ((needs & CLOSING_FEEDBACK) && !act_says_something(draft, act)))
        return;
    struct event *event = act_begin(draft, EVENT_SETTLED, target);
    if (!event)
        return;
    act_attach(event, target);
    draft_tell_called(draft, event, NULL);
    draft_excuse_all(draft, event, STOP_EXCUSED);
    put_to_end(draft, event, text_given(act->reason) ? act->reason : "settled");
    draft_end(draft, event);
}

// ---- cancel, add --------------------------------------------------------------------------------

void act_cancel(struct draft *draft, const struct act_target *target)
{
    if (!act_gives_reason(draft, &draft->rules->cancel_reasons, target->act->reason,
                          draft->rules->cancel_reasons.count > 0))
        return;
    if (!case_may_move(draft->file->state, CASE_CANCELLED)) {
        act_refuse_state(draft);
        return;
    }
    struct event *event = act_begin(draft, EVENT_CANCELLED, target);
    if (!event)
        return;
    draft_tell_called(draft, event, NULL);
    draft_excuse_all(draft, event, STOP_CANCELLED);
    draft_stop_all(draft, event, STOP_CANCELLED);
    event->state = CASE_CANCELLED;
    draft_tell_office(draft, event);
    draft_end(draft, event);
    part_joined(draft);
}

void act_add_unit(struct draft *draft, const struct act_target *target)
{
    const struct casefile *file = draft->file;
    if (case_summons_of(file, target->act->target)) {
        draft_refuse(draft, ERROR_ALREADY_SUMMONED, "act.target", target->act->target, file->number);
        return;
    }
    if (file->state == CASE_RESOLVED || file->state == CASE_VERIFIED ||
        file->state == CASE_AWAITING_APPROVAL) {
        act_refuse_state(draft);
        return;
    }
    struct event *event = act_begin(draft, EVENT_UNIT_ADDED, target);
    enum role role = target->act->role == ROLE_LEAD ? ROLE_LEAD : ROLE_ASSIST;
    const struct summons *summons = event ? draft_call(draft, event, target->target, role) : NULL;
    if (!summons)
        return;
    uint32_t id = summons->id;
    draft_start_clocks(draft, event, summons, draft_rule(draft), NULL);
    draft_stop(draft, event, STAGE_DISPATCH, 0, STOP_MET);
    draft_tell_office(draft, event);
    draft_end(draft, event);
    if (!draft->error)
        draft_answer_called(draft, case_summons(draft->file, id));
}
