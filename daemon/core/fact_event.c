// What happened, as facts: one function an event kind that adds any.
#include "core/fact.h"

#include "base/text.h"

struct telling {
    const struct casefile *before;
    const struct casefile *file;
    const struct event *event;
    fact_put *put;
    void *context;
};

// `part` tells a fact from others of its kind: the event, as counted from the case's first.
static void tell(const struct telling *telling, enum fact_kind kind, struct fact fact)
{
    fact.kind = kind;
    fact.at_ms = telling->event->at_ms;
    fact.part = (uint32_t)(telling->event->seq - telling->event->case_id);
    fact.unit = text_or_empty(fact.unit);
    telling->put(telling->context, &fact);
}

static void tell_office(const struct telling *telling, enum fact_kind kind)
{
    tell(telling, kind, (struct fact){.unit = telling->file->office});
}

static void tell_lead(const struct telling *telling, enum fact_kind kind)
{
    tell(telling, kind, (struct fact){.unit = case_lead(telling->file)});
}

static struct fact of_summons(const struct summons *summons)
{
    return (struct fact){.unit = summons->unit, .branch = summons->handler, .summons = summons->id};
}

// Each unit whose summons the event changed.
static void tell_summoned(const struct telling *telling, enum fact_kind kind)
{
    for (size_t i = 0; i < telling->event->summons_count; i++)
        tell(telling, kind, of_summons(&telling->event->summons[i]));
}

// A summons that the case did not have is a new call, and one that begins anew.
static void tell_calls(const struct telling *telling)
{
    size_t summons_before = telling->before->summons_count;
    for (size_t i = 0; i < telling->event->summons_count; i++)
        if (telling->event->summons[i].id > summons_before || telling->event->kind == EVENT_REWORK)
            tell(telling, FACT_CALLED, of_summons(&telling->event->summons[i]));
}

// Was this clock of the unit stopped now, after its time?
static bool was_late(const struct event *event, enum stage stage)
{
    for (size_t i = 0; i < event->clock_count; i++) {
        const struct clock *clock = &event->clocks[i];
        if (clock->stage == stage && clock->stopped_ms == event->at_ms && clock->due_ms < event->at_ms &&
            text_same(clock->unit, event->unit))
            return true;
    }
    return false;
}

// What a called unit did itself. Who goes straight on has accepted by that, and is late by the clocks that he
// passed over.
static void tell_work(const struct telling *telling, enum fact_kind kind, bool late)
{
    const struct event *event = telling->event;
    const struct summons *summons = event->summons_count ? &event->summons[0] : NULL;
    struct fact fact = summons ? of_summons(summons) : (struct fact){.unit = event->unit};
    int64_t called_ms = summons ? summons->called_ms : 0;
    fact.took_ms = called_ms && called_ms < event->at_ms ? event->at_ms - called_ms : 0;
    fact.flags = late ? FACT_LATE : 0;
    tell(telling, kind, fact);
}

static const struct summons *summons_before(const struct telling *telling)
{
    return telling->event->summons_count ? case_summons(telling->before, telling->event->summons[0].id)
                                         : NULL;
}

static void tell_passed(const struct telling *telling)
{
    const struct summons *before = summons_before(telling);
    if (before && !before->accepted_ms && telling->event->summons[0].accepted_ms)
        tell_work(telling, FACT_ACCEPTED, was_late(telling->event, STAGE_ACCEPT));
}

static void tell_report(const struct telling *telling)
{
    const struct summons *before = summons_before(telling);
    if (!before || before->reported_ms)
        return; // he reports again
    tell_passed(telling);
    tell_work(telling, FACT_REPORTED, telling->event->late);
}

static void tell_grant(const struct telling *telling)
{
    static const enum fact_kind kinds[] = {
        [VERB_EXTEND] = FACT_EXTENDED,
        [VERB_PAUSE] = FACT_PAUSED,
        [VERB_SUSPEND] = FACT_SUSPENDED,
        [VERB_APPEAL] = FACT_EXEMPTED,
    };
    const struct petition *petition = telling->event->petition;
    if (petition && (size_t)petition->verb < sizeof kinds / sizeof kinds[0] && kinds[petition->verb] &&
        telling->event->summons_count)
        tell(telling, kinds[petition->verb], of_summons(&telling->event->summons[0]));
}

// A ruling that agrees with the unit that declined: it was dispatched wrongly.
static void tell_ruling(const struct telling *telling)
{
    const struct event *event = telling->event;
    for (size_t i = 0; i < event->summons_count && event->ruling; i++)
        if (event->summons[i].state == SUMMONS_EXCUSED)
            tell(telling, FACT_MISDISPATCHED, of_summons(&event->summons[i]));
}

// What the resident says is about the unit that was named, else about the lead.
static void tell_call_back(const struct telling *telling)
{
    static const enum fact_kind kinds[] = {FACT_UNREACHED, FACT_SATISFIED, FACT_BASICALLY, FACT_DISSATISFIED};
    const struct event *event = telling->event;
    const char *unit = text_given(event->target) ? event->target : case_lead(telling->file);
    const struct summons *summons = case_summons_of(telling->file, unit);
    struct fact fact = summons ? of_summons(summons) : (struct fact){.unit = unit};
    if (text_same(unit, telling->file->office)) // who asks about his own work
        return;
    if (event->verdict)
        tell(telling, event->verdict == VERDICT_SOLVED ? FACT_RESIDENT_SOLVED : FACT_RESIDENT_NOT_SOLVED,
             fact);
    if ((size_t)event->satisfied < sizeof kinds / sizeof kinds[0])
        tell(telling, kinds[event->satisfied], fact);
}

// Whose clock it is, and the branch that has the summons.
static struct fact of_clock(const struct telling *telling, const struct clock *clock)
{
    const struct summons *summons = case_summons(telling->file, clock->summons);
    return (struct fact){
        .unit = clock->unit, .branch = summons ? summons->handler : NULL, .summons = clock->summons};
}

// Orders of supervision 督办, of a person or of a rung.
static void tell_orders(const struct telling *telling)
{
    const struct event *event = telling->event;
    for (size_t i = 0; i < event->clock_count; i++) {
        const struct clock *clock = &event->clocks[i];
        if (clock->stage == STAGE_ANSWER && clock->start_ms == event->at_ms && !clock->stopped_ms)
            tell(telling, FACT_SUPERVISED, of_clock(telling, clock));
    }
}

static void tell_rung(const struct telling *telling)
{
    const struct event *event = telling->event;
    tell_orders(telling);
    tell(telling, FACT_RUNG, event->clock_count ? of_clock(telling, &event->clocks[0]) : (struct fact){0});
    if (event->charge)
        tell(telling, FACT_HANDED_UP, (struct fact){.unit = event->charge});
}

static void tell_member(const struct telling *telling, enum fact_kind kind)
{
    tell(telling, kind, (struct fact){.unit = telling->event->unit, .member = telling->event->target});
}

static void tell_urge(const struct telling *telling)
{
    tell_summoned(telling, FACT_URGED);
    const struct clock *desk = case_clock(telling->file, STAGE_ARBITRATE, 0);
    if (!telling->event->summons_count)
        tell(telling, FACT_URGED, (struct fact){.unit = desk ? desk->unit : telling->event->target});
}

// Nobody was called, or somebody is called for the first time.
static bool is_placed(const struct telling *telling)
{
    const struct casefile *file = telling->file;
    bool again = file->closing && file->closing->reopened;
    if (telling->event->kind == EVENT_SETTLED)
        return !file->summons_count && !again;
    return !telling->before->summons_count && file->summons_count && !again;
}

static void tell_states(const struct telling *telling)
{
    switch (telling->event->state) {
    case CASE_CLOSED:
        tell(telling, FACT_CLOSED,
             (struct fact){.unit = case_lead(telling->file),
                           .took_ms = telling->event->at_ms - telling->file->filed_ms});
        break;
    case CASE_CANCELLED:
        tell_office(telling, FACT_CANCELLED);
        break;
    case CASE_REJECTED:
        tell_office(telling, FACT_REJECTED);
        break;
    default:
        break;
    }
}

static void tell_filed(const struct telling *telling)
{
    tell_office(telling, FACT_FILED);
}

// That a point repeats is about whoever has to do something about it.
static void tell_placed(const struct telling *telling)
{
    tell_office(telling, FACT_PLACED);
    if (telling->file->related_count)
        tell_lead(telling, FACT_REPEATED);
}

static void tell_registered(const struct telling *telling)
{
    tell_office(telling, FACT_REGISTERED);
}

static void tell_merged(const struct telling *telling)
{
    tell_office(telling, FACT_MERGED);
}

static void tell_settled(const struct telling *telling)
{
    tell_office(telling, FACT_SETTLED);
}

static void tell_fed_back(const struct telling *telling)
{
    tell_office(telling, FACT_FED_BACK);
}

static void tell_reopened(const struct telling *telling)
{
    tell_lead(telling, FACT_REOPENED);
}

static void tell_verified(const struct telling *telling)
{
    tell_lead(telling, telling->event->verdict == VERDICT_SOLVED ? FACT_PASSED : FACT_FAILED);
}

static void tell_accepted(const struct telling *telling)
{
    tell_work(telling, FACT_ACCEPTED, telling->event->late);
}

static void tell_resolved(const struct telling *telling)
{
    tell_passed(telling);
    tell_work(telling, FACT_DONE, telling->event->late);
}

static void tell_declined(const struct telling *telling)
{
    tell_work(telling, FACT_DECLINED, false);
}

// What an office says of its own work is on the record, and in no book.
static void tell_evaluated(const struct telling *telling)
{
    const struct event *event = telling->event;
    for (size_t i = 0; i < event->summons_count; i++)
        if (!text_same(event->summons[i].unit, telling->file->office))
            tell(telling, event->verdict == VERDICT_SOLVED ? FACT_SOLVED : FACT_NOT_SOLVED,
                 of_summons(&event->summons[i]));
}

static void tell_rework(const struct telling *telling)
{
    tell_summoned(telling, FACT_REWORK);
}

static void tell_handed_up(const struct telling *telling)
{
    tell(telling, FACT_HANDED_UP, (struct fact){.unit = telling->event->charge});
}

static void tell_claimed(const struct telling *telling)
{
    tell_member(telling, FACT_CLAIMED);
}

static void tell_checked_in(const struct telling *telling)
{
    tell_member(telling, FACT_CHECKED_IN);
}

static void (*const tellers[])(const struct telling *) = {
    [EVENT_FILED] = tell_filed,         [EVENT_REGISTERED] = tell_registered,
    [EVENT_ACCEPTED] = tell_accepted,   [EVENT_REPORTED] = tell_report,
    [EVENT_DECLINED] = tell_declined,   [EVENT_RESOLVED] = tell_resolved,
    [EVENT_URGED] = tell_urge,          [EVENT_SUPERVISED] = tell_orders,
    [EVENT_HANDED_UP] = tell_handed_up, [EVENT_REASSIGNED] = tell_ruling,
    [EVENT_SETTLED] = tell_settled,     [EVENT_EVALUATED] = tell_evaluated,
    [EVENT_REWORK] = tell_rework,       [EVENT_RUNG] = tell_rung,
    [EVENT_GRANTED] = tell_grant,       [EVENT_VERIFIED] = tell_verified,
    [EVENT_FED_BACK] = tell_fed_back,   [EVENT_CALLED_BACK] = tell_call_back,
    [EVENT_REOPENED] = tell_reopened,   [EVENT_MERGED] = tell_merged,
    [EVENT_CLAIMED] = tell_claimed,     [EVENT_CHECKED_IN] = tell_checked_in,
};

void facts_of_event(const struct casefile *before, const struct casefile *file, const struct event *event,
                    fact_put *put, void *context)
{
    struct telling telling = {before, file, event, put, context};
    size_t kind = event->kind;
    if (file->history)
        return;
    if (kind < sizeof tellers / sizeof tellers[0] && tellers[kind])
        tellers[kind](&telling);
    if (is_placed(&telling))
        tell_placed(&telling);
    tell_calls(&telling);
    tell_states(&telling);
}
