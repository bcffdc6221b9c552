#include "caseview.h"

#include <string.h>

#include "intl.h"
#include "times.h"

static const char *name_in(Whistle__V1__Name *const *names, size_t count, const char *code)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i]->code, code) == 0 && *names[i]->name)
            return names[i]->name;
    return code;
}

const char *caseview_unit(const Whistle__V1__CaseView *view, const char *code)
{
    return name_in(view->units, view->n_units, code);
}

// An area may be given as a path; its last part is the code.
const char *caseview_area(const Whistle__V1__CaseView *view, const char *path)
{
    const char *slash = strrchr(path, '/');
    return name_in(view->areas, view->n_areas, slash ? slash + 1 : path);
}

const Whistle__V1__Person *caseview_person(const Whistle__V1__CaseView *view, const char *unit)
{
    for (size_t i = 0; i < view->n_persons; i++)
        if (strcmp(view->persons[i]->unit, unit) == 0)
            return view->persons[i];
    return NULL;
}

const Whistle__V1__Clock *caseview_clock(const Whistle__V1__Case *c, uint32_t summons, int stage)
{
    const Whistle__V1__Clock *found = NULL;
    for (size_t i = 0; i < c->n_clocks; i++)
        if (c->clocks[i]->summons == summons && (int)c->clocks[i]->stage == stage)
            found = c->clocks[i];
    return found;
}

const Whistle__V1__Clock *caseview_next_clock(const Whistle__V1__Case *c, uint32_t summons)
{
    const Whistle__V1__Clock *found = NULL;
    for (size_t i = 0; i < c->n_clocks; i++) {
        const Whistle__V1__Clock *clock = c->clocks[i];
        if (clock->summons == summons && !clock->stopped_ms && (!found || clock->due_ms < found->due_ms))
            found = clock;
    }
    return found;
}

int64_t caseview_held(const Whistle__V1__Summons *summons, int64_t now_ms)
{
    return summons->held_ms + (summons->held_since_ms ? now_ms - summons->held_since_ms : 0);
}

static const char *with(struct arena *arena, const char *sentence, const char *piece)
{
    if (!piece || !*piece)
        return sentence;
    return *sentence ? arena_printf(arena, "%s  %s", sentence, piece) : piece;
}

static const char *called_of(struct tool *tool, const Whistle__V1__CaseView *view,
                             const Whistle__V1__Event *event)
{
    const char *all = "";
    if (event->kind != WHISTLE__V1__EVENT_KIND__EVENT_KIND_DISPATCHED)
        return all;
    for (size_t i = 0; i < event->n_summons; i++)
        all = arena_printf(&tool->arena, "%s%s%s", all, i ? " · " : "",
                           caseview_unit(view, event->summons[i]->unit));
    return all;
}

static const char *times_of(struct tool *tool, const char *sentence, const Whistle__V1__Event *event)
{
    struct arena *arena = &tool->arena;
    if (event->head_count)
        sentence = with(arena, sentence, arena_printf(arena, _("%u people"), event->head_count));
    if (event->eta_ms)
        sentence =
            with(arena, sentence,
                 arena_printf(arena, _("expected %s"), times_short(arena, event->eta_ms, event->at_ms)));
    if (event->arrived_ms)
        sentence =
            with(arena, sentence,
                 arena_printf(arena, _("arrived %s"), times_short(arena, event->arrived_ms, event->at_ms)));
    return sentence;
}

// "solved" closes a case as a word of the field; other reasons are the city's own codes.
static const char *reason_of(const char *reason)
{
    int verdict = word_value(WORDS_VERDICT, reason);
    return verdict > 0 ? intl_word(WORDS_VERDICT, verdict) : reason;
}

const char *caseview_sentence(struct tool *tool, const Whistle__V1__CaseView *view,
                              const Whistle__V1__Happening *happening)
{
    struct arena *arena = &tool->arena;
    const Whistle__V1__Event *event = happening->event;
    const char *sentence = intl_word(WORDS_EVENT_KIND, (int)event->kind);
    if (*event->unit)
        sentence = with(arena, sentence, caseview_unit(view, event->unit));
    if (*event->target)
        sentence = with(arena, sentence, arena_printf(arena, "→ %s", caseview_unit(view, event->target)));
    sentence = with(arena, sentence, called_of(tool, view, event));
    if (event->rule)
        sentence =
            with(arena, sentence,
                 arena_printf(arena, "%s %s:%u", event->rule->id, event->rule->file, event->rule->line));
    sentence = with(arena, sentence, happening->person);
    sentence = with(arena, sentence, happening->phone);
    sentence = times_of(tool, sentence, event);
    if (event->verdict)
        sentence = with(arena, sentence, intl_word(WORDS_VERDICT, (int)event->verdict));
    sentence = with(arena, sentence, reason_of(event->reason));
    sentence = with(arena, sentence, event->means);
    sentence = with(arena, sentence, happening->text);
    if (event->late)
        sentence = with(arena, sentence, _("(late)"));
    if (happening->agent && *happening->agent->name)
        sentence = with(arena, sentence, arena_printf(arena, _("by %s"), happening->agent->name));
    return sentence;
}

Whistle__V1__Reply *caseview_ask(struct tool *tool, const char *number, bool history)
{
    struct whistle *w = tool_handle(tool);
    Whistle__V1__Reply *reply;
    if (!w)
        return NULL;
    int result = whistle_show(w, number, history, &reply);
    tool_heard(tool, reply);
    if (result == WHISTLE_OK && reply->result_case == WHISTLE__V1__REPLY__RESULT_SHOW && reply->show->case_)
        return reply;
    tool_failed(tool, reply);
    return NULL;
}
