#include "core/draft.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "core/number.h"

#include <assert.h>
#include <string.h>

int draft_refuse(struct draft *draft, int code, const char *field, const char *argument0,
                 const char *argument1)
{
    struct decision *out = draft->out;
    out->code = code;
    out->field = field;
    out->arguments[0] = argument0;
    out->arguments[1] = argument0 ? argument1 : NULL;
    out->event_count = out->called_count = out->duplicate_count = out->precedent_count = out->other_count = 0;
    out->reason = out->raised = NULL;
    return code;
}

struct event *draft_event(struct draft *draft, enum event_kind kind)
{
    struct decision *out = draft->out;
    struct event *grown =
        draft->error ? NULL : draft_grow(draft, out->events, out->event_count, sizeof *grown);
    if (!grown)
        return NULL;
    assert(out->event_count < DECISION_MAX_EVENTS);
    out->events = grown;
    struct event *event = &out->events[out->event_count];
    const struct casefile *file = draft->file;
    *event = (struct event){
        .kind = kind,
        .seq = draft->first_seq + out->event_count,
        .at_ms = draft->now_ms,
        .case_id = file->id,
        .number = file->number,
        .area = file->area,
        .office = file->office,
        .history = file->history,
        .local_day = calendar_day_number(draft->calendar, draft->now_ms),
        .unit = draft->command->principal ? draft_unit_code(draft, draft->command->principal->unit) : NULL,
    };
    return event;
}

void draft_end(struct draft *draft, struct event *event)
{
    if (draft->error)
        return;
    if (!event->whistle && !event->position && !event->attachment_count)
        event->personal &= ~(uint32_t)PERSONAL_PLACE; // the command's is another event's, or nobody's
    draft->error = case_apply(draft->arena, draft->file, event, &draft->command->actor);
    event->next_due_ms = draft->file->next_due_ms;
    draft->out->event_count++;
}

void *draft_grow(struct draft *draft, void *items, size_t count, size_t size)
{
    enum { STEP = 16 };
    if (items && count % STEP)
        return items;
    void *moved = arena_array(draft->arena, count + STEP, size);
    if (!moved && !draft->error)
        draft->error = ERROR_NO_MEMORY;
    if (moved && count)
        __builtin_memcpy(moved, items, count * size);
    return moved;
}

void draft_tell(struct draft *draft, struct event *event, const char *recipient, enum why why)
{
    if (draft->error || !recipient || !*recipient || draft->file->history)
        return;
    for (size_t i = 0; i < event->recipient_count; i++)
        if (text_same(event->recipients[i].code, recipient))
            return;
    struct recipient *grown = draft_grow(draft, event->recipients, event->recipient_count, sizeof *grown);
    if (!grown)
        return;
    event->recipients = grown;
    event->recipients[event->recipient_count++] = (struct recipient){.code = recipient, .why = why};
}

enum why draft_why(const struct summons *summons)
{
    return summons->role == ROLE_LEAD ? WHY_LEAD : WHY_ASSIST;
}

void draft_tell_unit(struct draft *draft, struct event *event, const char *code, enum why why)
{
    uint32_t unit = unit_find(&draft->rules->units, code);
    draft_tell(draft, event, code, why);
    if (unit == UNIT_NONE)
        return;
    const struct contact *contact = unit_on_duty(&draft->rules->units.units[unit], draft->now_ms);
    draft_tell(draft, event, contact ? contact->recipient : NULL, why);
}

void draft_tell_summons(struct draft *draft, struct event *event, const struct summons *summons)
{
    draft_tell_unit(draft, event, summons->unit, draft_why(summons));
    if (summons->handler)
        draft_tell_unit(draft, event, summons->handler, draft_why(summons));
}

void draft_tell_office(struct draft *draft, struct event *event)
{
    draft_tell(draft, event, draft->file->office, WHY_OFFICE);
    draft_tell(draft, event, draft->file->charge, WHY_OFFICE);
    for (size_t i = 0; i < draft->file->joined_count; i++)
        draft_tell(draft, event, draft->file->joined[i].office, WHY_TOLD);
}

void draft_tell_called(struct draft *draft, struct event *event, const char *but)
{
    for (size_t i = 0; i < draft->file->summons_count; i++) {
        const struct summons *summons = &draft->file->summons[i];
        if (summons_is_open(summons->state) && !text_same(summons->unit, but))
            draft_tell_summons(draft, event, summons);
    }
    draft_tell_claims(draft, event);
}

void draft_tell_claims(struct draft *draft, struct event *event)
{
    const struct open_call *call = draft->file->open_call;
    for (size_t i = 0; call && i < call->claim_count; i++)
        if (call->claims[i].state != CLAIM_WITHDRAWN)
            draft_tell(draft, event, arena_printf(draft->arena, "member/%s", call->claims[i].member),
                       WHY_TOLD);
}

struct closing *draft_closing(struct draft *draft, struct event *event)
{
    const struct closing *before = draft->file->closing;
    static const struct closing none;
    if (!event->closing && !draft->error)
        event->closing = arena_memdup(draft->arena, before ? before : &none, sizeof none);
    if (!event->closing && !draft->error)
        draft->error = ERROR_NO_MEMORY;
    return event->closing;
}

struct open_call *draft_open_call(struct draft *draft, struct event *event)
{
    const struct open_call *before = draft->file->open_call;
    if (!before || draft->error)
        return NULL;
    struct open_call *call = arena_memdup(draft->arena, before, sizeof *before);
    struct claim *claims = arena_array(draft->arena, before->claim_count + 1, sizeof *claims);
    if (!call || !claims) {
        draft->error = ERROR_NO_MEMORY;
        return NULL;
    }
    for (size_t i = 0; i < before->claim_count; i++)
        claims[i] = before->claims[i];
    call->claims = claims; // with room for one more
    return event->open_call = call;
}

struct summons *draft_summons(struct draft *draft, struct event *event, const struct summons *before)
{
    if (draft->error)
        return NULL;
    for (size_t i = 0; i < event->summons_count; i++)
        if (event->summons[i].id == before->id)
            return &event->summons[i];
    struct summons *grown = draft_grow(draft, event->summons, event->summons_count, sizeof *grown);
    if (!grown)
        return NULL;
    event->summons = grown;
    event->summons[event->summons_count] = *before;
    return &event->summons[event->summons_count++];
}

// The next free id, counting those that the open event adds.
static uint32_t next_summons_id(const struct draft *draft, const struct event *event)
{
    uint32_t id = (uint32_t)draft->file->summons_count;
    for (size_t i = 0; i < event->summons_count; i++)
        id = event->summons[i].id > id ? event->summons[i].id : id;
    return id + 1;
}

struct summons *draft_call(struct draft *draft, struct event *event, uint32_t unit, enum role role)
{
    if (draft->error)
        return NULL;
    const struct contact *contact = unit_on_duty(&draft->rules->units.units[unit], draft->now_ms);
    struct summons summons = {
        .id = next_summons_id(draft, event),
        .unit = draft_unit_code(draft, unit),
        .role = role,
        .state = SUMMONS_CALLED,
        .contact = contact ? contact->code : NULL,
        .called_ms = draft->now_ms,
        .held_since_ms = draft->now_ms,
    };
    draft_tell_unit(draft, event, summons.unit, draft_why(&summons));
    return draft_summons(draft, event, &summons);
}

void draft_release(struct draft *draft, struct summons *summons, enum summons_state state)
{
    summons->state = state;
    if (summons->petition.verb != VERB_APPEAL) // what was asked for the work has lost its sense
        summons->petition = (struct petition){0};
    if (summons->held_since_ms && draft->now_ms > summons->held_since_ms) // it may have been set back
        summons->held_ms += draft->now_ms - summons->held_since_ms;
    summons->held_since_ms = 0;
}

void draft_excuse_all(struct draft *draft, struct event *event, enum clock_stop stop)
{
    for (size_t i = 0; i < draft->file->summons_count; i++) {
        const struct summons *before = &draft->file->summons[i];
        if (!summons_is_open(before->state) && before->state != SUMMONS_DECLINED)
            continue;
        struct summons *summons = draft_summons(draft, event, before);
        if (summons)
            draft_release(draft, summons, SUMMONS_EXCUSED);
        draft_stop_summons(draft, event, before->id, stop);
    }
}

const struct rule *draft_rule(const struct draft *draft)
{
    const struct rule_ref *ref = draft->file->rule;
    for (uint32_t i = 0; ref && i < draft->rules->routing.count; i++)
        if (text_same(draft->rules->routing.rules[i].id, ref->id))
            return &draft->rules->routing.rules[i];
    return NULL;
}

static int64_t running_due(const struct draft *draft, enum stage stage, uint32_t summons)
{
    const struct clock *clock = case_clock(draft->file, stage, summons);
    return clock ? clock->due_ms : 0;
}

static const char *resolve_limit_text(struct draft *draft, uint32_t summons)
{
    const struct clock *clock = case_clock(draft->file, STAGE_RESOLVE, summons);
    char text[LIMIT_TEXT];
    return clock ? arena_strdup(draft->arena, limit_format(clock->limit, text)) : NULL;
}

uint32_t draft_area_of(const struct draft *draft, const struct casefile *file)
{
    return area_find(&draft->rules->areas, area_path_code(file->area));
}

struct draft_aside draft_turn_to(struct draft *draft, const struct casefile *found)
{
    struct decision *out = draft->out;
    struct draft_aside aside = {draft->file, draft->area};
    struct casefile *file =
        found ? case_copy(draft->arena, found) : arena_alloc(draft->arena, sizeof *draft->file);
    if (!file && !draft->error)
        draft->error = ERROR_NO_MEMORY;
    struct casefile **grown =
        draft->error ? NULL : draft_grow(draft, out->others, out->other_count, sizeof *grown);
    if (!grown)
        return aside;
    out->others = grown;
    out->others[out->other_count++] = file;
    draft->file = file;
    if (found)
        draft->area = draft_area_of(draft, file);
    return aside;
}

void draft_turn_back(struct draft *draft, struct draft_aside aside)
{
    draft->file = aside.file;
    draft->area = aside.area;
}

const struct casefile *draft_find_case(struct draft *draft, const char *text, const char *field)
{
    struct number number;
    char canonical[NUMBER_TEXT];
    if (!text_given(text)) {
        draft_refuse(draft, ERROR_MISSING, field, strrchr(field, '.') + 1, NULL);
        return NULL;
    }
    if (number_parse(text, &number) || number_format(number, canonical)) {
        draft_refuse(draft, ERROR_BAD_NUMBER, field, text, NULL);
        return NULL;
    }
    const struct casefile *found = draft->view->ops->by_number(draft->view->ctx, canonical);
    if (!found)
        draft_refuse(draft, ERROR_UNKNOWN_CASE, field, text, NULL);
    return found;
}

void draft_answer_called(struct draft *draft, const struct summons *summons)
{
    if (draft->error)
        return;
    struct decision *out = draft->out;
    struct called *grown = draft_grow(draft, out->called, out->called_count, sizeof *grown);
    if (!grown)
        return;
    uint32_t unit = unit_find(&draft->rules->units, summons->unit);
    out->called = grown;
    out->called[out->called_count++] = (struct called){
        .unit = summons->unit,
        .name = unit == UNIT_NONE ? NULL : draft->rules->units.units[unit].name,
        .role = summons->role,
        .contact = summons->contact,
        .accept_due_ms = running_due(draft, STAGE_ACCEPT, summons->id),
        .report_due_ms = running_due(draft, STAGE_REPORT, summons->id),
        .resolve_due_ms = running_due(draft, STAGE_RESOLVE, summons->id),
        .limit = resolve_limit_text(draft, summons->id),
    };
}

void draft_to_desk(struct draft *draft, struct event *event, const struct rule *rule)
{
    if (draft->error)
        return;
    const struct rules *rules = draft->rules;
    const char *desk = draft_unit_code(draft, rules->desk);
    event->state = CASE_ARBITRATION;
    draft_tell_unit(draft, event, desk, WHY_SUPERVISOR);
    if (case_clock(draft->file, STAGE_ARBITRATE, 0))
        return;
    draft_start(draft, event,
                &(struct clock_order){
                    .stage = STAGE_ARBITRATE,
                    .unit = desk,
                    .limit = draft_limits(draft, rule, NULL).of[STAGE_ARBITRATE],
                    .ladder = draft_ladder(draft, STAGE_ARBITRATE),
                    .why = "desk",
                    .start_ms = draft->now_ms,
                });
}

const char *draft_unit_code(const struct draft *draft, uint32_t unit)
{
    return unit == UNIT_NONE ? NULL : draft->rules->units.units[unit].code;
}
