// Two whistles about one thing 并案: one case goes on, the other rests in it with its own number, and both
// offices hear how it ends; and the way back 拆案.
#include "core/acts.h"

#include "base/error.h"
#include "base/text.h"

// The office of the one may join another's case that lies beside it; who may see both, any.
static const struct casefile *find_main(struct draft *draft, const struct act *act)
{
    const struct casefile *other = draft_find_case(draft, act->other, "act.other");
    if (!other)
        return NULL;
    if (!draft_may_see(draft, other) && !draft_is_similar(draft, other))
        draft_refuse(draft, ERROR_UNKNOWN_CASE, "act.other", act->other, NULL);
    else if (other->id == draft->file->id)
        draft_refuse(draft, ERROR_BAD_VALUE, "act.other", "other", "the case itself");
    else if (!case_is_open(other->state))
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, "act.other", word_name(WORDS_CASE_STATE, (int)other->state),
                     "merge");
    else
        return other;
    return NULL;
}

// What others rest in does not rest in another itself.
static bool check_merge(struct draft *draft)
{
    const struct casefile *file = draft->file;
    bool carries = file->joined_count != 0;
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

// The same news for the case that goes on.
static void tell_main(struct draft *draft, const struct casefile *found, enum event_kind kind,
                      const struct casefile *joined)
{
    struct draft_aside aside = draft_turn_to(draft, found);
    struct event *event = draft_event(draft, kind);
    if (event) {
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

// It is a case of its own again, and placed by the rules of today; its clocks begin now.
void act_unmerge(struct draft *draft, const struct act_target *target)
{
    const char *number = draft->file->merged_into;
    if (draft->file->state != CASE_MERGED) {
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, NULL, word_name(WORDS_CASE_STATE, (int)draft->file->state),
                     "unmerge");
        return;
    }
    struct event *event = act_begin(draft, EVENT_UNMERGED, target);
    if (!event)
        return;
    event->state = CASE_FILED;
    event->other = number;
    draft_tell_office(draft, event);
    draft_end(draft, event);
    const struct casefile *other = draft->view->ops->by_number(draft->view->ctx, number);
    if (other)
        tell_main(draft, other, EVENT_PARTED, draft->file);
    draft_place(draft, draft->file->summons_count > 0); // what never went out may still need approval
}
