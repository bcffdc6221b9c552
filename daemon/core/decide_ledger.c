// What changes a clock that runs: it goes on, its limit is another one, its next step begins, a year of the
// calendar is known now.
#include "core/acts.h"

#include "base/error.h"
#include "base/text.h"

// ---- going on -----------------------------------------------------------------------------------

static void resume_clock(struct draft *draft, struct event *event, const struct clock *before, int64_t to_ms)
{
    struct clock *clock = draft_clock(draft, event, before);
    if (clock)
        draft->error = clock_resume(clock, draft_pause_end(clock, to_ms));
    if (clock)
        draft_reschedule(draft, clock);
}

// A suspended case is where it was: in hand where somebody has taken it.
static void leave_suspension(struct draft *draft, struct event *event)
{
    bool taken = draft->file->open_call && draft->file->open_call->claim_count;
    if (draft->file->state != CASE_SUSPENDED)
        return;
    for (size_t i = 0; i < draft->file->summons_count; i++)
        taken |= draft->file->summons[i].accepted_ms || draft->file->summons[i].reworks;
    event->state = taken ? CASE_IN_HAND : CASE_DISPATCHED;
}

// The summonses whose clocks go on in this event, and the office.
static void tell_resumed(struct draft *draft, struct event *event)
{
    for (size_t i = 0; i < event->clock_count; i++) {
        const struct summons *summons = case_summons(draft->file, event->clocks[i].summons);
        if (summons)
            draft_tell_summons(draft, event, summons);
        else
            draft_tell_unit(draft, event, event->clocks[i].unit, WHY_SUPERVISOR);
    }
    draft_tell_office(draft, event);
}

bool resume_planned(struct draft *draft, int64_t at_ms)
{
    struct event *event = draft_event(draft, EVENT_RESUMED);
    for (size_t i = 0; event && i < draft->file->clock_count && !draft->error; i++) {
        const struct clock *clock = &draft->file->clocks[i];
        if (clock_is_paused(clock) && clock_next(clock) <= at_ms)
            resume_clock(draft, event, clock, clock_next(clock));
    }
    if (!event || draft->error)
        return false;
    event->late = draft->command->late;
    leave_suspension(draft, event);
    tell_resumed(draft, event);
    draft_end(draft, event);
    return true;
}

// Whose clocks are meant: the named unit's, the own ones; NULL: all of the case, which is the supervisor's,
// and a suspended case has no others.
static bool find_paused(struct draft *draft, const struct act *act, const struct summons **summons)
{
    const char *own = draft_unit_code(draft, draft->command->principal->unit);
    bool named = text_given(act->target) && !text_same(act->target, own);
    *summons = case_summons_of(draft->file, named ? act->target : own);
    bool whole = draft->file->state == CASE_SUSPENDED || (!*summons && !named);
    if ((whole || named) && !act_supervises(draft))
        return act_refuse_actor(draft, NULL);
    if (named && !*summons && !whole) {
        draft_refuse(draft, ERROR_NOT_SUMMONED, "act.target", act->target, draft->file->number);
        return false;
    }
    *summons = whole ? NULL : *summons;
    return true;
}

void act_resume(struct draft *draft, const struct act_target *target)
{
    const struct summons *summons;
    if (!find_paused(draft, target->act, &summons))
        return;
    struct event *event = act_begin(draft, EVENT_RESUMED, target);
    for (size_t i = 0; event && i < draft->file->clock_count && !draft->error; i++) {
        const struct clock *clock = &draft->file->clocks[i];
        if (clock_is_paused(clock) && (!summons || clock->summons == summons->id))
            resume_clock(draft, event, clock, draft->now_ms);
    }
    if (!event || draft->error)
        return;
    if (!event->clock_count) {
        act_refuse_state(draft);
        return;
    }
    leave_suspension(draft, event);
    tell_resumed(draft, event);
    draft_end(draft, event);
}

// ---- another limit ------------------------------------------------------------------------------

// Whether this clock may have that limit; nobody changes his own.
static bool may_change(struct draft *draft, const struct act *act, const struct summons *summons,
                       const struct clock *clock, struct limit *limit)
{
    const struct principal *principal = draft->command->principal;
    if (!summons)
        draft_refuse(draft, ERROR_NOT_SUMMONED, "act.target", act->target, draft->file->number);
    else if (text_same(summons->unit, draft_unit_code(draft, principal->unit)))
        act_refuse_actor(draft, "act.target");
    else if (!clock)
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, "act.stage",
                     word_name(WORDS_SUMMONS_STATE, (int)summons->state), "change_limit");
    else if (limit_parse(text_or_empty(act->limit), &draft->rules->words, limit))
        draft_refuse(draft, *text_or_empty(act->limit) ? ERROR_BAD_VALUE : ERROR_MISSING, "act.limit",
                     "limit", act->limit);
    else
        return true;
    return false;
}

// The limit is another one, what was paused and extended stays 改时限.
void act_change_limit(struct draft *draft, const struct act_target *target)
{
    const struct summons *summons = case_summons_of(draft->file, target->act->target);
    enum stage stage = target->act->stage ? target->act->stage : STAGE_RESOLVE;
    const struct clock *before = summons ? case_clock(draft->file, stage, summons->id) : NULL;
    struct limit limit;
    if (!may_change(draft, target->act, summons, before, &limit))
        return;
    struct event *event = act_begin(draft, EVENT_LIMIT_CHANGED, target);
    struct clock *clock = event ? draft_clock(draft, event, before) : NULL;
    if (!clock)
        return;
    clock->limit = draft_limit(draft, limit);
    draft_reschedule(draft, clock);
    event->stage = stage;
    draft_tell_summons(draft, event, summons);
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

// ---- the next step ------------------------------------------------------------------------------

// A step is done 阶段办结: the next one's limit begins to run.
void act_advance(struct draft *draft, const struct act_target *target)
{
    const struct clock *before = case_clock(draft->file, STAGE_RESOLVE, target->summons->id);
    const char *stands = !before || !summons_is_open(target->summons->state) ? "done"
                         : !before->step_count                               ? "at its last step"
                         : clock_is_paused(before)                           ? "paused"
                                                                             : NULL;
    if (stands) {
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, NULL, stands, "advance");
        return;
    }
    struct event *event = act_begin(draft, EVENT_ADVANCED, target);
    if (!event)
        return;
    event->stage = STAGE_RESOLVE;
    event->late = before->due_ms < draft->now_ms;
    draft_stop(draft, event, STAGE_RESOLVE, target->summons->id, STOP_MET);
    draft_start(draft, event,
                &(struct clock_order){
                    .stage = STAGE_RESOLVE,
                    .summons = before->summons,
                    .unit = before->unit,
                    .limit = before->steps[0].limit,
                    .calendar = before->calendar,
                    .ladder = before->ladder,
                    .why = before->why,
                    .start_ms = draft->now_ms,
                    .steps = before->steps,
                    .step_count = (uint32_t)before->step_count,
                });
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

// ---- a year that is known now -------------------------------------------------------------------

static bool differs(const struct clock *a, const struct clock *b)
{
    return a->due_ms != b->due_ms || a->promise_ms != b->promise_ms || a->provisional != b->provisional;
}

void decide_reschedule(struct draft *draft)
{
    if (!draft_take_case(draft))
        return;
    struct event *event = draft_event(draft, EVENT_RESCHEDULED);
    for (size_t i = 0; event && i < draft->file->clock_count && !draft->error; i++) {
        const struct clock *clock = &draft->file->clocks[i];
        if (!clock->provisional || clock->stopped_ms)
            continue;
        struct clock after = *clock;
        after.rung_count = 0; // only the due time is asked
        int error = clock_reschedule(&after, draft_calendar(draft, clock));
        if (error || !differs(clock, &after)) // a calendar that cannot serve leaves it as it was
            continue;
        struct clock *moved = draft_clock(draft, event, clock);
        if (moved && clock_reschedule(moved, draft_calendar(draft, clock)))
            *moved = *clock;
    }
    if (!event || draft->error || !event->clock_count)
        return;
    tell_resumed(draft, event);
    draft_end(draft, event);
}
