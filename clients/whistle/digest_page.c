#include "digest_page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "columns.h"
#include "core/words.h"
#include "case_row.h"
#include "figure.h"
#include "glance.h"
#include "intl.h"
#include "table.h"
#include "times.h"

enum { PAGE_COLUMNS = 76 };

struct page {
    struct tool *tool;
    const Whistle__V1__DigestView *view;
    FILE *out;
};

static void put_title(const struct page *p, const char *title, const char *count)
{
    fprintf(p->out, *count ? "\n%s (%s)\n" : "\n%s\n", title, count);
}

static void put_none(const struct page *p)
{
    fprintf(p->out, "  %s\n", _("none"));
}

// Rows that the answer had no room for.
static void put_rest(const struct page *p, uint32_t count, size_t shown)
{
    if (count <= shown)
        return;
    fputs("  ", p->out);
    fprintf(p->out, _("and %u more"), (unsigned)(count - shown));
    fputc('\n', p->out);
}

// ---- cases --------------------------------------------------------------------------------------

static void put_case(const struct page *p, struct table *table, const Whistle__V1__CaseRow *row)
{
    struct arena *arena = &p->tool->arena;
    TABLE_ROW(table, row->number, times_short(arena, row->due_ms, p->tool->now_ms),
              case_row_left(p->tool, row), case_row_units(arena, row, " "), case_row_area(row), row->title);
}

static void put_cases(const struct page *p, const char *title, uint32_t count,
                      Whistle__V1__CaseRow *const *rows, size_t shown)
{
    struct table table;
    table_init(&table, &p->tool->arena, 6);
    put_title(p, title, glance_count(&p->tool->arena, p->view, count));
    if (!shown)
        put_none(p);
    else
        TABLE_ROW(&table, _("number"), _("due"), _("left"), _("units"), _("area"), _("title"));
    for (size_t i = 0; i < shown; i++)
        put_case(p, &table, rows[i]);
    table_print(&table, p->out, 2);
    put_rest(p, count, shown);
}

// ---- units --------------------------------------------------------------------------------------

static void put_silent(const struct page *p)
{
    struct arena *arena = &p->tool->arena;
    int64_t now_ms = p->tool->now_ms;
    struct table table;
    table_init(&table, arena, 4);
    put_title(p, _("Silent units"), "");
    if (!p->view->n_silent)
        put_none(p);
    else
        TABLE_ROW(&table, _("unit"), _("waiting"), _("called"), _("last heard from"));
    for (size_t i = 0; i < p->view->n_silent; i++) {
        const Whistle__V1__Silence *s = p->view->silent[i];
        TABLE_ROW(&table, tool_name_or_code(s->unit_name, s->unit),
                  arena_printf(arena, "%" PRIu32, s->waiting), times_short(arena, s->since_ms, now_ms),
                  s->seen_ms ? times_short(arena, s->seen_ms, now_ms) : _("never"));
    }
    table_print(&table, p->out, 2);
}

// ---- the day ------------------------------------------------------------------------------------

static void put_flow(const struct page *p, const struct flow *flow)
{
    for (size_t i = 0; i < flow->count; i++)
        fprintf(p->out, "  %s\n", flow->lines[i]);
    if (!flow->count)
        put_none(p);
}

static void put_happened(const struct page *p)
{
    struct flow flow;
    flow_init(&flow, &p->tool->arena, PAGE_COLUMNS - 2);
    put_title(p, _("What happened"), "");
    glance_add_happened(&flow, p->view);
    put_flow(p, &flow);
}

static const char *fact_of(struct arena *arena, const Whistle__V1__FactRow *row)
{
    const char *fact = intl_fact(row->fact);
    return row->late ? text_or_empty(arena_printf(arena, "%s %s", fact, _("(late)"))) : fact;
}

// The day's own end is where its times are seen from: within it the clock says enough.
static void put_changed(const struct page *p)
{
    struct arena *arena = &p->tool->arena;
    struct table table;
    table_init(&table, arena, 5);
    if (!p->view->n_changed)
        return;
    put_title(p, _("The latest"), "");
    for (size_t i = 0; i < p->view->n_changed; i++) {
        const Whistle__V1__FactRow *row = p->view->changed[i];
        TABLE_ROW(&table, times_short(arena, row->at_ms, p->view->changed[0]->at_ms), row->number,
                  fact_of(arena, row), tool_name_or_code(row->unit_name, row->unit), row->title);
    }
    table_print(&table, p->out, 2);
}

static void put_rates(const struct page *p)
{
    struct arena *arena = &p->tool->arena;
    struct table table;
    table_init(&table, arena, 4);
    for (size_t i = 0; i < p->view->n_definitions; i++) {
        const Whistle__V1__RateDefinition *definition = p->view->definitions[i];
        const Whistle__V1__Ratio *ratio = glance_ratio(p->view, i);
        if (!ratio)
            continue;
        const char *made_of =
            *definition->over ? arena_printf(arena, "%" PRIu64 "/%" PRIu64, ratio->of, ratio->over) : "";
        const char *left_out =
            ratio->left_out ? arena_printf(arena, "%s %" PRIu64, _("left out:"), ratio->left_out) : "";
        TABLE_ROW(&table, tool_name_or_code(definition->name, definition->id),
                  glance_rate(arena, definition, ratio), made_of, left_out);
    }
    for (size_t i = 0; p->view->rates && i < p->view->rates->n_scores; i++) {
        const Whistle__V1__Score *score = p->view->rates->scores[i];
        if (score->given)
            TABLE_ROW(&table, tool_name_or_code(score->name, score->id),
                      figure_text(arena, figure_of_score(score)), "", "");
    }
    if (table.count)
        put_title(p, _("Figures of the day"), "");
    table_print(&table, p->out, 2);
}

// ---- the whole ----------------------------------------------------------------------------------

static bool is_today(const struct page *p)
{
    const char *now = times_iso(&p->tool->arena, p->tool->now_ms);
    return !*p->view->day || strncmp(now, p->view->day, strlen(p->view->day)) == 0;
}

static void put_head(const struct page *p, const Whistle__V1__Digest *asked, bool today)
{
    struct arena *arena = &p->tool->arena;
    const Whistle__V1__DigestView *view = p->view;
    fprintf(p->out, _("Daily page %s"), view->day);
    fprintf(p->out, "%s%s%s%s\n", *asked->unit ? "  " : "", asked->unit, *asked->area ? "  " : "",
            asked->area);
    if (!today)
        return;
    fprintf(p->out, _("as of %s"), times_show(arena, p->tool->now_ms, p->tool->now_ms));
    fputs("  ", p->out);
    fprintf(p->out, _("open %s · due today %s · late %s"), glance_count(arena, view, view->open_count),
            glance_count(arena, view, view->due_count), glance_count(arena, view, view->late_count));
    fputc('\n', p->out);
}

static void put_page(const struct page *p, const Whistle__V1__Digest *asked)
{
    const Whistle__V1__DigestView *view = p->view;
    bool today = is_today(p);
    put_head(p, asked, today);
    if (today) {
        // what is due on other days is for the live view
        put_cases(p, _("Due today"), view->due_count, view->due,
                  view->n_due < view->due_count ? view->n_due : view->due_count);
        put_cases(p, _("Late"), view->late_count, view->late, view->n_late);
        put_silent(p);
    }
    put_happened(p);
    put_changed(p);
    put_rates(p);
}

// What comes from the daemon is clean already; a mail is no place to rest on that.
static void put_clean(struct arena *arena, char *text, FILE *out)
{
    for (char *line = text, *end; *line; line = end + 1) {
        end = strchrnul(line, '\n');
        bool last = !*end;
        *end = 0;
        fprintf(out, "%s\n", columns_clean(arena, line));
        if (last)
            break;
    }
}

void digest_page_print(struct tool *tool, const Whistle__V1__DigestView *view,
                       const Whistle__V1__Digest *asked, FILE *out)
{
    char *text = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&text, &length);
    if (!memory)
        return;
    put_page(&(struct page){tool, view, memory}, asked);
    if (fclose(memory) == 0)
        put_clean(&tool->arena, text, out);
    free(text);
}
