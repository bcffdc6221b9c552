#include "receipt.h"

#include <string.h>

#include "intl.h"
#include "table.h"
#include "times.h"

static const char *by(struct tool *tool, const char *label, int64_t due_ms)
{
    if (!due_ms)
        return "";
    return arena_printf(&tool->arena, "%s %s", label, times_short(&tool->arena, due_ms, tool->now_ms));
}

static void print_called(struct tool *tool, const Whistle__V1__Receipt *receipt)
{
    struct table table;
    table_init(&table, &tool->arena, 7);
    for (size_t i = 0; i < receipt->n_called; i++) {
        const Whistle__V1__Called *called = receipt->called[i];
        TABLE_ROW(&table, intl_word(WORDS_ROLE, (int)called->role),
                  *called->name ? called->name : called->unit, called->contact,
                  by(tool, _("accept by"), called->accept_due_ms),
                  by(tool, _("report by"), called->report_due_ms),
                  by(tool, _("resolve by"), called->resolve_due_ms), intl_limit(&tool->arena, called->limit));
    }
    table_print(&table, stdout, 2);
}

// What may be the same is merged by a person; a preview has no number yet.
static void print_duplicates(struct tool *tool, const Whistle__V1__Receipt *receipt)
{
    struct table table;
    if (!receipt->n_duplicates)
        return;
    table_init(&table, &tool->arena, 3);
    printf("  %s\n", _("may be about the same thing:"));
    for (size_t i = 0; i < receipt->n_duplicates; i++)
        TABLE_ROW(&table, receipt->duplicates[i]->number,
                  times_show(&tool->arena, receipt->duplicates[i]->filed_ms, tool->now_ms),
                  receipt->duplicates[i]->title);
    table_print(&table, stdout, 4);
    if (*receipt->number)
        printf("    %s whistle merge %s --into %s\n", _("if it is:"), receipt->number,
               receipt->duplicates[0]->number);
}

// ---- precedents ---------------------------------------------------------------------------------

// The answer names the units that are called; of others it has the code.
static const char *unit_name(const Whistle__V1__Receipt *receipt, const char *code)
{
    for (size_t i = 0; i < receipt->n_called; i++)
        if (strcmp(receipt->called[i]->unit, code) == 0 && *receipt->called[i]->name)
            return receipt->called[i]->name;
    return *code ? code : "—";
}

static void print_precedents(struct tool *tool, const Whistle__V1__Receipt *receipt)
{
    struct arena *arena = &tool->arena;
    struct table table;
    table_init(&table, arena, 5);
    if (receipt->n_precedents)
        printf("  %s\n", _("what was ruled before:"));
    for (size_t i = 0; i < receipt->n_precedents; i++) {
        const Whistle__V1__Precedent *p = receipt->precedents[i];
        TABLE_ROW(&table, p->number, times_show(arena, p->at_ms, tool->now_ms),
                  intl_word(WORDS_RULING, (int)p->ruling),
                  arena_printf(arena, "%s → %s", unit_name(receipt, p->from), unit_name(receipt, p->to)),
                  p->reason);
    }
    table_print(&table, stdout, 4);
}

// ---- the whole ----------------------------------------------------------------------------------

// Why nobody is called: a state that the case is in, or a code.
static const char *reason_of(const char *reason)
{
    int state = word_value(WORDS_CASE_STATE, reason);
    return state > 0 ? intl_word(WORDS_CASE_STATE, state) : reason;
}

void receipt_print(struct tool *tool, const Whistle__V1__Receipt *receipt, bool preview)
{
    if (preview)
        printf("%s\n", receipt->n_called ? _("Who would come:") : _("Nobody would be called."));
    else
        printf("%s  %s%s\n", receipt->number, intl_word(WORDS_CASE_STATE, (int)receipt->state),
               receipt->existed ? _("  (was there already)") : "");
    print_called(tool, receipt);
    if (receipt->promised_ms)
        printf("  %s %s\n", _("promised"), times_show(&tool->arena, receipt->promised_ms, tool->now_ms));
    if (*receipt->reason)
        printf("  %s %s\n", _("reason"), reason_of(receipt->reason));
    if (receipt->rule)
        printf("  %s %s  %s:%u\n", _("rule"), receipt->rule->id, receipt->rule->file, receipt->rule->line);
    print_duplicates(tool, receipt);
    if (*receipt->raised)
        printf("  %s %s\n", _("the point repeats, a whistle for the level above:"), receipt->raised);
    print_precedents(tool, receipt);
}
