// How a case is brought to its end, and back from it: what the resident is told 反馈 and says 回访, the end
// itself 结案, and the case that is opened again 重开.
#include "core/acts.h"

#include "base/error.h"
#include "base/text.h"
#include "core/span.h"

static const char SOLVED[] = "solved"; // the reason of a case that nobody closed by hand

// Nobody judges his own work, or what is said of it.
static bool judges_himself(struct draft *draft)
{
    const char *own = draft_unit_code(draft, draft->command->principal->unit);
    if (!own || text_same(own, draft->file->office) || !has_worked(draft->file, own))
        return false;
    act_refuse_actor(draft, NULL);
    return true;
}

static bool is_worked(enum case_state state)
{
    return state == CASE_RESOLVED || state == CASE_VERIFIED;
}

// ---- the end ------------------------------------------------------------------------------------

void put_to_end(struct draft *draft, struct event *event, const char *reason)
{
    struct limit limit = draft->rules->reopen_limit;
    event->state = CASE_CLOSED;
    event->reason = reason;
    draft_stop_all(draft, event, STOP_MET);
    struct closing *closing = limit.measure ? draft_closing(draft, event) : NULL;
    if (closing && !draft->error)
        draft->error = span_end(draft->calendar, limit, draft->now_ms, &closing->reopen_until_ms, NULL);
    draft_tell_claims(draft, event);
    draft_tell_office(draft, event);
}

// An office that called up its own people has nobody to judge.
static bool all_solved(const struct casefile *file)
{
    for (size_t i = 0; i < file->summons_count; i++) {
        const struct summons *summons = &file->summons[i];
        bool own = file->open_call && text_same(summons->unit, file->office);
        if (summons->state == SUMMONS_DONE && summons->verdict != VERDICT_SOLVED && !own)
            return false;
    }
    return case_all_done(file);
}

// Somebody else than the office has to look at it first; the office's own verdict is its verification.
static bool waits_for_verification(const struct casefile *file)
{
    const struct clock *clock = case_clock(file, STAGE_VERIFY, 0);
    return clock && !text_same(clock->unit, file->office);
}

static bool resident_is_heard(const struct casefile *file)
{
    const struct closing *closing = file->closing;
    bool told = !closing || !(closing->needs & CLOSING_FEEDBACK) || closing->fed_back_ms;
    bool asked = !closing || !(closing->needs & CLOSING_CALL_BACK) || closing->solved == VERDICT_SOLVED;
    return told && asked;
}

void close_if_ready(struct draft *draft)
{
    const struct casefile *file = draft->file;
    if (draft->error || !is_worked(file->state) || !all_solved(file) || waits_for_verification(file) ||
        !resident_is_heard(file))
        return;
    struct event *event = draft_event(draft, EVENT_CLOSED);
    if (!event)
        return;
    put_to_end(draft, event, SOLVED);
    draft_end(draft, event);
}

static bool is_found_wanting(const struct casefile *file)
{
    for (size_t i = 0; i < file->summons_count; i++)
        if (file->summons[i].state == SUMMONS_DONE && file->summons[i].verdict == VERDICT_NOT_SOLVED)
            return true;
    return false;
}

// 结案 by hand, for a coded reason: what was needed beforehand and cannot be had any more, the reason says.
void act_close(struct draft *draft, const struct act_target *target)
{
    if (judges_himself(draft) ||
        !act_gives_reason(draft, &draft->rules->close_reasons, target->act->reason, true))
        return;
    if (text_same(target->act->reason, SOLVED)) {
        draft_refuse(draft, ERROR_UNKNOWN_REASON, "act.reason", SOLVED, NULL);
        return;
    }
    if (!is_worked(draft->file->state) || waits_for_verification(draft->file)) {
        act_refuse_state(draft);
        return;
    }
    if (is_found_wanting(draft->file)) {
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, NULL, word_name(WORDS_VERDICT, VERDICT_NOT_SOLVED), "close");
        return;
    }
    struct event *event = act_begin(draft, EVENT_CLOSED, target);
    if (!event)
        return;
    put_to_end(draft, event, target->act->reason);
    draft_end(draft, event);
}

// ---- the resident -------------------------------------------------------------------------------

// 反馈: what is told before the work is done is on the record, and does not count as its result.
void act_feedback(struct draft *draft, const struct act_target *target)
{
    if (!act_says_something(draft, target->act))
        return;
    struct event *event = act_begin(draft, EVENT_FED_BACK, target);
    struct closing *closing = event ? draft_closing(draft, event) : NULL;
    if (!closing)
        return;
    act_attach(event, target);
    if (is_worked(draft->file->state) || draft->file->state == CASE_CLOSED) {
        closing->fed_back_ms = draft->now_ms;
        closing->fed_back_seq = event->seq;
    }
    draft_tell_office(draft, event);
    draft_end(draft, event);
    close_if_ready(draft);
}

// Both answers, or neither: then he was not reached.
static bool check_answers(struct draft *draft, const struct act *act)
{
    if (!act->verdict && !act->satisfied)
        return true;
    if (!act_has_verdict(draft, act))
        return false;
    if (act->satisfied >= SATISFACTION_SATISFIED && act->satisfied <= SATISFACTION_DISSATISFIED)
        return true;
    draft_refuse(draft, act->satisfied ? ERROR_BAD_VALUE : ERROR_MISSING, "act.satisfied", "satisfied",
                 act->satisfied ? "unknown" : NULL);
    return false;
}

// Until when a closed case may be reopened.
static int64_t window_end(const struct casefile *file)
{
    return file->closing && file->closing->reopen_until_ms ? file->closing->reopen_until_ms : file->closed_ms;
}

static bool may_reopen(struct draft *draft, const struct act_target *target)
{
    int64_t until_ms = window_end(draft->file);
    if (draft->file->state != CASE_CLOSED)
        return act_refuse_state(draft);
    if (until_ms <= draft->now_ms) {
        draft_refuse(draft, ERROR_TOO_LATE, NULL, "reopen",
                     arena_printf(draft->arena, "%lld", (long long)until_ms));
        return false;
    }
    if (text_given(target->act->target) && !is_done_by(draft->file, target->act->target))
        act_refuse_target(draft, target);
    return draft->out->code == 0;
}

// The same is said once.
static bool check_call_back(struct draft *draft, const struct act_target *target)
{
    const struct casefile *file = draft->file;
    const char *unit = target->act->target;
    enum verdict verdict = target->act->verdict;
    bool said = verdict && file->closing && file->closing->solved == verdict;
    if (judges_himself(draft) || !check_answers(draft, target->act))
        return false;
    if (!is_worked(file->state) && file->state != CASE_CLOSED)
        return act_refuse_state(draft);
    if (said)
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, "act.verdict", word_name(WORDS_VERDICT, (int)verdict),
                     "call_back");
    else if (text_given(unit) && verdict && !is_done_by(file, unit))
        act_refuse_target(draft, target);
    return draft->out->code == 0;
}

void tell_workers(struct draft *draft, struct event *event)
{
    for (size_t i = 0; i < draft->file->summons_count; i++)
        if (draft->file->summons[i].state == SUMMONS_DONE)
            draft_tell_summons(draft, event, &draft->file->summons[i]);
}

void closing_forget(struct closing *closing)
{
    closing->fed_back_ms = closing->called_back_ms = 0;
    closing->solved = 0;
    closing->satisfied = 0;
}

static void put_answers(struct draft *draft, struct event *event, const struct act *act)
{
    struct closing *closing = draft_closing(draft, event);
    if (!closing)
        return;
    closing->calls++;
    if (!act->verdict)
        return;
    closing->called_back_ms = draft->now_ms;
    closing->solved = event->verdict = act->verdict;
    closing->satisfied = event->satisfied = act->satisfied;
    tell_workers(draft, event);
}

static void reopen(struct draft *draft, struct event *event);
static void begin_again(struct draft *draft, const char *unit);

// 回访: "not solved" is rework, and reopens a closed case as long as that is possible; later it is on the
// record.
void act_call_back(struct draft *draft, const struct act_target *target)
{
    if (!check_call_back(draft, target))
        return;
    struct event *event = act_begin(draft, EVENT_CALLED_BACK, target);
    if (!event)
        return;
    put_answers(draft, event, target->act);
    draft_tell_office(draft, event);
    draft_end(draft, event);
    bool over = draft->file->state == CASE_CLOSED;
    if (target->act->verdict != VERDICT_NOT_SOLVED) {
        close_if_ready(draft);
        return;
    }
    if (over && window_end(draft->file) <= draft->now_ms)
        return;
    if (over && (event = draft_event(draft, EVENT_REOPENED))) {
        event->reason = word_name(WORDS_VERDICT, VERDICT_NOT_SOLVED);
        reopen(draft, event);
    }
    begin_again(draft, target->act->target);
}

// ---- again --------------------------------------------------------------------------------------

static void reopen(struct draft *draft, struct event *event)
{
    struct closing *closing = draft_closing(draft, event);
    if (!closing)
        return;
    closing->reopened++;
    closing->reopen_until_ms = 0;
    closing_forget(closing);
    event->state = is_done_by(draft->file, NULL) ? CASE_IN_HAND : CASE_FILED;
    if (event->state == CASE_FILED && !text_same(draft->file->charge, draft->file->office))
        event->charge = draft->file->office;
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

// Who did the work does it again; a case that nobody was called to is placed by the rules.
static void begin_again(struct draft *draft, const char *unit)
{
    if (draft->error)
        return;
    if (is_done_by(draft->file, unit))
        rework(draft, unit);
    else
        draft_place(draft, draft->file->summons_count > 0); // what never went out may still need approval
}

void act_reopen(struct draft *draft, const struct act_target *target)
{
    if (!may_reopen(draft, target) ||
        !act_gives_reason(draft, &draft->rules->reopen_reasons, target->act->reason, true))
        return;
    struct event *event = act_begin(draft, EVENT_REOPENED, target);
    if (!event)
        return;
    reopen(draft, event);
    begin_again(draft, target->act->target);
}
