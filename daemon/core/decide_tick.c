// A due time has come: what was due up to it in one case happens, each rung exactly once, in order of time:
// rungs fire, pauses end as they were planned. What falls due later waits for its turn among all cases.
#include "core/acts.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"

#include <assert.h>
#include <string.h>

static const int64_t LATE_MS = 2 * MINUTE_MS;

// The rung that comes first over all clocks of the case, and its clock.
static struct clock_rung *first_ripe(struct draft *draft, int64_t due_ms, struct clock **of)
{
    struct clock_rung *first = NULL;
    for (size_t i = 0; i < draft->file->clock_count; i++) {
        struct clock *clock = &draft->file->clocks[i];
        struct clock_rung *rung = clock_ripe_rung(clock, due_ms);
        if (rung && (!first || rung->at_ms < first->at_ms)) {
            first = rung;
            *of = clock;
        }
    }
    return first;
}

// ---- whom an address means ----------------------------------------------------------------------

struct firing {
    struct event *event;
    const struct clock *clock;
    const struct rung *rung;
    uint32_t unit; // on the clock, UNIT_NONE where it has left the rulebook
};

static uint32_t superior(const struct draft *draft, uint32_t unit, int levels)
{
    while (unit != UNIT_NONE && levels-- > 0)
        unit = draft->rules->units.units[unit].superior;
    return unit;
}

// The unit that an address names, UNIT_NONE for those that name a person or nobody. `block+1` counts from the
// area of the case: the office of a community is level 0 there; a role, too, is looked for from there
// upwards.
static uint32_t address_unit(const struct draft *draft, const struct firing *firing,
                             const struct address *address)
{
    const struct rules *rules = draft->rules;
    switch (address->kind) {
    case ADDRESS_UNIT:
        return firing->unit;
    case ADDRESS_BLOCK:
        return rules_office_above(rules, draft->area, (uint32_t)address->level);
    case ADDRESS_LINE:
        return superior(draft, firing->unit, address->level);
    case ADDRESS_ROLE:
        return rules_unit_serving(rules, draft->area, address->name);
    case ADDRESS_NAMED:
        return unit_find(&rules->units, address->name);
    case ADDRESS_OFFICE:
        return unit_find(&rules->units, draft->file->office);
    case ADDRESS_DESK:
        return rules->desk;
    default:
        return UNIT_NONE;
    }
}

static void tell_leaders(struct draft *draft, const struct firing *firing)
{
    for (uint32_t area = draft->area; area != AREA_NONE; area = draft->rules->areas.areas[area].parent) {
        const struct area *at = &draft->rules->areas.areas[area];
        for (uint32_t i = 0; i < at->leader_count; i++)
            draft_tell(draft, firing->event, at->leaders[i], WHY_TOLD);
        if (at->leader_count)
            return;
    }
}

static const struct contact *address_contact(const struct draft *draft, const struct firing *firing,
                                             const struct address *address)
{
    if (firing->unit == UNIT_NONE || address->kind != ADDRESS_CONTACT)
        return NULL;
    const struct unit *unit = &draft->rules->units.units[firing->unit];
    size_t index = (size_t)(address->level > 0 ? address->level - 1 : 0);
    return index < unit->contact_count ? &unit->contacts[index] : NULL;
}

static enum why clock_why(const struct draft *draft, const struct clock *clock)
{
    const struct summons *summons = case_summons(draft->file, clock->summons);
    return summons ? draft_why(summons) : WHY_SUPERVISOR;
}

static void tell_address(struct draft *draft, const struct firing *firing, const struct address *address)
{
    const struct contact *contact = address_contact(draft, firing, address);
    const struct summons *summons = case_summons(draft->file, firing->clock->summons);
    if (address->kind == ADDRESS_LEADER)
        tell_leaders(draft, firing);
    else if (contact)
        draft_tell(draft, firing->event, contact->recipient, clock_why(draft, firing->clock));
    else if ((address->kind == ADDRESS_UNIT || address->kind == ADDRESS_CONTACT) &&
             summons) // nobody there: the unit
        draft_tell_summons(draft, firing->event, summons);
    else if (address->kind == ADDRESS_UNIT || address->kind == ADDRESS_CONTACT)
        draft_tell_unit(draft, firing->event, firing->clock->unit, clock_why(draft, firing->clock));
    else if (address->kind == ADDRESS_BLOCK || address->kind == ADDRESS_LINE)
        draft_tell_unit(draft, firing->event, draft_unit_code(draft, address_unit(draft, firing, address)),
                        WHY_SUPERVISOR);
    else
        draft_tell_unit(draft, firing->event, draft_unit_code(draft, address_unit(draft, firing, address)),
                        WHY_TOLD);
}

// ---- what a rung does ---------------------------------------------------------------------------

static void call_contact(struct draft *draft, const struct firing *firing, const struct contact *contact)
{
    const struct summons *before = case_summons(draft->file, firing->clock->summons);
    struct summons *summons = before ? draft_summons(draft, firing->event, before) : NULL;
    if (summons)
        summons->contact = contact->code;
}

static void call_unit(struct draft *draft, const struct firing *firing, uint32_t unit)
{
    const char *code = draft_unit_code(draft, unit);
    enum case_state state = draft->file->state;
    bool worked_on = state == CASE_DISPATCHED || state == CASE_IN_HAND || state == CASE_ARBITRATION;
    if (!code || case_summons_of(draft->file, code) || !worked_on)
        return;
    const struct summons *summons = draft_call(draft, firing->event, unit, ROLE_ASSIST);
    if (summons)
        draft_start_clocks(draft, firing->event, summons, draft_rule(draft), NULL);
}

static void fire_calls(struct draft *draft, const struct firing *firing)
{
    for (size_t i = 0; i < firing->rung->to_count && !draft->error; i++) {
        const struct address *address = &firing->rung->to[i];
        const struct contact *contact = address_contact(draft, firing, address);
        if (contact)
            call_contact(draft, firing, contact);
        else
            call_unit(draft, firing, address_unit(draft, firing, address));
    }
}

// How many levels the rung climbs: what its block address says, one without any. It counts from the office
// that submitted; on the clock of the level in charge, from there.
static void fire_hand_up(struct draft *draft, const struct firing *firing)
{
    uint32_t levels = 1;
    for (size_t i = 0; i < firing->rung->to_count; i++)
        if (firing->rung->to[i].kind == ADDRESS_BLOCK)
            levels = (uint32_t)firing->rung->to[i].level;
    draft_tell(draft, firing->event, draft->file->charge, WHY_OFFICE);
    move_charge(draft, firing->event,
                firing->clock->stage == STAGE_CHARGE ? firing->clock->unit : draft->file->office, levels,
                firing->rung->limit, firing->rung->ladder, "rung");
}

// The order comes from the first unit that the rung addresses; the desk's, where it addresses none.
static void fire_supervise(struct draft *draft, const struct firing *firing)
{
    const struct summons *summons = case_summons(draft->file, firing->clock->summons);
    if (!summons || !summons_is_open(summons->state))
        return;
    uint32_t by = UNIT_NONE;
    for (size_t i = 0; i < firing->rung->to_count && by == UNIT_NONE; i++)
        if (firing->rung->to[i].kind != ADDRESS_UNIT)
            by = address_unit(draft, firing, &firing->rung->to[i]);
    by = by == UNIT_NONE ? draft->rules->desk : by;
    order_answer(draft, firing->event, summons, draft_unit_code(draft, by), firing->rung->limit, 0,
                 firing->rung->ladder);
}

// Ladders may lead into each other for ever; a case that has so many clocks is only told about.
static void fire_acts(struct draft *draft, const struct firing *firing)
{
    uint32_t acts = draft->file->clock_count < TICK_MAX_CLOCKS ? firing->rung->acts : ACT_TELL;
    if (acts & ACT_CALL)
        fire_calls(draft, firing);
    if (acts & ACT_HAND_UP)
        fire_hand_up(draft, firing);
    if (acts & ACT_SUPERVISE)
        fire_supervise(draft, firing);
}

// A rung at 200 % puts down that twice the limit has passed.
static void note_multiple(struct clock *clock, const struct rung *rung)
{
    uint32_t multiple = rung->when == RUNG_SHARE ? (uint32_t)rung->share / 1000 : 0;
    if (multiple >= 2 && multiple > clock->multiple)
        clock->multiple = multiple;
}

// The recipient is this unit or one of its contacts.
static bool is_or_is_of(const char *code, const char *unit)
{
    size_t length = unit ? strlen(unit) : 0;
    return length && text_starts(code, unit) && (code[length] == 0 || code[length] == '/');
}

// Has the event given this recipient something to do: a summons, an order, the charge?
static bool has_to_act(const struct draft *draft, const struct event *event, const char *code)
{
    for (size_t i = 0; i < event->clock_count; i++)
        if (event->clocks[i].id > draft->file->clock_count && is_or_is_of(code, event->clocks[i].unit))
            return true;
    for (size_t i = 0; i < event->summons_count; i++) // called, or its other contact
        if (is_or_is_of(code, event->summons[i].unit))
            return true;
    return false;
}

// Notices that the events before this one in the same decision have for him.
static uint32_t told_now(const struct draft *draft, const char *code)
{
    uint32_t told = 0;
    for (size_t i = 0; i < draft->out->event_count; i++)
        for (size_t j = 0; j < draft->out->events[i].recipient_count; j++) {
            const struct recipient *recipient = &draft->out->events[i].recipients[j];
            told += draft->out->events[i].kind == EVENT_RUNG && !recipient->digested &&
                    text_same(recipient->code, code);
        }
    return told;
}

// Who had more notices than anybody reads gets the rest as one digest; what he has to do he gets at once.
static void digest_flood(struct draft *draft, struct event *event)
{
    const struct view *view = draft->view;
    for (size_t i = 0; i < event->recipient_count && draft->rules->digest_after && !draft->error; i++) {
        struct recipient *recipient = &event->recipients[i];
        int64_t since_ms = 0;
        uint32_t notices = view->ops->notices(view->ctx, recipient->code, &since_ms);
        if (draft->now_ms < since_ms || draft->now_ms - since_ms >= DIGEST_WINDOW_MS)
            notices = 0;
        recipient->digested = notices + told_now(draft, recipient->code) >= draft->rules->digest_after &&
                              !has_to_act(draft, event, recipient->code);
    }
}

static void fire(struct draft *draft, struct clock_rung *ripe, struct clock *clock)
{
    struct event *event = draft_event(draft, EVENT_RUNG);
    struct clock *marked = event ? draft_clock(draft, event, clock) : NULL;
    if (!marked)
        return;
    size_t index = (size_t)(ripe - clock->rungs);
    marked->rungs[index].fired_ms = draft->now_ms;
    note_multiple(marked, &ripe->rung);
    event->stage = clock->stage;
    event->rung = ripe->id;
    event->target = clock->unit;
    event->late = draft->command->late || draft->now_ms - ripe->at_ms > LATE_MS;
    struct firing firing = {event, clock, &ripe->rung, unit_find(&draft->rules->units, clock->unit)};
    for (size_t i = 0; i < ripe->rung.to_count; i++)
        tell_address(draft, &firing, &ripe->rung.to[i]);
    fire_acts(draft, &firing);
    digest_flood(draft, event);
    draft_end(draft, event);
    widen_call(draft);
}

// The earliest planned end of a pause, CLOCK_NEVER where there is none.
static int64_t first_resume(const struct casefile *file)
{
    int64_t first_ms = CLOCK_NEVER;
    for (size_t i = 0; i < file->clock_count; i++)
        if (clock_is_paused(&file->clocks[i]) && clock_next(&file->clocks[i]) < first_ms)
            first_ms = clock_next(&file->clocks[i]);
    return first_ms;
}

void decide_tick(struct draft *draft)
{
    int64_t due_ms = draft->command->due_ms < draft->now_ms ? draft->command->due_ms : draft->now_ms;
    if (!draft_take_case(draft))
        return;
    for (int i = 0; i < TICK_MAX_RUNGS && !draft->error; i++) {
        struct clock *clock = NULL;
        int64_t resume_ms = first_resume(draft->file);
        struct clock_rung *ripe = first_ripe(draft, due_ms, &clock);
        if (resume_ms <= due_ms && (!ripe || resume_ms <= ripe->at_ms)) {
            if (!resume_planned(draft, resume_ms))
                return;
        } else if (ripe) {
            fire(draft, ripe, clock);
        } else {
            return;
        }
    }
}
