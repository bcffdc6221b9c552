#include "caseview.h"

#include <string.h>

#include "base/text.h"
#include "core/limit.h"
#include "intl.h"

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

const char *caseview_recipient(struct tool *tool, const Whistle__V1__CaseView *view, const char *code)
{
    const char *slash = strchr(code, '/');
    if (!slash)
        return caseview_unit(view, code);
    if (text_starts(code, "member/"))
        return arena_printf(&tool->arena, _("member %s"), slash + 1);
    if (text_starts(code, "leader/"))
        return arena_printf(&tool->arena, _("leader %s"), slash + 1);
    const char *unit = arena_strndup(&tool->arena, code, (size_t)(slash - code));
    return unit ? arena_printf(&tool->arena, "%s %s", caseview_unit(view, unit), slash + 1) : code;
}

const char *caseview_summoned(struct tool *tool, const Whistle__V1__CaseView *view,
                              const Whistle__V1__Summons *summons)
{
    const char *unit = caseview_unit(view, summons->unit);
    return *summons->handler
               ? arena_printf(&tool->arena, "%s → %s", unit, caseview_unit(view, summons->handler))
               : unit;
}

const char *caseview_reason(const char *reason)
{
    int verdict = word_value(WORDS_VERDICT, reason);
    if (verdict > 0)
        return intl_word(WORDS_VERDICT, verdict);
    bool settled = strcmp(reason, word_name(WORDS_EVENT_KIND, EVENT_SETTLED)) == 0;
    return settled ? intl_word(WORDS_EVENT_KIND, EVENT_SETTLED) : reason;
}

const char *caseview_places(struct arena *arena, const Whistle__V1__OpenCall *call)
{
    unsigned taken = 0;
    for (size_t i = 0; i < call->n_claims; i++)
        taken += call->claims[i]->state != WHISTLE__V1__CLAIM_STATE__CLAIM_STATE_WITHDRAWN;
    return arena_printf(arena, _("%u/%u places"), taken, call->places);
}

const Whistle__V1__Person *caseview_person(const Whistle__V1__CaseView *view, const char *unit)
{
    for (size_t i = 0; i < view->n_persons; i++)
        if (strcmp(view->persons[i]->unit, unit) == 0)
            return view->persons[i];
    return NULL;
}

// Keepers of members, joined offices and observers are told who came as little as what was written.
const char *caseview_person_name(const Whistle__V1__CaseView *view, const Whistle__V1__Summons *summons)
{
    const Whistle__V1__Person *person = caseview_person(view, summons->unit);
    if (person)
        return person->name;
    if (!summons->accepted_ms)
        return "";
    if (view->case_->erased)
        return _("erased");
    return strcmp(view->relation, "observer") == 0 ? _("not shown to you") : "";
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

const char *caseview_limit(struct arena *arena, const Whistle__V1__Limit *limit)
{
    char text[LIMIT_TEXT];
    struct limit own = {limit ? (enum measure)limit->measure : MEASURE_NONE, limit ? limit->amount : 0};
    return limit_is_valid(own) ? intl_limit(arena, arena_strdup(arena, limit_format(own, text))) : "";
}

Whistle__V1__Reply *caseview_ask(struct tool *tool, const char *number, unsigned with)
{
    struct whistle *w = tool_handle(tool);
    Whistle__V1__Reply *reply;
    if (!w)
        return NULL;
    int result = whistle_show(w, number, with, &reply);
    tool_heard(tool, reply);
    if (result == WHISTLE_OK && reply->result_case == WHISTLE__V1__REPLY__RESULT_SHOW && reply->show->case_)
        return reply;
    tool_failed(tool, reply);
    return NULL;
}
