#include "sentence.h"

#include <inttypes.h>
#include <string.h>

#include "caseview.h"
#include "intl.h"
#include "times.h"

struct sentence {
    struct tool *tool;
    const Whistle__V1__CaseView *view;
    const Whistle__V1__Event *event;
    const char *text; // so far
};

static void add(struct sentence *s, const char *piece)
{
    if (piece && *piece)
        s->text = *s->text ? arena_printf(&s->tool->arena, "%s  %s", s->text, piece) : piece;
}

static bool is_known(int64_t ms)
{
    return ms != 0 && ms != INT64_MAX;
}

static const char *time_in(const struct sentence *s, int64_t ms)
{
    return times_short(&s->tool->arena, ms, s->event->at_ms);
}

// ---- what and who -------------------------------------------------------------------------------

static void add_head(struct sentence *s)
{
    const char *kind = intl_word(WORDS_EVENT_KIND, (int)s->event->kind);
    const Whistle__V1__Petition *petition = s->event->petition;
    if (petition)
        // TRANSLATORS: what becomes of what a unit asks for, as in "granted: extend"
        kind = arena_printf(&s->tool->arena, _("%s: %s"), kind, intl_word(WORDS_VERB, (int)petition->verb));
    add(s, kind);
}

// Who grants need not name the unit whose turn it is.
static const char *target_of(const Whistle__V1__Event *event)
{
    if (event->kind == WHISTLE__V1__EVENT_KIND__EVENT_KIND_ASKED)
        return "";
    return !*event->target && event->petition && event->n_summons ? event->summons[0]->unit : event->target;
}

// The unit of the i-th summons that was called, or clock that goes on; "" for one that stands there already.
static const char *unit_at(const Whistle__V1__Event *event, size_t i)
{
    if (event->kind == WHISTLE__V1__EVENT_KIND__EVENT_KIND_DISPATCHED)
        return event->summons[i]->unit;
    for (size_t k = 0; k < i; k++)
        if (strcmp(event->clocks[k]->unit, event->clocks[i]->unit) == 0)
            return "";
    return event->clocks[i]->unit;
}

static void add_units(struct sentence *s, size_t count)
{
    const char *all = "";
    for (size_t i = 0; i < count; i++) {
        const char *unit = unit_at(s->event, i);
        if (*unit)
            all =
                arena_printf(&s->tool->arena, "%s%s%s", all, *all ? " · " : "", caseview_unit(s->view, unit));
    }
    add(s, all);
}

static void add_parties(struct sentence *s)
{
    const Whistle__V1__Event *event = s->event;
    const char *target = target_of(event);
    if (*event->unit)
        add(s, caseview_unit(s->view, event->unit));
    if (*target)
        add(s, arena_printf(&s->tool->arena, "→ %s", caseview_unit(s->view, target)));
    if (event->kind == WHISTLE__V1__EVENT_KIND__EVENT_KIND_DISPATCHED)
        add_units(s, event->n_summons);
    if (event->kind == WHISTLE__V1__EVENT_KIND__EVENT_KIND_RESUMED ||
        event->kind == WHISTLE__V1__EVENT_KIND__EVENT_KIND_RESCHEDULED)
        add_units(s, *target ? 0 : event->n_clocks);
}

// ---- what is changed ----------------------------------------------------------------------------

// The clock that the event starts or moves; NULL: none of which the end is known.
static const Whistle__V1__Clock *moved(const Whistle__V1__Event *event)
{
    for (size_t i = 0; i < event->n_clocks; i++)
        if (!event->clocks[i]->stopped_ms)
            return event->clocks[i];
    return NULL;
}

static void add_due(struct sentence *s)
{
    const Whistle__V1__Clock *clock = moved(s->event);
    if (clock && is_known(clock->due_ms))
        add(s, arena_printf(&s->tool->arena, _("due %s"), time_in(s, clock->due_ms)));
}

static void add_limit(struct sentence *s)
{
    const Whistle__V1__Clock *clock = moved(s->event);
    if (clock)
        add(s, caseview_limit(&s->tool->arena, clock->limit));
    add_due(s);
}

static void add_petition(struct sentence *s)
{
    const Whistle__V1__Petition *petition = s->event->petition;
    if (!petition)
        return;
    if (petition->stage != WHISTLE__V1__STAGE__STAGE_RESOLVE)
        add(s, intl_stage((int)petition->stage));
    add(s, caseview_limit(&s->tool->arena, petition->limit));
    if (petition->until_ms)
        add(s, arena_printf(&s->tool->arena, _("until %s"), time_in(s, petition->until_ms)));
    if (s->event->kind == WHISTLE__V1__EVENT_KIND__EVENT_KIND_GRANTED &&
        petition->verb == WHISTLE__V1__VERB__VERB_EXTEND)
        add_due(s);
}

static void add_steps(struct sentence *s)
{
    const Whistle__V1__Clock *next = moved(s->event);
    const Whistle__V1__Clock *done = s->event->n_clocks ? s->event->clocks[0] : NULL;
    if (done && next)
        add(s, arena_printf(&s->tool->arena, "%s → %s", done->step, next->step));
    add_limit(s);
}

static void add_change(struct sentence *s)
{
    switch ((enum event_kind)s->event->kind) {
    case EVENT_RUNG:
        add(s, intl_stage((int)s->event->stage));
        break;
    case EVENT_LIMIT_CHANGED:
        add(s, intl_stage((int)s->event->stage));
        add_limit(s);
        break;
    case EVENT_ADVANCED:
        add_steps(s);
        break;
    case EVENT_AWAITING:
        add_due(s);
        break;
    default:
        add_petition(s);
    }
}

// ---- the rest -----------------------------------------------------------------------------------

static void add_counts(struct sentence *s)
{
    const Whistle__V1__Event *event = s->event;
    struct arena *arena = &s->tool->arena;
    if (event->head_count)
        add(s, arena_printf(arena, _("%u people"), event->head_count));
    if (event->eta_ms)
        add(s, arena_printf(arena, _("expected %s"), time_in(s, event->eta_ms)));
    if (event->arrived_ms)
        add(s, arena_printf(arena, _("arrived %s"), time_in(s, event->arrived_ms)));
}

// "solved" closes a case as a word of the field; other reasons are the city's own codes.
static void add_reasons(struct sentence *s)
{
    const char *reason = s->event->reason, *asked = s->event->petition ? s->event->petition->reason : "";
    int verdict = word_value(WORDS_VERDICT, reason);
    add(s, asked);
    if (strcmp(asked, reason) != 0)
        add(s, verdict > 0 ? intl_word(WORDS_VERDICT, verdict) : reason);
}

static void add_digest(struct sentence *s)
{
    add(s, intl_word(WORDS_EVENT_KIND, (int)s->event->kind));
    add(s, arena_printf(&s->tool->arena, _("%u notices since event %" PRIu64 "; see whistle list --overdue"),
                        s->event->tries, s->event->about_seq));
}

static void add_all(struct sentence *s, const Whistle__V1__Happening *happening)
{
    const Whistle__V1__RuleRef *rule = s->event->rule;
    add_head(s);
    add_parties(s);
    add_change(s);
    if (rule)
        add(s, arena_printf(&s->tool->arena, "%s %s:%u", rule->id, rule->file, rule->line));
    add(s, happening->person);
    add(s, happening->phone);
    add_counts(s);
    if (s->event->verdict)
        add(s, intl_word(WORDS_VERDICT, (int)s->event->verdict));
    add_reasons(s);
    add(s, s->event->means);
    add(s, happening->text);
    if (s->event->late)
        add(s, _("(late)"));
    if (happening->agent && *happening->agent->name)
        add(s, arena_printf(&s->tool->arena, _("by %s"), happening->agent->name));
}

const char *sentence_of(struct tool *tool, const Whistle__V1__CaseView *view,
                        const Whistle__V1__Happening *happening)
{
    struct sentence s = {tool, view, happening->event, ""};
    if (s.event->kind == WHISTLE__V1__EVENT_KIND__EVENT_KIND_DIGEST)
        add_digest(&s);
    else
        add_all(&s, happening);
    return s.text;
}
