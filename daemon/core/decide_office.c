// What the submitting office does after the whistle: urge, hand up, settle, evaluate, cancel, add a unit.
#include "core/acts.h"

#include "base/error.h"
#include "base/text.h"

static bool check_reason(struct draft *draft, const struct reason_list *list, const char *reason)
{
    bool given = reason && *reason;
    if (given ? reason_text(list, reason) != NULL : list->count == 0)
        return true;
    draft_refuse(draft, given ? ERROR_UNKNOWN_REASON : ERROR_MISSING, "act.reason", given ? reason : "reason",
                 NULL);
    return false;
}

static bool is_meant(const struct summons *summons, const char *target)
{
    return !target || !*target || text_same(summons->unit, target);
}

static bool refuse_target(struct draft *draft, const struct act_target *target)
{
    const char *unit = target->act->target;
    draft_refuse(draft, ERROR_NOT_SUMMONED, "act.target", unit && *unit ? unit : "nobody",
                 draft->file->number);
    return false;
}

static bool urge_units(struct draft *draft, struct event *event, const struct act_target *target)
{
    for (size_t i = 0; i < draft->file->summons_count; i++) {
        const struct summons *before = &draft->file->summons[i];
        if (!summons_is_open(before->state) || !is_meant(before, target->act->target))
            continue;
        struct summons *summons = draft_summons(draft, event, before);
        if (!summons)
            return false;
        summons->urges++;
        draft_tell_unit(draft, event, before->unit, draft_why(before));
    }
    return event->summons_count > 0;
}

// A case that waits for a ruling is urged on the desk.
static bool urge_desk(struct draft *draft, struct event *event, const struct act_target *target)
{
    const char *desk = draft_unit_code(draft, draft->rules->desk);
    bool meant = !target->act->target || !*target->act->target || text_same(target->act->target, desk);
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
        refuse_target(draft, target);
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
    draft_start(draft, event,
                &(struct clock_order){
                    .stage = STAGE_CHARGE,
                    .unit = unit,
                    .limit = draft_limit(draft, limit.measure ? limit : draft->rules->supervise_limit),
                    .ladder = ladder,
                    .why = why,
                    .start_ms = draft->now_ms,
                });
    return true;
}

void act_hand_up(struct draft *draft, const struct act_target *target)
{
    if (!check_reason(draft, &draft->rules->hand_up_reasons, target->act->reason))
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
}

// 小事在社区: the office settles it alone, as long as nobody has taken it up.
void act_settle(struct draft *draft, const struct act_target *target)
{
    for (size_t i = 0; i < draft->file->summons_count; i++) {
        const struct summons *summons = &draft->file->summons[i];
        if (summons->state != SUMMONS_EXCUSED && summons->accepted_ms) {
            draft_refuse(draft, ERROR_ILLEGAL_MOVE, NULL, word_name(WORDS_SUMMONS_STATE, SUMMONS_ACCEPTED),
                         "settle");
            return;
        }
    }
    struct event *event = act_begin(draft, EVENT_SETTLED, target);
    if (!event)
        return;
    draft_tell_called(draft, event, NULL);
    draft_excuse_all(draft, event, STOP_EXCUSED);
    draft_stop_all(draft, event, STOP_MET);
    event->state = CASE_CLOSED;
    event->reason = event->reason && *event->reason ? event->reason : "settled";
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

// ---- evaluate 评哨 ------------------------------------------------------------------------------

static size_t judge(struct draft *draft, struct event *event, const struct act_target *target)
{
    for (size_t i = 0; i < draft->file->summons_count; i++) {
        const struct summons *before = &draft->file->summons[i];
        if (before->state != SUMMONS_DONE || !is_meant(before, target->act->target))
            continue;
        struct summons *summons = draft_summons(draft, event, before);
        if (!summons)
            return 0;
        summons->verdict = target->act->verdict;
        draft_tell(draft, event, before->unit, draft_why(before));
    }
    return event->summons_count;
}

static bool all_solved(const struct casefile *file)
{
    for (size_t i = 0; i < file->summons_count; i++)
        if (file->summons[i].state == SUMMONS_DONE && file->summons[i].verdict != VERDICT_SOLVED)
            return false;
    return case_all_done(file);
}

static void close_case(struct draft *draft)
{
    struct event *event = draft_event(draft, EVENT_CLOSED);
    if (!event)
        return;
    event->state = CASE_CLOSED;
    event->reason = "solved";
    draft_stop(draft, event, STAGE_VERIFY, 0, STOP_CANCELLED); // the office's verdict came first
    draft_stop_all(draft, event, STOP_MET);
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

bool is_done_by(const struct casefile *file, const char *unit)
{
    for (size_t i = 0; i < file->summons_count; i++)
        if (file->summons[i].state == SUMMONS_DONE && is_meant(&file->summons[i], unit))
            return true;
    return false;
}

static bool begin_anew(struct draft *draft, struct event *event, const struct summons *before)
{
    struct summons *summons = draft_summons(draft, event, before);
    if (!summons)
        return false;
    summons->state = SUMMONS_CALLED;
    summons->reworks++;
    summons->called_ms = summons->held_since_ms = draft->now_ms;
    summons->accepted_ms = summons->reported_ms = summons->arrived_ms = summons->eta_ms = summons->done_ms =
        0;
    summons->petition = (struct petition){0};
    draft_tell_unit(draft, event, summons->unit, draft_why(summons));
    draft_start_clocks(draft, event, summons, draft_rule(draft), NULL);
    return true;
}

void rework(struct draft *draft, const char *unit)
{
    struct event *event = draft_event(draft, EVENT_REWORK);
    for (size_t i = 0; event && i < draft->file->summons_count; i++) {
        const struct summons *before = &draft->file->summons[i];
        if (before->state == SUMMONS_DONE && is_meant(before, unit) && !begin_anew(draft, event, before))
            return;
    }
    if (!event)
        return;
    draft_stop(draft, event, STAGE_VERIFY, 0, STOP_REPLACED);
    if (draft->file->state == CASE_RESOLVED || draft->file->state == CASE_VERIFIED)
        event->state = CASE_IN_HAND;
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

void act_evaluate(struct draft *draft, const struct act_target *target)
{
    enum verdict verdict = target->act->verdict;
    if (verdict != VERDICT_SOLVED && verdict != VERDICT_NOT_SOLVED) {
        draft_refuse(draft, verdict ? ERROR_BAD_VALUE : ERROR_MISSING, "act.verdict", "verdict",
                     verdict ? "unknown" : NULL);
        return;
    }
    struct event *event = act_begin(draft, EVENT_EVALUATED, target);
    if (!event)
        return;
    event->verdict = verdict;
    if (!judge(draft, event, target) && !draft->error) {
        refuse_target(draft, target);
        return;
    }
    draft_tell_office(draft, event);
    draft_end(draft, event);
    if (draft->error)
        return;
    if (verdict == VERDICT_NOT_SOLVED)
        rework(draft, target->act->target);
    else if (all_solved(draft->file))
        close_case(draft);
}

// ---- cancel, add --------------------------------------------------------------------------------

void act_cancel(struct draft *draft, const struct act_target *target)
{
    if (!check_reason(draft, &draft->rules->cancel_reasons, target->act->reason))
        return;
    if (!case_may_move(draft->file->state, CASE_CANCELLED)) {
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, NULL, word_name(WORDS_CASE_STATE, (int)draft->file->state),
                     "cancel");
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
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, NULL, word_name(WORDS_CASE_STATE, (int)file->state),
                     "add_unit");
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
