// The submitting office's verdict on each unit 评哨, and what follows where it is not solved: the work begins
// anew 返工.
#include "core/acts.h"

#include "base/error.h"
#include "base/text.h"

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

// ---- 返工 ---------------------------------------------------------------------------------------

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

static void forget_resident(struct draft *draft, struct event *event)
{
    const struct closing *before = draft->file->closing;
    if (!before || (!before->fed_back_ms && !before->called_back_ms))
        return;
    struct closing *closing = draft_closing(draft, event);
    if (closing)
        closing_forget(closing);
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

// ---- the verdict --------------------------------------------------------------------------------

void end_verdict(struct draft *draft, struct event *event, const struct act *act)
{
    draft_tell_office(draft, event);
    draft_end(draft, event);
    if (draft->error)
        return;
    if (act->verdict == VERDICT_NOT_SOLVED)
        rework(draft, act->target);
    else
        close_if_ready(draft);
}

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
    end_verdict(draft, event, target->act);
}
