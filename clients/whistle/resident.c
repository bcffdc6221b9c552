#include "resident.h"

#include <string.h>

#include "columns.h"
#include "core/whistle.h"
#include "intl.h"

struct told {
    const Whistle__V1__Personal *personal; // NULL: nothing is told
    uint32_t given;                        // with the whistle; bits of core/whistle.h
    bool erased;
};

static const char *join(struct arena *arena, const char *first, const char *between, const char *second)
{
    return arena_printf(arena, "%s%s%s", first, *first && *second ? between : "", second);
}

// ---- who ----------------------------------------------------------------------------------------

// The phone comes with a star for each digit that is hidden; short ones are hidden whole.
static const char *masked_who(struct arena *arena, const Whistle__V1__Personal *p)
{
    const char *end = p->phone + strspn(p->phone, "*");
    // TRANSLATORS: a phone of which the last digits are shown, behind a name
    return join(arena, p->name, " ", *end ? arena_printf(arena, _("(ends in %s)"), end) : p->phone);
}

// Of a contact that is no more than an address there is nobody to name.
static const char *who_of(struct arena *arena, const struct told *t)
{
    const Whistle__V1__Personal *p = t->personal;
    if (t->erased)
        return t->given ? _("erased") : "";
    if (p && (*p->name || *p->phone))
        return p->masked ? masked_who(arena, p) : join(arena, p->name, "  ", p->phone);
    bool nobody = !(t->given & PERSONAL_CONTACT) || (p && (p->masked || *p->address));
    return nobody ? "" : _("not shown to you");
}

// ---- of a case ----------------------------------------------------------------------------------

// Where the beginning of a long history is not in the answer, it is taken for given.
static uint32_t given_with(const Whistle__V1__CaseView *view)
{
    for (size_t i = 0; i < view->n_happenings; i++) {
        const Whistle__V1__Event *event = view->happenings[i]->event;
        if (event && event->kind == WHISTLE__V1__EVENT_KIND__EVENT_KIND_FILED)
            return event->personal;
    }
    return PERSONAL_CONTACT | PERSONAL_TEXT;
}

struct resident resident_of(struct tool *tool, const Whistle__V1__CaseView *view, bool asked)
{
    const struct told told = {view->personal, given_with(view), view->case_->erased};
    const Whistle__V1__Personal *p = told.personal;
    struct resident r = {who_of(&tool->arena, &told), p ? p->address : "", p ? p->text : "", ""};
    bool text_hidden = (told.given & PERSONAL_TEXT) && !*r.text;
    bool hidden = text_hidden || ((told.given & PERSONAL_CONTACT) && (!p || p->masked));
    bool may_ask = !asked && strcmp(view->relation, "observer") != 0;
    if (told.erased || !hidden)
        return r;
    if (may_ask)
        r.more = _("whistle show --personal, for those who handle the case; who looks is put on record");
    else if (text_hidden)
        r.text = _("not shown to you");
    return r;
}

// ---- of a feed ----------------------------------------------------------------------------------

// Other events than the first speak of him only to those who are told.
const char *resident_in_feed(struct tool *tool, const Whistle__V1__FeedItem *item)
{
    struct arena *arena = &tool->arena;
    const Whistle__V1__Event *event = item->happening->event;
    const Whistle__V1__Personal *p = item->happening->personal;
    bool filed = event->kind == WHISTLE__V1__EVENT_KIND__EVENT_KIND_FILED;
    const struct told told = {p, filed ? event->personal : 0, item->case_ && item->case_->erased};
    const char *all = who_of(arena, &told);
    if (p)
        all = join(arena, join(arena, all, "  ", p->address), "  ", columns_clean(arena, p->text));
    return *all ? arena_printf(arena, "%s %s", _("resident"), all) : "";
}
