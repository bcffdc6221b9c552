#include "sentence.h"

#include <inttypes.h>
#include <string.h>

#include "caseview.h"
#include "columns.h"
#include "core/whistle.h"
#include "intl.h"
#include "sentence_part.h"
#include "times.h"

void sentence_add(struct sentence *s, const char *piece)
{
    if (piece && *piece)
        s->text = *s->text ? arena_printf(&s->tool->arena, "%s  %s", s->text, piece) : piece;
}

const char *sentence_time(const struct sentence *s, int64_t ms)
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
    sentence_add(s, kind);
}

// Whom it points at. Who grants need not name the unit whose turn it is, and who hands a case up or back need
// not name the level; members, and offices whose cases were joined, are told of otherwise.
static const char *target_of(const Whistle__V1__Event *event)
{
    switch ((enum event_kind)event->kind) {
    case EVENT_ASKED:
    case EVENT_JOINED:
    case EVENT_PARTED:
    case EVENT_CLAIMED:
    case EVENT_CHECKED_IN:
    case EVENT_WITHDREW:
        return "";
    case EVENT_HANDED_UP:
    case EVENT_RETURNED:
        return *event->charge ? event->charge : event->target;
    case EVENT_HANDED_DOWN:
        return strcmp(event->target, event->unit) == 0 ? "" : event->target;
    default:
        return !*event->target && event->petition && event->n_summons ? event->summons[0]->unit
                                                                      : event->target;
    }
}

// The unit of the i-th summons, or clock that goes on; "" for one that stands there already.
static const char *unit_at(const Whistle__V1__Event *event, bool of_summons, size_t i)
{
    if (of_summons)
        return event->summons[i]->unit;
    for (size_t k = 0; k < i; k++)
        if (strcmp(event->clocks[k]->unit, event->clocks[i]->unit) == 0)
            return "";
    return event->clocks[i]->unit;
}

static void add_units(struct sentence *s, bool of_summons)
{
    size_t count = of_summons ? s->event->n_summons : s->event->n_clocks;
    const char *all = "";
    for (size_t i = 0; i < count; i++) {
        const char *unit = unit_at(s->event, of_summons, i);
        if (*unit)
            all =
                arena_printf(&s->tool->arena, "%s%s%s", all, *all ? " · " : "", caseview_unit(s->view, unit));
    }
    sentence_add(s, all);
}

// All that it is about, where nobody is named.
static void add_all_units(struct sentence *s)
{
    switch ((enum event_kind)s->event->kind) {
    case EVENT_DISPATCHED:
    case EVENT_REASSIGNED:
    case EVENT_EVALUATED:
    case EVENT_REWORK:
        add_units(s, true);
        break;
    case EVENT_RESUMED:
    case EVENT_RESCHEDULED:
        add_units(s, false);
        break;
    default:
        break;
    }
}

static void add_parties(struct sentence *s)
{
    const char *target = target_of(s->event);
    if (*s->event->unit)
        sentence_add(s, caseview_unit(s->view, s->event->unit));
    if (*target)
        sentence_add(s, arena_printf(&s->tool->arena, "→ %s", caseview_recipient(s->tool, s->view, target)));
    else
        add_all_units(s);
}

// ---- the rest -----------------------------------------------------------------------------------

static void add_counts(struct sentence *s)
{
    const Whistle__V1__Event *event = s->event;
    struct arena *arena = &s->tool->arena;
    if (event->head_count)
        sentence_add(s, arena_printf(arena, _("%u people"), event->head_count));
    if (event->eta_ms)
        sentence_add(s, arena_printf(arena, _("expected %s"), sentence_time(s, event->eta_ms)));
    if (event->arrived_ms)
        sentence_add(s, arena_printf(arena, _("arrived %s"), sentence_time(s, event->arrived_ms)));
}

static void add_verdict(struct sentence *s)
{
    const Whistle__V1__Event *event = s->event;
    bool asked = event->kind == WHISTLE__V1__EVENT_KIND__EVENT_KIND_CALLED_BACK;
    if (event->verdict)
        sentence_add(s, intl_word(WORDS_VERDICT, (int)event->verdict));
    else if (asked)
        sentence_add(s, _("not reached"));
    if (event->satisfied)
        sentence_add(s, intl_word(WORDS_SATISFACTION, (int)event->satisfied));
    if (asked && event->closing && event->closing->calls > 1)
        sentence_add(s, arena_printf(&s->tool->arena, _("call %u"), event->closing->calls));
}

// What the event's own name says already is not said again.
static void add_reasons(struct sentence *s)
{
    const char *reason = s->event->reason, *asked = s->event->petition ? s->event->petition->reason : "";
    sentence_add(s, asked);
    if (strcmp(asked, reason) != 0 && strcmp(word_name(WORDS_EVENT_KIND, (int)s->event->kind), reason) != 0)
        sentence_add(s, caseview_reason(reason));
}

static void add_digest(struct sentence *s)
{
    sentence_add(s, intl_word(WORDS_EVENT_KIND, (int)s->event->kind));
    sentence_add(s, arena_printf(&s->tool->arena,
                                 _("%u notices since event %" PRIu64 "; see whistle list --overdue"),
                                 s->event->tries, s->event->about_seq));
}

// That something was written, or who came, is not told any more, or not to this reader. What came with the
// whistle itself is the resident's.
static void add_hidden(struct sentence *s, const Whistle__V1__Happening *happening)
{
    uint32_t came_with = s->event->personal;
    bool person = (came_with & PERSONAL_PERSON) && !*happening->person && !*happening->phone;
    bool text = (came_with & PERSONAL_TEXT) && !*happening->text;
    if (s->event->kind == WHISTLE__V1__EVENT_KIND__EVENT_KIND_FILED || !(person || text))
        return;
    bool erased = s->view->case_ && s->view->case_->erased;
    sentence_add(s, erased ? _("(erased)") : _("(not shown to you)"));
}

static void add_all(struct sentence *s, const Whistle__V1__Happening *happening)
{
    const Whistle__V1__RuleRef *rule = s->event->rule;
    add_head(s);
    add_parties(s);
    sentence_add_change(s);
    if (rule)
        sentence_add(s, arena_printf(&s->tool->arena, "%s %s:%u", rule->id, rule->file, rule->line));
    sentence_add(s, happening->person);
    sentence_add(s, happening->phone);
    add_counts(s);
    add_verdict(s);
    add_reasons(s);
    sentence_add(s, s->event->means);
    sentence_add(s, happening->text);
    add_hidden(s, happening);
    if (s->event->late)
        sentence_add(s, _("(late)"));
    if (happening->agent && *happening->agent->name)
        sentence_add(s, arena_printf(&s->tool->arena, _("by %s"), happening->agent->name));
}

const char *sentence_of(struct tool *tool, const Whistle__V1__CaseView *view,
                        const Whistle__V1__Happening *happening)
{
    struct sentence s = {tool, view, happening->event, ""};
    if (s.event->kind == WHISTLE__V1__EVENT_KIND__EVENT_KIND_DIGEST)
        add_digest(&s);
    else
        add_all(&s, happening);
    return columns_clean(&tool->arena, s.text);
}
