// What a supervisor's office orders, and what any party may: comment, tell what was delivered.
#include "core/acts.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "core/permit.h"

#include <string.h>

static const int64_t ORDER_MS = 366 * DAY_MS;

void order_answer(struct draft *draft, struct event *event, const struct summons *summons, const char *by,
                  struct limit limit, int64_t due_ms, const char *ladder)
{
    draft_stop(draft, event, STAGE_ANSWER, summons->id, STOP_REPLACED);
    draft_tell_summons(draft, event, summons);
    draft_start(draft, event,
                &(struct clock_order){
                    .stage = STAGE_ANSWER,
                    .summons = summons->id,
                    .unit = summons->unit,
                    .limit = draft_limit(draft, limit.measure ? limit : draft->rules->supervise_limit),
                    .ladder = ladder,
                    .why = by,
                    .start_ms = draft->now_ms,
                    .due_ms = due_ms,
                });
}

void act_supervise(struct draft *draft, const struct act_target *target)
{
    const struct summons *summons = case_summons_of(draft->file, target->act->target);
    if (!summons || !summons_is_open(summons->state)) {
        draft_refuse(draft, ERROR_NOT_SUMMONED, "act.target", target->act->target, draft->file->number);
        return;
    }
    int64_t due = target->act->due_ms;
    if (due && (due <= draft->now_ms || due > draft->now_ms + ORDER_MS)) {
        draft_refuse(draft, ERROR_TIME_RANGE, "act.due_ms", "due_ms", NULL);
        return;
    }
    struct event *event = act_begin(draft, EVENT_SUPERVISED, target);
    if (!event)
        return;
    order_answer(draft, event, summons, event->unit, (struct limit){0}, due,
                 draft_ladder(draft, STAGE_ANSWER));
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

// ---- what any party may -------------------------------------------------------------------------

void act_comment(struct draft *draft, const struct act_target *target)
{
    struct event *event = act_begin(draft, EVENT_COMMENTED, target);
    if (!event)
        return;
    act_attach(event, target);
    draft_tell_office(draft, event);
    draft_tell_called(draft, event, event->unit);
    draft_end(draft, event);
}

// Whoever has handled the case hears it: they may have copies. What is erased, the store knows: every private
// part of the case's records, this one's too.
void act_erase(struct draft *draft, const struct act_target *target)
{
    const struct reason_list free = {0};
    if (!act_gives_reason(draft, &free, target->act->reason, true))
        return;
    struct event *event = act_begin(draft, EVENT_ERASED, target);
    if (!event)
        return;
    draft_tell_office(draft, event);
    draft_tell_called(draft, event, NULL);
    tell_workers(draft, event);
    draft_end(draft, event);
}

// Whoever reads a feed says what reached its reader; a supervisor says it of everybody.
static bool may_say(const struct draft *draft, const char *recipient)
{
    const struct principal *principal = draft->command->principal;
    uint32_t relation =
        permit_relation(draft->rules, principal, draft->file, draft_area_of(draft, draft->file));
    return relation & RELATION_SUPERVISOR || permit_feed(draft->rules, principal, recipient);
}

// `*reach`: what became of it before.
static struct event *delivery(struct draft *draft, enum event_kind kind, const struct act_target *target,
                              enum reach *reach)
{
    const struct act *act = target->act;
    const struct view *view = draft->view;
    if (!text_given(act->target)) {
        draft_refuse(draft, ERROR_MISSING, "act.target", "target", NULL);
        return NULL;
    }
    if (act->seq < draft->file->id || act->seq > draft->file->last_seq) {
        draft_refuse(draft, act->seq ? ERROR_BAD_VALUE : ERROR_MISSING, "act.seq", "seq",
                     act->seq ? "another case's" : NULL);
        return NULL;
    }
    if (!may_say(draft, act->target)) {
        draft_refuse(draft, ERROR_NOT_ALLOWED, "act.target", draft->command->principal->code,
                     word_name(WORDS_VERB, (int)act->verb));
        return NULL;
    }
    *reach = view->ops->reach(view->ctx, draft->file->id, act->seq, act->target);
    if (*reach == REACH_NONE) {
        draft_refuse(draft, ERROR_BAD_VALUE, "act.target", "target", "who was not told of it");
        return NULL;
    }
    struct event *event = act_begin(draft, kind, target);
    if (!event)
        return NULL;
    event->about_seq = act->seq;
    event->means = act->means;
    event->tries = act->tries;
    return event;
}

void act_delivered(struct draft *draft, const struct act_target *target)
{
    enum reach reach;
    struct event *event = delivery(draft, EVENT_DELIVERED, target, &reach);
    if (event)
        draft_end(draft, event);
}

// The unit's other contacts, its superior and the office.
static void tell_others(struct draft *draft, struct event *event, const struct act_target *target)
{
    const char *slash = strchr(target->act->target, '/');
    const char *code =
        slash ? arena_strndup(draft->arena, target->act->target, (size_t)(slash - target->act->target))
              : target->act->target;
    uint32_t index = unit_find(&draft->rules->units, code);
    bool concerned = case_summons_in_hand(draft->file, code) || text_same(code, draft->file->office) ||
                     text_same(code, draft->file->charge) ||
                     text_same(code, draft_unit_code(draft, draft->rules->desk));
    if (index != UNIT_NONE && concerned) { // a stranger does not hear of the case by a wrong word
        const struct unit *unit = &draft->rules->units.units[index];
        for (uint32_t i = 0; i < unit->contact_count; i++)
            if (!text_same(unit->contacts[i].recipient, target->act->target))
                draft_tell(draft, event, unit->contacts[i].recipient, WHY_TOLD);
        draft_tell(draft, event, draft_unit_code(draft, unit->superior), WHY_TOLD);
    }
    draft_tell_office(draft, event);
}

// Who could not be reached is not the end of it: the others hear of it, once, however often and by whatever
// means it is tried again.
void act_undelivered(struct draft *draft, const struct act_target *target)
{
    enum reach reach;
    struct event *event = delivery(draft, EVENT_UNDELIVERED, target, &reach);
    if (!event)
        return;
    if (reach != REACH_FAILED)
        tell_others(draft, event, target);
    draft_end(draft, event);
}
