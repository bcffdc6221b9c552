// What a called unit does with its summons: accept, report, decline, resolve, answer an order, hand it down,
// tell how far it is.
#include "core/acts.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "core/span.h"

static const int64_t AHEAD_MS = 5 * MINUTE_MS;
static const int64_t ETA_MS = 92 * DAY_MS;
static const int64_t EARLY_MS = HOUR_MS; // who comes to a meeting may come so early

static bool may_move(struct draft *draft, const struct act_target *target, enum summons_state to)
{
    enum summons_state from = target->summons->state;
    if (from != to && summons_may_move(from, to))
        return true;
    draft_refuse(draft, ERROR_ILLEGAL_MOVE, NULL, word_name(WORDS_SUMMONS_STATE, (int)from),
                 word_name(WORDS_VERB, (int)target->act->verb));
    return false;
}

static bool is_late(const struct draft *draft, enum stage stage, uint32_t summons)
{
    const struct clock *clock = case_clock(draft->file, stage, summons);
    return clock && clock->due_ms < draft->now_ms;
}

// The first unit that takes its summons puts the case in hand; a quarrel about another summons goes on.
static void put_in_hand(struct draft *draft, struct event *event)
{
    if (draft->file->state == CASE_DISPATCHED)
        event->state = CASE_IN_HAND;
}

static struct event *begin(struct draft *draft, enum event_kind kind, const struct act_target *target)
{
    struct event *event = draft_event(draft, kind);
    if (!event)
        return NULL;
    event->unit = target->unit;
    event->personal = draft->command->personal;
    event->reason = target->act->reason;
    act_attach(event, target);
    event->head_count = target->act->head_count;
    return event;
}

static void mark_accepted(struct draft *draft, struct event *event, struct summons *summons)
{
    if (!summons->accepted_ms)
        summons->accepted_ms = draft->now_ms;
    draft_stop(draft, event, STAGE_ACCEPT, summons->id, STOP_MET);
}

void act_accept(struct draft *draft, const struct act_target *target)
{
    if (!may_move(draft, target, SUMMONS_ACCEPTED))
        return;
    struct event *event = begin(draft, EVENT_ACCEPTED, target);
    struct summons *summons = event ? draft_summons(draft, event, target->summons) : NULL;
    if (!summons)
        return;
    event->late = is_late(draft, STAGE_ACCEPT, summons->id);
    event->reason = NULL;
    summons->state = SUMMONS_ACCEPTED;
    mark_accepted(draft, event, summons);
    put_in_hand(draft, event);
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

static bool check_report(struct draft *draft, const struct act_target *target)
{
    const struct act *act = target->act;
    enum summons_state state = target->summons->state;
    if (state != SUMMONS_REPORTED && !may_move(draft, target, SUMMONS_REPORTED))
        return false;
    bool ahead = act->arrived_ms > draft->now_ms + AHEAD_MS;
    bool before = act->arrived_ms && act->arrived_ms < target->summons->called_ms;
    if (ahead || before) {
        draft_refuse(draft, ERROR_TIME_RANGE, "act.arrived_ms", "arrived_ms", NULL);
        return false;
    }
    if (act->eta_ms && (act->eta_ms < draft->now_ms - AHEAD_MS || act->eta_ms > draft->now_ms + ETA_MS)) {
        draft_refuse(draft, ERROR_TIME_RANGE, "act.eta_ms", "eta_ms", NULL);
        return false;
    }
    return true;
}

// A report that tells no time means "we are here", unless the meeting is still far away.
static int64_t arrival(const struct draft *draft, const struct act *act)
{
    bool waits = draft->file->whistle->appointed_ms > draft->now_ms + EARLY_MS;
    return act->arrived_ms || act->eta_ms || waits ? act->arrived_ms : draft->now_ms;
}

// Report implies accept. Where a meeting is appointed the clock runs until arrival; else being in contact
// counts.
void act_report(struct draft *draft, const struct act_target *target)
{
    const struct act *act = target->act;
    if (!check_report(draft, target))
        return;
    struct event *event = begin(draft, EVENT_REPORTED, target);
    struct summons *summons = event ? draft_summons(draft, event, target->summons) : NULL;
    if (!summons)
        return;
    event->reason = NULL;
    event->eta_ms = act->eta_ms;
    event->arrived_ms = arrival(draft, act);
    event->position = act->position;
    event->late = is_late(draft, STAGE_REPORT, summons->id);
    mark_accepted(draft, event, summons);
    summons->state = SUMMONS_REPORTED;
    summons->reported_ms = summons->reported_ms ? summons->reported_ms : draft->now_ms;
    summons->eta_ms = event->eta_ms ? event->eta_ms : summons->eta_ms;
    summons->arrived_ms = event->arrived_ms ? event->arrived_ms : summons->arrived_ms;
    summons->head_count = act->head_count ? act->head_count : summons->head_count;
    if (event->arrived_ms || !draft->file->whistle->appointed_ms)
        draft_stop(draft, event, STAGE_REPORT, summons->id, STOP_MET);
    put_in_hand(draft, event);
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

// 退单时限: the return limit runs from acceptance, or from the call where nobody accepted.
static bool check_return_limit(struct draft *draft, const struct act_target *target)
{
    const struct summons *summons = target->summons;
    int64_t from = summons->accepted_ms ? summons->accepted_ms : summons->called_ms, end;
    if (draft->rules->return_limit.measure == MEASURE_NONE)
        return true;
    draft->error =
        span_end(draft->calendar, draft_limit(draft, draft->rules->return_limit), from, &end, NULL);
    if (draft->error)
        return false;
    if (draft->now_ms <= end)
        return true;
    draft_refuse(draft, ERROR_TOO_LATE, NULL, "decline", arena_printf(draft->arena, "%lld", (long long)end));
    return false;
}

// What a branch got from its unit it does not decline for it, nor hand on.
static bool is_its_own(struct draft *draft, const struct act_target *target)
{
    const char *own = draft_unit_code(draft, draft->command->principal->unit);
    return text_same(target->summons->unit, own) || act_refuse_actor(draft, NULL);
}

static bool check_declines(struct draft *draft)
{
    uint32_t max = draft->rules->max_declines ? draft->rules->max_declines : 2;
    if (draft->file->declines < max)
        return true;
    draft_refuse(draft, ERROR_TOO_MANY, NULL, "decline", arena_printf(draft->arena, "%u", max));
    return false;
}

// No clock stops for an argument: only the one that asked for acceptance is over, since it was answered.
void act_decline(struct draft *draft, const struct act_target *target)
{
    if (!is_its_own(draft, target) || !may_move(draft, target, SUMMONS_DECLINED) ||
        !act_gives_reason(draft, &draft->rules->decline_reasons, target->act->reason, true) ||
        !check_declines(draft) || !check_return_limit(draft, target))
        return;
    struct event *event = begin(draft, EVENT_DECLINED, target);
    struct summons *summons = event ? draft_summons(draft, event, target->summons) : NULL;
    if (!summons)
        return;
    draft_release(draft, summons, SUMMONS_DECLINED);
    summons->reason = target->act->reason;
    draft_stop(draft, event, STAGE_ACCEPT, summons->id, STOP_DECLINED);
    draft_to_desk(draft, event, draft_rule(draft));
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

void resolve_if_done(struct draft *draft, struct event *event, uint32_t summons_now_done)
{
    for (size_t i = 0; i < draft->file->summons_count; i++) {
        const struct summons *other = &draft->file->summons[i];
        bool pending = summons_is_open(other->state) || other->state == SUMMONS_DECLINED;
        if (pending && other->id != summons_now_done)
            return;
    }
    event->state = CASE_RESOLVED;
    draft_stop_all(draft, event, STOP_MET);
    await_verification(draft, event);
}

void act_resolve(struct draft *draft, const struct act_target *target)
{
    if (!may_move(draft, target, SUMMONS_DONE) ||
        !act_gives_reason(draft, &draft->rules->resolve_reasons, target->act->reason, false))
        return;
    if (draft_organises(draft, target->summons, NULL) &&
        nobody_came(draft->file)) { // then it is settled, or not done
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, NULL, "without a member on site", "resolve");
        return;
    }
    struct event *event = begin(draft, EVENT_RESOLVED, target);
    struct summons *summons = event ? draft_summons(draft, event, target->summons) : NULL;
    if (!summons)
        return;
    event->late = is_late(draft, STAGE_RESOLVE, summons->id);
    mark_accepted(draft, event, summons);
    summons->done_ms = draft->now_ms;
    summons->reason = target->act->reason;
    draft_release(draft, summons, SUMMONS_DONE);
    draft_stop_summons(draft, event, summons->id, STOP_MET);
    put_in_hand(draft, event);
    resolve_if_done(draft, event, summons->id);
    draft_tell_office(draft, event);
    draft_end(draft, event);
    close_if_ready(draft);
}

void act_answer(struct draft *draft, const struct act_target *target)
{
    const struct clock *order = case_clock(draft->file, STAGE_ANSWER, target->summons->id);
    if (!order) {
        draft_refuse(draft, ERROR_NOT_FOUND, NULL, "order", NULL);
        return;
    }
    struct event *event = begin(draft, EVENT_ANSWERED, target);
    if (!event)
        return;
    event->late = order->due_ms < draft->now_ms;
    draft_tell(draft, event, order->why, WHY_SUPERVISOR);
    draft_stop(draft, event, STAGE_ANSWER, target->summons->id, STOP_MET);
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

// ---- inside the unit ----------------------------------------------------------------------------

static bool check_hand_down(struct draft *draft, const struct act_target *target)
{
    const struct unit_table *units = &draft->rules->units;
    const struct summons *summons = target->summons,
                         *other = case_summons_of(draft->file, target->act->target);
    if (!is_its_own(draft, target))
        return false;
    if (!summons_is_open(summons->state))
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, NULL, word_name(WORDS_SUMMONS_STATE, (int)summons->state),
                     "hand_down");
    else if (!unit_may_hand_down(units, unit_find(units, summons->unit), target->target))
        draft_refuse(draft, ERROR_BAD_VALUE, "act.target", "target", "a unit that is no branch of it");
    else if (other && other != summons)
        draft_refuse(draft, ERROR_ALREADY_SUMMONED, "act.target", target->act->target, draft->file->number);
    return draft->out->code == 0;
}

// 转派: a branch has it in hand, the unit answers for it and its clocks run on.
void act_hand_down(struct draft *draft, const struct act_target *target)
{
    if (!check_hand_down(draft, target))
        return;
    struct event *event = begin(draft, EVENT_HANDED_DOWN, target);
    struct summons *summons = event ? draft_summons(draft, event, target->summons) : NULL;
    if (!summons)
        return;
    bool back = text_same(target->act->target, summons->unit);
    event->target = target->act->target;
    draft_tell_summons(draft, event, summons); // who had it until now, too
    summons->handler = back ? NULL : target->act->target;
    summons->handed_ms = back ? 0 : draft->now_ms;
    draft_tell_summons(draft, event, summons);
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

// 进展: how far it is, while it is not done.
void act_progress(struct draft *draft, const struct act_target *target)
{
    if (!summons_is_open(target->summons->state)) {
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, NULL,
                     word_name(WORDS_SUMMONS_STATE, (int)target->summons->state), "progress");
        return;
    }
    if (!act_says_something(draft, target->act))
        return;
    struct event *event = begin(draft, EVENT_PROGRESSED, target);
    struct summons *summons = event ? draft_summons(draft, event, target->summons) : NULL;
    if (!summons)
        return;
    summons->progress_seq = event->seq;
    draft_tell_office(draft, event);
    draft_end(draft, event);
}
