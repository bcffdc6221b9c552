// How a case is brought to its end, and back from it: the office's verdict on each unit 评哨, what the
// resident is told 反馈 and says 回访, the end itself 结案, and the case that is opened again 重开.
#include "core/acts.h"

#include "base/error.h"
#include "base/text.h"
#include "core/span.h"

static const char SOLVED[] = "solved"; // the reason of a case that nobody closed by hand

// Nobody judges his own work, or what is said of it.
static bool judges_himself(struct draft *draft, enum verb verb)
{
    const char *own = draft_unit_code(draft, draft->command->principal->unit);
    if (!own || text_same(own, draft->file->office) || !has_worked(draft->file, own))
        return false;
    draft_refuse(draft, ERROR_NOT_ALLOWED, NULL, draft->command->principal->code,
                 word_name(WORDS_VERB, (int)verb));
    return true;
}

static bool refuse_state(struct draft *draft, enum verb verb)
{
    draft_refuse(draft, ERROR_ILLEGAL_MOVE, NULL, word_name(WORDS_CASE_STATE, (int)draft->file->state),
                 word_name(WORDS_VERB, (int)verb));
    return false;
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
    if (judges_himself(draft, VERB_CLOSE) ||
        !act_gives_reason(draft, &draft->rules->close_reasons, target->act->reason, true))
        return;
    if (!is_worked(draft->file->state) || waits_for_verification(draft->file)) {
        refuse_state(draft, VERB_CLOSE);
        return;
    }
    if (is_found_wanting(draft->file) || text_same(target->act->reason, SOLVED)) {
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, "act.reason", word_name(WORDS_VERDICT, VERDICT_NOT_SOLVED),
                     "close");
        return;
    }
    struct event *event = act_begin(draft, EVENT_CLOSED, target);
    if (!event)
        return;
    put_to_end(draft, event, target->act->reason);
    draft_end(draft, event);
}

// ---- evaluate 评哨 ------------------------------------------------------------------------------

static size_t judge(struct draft *draft, struct event *event, const struct act_target *target)
{
    for (size_t i = 0; i < draft->file->summons_count; i++) {
        const struct summons *before = &draft->file->summons[i];
        if (before->state != SUMMONS_DONE || !act_means(before, target->act->target) ||
            before->verdict == target->act->verdict) // that was said already
            continue;
        struct summons *summons = draft_summons(draft, event, before);
        if (!summons)
            return 0;
        summons->verdict = target->act->verdict;
        draft_tell(draft, event, before->unit, draft_why(before));
    }
    return event->summons_count;
}

bool has_worked(const struct casefile *file, const char *unit)
{
    for (size_t i = 0; i < file->summons_count; i++)
        if (file->summons[i].state == SUMMONS_DONE &&
            (text_same(file->summons[i].unit, unit) || text_same(file->summons[i].handler, unit)))
            return true;
    return false;
}

bool is_done_by(const struct casefile *file, const char *unit)
{
    for (size_t i = 0; i < file->summons_count; i++)
        if (file->summons[i].state == SUMMONS_DONE && act_means(&file->summons[i], unit))
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
    if (summons->verdict == VERDICT_SOLVED) // that was said of the work before
        summons->verdict = 0;
    draft_tell_summons(draft, event, summons);
    draft_start_clocks(draft, event, summons, draft_rule(draft), NULL);
    return true;
}

// What the resident was told and said was about the work before.
static void forget_resident(struct draft *draft, struct event *event)
{
    const struct closing *before = draft->file->closing;
    if (!before || (!before->fed_back_ms && !before->called_back_ms))
        return;
    struct closing *closing = draft_closing(draft, event);
    if (!closing)
        return;
    closing->fed_back_ms = closing->called_back_ms = 0;
    closing->solved = 0;
    closing->satisfied = 0;
}

void rework(struct draft *draft, const char *unit)
{
    struct event *event = draft_event(draft, EVENT_REWORK);
    for (size_t i = 0; event && i < draft->file->summons_count; i++) {
        const struct summons *before = &draft->file->summons[i];
        if (before->state == SUMMONS_DONE && act_means(before, unit) && !begin_anew(draft, event, before))
            return;
    }
    if (!event)
        return;
    draft_stop(draft, event, STAGE_VERIFY, 0, STOP_REPLACED);
    draft_stop(draft, event, STAGE_CLOSE, 0, STOP_REPLACED);
    resume_charge(draft, event);
    await_members(draft, event, draft_rule(draft));
    forget_resident(draft, event);
    if (draft->file->state == CASE_RESOLVED || draft->file->state == CASE_VERIFIED)
        event->state = CASE_IN_HAND;
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

void act_evaluate(struct draft *draft, const struct act_target *target)
{
    enum verdict verdict = target->act->verdict;
    if (!act_has_verdict(draft, target->act))
        return;
    struct event *event = act_begin(draft, EVENT_EVALUATED, target);
    if (!event)
        return;
    event->verdict = verdict;
    if (!judge(draft, event, target) && !draft->error) {
        if (is_done_by(draft->file, target->act->target))
            draft_refuse(draft, ERROR_ILLEGAL_MOVE, "act.verdict", word_name(WORDS_VERDICT, (int)verdict),
                         "evaluate");
        else
            act_refuse_target(draft, target);
        return;
    }
    draft_tell_office(draft, event);
    draft_end(draft, event);
    if (draft->error)
        return;
    if (verdict == VERDICT_NOT_SOLVED)
        rework(draft, target->act->target);
    else
        close_if_ready(draft);
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
        return refuse_state(draft, target->act->verb);
    if (until_ms <= draft->now_ms) {
        draft_refuse(draft, ERROR_TOO_LATE, NULL, "reopen",
                     arena_printf(draft->arena, "%lld", (long long)until_ms));
        return false;
    }
    if (target->act->target && *target->act->target && !is_done_by(draft->file, target->act->target))
        act_refuse_target(draft, target);
    return draft->out->code == 0;
}

// "Solved" is said once; "not solved" may follow it.
static bool check_call_back(struct draft *draft, const struct act_target *target)
{
    const struct casefile *file = draft->file;
    const char *unit = target->act->target;
    bool said = file->closing && file->closing->solved == VERDICT_SOLVED;
    if (judges_himself(draft, VERB_CALL_BACK) || !check_answers(draft, target->act))
        return false;
    if (!is_worked(file->state) && file->state != CASE_CLOSED)
        return refuse_state(draft, VERB_CALL_BACK);
    if (said && target->act->verdict == VERDICT_SOLVED)
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, "act.verdict", word_name(WORDS_VERDICT, VERDICT_SOLVED),
                     "call_back");
    else if (unit && *unit && target->act->verdict == VERDICT_NOT_SOLVED && !is_done_by(file, unit))
        act_refuse_target(draft, target);
    return draft->out->code == 0;
}

void tell_workers(struct draft *draft, struct event *event)
{
    for (size_t i = 0; i < draft->file->summons_count; i++)
        if (draft->file->summons[i].state == SUMMONS_DONE)
            draft_tell_summons(draft, event, &draft->file->summons[i]);
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
