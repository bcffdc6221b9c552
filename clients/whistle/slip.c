#include "slip.h"

#include <stdio.h>

#include "caseview.h"
#include "intl.h"
#include "resident.h"
#include "table.h"
#include "times.h"

static void put_rule(void)
{
    for (int i = 0; i < 72; i++)
        putchar('-');
    putchar('\n');
}

static void put_given(struct table *table, const char *label, const char *text)
{
    if (*text)
        TABLE_ROW(table, label, text);
}

static void put_facts(struct tool *tool, const Whistle__V1__CaseView *view, bool asked)
{
    const Whistle__V1__Case *c = view->case_;
    const struct resident resident = resident_of(tool, view, asked);
    struct arena *arena = &tool->arena;
    struct table table;
    table_init(&table, arena, 2);
    TABLE_ROW(&table, _("number"), c->number);
    TABLE_ROW(&table, _("whistled"), times_show(arena, c->filed_ms, tool->now_ms));
    TABLE_ROW(&table, _("office"), caseview_unit(view, c->office));
    TABLE_ROW(&table, _("matter"), view->category_name);
    TABLE_ROW(&table, _("condition"), view->condition_text);
    TABLE_ROW(&table, _("title"), c->whistle ? c->whistle->title : "");
    TABLE_ROW(&table, _("area"), caseview_area(view, c->area));
    put_given(&table, _("address"), resident.address);
    put_given(&table, _("resident"), resident.who);
    put_given(&table, _("text"), resident.text);
    put_given(&table, _("more"), resident.more);
    TABLE_ROW(&table, _("promised"), times_show(arena, c->promised_ms, tool->now_ms));
    table_print(&table, stdout, 2);
}

static const char *due_of(struct tool *tool, const Whistle__V1__Case *c, uint32_t summons,
                          Whistle__V1__Stage stage)
{
    const Whistle__V1__Clock *clock = caseview_clock(c, summons, (int)stage);
    return clock ? times_show(&tool->arena, clock->due_ms, tool->now_ms) : "";
}

static void put_units(struct tool *tool, const Whistle__V1__CaseView *view)
{
    const Whistle__V1__Case *c = view->case_;
    struct table table;
    table_init(&table, &tool->arena, 5);
    TABLE_ROW(&table, _("role"), _("unit"), _("accept by"), _("report by"), _("resolve by"));
    for (size_t i = 0; i < c->n_summons; i++) {
        const Whistle__V1__Summons *s = c->summons[i];
        TABLE_ROW(&table, intl_word(WORDS_ROLE, (int)s->role), caseview_summoned(tool, view, s),
                  due_of(tool, c, s->id, WHISTLE__V1__STAGE__STAGE_ACCEPT),
                  due_of(tool, c, s->id, WHISTLE__V1__STAGE__STAGE_REPORT),
                  due_of(tool, c, s->id, WHISTLE__V1__STAGE__STAGE_RESOLVE));
    }
    table_print(&table, stdout, 2);
}

void slip_print(struct tool *tool, const Whistle__V1__CaseView *view, bool asked)
{
    put_rule();
    printf("  %s\n", _("DISPATCH SLIP"));
    put_rule();
    put_facts(tool, view, asked);
    put_rule();
    put_units(tool, view);
    put_rule();
    printf("  %s\n\n  %s\n\n", _("What was found and done:"), _("Signed:                    Date:"));
    put_rule();
}
