// Two whistles about one thing 并案: one case goes on, the other rests in it with its own number, and both
// offices hear how it ends; and the way back 拆案.
#include "core/acts.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "core/permit.h"

// What still lies before its units, and is not put aside.
static bool goes_on(enum case_state state)
{
    return state == CASE_DISPATCHED || state == CASE_IN_HAND || state == CASE_ARBITRATION;
}

// An office says of its own case that another, near and of one class, is the same thing, and need not see
// that one; of any two a supervisor says it.
static bool may_join(const struct draft *draft, const struct casefile *other)
{
    bool sees = permit_relation(draft->rules, draft->command->principal, other, draft_area_of(draft, other)) &
                RELATION_SUPERVISOR;
    return draft_is_similar(draft, other) || (sees && act_supervises(draft));
}

static const struct casefile *find_main(struct draft *draft, const struct act *act)
{
    const struct casefile *file = draft->file, *other = draft_find_case(draft, act->other, "act.other");
    bool urgent = other && file->whistle->kind == KIND_EMERGENCY && other->whistle->kind != KIND_EMERGENCY;
    if (!other)
        return NULL;
    if (other->id == file->id)
        draft_refuse(draft, ERROR_BAD_VALUE, "act.other", "other", "the case itself");
    else if (!may_join(draft, other))
        draft_refuse(draft, ERROR_UNKNOWN_CASE, "act.other", act->other, NULL);
    else if (!goes_on(other->state))
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, "act.other", word_name(WORDS_CASE_STATE, (int)other->state),
                     "merge");
    else if (urgent)
        draft_refuse(draft, ERROR_BAD_VALUE, "act.other", "other", "less than an emergency");
    else if (other->joined_count >= CASE_MAX_JOINED)
        draft_refuse(draft, ERROR_TOO_MANY, "act.other", "merge",
                     arena_printf(draft->arena, "%d", CASE_MAX_JOINED));
    else
        return other;
    return NULL;
}

// What others rest in does not rest in another itself; and nobody plays with it for ever.
static bool check_merge(struct draft *draft)
{
    const struct casefile *file = draft->file;
    bool carries = file->joined_count != 0;
    if (file->clock_count >= TICK_MAX_CLOCKS) {
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, NULL, "of too many clocks", "merge");
        return false;
    }
    if (!carries && case_may_move(file->state, CASE_MERGED))
        return true;
    draft_refuse(draft, ERROR_ILLEGAL_MOVE, "act.number",
                 carries ? "joined by others" : word_name(WORDS_CASE_STATE, (int)file->state), "merge");
    return false;
}

static void put_to_rest(struct draft *draft, const struct act_target *target, const char *other)
{
    struct event *event = act_begin(draft, EVENT_MERGED, target);
    if (!event)
        return;
    event->state = CASE_MERGED;
    event->other = other;
    draft_tell_called(draft, event, NULL);
    draft_excuse_all(draft, event, STOP_MERGED);
    draft_stop_all(draft, event, STOP_MERGED);
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

// The case that goes on hears of it, and has to hear what the other's resident was owed.
static void tell_main(struct draft *draft, const struct casefile *found, enum event_kind kind,
                      const struct casefile *joined)
{
    uint32_t owed = kind == EVENT_JOINED && joined->closing ? joined->closing->needs : 0;
    struct draft_aside aside = draft_turn_to(draft, found);
    struct event *event = draft_event(draft, kind);
    if (event) {
        struct closing *closing = owed ? draft_closing(draft, event) : NULL;
        if (closing)
            closing->needs |= owed;
        event->other = joined->number;
        event->target = joined->office;
        draft_tell_called(draft, event, NULL);
        draft_tell_office(draft, event);
        draft_tell(draft, event, joined->office, WHY_TOLD);
        draft_end(draft, event);
    }
    draft_turn_back(draft, aside);
}

void act_merge(struct draft *draft, const struct act_target *target)
{
    const struct casefile *other = check_merge(draft) ? find_main(draft, target->act) : NULL;
    if (!other)
        return;
    put_to_rest(draft, target, other->number);
    tell_main(draft, other, EVENT_JOINED, draft->file);
}

// ---- the way back -------------------------------------------------------------------------------

// It is a case of its own again, and placed by the rules of today; its clocks begin now. What never went out
// may still need approval.
static void stand_up(struct draft *draft, struct event *event)
{
    event->state = CASE_FILED;
    event->other = draft->file->merged_into;
    if (!text_same(draft->file->charge, draft->file->office))
        event->charge = draft->file->office;
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

// While the other goes on, and as long as it may be reopened, a week at least; and always where it was not
// closed but given up.
static bool check_unmerge(struct draft *draft, const struct casefile *other)
{
    bool closed = other && other->state == CASE_CLOSED;
    int64_t until_ms = closed ? other->closed_ms + 7 * DAY_MS : 0;
    if (closed && other->closing && other->closing->reopen_until_ms > until_ms)
        until_ms = other->closing->reopen_until_ms;
    if (draft->file->state != CASE_MERGED)
        act_refuse_state(draft);
    else if (closed && until_ms <= draft->now_ms)
        draft_refuse(draft, ERROR_TOO_LATE, NULL, "unmerge",
                     arena_printf(draft->arena, "%lld", (long long)until_ms));
    return draft->out->code == 0;
}

void act_unmerge(struct draft *draft, const struct act_target *target)
{
    const char *number = draft->file->merged_into;
    const struct casefile *other = number ? draft->view->ops->by_number(draft->view->ctx, number) : NULL;
    if (!check_unmerge(draft, other))
        return;
    struct event *event = act_begin(draft, EVENT_UNMERGED, target);
    if (!event)
        return;
    stand_up(draft, event);
    if (other)
        tell_main(draft, other, EVENT_PARTED, draft->file);
    draft_place(draft, draft->file->summons_count > 0);
}

// One that rests here stands up, and this case hears that it parted.
static void part_first(struct draft *draft)
{
    const struct joined joined = draft->file->joined[0];
    const struct casefile *found = draft->view->ops->by_number(draft->view->ctx, joined.number);
    struct draft_aside aside = draft_turn_to(draft, found);
    struct event *event = found ? draft_event(draft, EVENT_UNMERGED) : NULL;
    if (event) {
        stand_up(draft, event);
        draft_place(draft, draft->file->summons_count > 0);
    }
    draft_turn_back(draft, aside);
    event = draft_event(draft, EVENT_PARTED);
    if (!event)
        return;
    event->other = joined.number;
    event->target = joined.office;
    draft_end(draft, event);
}

void part_joined(struct draft *draft)
{
    size_t called = draft->out->called_count;
    const char *reason = draft->out->reason;
    while (draft->file->joined_count && !draft->error)
        part_first(draft);
    draft->out->called_count = called; // the answer is about the case that was given up
    draft->out->reason = reason;
}
