#include "facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_rows.h"
#include "facts_row.h"
#include "intl.h"
#include "table.h"

enum { PAGE = 200 };

unsigned long facts_parse_most(const char *arg, struct argp_state *state)
{
    char *end;
    unsigned long most = strtoul(arg, &end, 10);
    if (*end || *arg < '1' || *arg > '9' || most > 1000000000)
        argp_error(state, "%s: %s", arg, _("not a number in range"));
    return most;
}

static void begin_table(const struct facts *f, struct table *table)
{
    const char *heads[FACT_CELLS];
    table_init(table, &f->tool->arena, (int)facts_row_heads(f, heads));
    table_row(table, heads);
}

static void put_csv_head(void)
{
    const char *heads[FACT_CSV_CELLS];
    facts_row_csv_heads(heads);
    fputs("\xef\xbb\xbf", stdout);
    csv_print_row(heads, FACT_CSV_CELLS);
}

static void put_csv(struct facts *f, const Whistle__V1__FactRow *row)
{
    const char *cells[FACT_CSV_CELLS];
    struct arena kept = tool_scratch_begin(f->tool);
    facts_row_csv(f, row, cells);
    csv_print_row(cells, FACT_CSV_CELLS);
    tool_scratch_end(f->tool, kept);
}

// The page goes before the table is printed.
static void keep(struct facts *f, struct table *table, const Whistle__V1__FactRow *row)
{
    const char *cells[FACT_CELLS];
    facts_row_cells(f, row, cells);
    for (int i = 0; i < table->columns; i++)
        cells[i] = arena_strdup(&f->tool->arena, cells[i]);
    table_row(table, cells);
}

static void put_row(struct facts *f, struct table *table, const Whistle__V1__FactRow *row)
{
    if (f->csv)
        put_csv(f, row);
    else if (f->json)
        tool_print_json(&row->base);
    else
        keep(f, table, row);
}

// Where the next page begins; NULL after the last one, and where there are rows enough.
static const char *put_page(struct facts *f, struct table *table, const Whistle__V1__FactList *page,
                            unsigned long *shown)
{
    for (size_t i = 0; i < page->n_rows && (!f->most || *shown < f->most); i++, (*shown)++)
        put_row(f, table, page->rows[i]);
    if (!*page->next_after || (f->most && *shown >= f->most))
        return NULL;
    return arena_strdup(&f->tool->arena, page->next_after);
}

// A page that leads to itself would be asked for without end.
static int put_pages(struct facts *f, struct whistle *w, struct table *table, unsigned long *shown)
{
    for (const char *after = ""; after;) {
        Whistle__V1__Reply *reply;
        f->asked.after = tool_text(after);
        f->asked.max = f->most && f->most - *shown < PAGE ? (uint32_t)(f->most - *shown) : PAGE;
        int result = whistle_facts(w, &f->asked, &reply);
        if (result != WHISTLE_OK || reply->result_case != WHISTLE__V1__REPLY__RESULT_FACTS)
            return tool_failed(f->tool, reply);
        tool_heard(f->tool, reply);
        const char *next = put_page(f, table, reply->facts, shown);
        whistle_reply_free(reply);
        if (next && strcmp(next, after) == 0) {
            fprintf(stderr, "whistle: %s\n", _("the daemon's answer cannot be read"));
            return EXIT_FAILED;
        }
        after = next;
    }
    return EXIT_DONE;
}

static void say_how_many(const struct facts *f, unsigned long shown)
{
    bool cut = f->most && shown == f->most;
    if (!shown)
        fputs(f->ledger ? _("no entries") : _("no cases"), stdout);
    else
        printf(cut ? _("the first %lu; there may be more") : _("%lu in all"), shown);
    puts("");
}

int facts_print(struct facts *f)
{
    struct table table;
    unsigned long shown = 0;
    struct whistle *w = tool_handle(f->tool);
    if (!w)
        return EXIT_FAILED;
    begin_table(f, &table);
    if (f->csv)
        put_csv_head();
    int status = put_pages(f, w, &table, &shown);
    if (f->csv || f->json)
        return status;
    if (shown)
        table_print(&table, stdout, 0);
    if (status == EXIT_DONE)
        say_how_many(f, shown);
    return status;
}
