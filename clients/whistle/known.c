#include "known.h"

#include <inttypes.h>
#include <string.h>

#include "caseview.h"
#include "intl.h"
#include "table.h"
#include "times.h"

static bool is_delivery(const Whistle__V1__Event *event)
{
    return event && (event->kind == WHISTLE__V1__EVENT_KIND__EVENT_KIND_DELIVERED ||
                     event->kind == WHISTLE__V1__EVENT_KIND__EVENT_KIND_UNDELIVERED);
}

// The i-th happening as a delivery, or NULL.
static const Whistle__V1__Event *delivery(const Whistle__V1__CaseView *view, size_t i)
{
    const Whistle__V1__Event *event = view->happenings[i]->event;
    return is_delivery(event) ? event : NULL;
}

static bool is_told_later(const Whistle__V1__CaseView *view, size_t i)
{
    const Whistle__V1__Event *event = delivery(view, i);
    for (size_t k = i + 1; k < view->n_happenings; k++) {
        const Whistle__V1__Event *other = delivery(view, k);
        if (other && other->about_seq == event->about_seq && strcmp(other->target, event->target) == 0)
            return true;
    }
    return false;
}

static bool is_told_before(const Whistle__V1__CaseView *view, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        const Whistle__V1__Event *other = delivery(view, k);
        if (other && strcmp(other->target, delivery(view, i)->target) == 0)
            return true;
    }
    return false;
}

// ---- a row --------------------------------------------------------------------------------------

static const Whistle__V1__Event *event_at(const Whistle__V1__CaseView *view, uint64_t seq)
{
    for (size_t i = 0; i < view->n_happenings; i++)
        if (view->happenings[i]->event && view->happenings[i]->event->seq == seq)
            return view->happenings[i]->event;
    return NULL;
}

static const char *tries_of(struct arena *arena, const Whistle__V1__Event *event)
{
    return event->tries > 1 ? arena_printf(arena, _("%u tries"), event->tries) : "";
}

static void put_row(struct tool *tool, const Whistle__V1__CaseView *view, const Whistle__V1__Event *event,
                    const char *recipient, struct table *table)
{
    struct arena *arena = &tool->arena;
    const Whistle__V1__Event *about = event_at(view, event->about_seq);
    TABLE_ROW(table, recipient,
              about ? intl_word(WORDS_EVENT_KIND, (int)about->kind)
                    : arena_printf(arena, "%" PRIu64, event->about_seq),
              about ? times_show(arena, about->at_ms, tool->now_ms) : "",
              intl_word(WORDS_EVENT_KIND, (int)event->kind), times_show(arena, event->at_ms, tool->now_ms),
              event->means, tries_of(arena, event), event->reason);
}

// All of one recipient's, the first of whose deliveries is the i-th happening.
static void put_recipient(struct tool *tool, const Whistle__V1__CaseView *view, size_t i, struct table *table)
{
    const char *code = delivery(view, i)->target, *name = caseview_recipient(tool, view, code);
    for (size_t k = i; k < view->n_happenings; k++) {
        const Whistle__V1__Event *event = delivery(view, k);
        if (!event || strcmp(event->target, code) != 0 || is_told_later(view, k))
            continue;
        put_row(tool, view, event, name, table);
        name = "";
    }
}

void known_print(struct tool *tool, const Whistle__V1__CaseView *view)
{
    struct table table;
    table_init(&table, &tool->arena, 8);
    for (size_t i = 0; i < view->n_happenings; i++) {
        if (!delivery(view, i) || is_told_before(view, i))
            continue;
        if (!table.count)
            TABLE_ROW(&table, _("who was told"), _("of what"), _("happened"), _("delivery"), _("when"),
                      _("means"), "", "");
        put_recipient(tool, view, i, &table);
    }
    table_print(&table, stdout, 2);
}
