#include "core/fact.h"

#include "base/text.h"

#include <string.h>

struct telling {
    const struct casefile *file;
    const struct event *event;
    fact_put *put;
    void *context;
};

static const char *lead_of(const struct casefile *file)
{
    for (size_t i = file->summons_count; i-- > 0;)
        if (file->summons[i].role == ROLE_LEAD && file->summons[i].state != SUMMONS_EXCUSED)
            return file->summons[i].unit;
    return "";
}

// ---- limits -------------------------------------------------------------------------------------

static bool is_called_off(const struct casefile *file)
{
    return file->history || file->state == CASE_CANCELLED || file->state == CASE_MERGED ||
           file->state == CASE_REJECTED || file->state == CASE_REGISTERED;
}

// A clock that was called off in time binds nobody; one that was late by then did fall due.
static bool counts(const struct clock *clock)
{
    bool off = clock->stop != STOP_NONE && clock->stop != STOP_MET;
    return clock->due_ms != CLOCK_NEVER && (!off || clock->stopped_ms > clock->due_ms);
}

static uint32_t flags_of(const struct clock *clock)
{
    uint32_t flags = 0;
    if (!clock->stopped_ms)
        flags |= FACT_OPEN;
    else if (clock->stopped_ms > clock->due_ms)
        flags |= FACT_LATE;
    if (clock->stop == STOP_MET)
        flags |= FACT_MET;
    if (clock->extension_count)
        flags |= FACT_WAS_EXTENDED;
    if (clock->multiple >= 2)
        flags |= FACT_TWICE;
    return clock->multiple >= 3 ? flags | FACT_THRICE : flags;
}

static void limit_of_clock(const struct casefile *file, const struct clock *clock, struct fact *out)
{
    const struct summons *summons = case_summons(file, clock->summons);
    *out = (struct fact){
        .kind = FACT_LIMIT + (int)clock->stage,
        .at_ms = clock->due_ms,
        .unit = text_or_empty(clock->unit),
        .branch = summons ? summons->handler : NULL,
        .part = clock->id,
        .summons = clock->summons,
        .flags = flags_of(clock),
        .took_ms = clock->stopped_ms ? clock->stopped_ms - clock->start_ms : 0,
    };
}

static bool is_decisive(const struct clock *clock)
{
    return clock->stage == STAGE_RESOLVE || clock->stage == STAGE_VERIFY || clock->stage == STAGE_CLOSE;
}

static bool limit_of_case(const struct casefile *file, struct fact *out)
{
    bool closed = file->state == CASE_CLOSED;
    *out = (struct fact){.kind = FACT_LIMIT, .unit = lead_of(file)};
    for (size_t i = 0; i < file->clock_count; i++) {
        const struct clock *clock = &file->clocks[i];
        if (is_decisive(clock) && clock_is_paused(clock))
            return false;
        if (!is_decisive(clock) || !counts(clock))
            continue;
        out->at_ms = clock->due_ms > out->at_ms ? clock->due_ms : out->at_ms;
        out->flags |= flags_of(clock) & (FACT_LATE | FACT_WAS_EXTENDED | FACT_TWICE | FACT_THRICE);
    }
    out->flags |= closed ? FACT_MET : FACT_OPEN;
    out->took_ms = closed ? file->closed_ms - file->filed_ms : 0;
    return out->at_ms != 0;
}

bool fact_of_limit(const struct casefile *file, uint32_t clock, struct fact *out)
{
    if (is_called_off(file) || clock > file->clock_count)
        return false;
    if (clock == 0)
        return limit_of_case(file, out);
    if (!counts(&file->clocks[clock - 1]))
        return false;
    limit_of_clock(file, &file->clocks[clock - 1], out);
    return true;
}

// ---- what happened ------------------------------------------------------------------------------

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
    tell(telling, kind, (struct fact){.unit = lead_of(telling->file)});
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
static void tell_calls(const struct telling *telling, size_t summons_before)
{
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

static void tell_passed(const struct telling *telling)
{
    const struct event *event = telling->event;
    if (event->summons_count && event->summons[0].accepted_ms == event->at_ms)
        tell_work(telling, FACT_ACCEPTED, was_late(event, STAGE_ACCEPT));
}

static void tell_report(const struct telling *telling)
{
    const struct event *event = telling->event;
    if (!event->summons_count || event->summons[0].reported_ms != event->at_ms)
        return; // he reports again
    tell_passed(telling);
    tell_work(telling, FACT_REPORTED, event->late);
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
    const char *unit = text_given(event->target) ? event->target : lead_of(telling->file);
    const struct summons *summons = case_summons_of(telling->file, unit);
    struct fact fact = summons ? of_summons(summons) : (struct fact){.unit = unit};
    if (event->verdict)
        tell(telling, event->verdict == VERDICT_SOLVED ? FACT_RESIDENT_SOLVED : FACT_RESIDENT_NOT_SOLVED,
             fact);
    if ((size_t)event->satisfied < sizeof kinds / sizeof kinds[0])
        tell(telling, kinds[event->satisfied], fact);
}

// Orders of supervision 督办, of a person or of a rung.
static void tell_orders(const struct telling *telling)
{
    const struct event *event = telling->event;
    for (size_t i = 0; i < event->clock_count; i++) {
        const struct clock *clock = &event->clocks[i];
        if (clock->stage == STAGE_ANSWER && clock->start_ms == event->at_ms && !clock->stopped_ms)
            tell(telling, FACT_SUPERVISED, (struct fact){.unit = clock->unit, .summons = clock->summons});
    }
}

static void tell_rung(const struct telling *telling)
{
    const struct event *event = telling->event;
    const struct clock *clock = event->clock_count ? &event->clocks[0] : NULL;
    tell_orders(telling);
    tell(telling, FACT_RUNG,
         (struct fact){.unit = clock ? clock->unit : "", .summons = clock ? clock->summons : 0});
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
    if (!telling->event->summons_count) // the desk
        tell(telling, FACT_URGED, (struct fact){.unit = telling->event->target});
}

// Nobody was called, or somebody is called for the first time.
static bool is_placed(const struct telling *telling, size_t summons_before)
{
    const struct casefile *file = telling->file;
    bool again = file->closing && file->closing->reopened;
    if (telling->event->kind == EVENT_SETTLED)
        return !file->summons_count && !again;
    return !summons_before && file->summons_count && !again;
}

static void tell_states(const struct telling *telling)
{
    switch (telling->event->state) {
    case CASE_CLOSED:
        tell(telling, FACT_CLOSED,
             (struct fact){.unit = lead_of(telling->file),
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

static void tell_kind(const struct telling *telling)
{
    const struct event *event = telling->event;
    switch (event->kind) {
    case EVENT_FILED:
        tell_office(telling, FACT_FILED);
        if (event->related_count)
            tell_office(telling, FACT_REPEATED);
        break;
    case EVENT_REGISTERED:
        tell_office(telling, FACT_REGISTERED);
        break;
    case EVENT_MERGED:
        tell_office(telling, FACT_MERGED);
        break;
    case EVENT_SETTLED:
        tell_office(telling, FACT_SETTLED);
        break;
    case EVENT_FED_BACK:
        tell_office(telling, FACT_FED_BACK);
        break;
    case EVENT_REOPENED:
        tell_lead(telling, FACT_REOPENED);
        break;
    case EVENT_VERIFIED:
        tell_lead(telling, event->verdict == VERDICT_SOLVED ? FACT_PASSED : FACT_FAILED);
        break;
    case EVENT_ACCEPTED:
        tell_work(telling, FACT_ACCEPTED, event->late);
        break;
    case EVENT_REPORTED:
        tell_report(telling);
        break;
    case EVENT_RESOLVED:
        tell_passed(telling);
        tell_work(telling, FACT_DONE, event->late);
        break;
    case EVENT_DECLINED:
        tell_work(telling, FACT_DECLINED, false);
        break;
    case EVENT_EVALUATED:
        tell_summoned(telling, event->verdict == VERDICT_SOLVED ? FACT_SOLVED : FACT_NOT_SOLVED);
        break;
    case EVENT_REWORK:
        tell_summoned(telling, FACT_REWORK);
        break;
    case EVENT_URGED:
        tell_urge(telling);
        break;
    case EVENT_SUPERVISED:
        tell_orders(telling);
        break;
    case EVENT_HANDED_UP:
        tell(telling, FACT_HANDED_UP, (struct fact){.unit = event->charge});
        break;
    case EVENT_RUNG:
        tell_rung(telling);
        break;
    case EVENT_GRANTED:
        tell_grant(telling);
        break;
    case EVENT_REASSIGNED:
        tell_ruling(telling);
        break;
    case EVENT_CALLED_BACK:
        tell_call_back(telling);
        break;
    case EVENT_CLAIMED:
        tell_member(telling, FACT_CLAIMED);
        break;
    case EVENT_CHECKED_IN:
        tell_member(telling, FACT_CHECKED_IN);
        break;
    default:
        break;
    }
}

void facts_of_event(const struct casefile *file, size_t summons_before, const struct event *event,
                    fact_put *put, void *context)
{
    struct telling telling = {file, event, put, context};
    if (file->history)
        return;
    tell_kind(&telling);
    if (is_placed(&telling, summons_before))
        tell_office(&telling, FACT_PLACED);
    tell_calls(&telling, summons_before);
    tell_states(&telling);
}

// ---- exclusions ---------------------------------------------------------------------------------

void fact_exclusions(const struct casefile *file, exclusion_put *put, void *context)
{
    for (size_t i = 0; i < file->clock_count; i++) {
        const struct summons *summons = case_summons(file, file->clocks[i].summons);
        bool by_ruling = summons && summons->exempt;
        if (file->clocks[i].exempt && !by_ruling)
            put(context, EXCLUDED_APPEAL, file->clocks[i].id, file->clocks[i].exempt);
    }
    for (size_t i = 0; i < file->summons_count; i++)
        if (file->summons[i].exempt)
            put(context, EXCLUDED_MISDISPATCHED, file->summons[i].id, file->summons[i].exempt);
    if (file->unreasonable)
        put(context, EXCLUDED_UNREASONABLE, 0, file->unreasonable);
}

bool fact_is_excluded(enum fact_kind kind, uint32_t part, uint32_t summons, enum exclusion exclusion,
                      uint32_t about)
{
    switch (exclusion) {
    case EXCLUDED_APPEAL:
        return kind == FACT_LIMIT || (fact_is_limit(kind) && part == about);
    case EXCLUDED_MISDISPATCHED:
        return summons && summons == about && kind != FACT_MISDISPATCHED && kind != FACT_CALLED;
    default:
        return exclusion == EXCLUDED_UNREASONABLE;
    }
}

// ---- aspects ------------------------------------------------------------------------------------

#define BIT(aspect) (1u << ASPECT_##aspect)

static uint32_t aspects_of_limit(uint32_t flags, bool passed)
{
    bool met = flags & FACT_MET, open = flags & FACT_OPEN, late = flags & FACT_LATE;
    bool missed = !met && (open ? passed : late);
    uint32_t bits = 0;
    bits |= met ? BIT(MET) | (late ? BIT(LATE) : BIT(IN_TIME)) : 0;
    bits |= open ? (passed ? BIT(OVERDUE) : BIT(PENDING)) : 0;
    bits |= missed ? BIT(MISSED) : 0;
    if (!met && !missed)
        return bits;
    bits |= BIT(DUE) | (flags & FACT_WAS_EXTENDED ? BIT(EXTENDED) : 0);
    bits |= flags & FACT_TWICE ? BIT(TWICE) : 0;
    return flags & FACT_THRICE ? bits | BIT(THRICE) : bits;
}

uint32_t fact_aspects(enum fact_kind kind, uint32_t flags, int64_t at_ms, int64_t now_ms)
{
    if (fact_is_limit(kind))
        return aspects_of_limit(flags, at_ms < now_ms);
    return BIT(ALL) | (flags & FACT_LATE ? BIT(LATE) : 0);
}

// ---- names --------------------------------------------------------------------------------------

static const char *const fact_names[FACT_LIMIT] = {
#define X(id, value, name, zh) [value] = name,
    FACTS(X)
#undef X
};

const char *fact_name(enum fact_kind kind)
{
    if (kind == FACT_LIMIT)
        return "case";
    if (kind > FACT_LIMIT)
        return stage_name((enum stage)(kind - FACT_LIMIT));
    return text_or_empty(fact_names[kind]);
}

enum fact_kind fact_from_name(const char *name)
{
    enum stage stage = stage_from_name(name);
    if (stage)
        return (enum fact_kind)(FACT_LIMIT + (int)stage);
    if (text_same(name, "case"))
        return FACT_LIMIT;
    for (size_t i = 1; i < FACT_LIMIT; i++)
        if (fact_names[i] && text_same(name, fact_names[i]))
            return (enum fact_kind)i;
    return FACT_NONE;
}

const char *aspect_name(enum aspect aspect)
{
    static const char *const names[] = {
#define X(id, name, meaning) name,
        ASPECTS(X)
#undef X
    };
    return names[aspect];
}

const char *exclusion_name(enum exclusion exclusion)
{
    static const char *const names[] = {"",
#define X(id, value, name, zh) name,
                                        EXCLUSIONS(X)
#undef X
    };
    return names[exclusion];
}
