// Who has to come 裁定: another unit 改派, the one that declined after all 维持派单, or nobody in its place
// 免派; an assist that is not needed 撤派; and a quarrel that goes to a joint meeting 联席会议.
#include "core/acts.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"

// The summons that is to change hands: the named unit's; else the target's own, where it declined; else the
// first that was declined; else the open lead's.
static const struct summons *from_whom(const struct casefile *file, const struct act *act)
{
    const struct summons *lead = NULL,
                         *own = text_given(act->target) ? case_summons_of(file, act->target) : NULL;
    if (text_given(act->unit))
        return case_summons_of(file, act->unit);
    if (own && own->state == SUMMONS_DECLINED)
        return own;
    for (size_t i = 0; i < file->summons_count; i++) {
        const struct summons *summons = &file->summons[i];
        if (summons->state == SUMMONS_DECLINED)
            return summons;
        if (summons->role == ROLE_LEAD && summons_is_open(summons->state) && !lead)
            lead = summons;
    }
    return lead;
}

static bool other_declined(const struct casefile *file, const struct summons *but)
{
    for (size_t i = 0; i < file->summons_count; i++)
        if (&file->summons[i] != but && file->summons[i].state == SUMMONS_DECLINED)
            return true;
    return false;
}

// The desk's own clocks are over once nothing is left to place.
static void leave_desk(struct draft *draft, struct event *event, const struct summons *from)
{
    if (draft->file->state != CASE_ARBITRATION || other_declined(draft->file, from))
        return;
    bool taken = draft->file->open_call && draft->file->open_call->claim_count;
    for (size_t i = 0; i < draft->file->summons_count; i++)
        taken |= draft->file->summons[i].accepted_ms != 0 && &draft->file->summons[i] != from &&
                 draft->file->summons[i].state != SUMMONS_EXCUSED;
    event->state = taken ? CASE_IN_HAND : CASE_DISPATCHED;
    draft_stop(draft, event, STAGE_DISPATCH, 0, STOP_MET);
    draft_stop(draft, event, STAGE_ARBITRATE, 0, STOP_MET);
    draft_stop(draft, event, STAGE_RESOLVE, 0, STOP_REPLACED);
}

// 维持派单: the unit that declined has to come after all; it gets a new clock to accept, the others run on.
static void uphold(struct draft *draft, struct event *event, const struct summons *from)
{
    struct summons *summons = draft_summons(draft, event, from);
    if (!summons)
        return;
    summons->state = SUMMONS_CALLED;
    summons->held_since_ms = draft->now_ms;
    summons->accepted_ms = 0;
    draft_tell_summons(draft, event, summons);
    draft_start_stage(draft, event, draft_rule(draft), STAGE_ACCEPT, summons->id, summons->unit,
                      draft->now_ms);
}

// The ruling agrees with the unit: its hours are exempted, and stay on the record.
static void exempt(struct draft *draft, struct event *event, const struct summons *from)
{
    for (size_t i = 0; i < draft->file->clock_count; i++) {
        const struct clock *before = &draft->file->clocks[i];
        struct clock *clock = before->summons == from->id ? draft_clock(draft, event, before) : NULL;
        if (clock && !clock->exempt)
            clock->exempt = from->reason;
    }
}

void excuse_summons(struct draft *draft, struct event *event, const struct summons *from)
{
    struct summons *excused = draft_summons(draft, event, from);
    if (!excused)
        return;
    draft_release(draft, excused, SUMMONS_EXCUSED);
    draft_stop_summons(draft, event, from->id, STOP_EXCUSED);
    if (from->state == SUMMONS_DECLINED) {
        excused->exempt = from->reason;
        exempt(draft, event, from);
    }
    draft_tell(draft, event, from->unit, WHY_TOLD);
}

// A quarrel about who must come moves nothing of what the resident was told: the clock to resolve goes on in
// other hands, and what the case stood still is not counted against whoever comes.
static uint32_t assign(struct draft *draft, struct event *event, const struct summons *from, uint32_t unit)
{
    const struct clock *promise = case_clock(draft->file, STAGE_RESOLVE, from ? from->id : 0);
    if (from)
        excuse_summons(draft, event, from);
    const struct summons *summons = draft_call(draft, event, unit, from ? from->role : ROLE_LEAD);
    if (!summons)
        return 0;
    uint32_t id = summons->id;
    draft_start_clocks(draft, event, summons, draft_rule(draft),
                       promise ? draft_clock(draft, event, promise) : NULL);
    return id;
}

// Where nobody is named in its place, only an assist can be spared, and only beside others.
static enum ruling ruling_of(const struct act *act, const struct summons *from)
{
    if (!text_given(act->target))
        return RULING_EXCUSE;
    return from && text_same(from->unit, act->target) ? RULING_UPHOLD : RULING_ASSIGN;
}

static bool can_be_spared(const struct casefile *file, const struct summons *from)
{
    if (!from || from->role != ROLE_ASSIST)
        return false;
    for (size_t i = 0; i < file->summons_count; i++)
        if (&file->summons[i] != from && file->summons[i].state != SUMMONS_EXCUSED)
            return true;
    return false;
}

static bool check_reassign(struct draft *draft, const struct act *act, const struct summons *from,
                           enum ruling ruling)
{
    const struct casefile *file = draft->file;
    const char *own = draft_unit_code(draft, draft->command->principal->unit);
    bool over =
        file->state == CASE_RESOLVED || file->state == CASE_VERIFIED || (from && from->state == SUMMONS_DONE);
    if (from && text_same(from->unit, own)) // nobody rules on what he declined himself
        act_refuse_actor(draft, "act.unit");
    else if (!from && (text_given(act->unit) || file->state != CASE_ARBITRATION))
        draft_refuse(draft, ERROR_NOT_SUMMONED, "act.unit", text_given(act->unit) ? act->unit : "nobody",
                     file->number);
    else if (over)
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, NULL,
                     from && from->state == SUMMONS_DONE ? word_name(WORDS_SUMMONS_STATE, SUMMONS_DONE)
                                                         : word_name(WORDS_CASE_STATE, (int)file->state),
                     "reassign");
    else if (ruling == RULING_EXCUSE && !can_be_spared(file, from))
        draft_refuse(draft, ERROR_MISSING, "act.target", "target", NULL);
    else if (ruling == RULING_UPHOLD ? from->state != SUMMONS_DECLINED
                                     : ruling == RULING_ASSIGN && case_summons_of(file, act->target) != NULL)
        draft_refuse(draft, ERROR_ALREADY_SUMMONED, "act.target", act->target, file->number);
    return draft->out->code == 0;
}

static uint32_t rule_on(struct draft *draft, struct event *event, const struct summons *from,
                        enum ruling ruling, uint32_t unit)
{
    switch (ruling) {
    case RULING_UPHOLD:
        uphold(draft, event, from);
        return from->id;
    case RULING_EXCUSE:
        excuse_summons(draft, event, from);
        return 0;
    default:
        return assign(draft, event, from, unit);
    }
}

// 裁定 and 改派: assign another unit, uphold the one that declined, or excuse an assist.
void act_reassign(struct draft *draft, const struct act_target *target)
{
    const struct summons *from = from_whom(draft->file, target->act);
    enum ruling ruling = ruling_of(target->act, from);
    if (!check_reassign(draft, target->act, from, ruling))
        return;
    struct event *event = act_begin(draft, EVENT_REASSIGNED, target);
    if (!event)
        return;
    if (!from || from->state == SUMMONS_DECLINED) // else nobody had asked
        event->ruling = ruling;
    uint32_t id = rule_on(draft, event, from, ruling, target->target);
    leave_desk(draft, event, from);
    if (ruling == RULING_EXCUSE)
        resolve_if_done(draft, event, from->id);
    draft_tell_office(draft, event);
    draft_end(draft, event);
    if (!draft->error && id)
        draft_answer_called(draft, case_summons(draft->file, id));
}

// 撤派: an assist that is not needed after all; what it declined is for the desk to rule on.
void act_excuse(struct draft *draft, const struct act_target *target)
{
    const struct casefile *file = draft->file;
    const struct summons *summons = case_summons_of(file, target->act->target);
    if (!summons) {
        act_refuse_target(draft, target);
        return;
    }
    if (text_same(summons->unit, draft_unit_code(draft, draft->command->principal->unit))) {
        act_refuse_actor(draft, "act.target");
        return;
    }
    if (!summons_is_open(summons->state) || !can_be_spared(file, summons)) {
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, "act.target",
                     summons_is_open(summons->state) ? word_name(WORDS_ROLE, (int)summons->role)
                                                     : word_name(WORDS_SUMMONS_STATE, (int)summons->state),
                     "excuse");
        return;
    }
    struct event *event = act_begin(draft, EVENT_EXCUSED, target);
    if (!event)
        return;
    excuse_summons(draft, event, summons);
    resolve_if_done(draft, event, summons->id);
    draft_tell_office(draft, event);
    draft_end(draft, event);
    close_if_ready(draft);
}

// ---- 联席会议 -----------------------------------------------------------------------------------

static const int64_t MEETING_MS = 31 * DAY_MS;

// Puts who has to come to a joint meeting: the desk's clock then runs until it, once.
void act_convene(struct draft *draft, const struct act_target *target)
{
    const struct clock *desk = case_clock(draft->file, STAGE_ARBITRATE, 0);
    int64_t due_ms = target->act->due_ms;
    if (draft->file->state != CASE_ARBITRATION || !desk || text_same(desk->why, "meeting")) {
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, NULL,
                     desk ? "convened" : word_name(WORDS_CASE_STATE, (int)draft->file->state), "convene");
        return;
    }
    if (due_ms <= draft->now_ms || due_ms > draft->now_ms + MEETING_MS) {
        draft_refuse(draft, due_ms ? ERROR_TIME_RANGE : ERROR_MISSING, "act.due_ms", "due_ms", NULL);
        return;
    }
    struct event *event = act_begin(draft, EVENT_CONVENED, target);
    if (!event)
        return;
    draft_stop(draft, event, STAGE_ARBITRATE, 0, STOP_REPLACED);
    draft_start(draft, event,
                &(struct clock_order){
                    .stage = STAGE_ARBITRATE,
                    .unit = desk->unit,
                    .limit = desk->limit,
                    .ladder = desk->ladder,
                    .why = "meeting",
                    .start_ms = draft->now_ms,
                    .due_ms = due_ms,
                });
    for (size_t i = 0; i < draft->file->summons_count; i++)
        if (draft->file->summons[i].state != SUMMONS_EXCUSED)
            draft_tell_summons(draft, event, &draft->file->summons[i]);
    draft_tell_office(draft, event);
    draft_end(draft, event);
}
