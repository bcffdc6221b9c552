// A call-up 社区吹哨、党员报到: an open call to the members of a pool who are registered around the place.
// They claim 认领, check in 签到 and are counted; the first fill the places, and the call widens as the case
// climbs.
#include "core/acts.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "core/permit.h"

enum { MAX_TOLD = 500 };

static const int64_t AHEAD_MS = 5 * MINUTE_MS;

static struct claim *claim_of(const struct open_call *call, const char *member)
{
    for (size_t i = 0; i < call->claim_count; i++)
        if (text_same(call->claims[i].member, member))
            return &call->claims[i];
    return NULL;
}

static bool has_place(const struct claim *claim)
{
    return claim && claim->state != CLAIM_WITHDRAWN;
}

static uint32_t places_taken(const struct open_call *call)
{
    uint32_t taken = 0;
    for (size_t i = 0; i < call->claim_count; i++)
        taken += has_place(&call->claims[i]);
    return taken;
}

// Each member whom the call reaches and who has no place, and the unit that keeps him.
static void tell_members(struct draft *draft, struct event *event, const struct open_call *call)
{
    const struct rules *rules = draft->rules;
    for (uint32_t i = 0; i < rules->members.count && event->recipient_count < MAX_TOLD; i++) {
        const struct member *member = &rules->members.members[i];
        if (!member_is_called(member, call, &rules->areas) || has_place(claim_of(call, member->code)))
            continue;
        draft_tell(draft, event, member->recipient, WHY_TOLD);
        draft_tell(draft, event, draft_unit_code(draft, member->unit), WHY_TOLD);
    }
}

void await_members(struct draft *draft, struct event *event, const struct rule *rule)
{
    const struct open_call *call = event->open_call ? event->open_call : draft->file->open_call;
    if (call && !call->filled_ms && !case_clock(draft->file, STAGE_FILL, 0))
        draft_start_stage(draft, event, rule, STAGE_FILL, 0, draft->file->office, draft->now_ms);
}

void draft_call_pool(struct draft *draft, const struct rule *rule)
{
    const struct whistle *whistle = draft->file->whistle;
    struct event *event = draft_event(draft, EVENT_OPEN_CALL);
    struct open_call *call = arena_alloc(draft->arena, sizeof *call);
    if (!event || !call || draft->file->history)
        return;
    *call = (struct open_call){
        .pool = rule->pool,
        .skill = whistle->skill,
        .area = draft->rules->areas.areas[member_call_area(&draft->rules->areas, draft->area)].code,
        .places = whistle->places ? whistle->places : rule->places,
    };
    event->open_call = call;
    await_members(draft, event, rule);
    tell_members(draft, event, call);
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

bool nobody_came(const struct casefile *file)
{
    for (size_t i = 0; file->open_call && i < file->open_call->claim_count; i++)
        if (file->open_call->claims[i].state == CLAIM_ON_SITE)
            return false;
    return file->open_call != NULL;
}

void widen_call(struct draft *draft)
{
    const struct open_call *before = draft->file->open_call;
    const struct area_tree *areas = &draft->rules->areas;
    uint32_t unit = unit_find(&draft->rules->units, draft->file->charge);
    uint32_t to = unit == UNIT_NONE ? AREA_NONE : draft->rules->units.units[unit].area;
    uint32_t from = before ? area_find(areas, before->area) : AREA_NONE;
    if (draft->error || draft->out->code || from == AREA_NONE || to == AREA_NONE || to == from ||
        before->filled_ms || !area_is_within(areas, from, to) || !case_clock(draft->file, STAGE_FILL, 0))
        return;
    struct event *event = draft_event(draft, EVENT_OPEN_CALL);
    struct open_call *call = event ? draft_open_call(draft, event) : NULL;
    if (!call)
        return;
    call->area = areas->areas[to].code;
    tell_members(draft, event, call);
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

// ---- what members do ----------------------------------------------------------------------------

// Whom an act is about: by the roster, or, who has a place and has left it since, by his place.
struct whom {
    const char *code;
    const char *unit;
    const char *recipient;
};

static bool find_whom(struct draft *draft, const char *code, struct whom *out)
{
    const struct rules *rules = draft->rules;
    const struct open_call *call = draft->file->open_call;
    const struct member *member = member_find(&rules->members, code);
    const struct claim *claim = claim_of(call, code);
    if (claim)
        *out =
            (struct whom){claim->member, claim->unit, arena_printf(draft->arena, "member/%s", claim->member)};
    else if (member && member_is_called(member, call, &rules->areas))
        *out = (struct whom){member->code, draft_unit_code(draft, member->unit), member->recipient};
    else
        draft_refuse(draft, ERROR_UNKNOWN_MEMBER, "act.target", code, NULL);
    return draft->out->code == 0;
}

// Does the principal speak for him: the unit that keeps him, his community's office, the office of the case?
static bool speaks_for(const struct draft *draft, const struct whom *whom)
{
    const struct principal *principal = draft->command->principal;
    const char *own = draft_unit_code(draft, principal->unit);
    return text_same(own, draft->file->office) || text_same(own, whom->unit) ||
           permit_member(draft->rules, principal, member_find(&draft->rules->members, whom->code));
}

static bool find_member(struct draft *draft, const struct act_target *target, struct whom *whom)
{
    const char *verb = word_name(WORDS_VERB, (int)target->act->verb);
    enum case_state state = draft->file->state;
    bool runs = state == CASE_DISPATCHED || state == CASE_IN_HAND || state == CASE_ARBITRATION;
    if (!draft->file->open_call || !runs)
        draft_refuse(draft, ERROR_ILLEGAL_MOVE, NULL,
                     draft->file->open_call ? word_name(WORDS_CASE_STATE, (int)state) : "no call-up", verb);
    else if (find_whom(draft, target->act->target, whom) && !speaks_for(draft, whom))
        act_refuse_actor(draft, "act.target");
    return draft->out->code == 0;
}

static struct event *begin(struct draft *draft, enum event_kind kind, const struct act_target *target,
                           const struct whom *whom, struct open_call **call)
{
    struct event *event = act_begin(draft, kind, target);
    *call = event ? draft_open_call(draft, event) : NULL;
    if (!*call)
        return NULL;
    event->unit = whom->unit;
    event->target = whom->code;
    draft_tell(draft, event, whom->recipient, WHY_TOLD);
    return event;
}

// The last place is taken: the clock is over, and the others hear that nobody waits for them.
static void fill(struct draft *draft, struct event *event, struct open_call *call)
{
    if (places_taken(call) < call->places)
        return;
    call->filled_ms = draft->now_ms;
    draft_stop(draft, event, STAGE_FILL, 0, STOP_MET);
    tell_members(draft, event, call);
}

static bool check_claim(struct draft *draft, const struct whom *whom)
{
    const struct open_call *call = draft->file->open_call;
    if (has_place(claim_of(call, whom->code)))
        draft_refuse(draft, ERROR_ALREADY_SUMMONED, "act.target", whom->code, draft->file->number);
    else if (call->filled_ms)
        draft_refuse(draft, ERROR_FULL, NULL, arena_printf(draft->arena, "%u", call->places), NULL);
    return draft->out->code == 0;
}

void act_claim(struct draft *draft, const struct act_target *target)
{
    struct whom whom;
    struct open_call *call;
    if (!find_member(draft, target, &whom) || !check_claim(draft, &whom))
        return;
    struct event *event = begin(draft, EVENT_CLAIMED, target, &whom, &call);
    if (!event)
        return;
    struct claim *claim = claim_of(call, whom.code);
    if (!claim)
        claim = &call->claims[call->claim_count++];
    *claim = (struct claim){
        .member = whom.code, .unit = whom.unit, .state = CLAIM_CLAIMED, .claimed_ms = draft->now_ms};
    if (draft->file->state == CASE_DISPATCHED)
        event->state = CASE_IN_HAND;
    fill(draft, event, call);
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

// Only who has a place, and has not come yet.
static bool check_coming(struct draft *draft, const struct act_target *target, const struct whom *whom)
{
    const struct claim *claim = claim_of(draft->file->open_call, whom->code);
    if (claim && claim->state == CLAIM_CLAIMED)
        return true;
    draft_refuse(draft, ERROR_ILLEGAL_MOVE, "act.target",
                 claim ? word_name(WORDS_CLAIM_STATE, (int)claim->state) : "not claimed",
                 word_name(WORDS_VERB, (int)target->act->verb));
    return false;
}

void act_check_in(struct draft *draft, const struct act_target *target)
{
    int64_t arrived_ms = target->act->arrived_ms ? target->act->arrived_ms : draft->now_ms;
    struct whom whom;
    struct open_call *call;
    if (!find_member(draft, target, &whom) || !check_coming(draft, target, &whom))
        return;
    if (arrived_ms > draft->now_ms + AHEAD_MS || arrived_ms < draft->file->filed_ms) {
        draft_refuse(draft, ERROR_TIME_RANGE, "act.arrived_ms", "arrived_ms", NULL);
        return;
    }
    struct event *event = begin(draft, EVENT_CHECKED_IN, target, &whom, &call);
    if (!event)
        return;
    struct claim *claim = claim_of(call, whom.code);
    claim->state = CLAIM_ON_SITE;
    claim->arrived_ms = event->arrived_ms = arrived_ms;
    event->position = target->act->position;
    draft_tell_office(draft, event);
    draft_end(draft, event);
}

// 放弃: the place is free again, its clock runs anew, and the others are called.
void act_withdraw(struct draft *draft, const struct act_target *target)
{
    struct whom whom;
    struct open_call *call;
    if (!find_member(draft, target, &whom) || !check_coming(draft, target, &whom))
        return;
    struct event *event = begin(draft, EVENT_WITHDREW, target, &whom, &call);
    if (!event)
        return;
    claim_of(call, whom.code)->state = CLAIM_WITHDRAWN;
    if (call->filled_ms) {
        call->filled_ms = 0;
        await_members(draft, event, draft_rule(draft));
        tell_members(draft, event, call);
    }
    draft_tell_office(draft, event);
    draft_end(draft, event);
}
