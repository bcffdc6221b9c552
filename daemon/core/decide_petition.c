// What a called unit asks for and a supervisor grants: more time 延期, a pause 暂停, a suspension of the case
// 挂账, that being late is not counted against it 申诉; and the approval of a whistle 吹哨准, which is
// answered by the same two words.
#include "core/acts.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "core/span.h"

static const int64_t LONGEST_MS = 366 * DAY_MS; // a suspension lasts a year at most

static bool refuse(struct draft *draft, int code, const char *field, const char *a, const char *b)
{
    draft_refuse(draft, code, field, a, b);
    return false;
}

// ---- what is asked ------------------------------------------------------------------------------

// The unit's last clock of this stage, running or not; NULL: it never had one.
static const struct clock *last_clock(const struct casefile *file, enum stage stage, uint32_t summons)
{
    for (size_t i = file->clock_count; i-- > 0;)
        if (file->clocks[i].stage == stage && file->clocks[i].summons == summons)
            return &file->clocks[i];
    return NULL;
}

static bool check_limit(struct draft *draft, const char *text, struct limit *limit)
{
    int error = limit_parse(text, &draft->rules->words, limit);
    *limit = draft_limit(draft, *limit);
    return (!error && !limit_is_at_once(*limit)) ||
           refuse(draft, ERROR_BAD_VALUE, "act.limit", "limit", text);
}

// What a unit may ask for is at most its own limit once more, in whatever measure.
static bool check_length(struct draft *draft, const struct clock *clock, struct limit more)
{
    const struct calendar *calendar = draft_calendar(draft, clock);
    int64_t due_ms = clock->due_ms == CLOCK_NEVER ? draft->now_ms : clock->due_ms, asked_ms, most_ms;
    draft->error = span_shift(calendar, more, 1, due_ms, &asked_ms, NULL);
    if (!draft->error)
        draft->error = span_shift(calendar, clock->limit, 1, due_ms, &most_ms, NULL);
    if (draft->error)
        return false;
    return asked_ms <= most_ms ||
           refuse(draft, ERROR_BAD_VALUE, "act.limit", "limit", "longer than the limit itself");
}

static bool check_count(struct draft *draft, const struct summons *summons)
{
    uint32_t most = draft->rules->max_extensions ? draft->rules->max_extensions : 2;
    return summons->extensions < most ||
           refuse(draft, ERROR_TOO_MANY, NULL, "extend", arena_printf(draft->arena, "%u", most));
}

// 延期: only before it is overdue, and not too often. Without a limit it is the clock's own once more.
static bool check_extend(struct draft *draft, const struct act *act, const struct summons *summons,
                         struct petition *petition)
{
    const struct clock *clock = case_clock(draft->file, petition->stage, summons->id);
    if (!clock)
        return refuse(draft, ERROR_ILLEGAL_MOVE, "act.stage",
                      word_name(WORDS_SUMMONS_STATE, (int)summons->state), "extend");
    if (clock->due_ms < draft->now_ms)
        return refuse(draft, ERROR_TOO_LATE, NULL, "extend",
                      arena_printf(draft->arena, "%lld", (long long)clock->due_ms));
    if (!check_count(draft, summons))
        return false;
    petition->clock = clock->id;
    petition->limit = clock->limit;
    if (text_given(act->limit) && !check_limit(draft, act->limit, &petition->limit))
        return false;
    bool asks = text_same(summons->unit, draft_unit_code(draft, draft->command->principal->unit));
    return !asks || check_length(draft, clock, petition->limit); // a supervisor answers for more
}

static bool check_until(struct draft *draft, int64_t until_ms, bool needed)
{
    if (!until_ms && !needed)
        return true;
    if (!until_ms)
        return refuse(draft, ERROR_MISSING, "act.due_ms", "due_ms", NULL);
    return (until_ms > draft->now_ms && until_ms <= draft->now_ms + LONGEST_MS) ||
           refuse(draft, ERROR_TIME_RANGE, "act.due_ms", "due_ms", NULL);
}

// Would this pause hold the clock? A suspension takes the place of pauses of single clocks; an order of
// supervision is to be answered all the same.
static bool holds(const struct petition *petition, const struct summons *summons, const struct clock *clock)
{
    bool whole = petition->verb == VERB_SUSPEND;
    return !clock->stopped_ms && clock->stage != STAGE_ANSWER && (whole || !clock_is_paused(clock)) &&
           (whole || clock->summons == summons->id);
}

static bool check_pause(struct draft *draft, const struct summons *summons, const struct petition *petition)
{
    bool whole = petition->verb == VERB_SUSPEND, found = false;
    for (size_t i = 0; i < draft->file->clock_count; i++)
        found |= holds(petition, summons, &draft->file->clocks[i]);
    enum case_state state = draft->file->state;
    if (!found || (whole && !case_may_move(state, CASE_SUSPENDED)) || state == CASE_SUSPENDED)
        return refuse(draft, ERROR_ILLEGAL_MOVE, NULL, word_name(WORDS_CASE_STATE, (int)state),
                      word_name(WORDS_VERB, (int)petition->verb));
    return check_until(draft, petition->until_ms, whole);
}

// 申诉: about a clock that is late, and not twice about one.
static bool check_appeal(struct draft *draft, const struct summons *summons, struct petition *petition)
{
    const struct clock *clock = last_clock(draft->file, petition->stage, summons->id);
    uint32_t most = draft->rules->max_appeals ? draft->rules->max_appeals : 2;
    if (!clock || clock->exempt || !clock_is_overdue(clock, draft->now_ms))
        return refuse(draft, ERROR_ILLEGAL_MOVE, "act.stage", clock && clock->exempt ? "exempt" : "in time",
                      "appeal");
    petition->clock = clock->id;
    return summons->appeals < most ||
           refuse(draft, ERROR_TOO_MANY, NULL, "appeal", arena_printf(draft->arena, "%u", most));
}

// An appeal about the demand itself 不合理诉求: with proof, and once a case.
static bool is_about_demand(const struct draft *draft, const struct petition *petition)
{
    return petition->verb == VERB_APPEAL && text_given(petition->reason) &&
           reason_text(&draft->rules->unreasonable_reasons, petition->reason);
}

static bool check_demand(struct draft *draft, const struct act *act, const struct summons *summons,
                         struct petition *petition)
{
    uint32_t most = draft->rules->max_appeals ? draft->rules->max_appeals : 2;
    petition->stage = STAGE_NONE;
    if (!act->attachment_count)
        return refuse(draft, ERROR_MISSING, "act.attachments", "proof", NULL);
    if (draft->file->unreasonable)
        return refuse(draft, ERROR_ILLEGAL_MOVE, "act.reason", "exempt", "appeal");
    return summons->appeals < most ||
           refuse(draft, ERROR_TOO_MANY, NULL, "appeal", arena_printf(draft->arena, "%u", most));
}

static bool read_petition(struct draft *draft, const struct act *act, const struct summons *summons,
                          struct petition *out)
{
    *out = (struct petition){.verb = act->verb, .at_ms = draft->now_ms, .reason = act->reason};
    if (act->verb == VERB_EXTEND || act->verb == VERB_APPEAL)
        out->stage = act->stage ? act->stage : STAGE_RESOLVE;
    if (act->verb == VERB_PAUSE || act->verb == VERB_SUSPEND)
        out->until_ms = act->due_ms;
    if (is_about_demand(draft, out))
        return check_demand(draft, act, summons, out);
    if (!act_gives_reason(draft, &draft->rules->petition_reasons[act->verb - VERB_EXTEND], act->reason, true))
        return false;
    switch (act->verb) {
    case VERB_EXTEND:
        return check_extend(draft, act, summons, out);
    case VERB_APPEAL:
        return check_appeal(draft, summons, out);
    default:
        return check_pause(draft, summons, out);
    }
}

// ---- what it does -------------------------------------------------------------------------------

// The city's time may have been set back since the last pause: none begins before the one in front of it
// ends.
static void put_pause(struct draft *draft, struct event *event, const struct clock *before,
                      const struct petition *petition)
{
    struct clock_pause pause = {
        .from_ms = draft->now_ms, .until_ms = petition->until_ms, .reason = petition->reason};
    struct clock *clock = draft_clock(draft, event, before);
    if (clock && clock_is_paused(clock))
        draft->error = clock_resume(clock, draft_pause_end(clock, draft->now_ms));
    if (clock && clock->pause_count && clock->pauses[clock->pause_count - 1].to_ms > pause.from_ms)
        pause.from_ms = clock->pauses[clock->pause_count - 1].to_ms;
    if (clock && !draft->error)
        draft->error = clock_pause(draft->arena, clock, pause);
    if (clock)
        draft_reschedule(draft, clock);
}

static void pause_clocks(struct draft *draft, struct event *event, const struct summons *summons,
                         const struct petition *petition)
{
    for (size_t i = 0; i < draft->file->clock_count && !draft->error; i++)
        if (holds(petition, summons, &draft->file->clocks[i]))
            put_pause(draft, event, &draft->file->clocks[i], petition);
}

static bool extend_clock(struct draft *draft, struct event *event, struct summons *summons,
                         const struct petition *petition)
{
    const struct clock *before = &draft->file->clocks[petition->clock - 1];
    if (before->stopped_ms)
        return refuse(draft, ERROR_ILLEGAL_MOVE, NULL, word_name(WORDS_SUMMONS_STATE, (int)summons->state),
                      "extend");
    if (!check_count(draft, summons)) // others were granted while this one waited
        return false;
    struct clock *clock = draft_clock(draft, event, before);
    if (clock)
        draft->error = clock_extend(draft->arena, clock, petition->limit, draft->now_ms, petition->reason);
    if (clock)
        draft_reschedule(draft, clock);
    summons->extensions++;
    return true;
}

static void exempt(struct draft *draft, struct event *event, const struct petition *petition)
{
    if (!petition->clock) {
        event->unreasonable = petition->reason;
        return;
    }
    struct clock *clock = draft_clock(draft, event, &draft->file->clocks[petition->clock - 1]);
    if (clock)
        clock->exempt = petition->reason;
}

// The summons is the event's own copy. False when it was refused.
static bool put_in_force(struct draft *draft, struct event *event, struct summons *summons,
                         const struct petition *petition)
{
    switch (petition->verb) {
    case VERB_EXTEND:
        return extend_clock(draft, event, summons, petition);
    case VERB_APPEAL:
        exempt(draft, event, petition);
        return true;
    case VERB_SUSPEND:
        event->state = CASE_SUSPENDED;
        pause_clocks(draft, event, summons, petition);
        return true;
    default:
        pause_clocks(draft, event, summons, petition);
        return true;
    }
}

// ---- asking, and answering ----------------------------------------------------------------------

static struct event *begin(struct draft *draft, enum event_kind kind, const struct act_target *target,
                           const struct petition *petition)
{
    struct event *event = act_begin(draft, kind, target);
    if (!event)
        return NULL;
    event->petition = arena_memdup(draft->arena, petition, sizeof *petition);
    act_attach(event, target);
    return event;
}

static void finish(struct draft *draft, struct event *event, const struct summons *summons)
{
    draft_tell_summons(draft, event, summons);
    if (event->state == CASE_SUSPENDED) // the others' clocks stand still too
        draft_tell_called(draft, event, summons->unit);
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

// A supervisor does it of himself, for the unit that he names; a called unit asks.
static void grant_at_once(struct draft *draft, const struct act_target *target, const struct summons *before,
                          const struct petition *petition)
{
    struct event *event = begin(draft, EVENT_GRANTED, target, petition);
    struct summons *summons = event ? draft_summons(draft, event, before) : NULL;
    if (summons && put_in_force(draft, event, summons, petition))
        finish(draft, event, summons);
}

static void ask(struct draft *draft, const struct act_target *target, const struct summons *before,
                const struct petition *petition)
{
    struct event *event = begin(draft, EVENT_ASKED, target, petition);
    struct summons *summons = event ? draft_summons(draft, event, before) : NULL;
    if (!summons)
        return;
    summons->petition = *petition;
    summons->appeals += petition->verb == VERB_APPEAL;
    draft_tell_unit(draft, event, draft_unit_code(draft, draft->rules->desk), WHY_SUPERVISOR);
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

// That a demand is not counted is good for all who were called: none of them grants it.
static bool is_interested(struct draft *draft, const struct petition *petition)
{
    const char *own = draft_unit_code(draft, draft->command->principal->unit);
    return is_about_demand(draft, petition) && own && case_summons_in_hand(draft->file, own);
}

void act_petition(struct draft *draft, const struct act_target *target)
{
    const char *own = draft_unit_code(draft, draft->command->principal->unit);
    bool for_another = text_given(target->act->target) && !text_same(target->act->target, own);
    const char *unit = for_another ? target->act->target : own;
    const struct summons *summons = case_summons_of(draft->file, unit);
    struct petition petition;
    if (for_another && !act_supervises(draft))
        act_refuse_actor(draft, "act.target");
    else if (!summons)
        refuse(draft, ERROR_NOT_SUMMONED, "act.target", text_or_empty(unit), draft->file->number);
    else if (!for_another && summons->petition.verb)
        refuse(draft, ERROR_ILLEGAL_MOVE, NULL, "waiting for an answer",
               word_name(WORDS_VERB, (int)target->act->verb));
    else if (target->act->verb != VERB_APPEAL && !summons_is_open(summons->state))
        refuse(draft, ERROR_ILLEGAL_MOVE, NULL, word_name(WORDS_SUMMONS_STATE, (int)summons->state),
               word_name(WORDS_VERB, (int)target->act->verb));
    else if (!read_petition(draft, target->act, summons, &petition))
        return;
    else if (for_another && is_interested(draft, &petition))
        act_refuse_actor(draft, "act.target");
    else if (for_another)
        grant_at_once(draft, target, summons, &petition);
    else
        ask(draft, target, summons, &petition);
}

// The summons whose petition is meant: the target's, else the first that waits.
static const struct summons *petitioner(const struct casefile *file, const char *unit)
{
    for (size_t i = 0; i < file->summons_count; i++)
        if (file->summons[i].petition.verb && (!text_given(unit) || text_same(file->summons[i].unit, unit)))
            return &file->summons[i];
    return NULL;
}

// Nobody grants what his own unit asked for.
static const struct summons *find_petition(struct draft *draft, const struct act_target *target)
{
    const struct summons *summons = petitioner(draft->file, target->act->target);
    const struct principal *principal = draft->command->principal;
    if (!summons)
        refuse(draft, ERROR_NOT_FOUND, "act.target", "petition", NULL);
    else if (!act_supervises(draft) || text_same(summons->unit, draft_unit_code(draft, principal->unit)) ||
             is_interested(draft, &summons->petition))
        act_refuse_actor(draft, NULL);
    else
        return summons;
    return NULL;
}

// A pause and a suspension can have lost their sense since they were asked for; an extension that was asked
// in time does not, however late the answer is.
static bool still_holds(struct draft *draft, const struct summons *summons)
{
    const struct petition *petition = &summons->petition;
    if (petition->verb != VERB_PAUSE && petition->verb != VERB_SUSPEND)
        return true;
    return check_pause(draft, summons, petition);
}

static void grant_petition(struct draft *draft, const struct act_target *target)
{
    const struct summons *before = find_petition(draft, target);
    if (!before || !still_holds(draft, before))
        return;
    struct event *event = begin(draft, EVENT_GRANTED, target, &before->petition);
    struct summons *summons = event ? draft_summons(draft, event, before) : NULL;
    if (!summons)
        return;
    summons->petition = (struct petition){0};
    if (put_in_force(draft, event, summons, &before->petition))
        finish(draft, event, summons);
}

static void refuse_petition(struct draft *draft, const struct act_target *target)
{
    const struct summons *before = find_petition(draft, target);
    struct event *event = before ? begin(draft, EVENT_REFUSED, target, &before->petition) : NULL;
    struct summons *summons = event ? draft_summons(draft, event, before) : NULL;
    if (!summons)
        return;
    summons->petition = (struct petition){0};
    finish(draft, event, summons);
}

void act_grant(struct draft *draft, const struct act_target *target)
{
    if (draft->file->state == CASE_AWAITING_APPROVAL)
        approve(draft, target);
    else
        grant_petition(draft, target);
}

void act_refuse(struct draft *draft, const struct act_target *target)
{
    if (draft->file->state == CASE_AWAITING_APPROVAL)
        reject(draft, target);
    else
        refuse_petition(draft, target);
}
