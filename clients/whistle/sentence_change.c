#include "sentence_part.h"

#include <string.h>

#include "caseview.h"
#include "intl.h"

// ---- clocks -------------------------------------------------------------------------------------

// The clock that the event starts or moves; NULL: none of which the end is known.
static const Whistle__V1__Clock *moved(const Whistle__V1__Event *event)
{
    for (size_t i = 0; i < event->n_clocks; i++)
        if (!event->clocks[i]->stopped_ms)
            return event->clocks[i];
    return NULL;
}

static bool is_known(int64_t ms)
{
    return ms != 0 && ms != INT64_MAX;
}

static void add_due(struct sentence *s)
{
    const Whistle__V1__Clock *clock = moved(s->event);
    if (clock && is_known(clock->due_ms))
        sentence_add(s, arena_printf(&s->tool->arena, _("due %s"), sentence_time(s, clock->due_ms)));
}

static void add_limit(struct sentence *s)
{
    const Whistle__V1__Clock *clock = moved(s->event);
    if (clock)
        sentence_add(s, caseview_limit(&s->tool->arena, clock->limit));
    add_due(s);
}

static void add_petition(struct sentence *s)
{
    const Whistle__V1__Petition *petition = s->event->petition;
    if (!petition)
        return;
    if (petition->stage != WHISTLE__V1__STAGE__STAGE_RESOLVE)
        sentence_add(s, intl_stage((int)petition->stage));
    sentence_add(s, caseview_limit(&s->tool->arena, petition->limit));
    if (petition->until_ms)
        sentence_add(s, arena_printf(&s->tool->arena, _("until %s"), sentence_time(s, petition->until_ms)));
    if (s->event->kind == WHISTLE__V1__EVENT_KIND__EVENT_KIND_GRANTED &&
        petition->verb == WHISTLE__V1__VERB__VERB_EXTEND)
        add_due(s);
}

static void add_steps(struct sentence *s)
{
    const Whistle__V1__Clock *next = moved(s->event);
    const Whistle__V1__Clock *done = s->event->n_clocks ? s->event->clocks[0] : NULL;
    if (done && next)
        sentence_add(s, arena_printf(&s->tool->arena, "%s → %s", done->step, next->step));
    add_limit(s);
}

static void add_meeting(struct sentence *s)
{
    const Whistle__V1__Clock *clock = moved(s->event);
    if (clock && is_known(clock->due_ms))
        sentence_add(s, arena_printf(&s->tool->arena, _("meeting %s"), sentence_time(s, clock->due_ms)));
}

static void add_clocks(struct sentence *s)
{
    switch ((enum event_kind)s->event->kind) {
    case EVENT_RUNG:
        sentence_add(s, intl_stage((int)s->event->stage));
        break;
    case EVENT_LIMIT_CHANGED:
        sentence_add(s, intl_stage((int)s->event->stage));
        add_limit(s);
        break;
    case EVENT_ADVANCED:
        add_steps(s);
        break;
    case EVENT_AWAITING:
        add_due(s);
        break;
    case EVENT_CONVENED:
        add_meeting(s);
        break;
    default:
        add_petition(s);
    }
}

// ---- other cases --------------------------------------------------------------------------------

// The whistles that made a point one that repeats.
static void add_related(struct sentence *s)
{
    const char *all = "";
    for (size_t i = 0; i < s->event->n_related; i++)
        all = arena_printf(&s->tool->arena, "%s %s", all, s->event->related[i]);
    if (*all)
        sentence_add(s, arena_printf(&s->tool->arena, _("repeated point:%s"), all));
}

static void add_other(struct sentence *s)
{
    const Whistle__V1__Event *event = s->event;
    switch ((enum event_kind)event->kind) {
    case EVENT_MERGED:
        sentence_add(s, arena_printf(&s->tool->arena, _("into %s"), event->other));
        break;
    case EVENT_UNMERGED:
        sentence_add(s, arena_printf(&s->tool->arena, _("out of %s"), event->other));
        break;
    case EVENT_JOINED:
    case EVENT_PARTED:
        sentence_add(s, event->other);
        sentence_add(s, caseview_unit(s->view, event->target));
        break;
    default:
        break;
    }
}

// ---- members, branches, rulings -----------------------------------------------------------------

static void add_call(struct sentence *s)
{
    const Whistle__V1__OpenCall *call = s->event->open_call;
    struct arena *arena = &s->tool->arena;
    if (!call)
        return;
    if (s->event->kind == WHISTLE__V1__EVENT_KIND__EVENT_KIND_OPEN_CALL) {
        sentence_add(s, arena_printf(arena, _("pool %s"), call->pool));
        if (*call->skill)
            sentence_add(s, arena_printf(arena, _("skill %s"), call->skill));
        sentence_add(s, caseview_area(s->view, call->area));
    } else
        sentence_add(s, arena_printf(arena, _("member %s"), s->event->target));
    sentence_add(s, caseview_places(arena, call));
}

static void add_back(struct sentence *s)
{
    const Whistle__V1__Event *event = s->event;
    if (event->kind == WHISTLE__V1__EVENT_KIND__EVENT_KIND_HANDED_DOWN &&
        strcmp(event->target, event->unit) == 0)
        sentence_add(s, _("taken back"));
}

static void add_ruling(struct sentence *s)
{
    if (s->event->ruling)
        sentence_add(s, arena_printf(&s->tool->arena, _("ruling: %s"),
                                     intl_word(WORDS_RULING, (int)s->event->ruling)));
}

void sentence_add_change(struct sentence *s)
{
    add_clocks(s);
    add_related(s);
    add_other(s);
    add_call(s);
    add_back(s);
    add_ruling(s);
}
