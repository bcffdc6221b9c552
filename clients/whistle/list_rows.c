#include "list_rows.h"

#include <stdio.h>

#include "case_row.h"
#include "csv_rows.h"
#include "intl.h"
#include "table.h"
#include "times.h"

#define CSV_ROW(...)                                                                                         \
    csv_print_row((const char *const[]){__VA_ARGS__},                                                        \
                  sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

// Column names are for programs: stable, not translated.
static void put_csv_head(void)
{
    fputs("\xef\xbb\xbf", stdout);
    CSV_ROW("number", "state", "kind", "category", "category_name", "area", "area_name", "title", "units",
            "due", "filed", "charge", "overdue", "moved");
}

static void put_csv(struct list_rows *r, const Whistle__V1__CaseRow *row)
{
    struct arena *arena = &r->tool->arena;
    CSV_ROW(row->number, word_name(WORDS_CASE_STATE, (int)row->state), word_name(WORDS_KIND, (int)row->kind),
            row->category, row->category_name, row->area, row->area_name, row->title,
            case_row_units(arena, row, "; "), times_iso(arena, row->due_ms), times_iso(arena, row->filed_ms),
            row->charge, row->overdue ? "1" : "0", row->moved ? "1" : "0");
}

// The daemon gives no due time where each clock stands still. Work that is under way always has a clock; of
// one unit's clocks only a suspension says so, since the unit may be done.
static bool is_paused(const struct list_rows *r, const Whistle__V1__CaseRow *row)
{
    enum case_state state = (enum case_state)row->state;
    bool under_way = state == CASE_DISPATCHED || state == CASE_IN_HAND || state == CASE_ARBITRATION;
    return !row->due_ms && (state == CASE_SUSPENDED || (under_way && !r->of_one_unit));
}

static const char *due_of(struct list_rows *r, const Whistle__V1__CaseRow *row)
{
    return is_paused(r, row) ? _("paused") : times_show(&r->tool->arena, row->due_ms, r->tool->now_ms);
}

static const char *state_of(struct list_rows *r, const Whistle__V1__CaseRow *row)
{
    const char *state = intl_word(WORDS_CASE_STATE, (int)row->state);
    return row->moved ? arena_printf(&r->tool->arena, "%s *", state) : state;
}

static void put_table_row(struct list_rows *r, struct table *table, const Whistle__V1__CaseRow *row)
{
    struct arena *arena = &r->tool->arena;
    TABLE_ROW(table, row->number, state_of(r, row), due_of(r, row), case_row_left(r->tool, row),
              case_row_area(row), case_row_category(row), case_row_units(arena, row, " "), row->title);
}

static void put_row(struct list_rows *r, struct table *table, const Whistle__V1__CaseRow *row)
{
    if (r->form == LIST_CSV)
        put_csv(r, row);
    else if (r->form == LIST_JSON)
        tool_print_json(&row->base);
    else
        put_table_row(r, table, row);
}

void list_rows_begin(struct list_rows *r)
{
    if (r->form == LIST_CSV)
        put_csv_head();
}

void list_rows_page(struct list_rows *r, const Whistle__V1__CaseList *page)
{
    struct arena kept = tool_scratch_begin(r->tool);
    struct table table;
    table_init(&table, &r->tool->arena, 8);
    if (r->shown == 0 && r->form == LIST_TABLE && page->n_rows)
        TABLE_ROW(&table, _("number"), _("state"), _("due"), _("left"), _("area"), _("category"), _("units"),
                  _("title"));
    for (size_t i = 0; i < page->n_rows; i++) {
        put_row(r, &table, page->rows[i]);
        r->moved |= page->rows[i]->moved;
    }
    r->shown += page->n_rows;
    table_print(&table, stdout, 0);
    tool_scratch_end(r->tool, kept);
}

void list_rows_end(struct list_rows *r)
{
    if (r->form == LIST_TABLE && r->shown == 0)
        puts(_("no cases"));
    if (r->form == LIST_TABLE && r->moved)
        puts(_("* changed while the list was read: as it stands now"));
}
