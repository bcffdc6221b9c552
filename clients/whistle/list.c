// whistle list: pages of cases as a table, CSV, or JSON.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_rows.h"
#include "intl.h"
#include "table.h"
#include "times.h"
#include "tool.h"

struct list {
    struct tool *tool; // first, for tool_parse_init
    Whistle__V1__List list;
    Whistle__V1__CaseState states[16];
    const char *due_within;
    unsigned long most; // rows; 0: all
    bool csv;
    bool json;
};

enum {
    KEY_MINE = 0x100,
    KEY_STATE,
    KEY_UNIT,
    KEY_AREA,
    KEY_CATEGORY,
    KEY_OVERDUE,
    KEY_DUE,
    KEY_OPEN,
    KEY_MAX,
    KEY_CSV,
    KEY_JSON,
};

static const struct argp_option options[] = {
    {"mine", KEY_MINE, NULL, 0, N_("cases of the asker's unit"), 1},
    {"unit", KEY_UNIT, N_("CODE"), 0, N_("in which this unit has a summons"), 1},
    {"area", KEY_AREA, N_("CODE"), 0, N_("in this area and below"), 1},
    {"category", KEY_CATEGORY, N_("CODE"), 0, N_("of this category or class"), 1},
    {"state", KEY_STATE, N_("STATE"), 0, N_("in this state; may be given several times"), 1},
    {"open", KEY_OPEN, NULL, 0, N_("that are not closed"), 1},
    {"overdue", KEY_OVERDUE, NULL, 0, N_("whose time is over"), 1},
    {"due-within", KEY_DUE, N_("SPAN"), 0, N_("that fall due within 30m, 2h, 3d"), 1},
    {"max", KEY_MAX, N_("COUNT"), 0, N_("at most so many"), 2},
    {"csv", KEY_CSV, NULL, 0, N_("print CSV, with a byte order mark for spreadsheets"), 2},
    {"json", KEY_JSON, NULL, 0, N_("print JSON, one case a line"), 2},
    {0},
};

static void add_state(struct list *l, const char *arg, struct argp_state *state)
{
    int value = intl_word_value(WORDS_CASE_STATE, arg);
    if (value < 0 || l->list.n_states == sizeof l->states / sizeof l->states[0])
        argp_error(state, "%s: %s", arg, _("no such word"));
    l->states[l->list.n_states++] = (Whistle__V1__CaseState)value;
    l->list.states = l->states;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct list *l = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        tool_parse_init(state);
        return 0;
    case KEY_MINE:
        l->list.mine = 1;
        return 0;
    case KEY_UNIT:
        l->list.unit = arg;
        return 0;
    case KEY_AREA:
        l->list.area = arg;
        return 0;
    case KEY_CATEGORY:
        l->list.category = arg;
        return 0;
    case KEY_STATE:
        add_state(l, arg, state);
        return 0;
    case KEY_OPEN:
        l->list.open_only = 1;
        return 0;
    case KEY_OVERDUE:
        l->list.overdue = 1;
        return 0;
    case KEY_DUE:
        l->due_within = arg;
        return 0;
    case KEY_MAX:
        l->most = strtoul(arg, NULL, 10);
        return 0;
    case KEY_CSV:
        l->csv = true;
        return 0;
    case KEY_JSON:
        l->json = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// ---- output -------------------------------------------------------------------------------------

static const char *units_of(struct arena *arena, const Whistle__V1__CaseRow *row, const char *separator)
{
    const char *all = "";
    for (size_t i = 0; i < row->n_units; i++) {
        const char *name = *row->units[i]->name ? row->units[i]->name : row->units[i]->code;
        all = arena_printf(arena, "%s%s%s", all, i ? separator : "", name);
    }
    return all;
}

#define CSV_ROW(...)                                                                                         \
    csv_put_row(stdout, (const char *const[]){__VA_ARGS__},                                                  \
                sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), ',')

// Column names are for programs: stable, not translated.
static void put_csv_head(void)
{
    fputs("\xef\xbb\xbf", stdout);
    CSV_ROW("number", "state", "kind", "category", "category_name", "area", "area_name", "title", "units",
            "due", "filed", "charge", "overdue");
}

static void put_csv(struct list *l, const Whistle__V1__CaseRow *row)
{
    struct arena *arena = &l->tool->arena;
    CSV_ROW(row->number, word_name(WORDS_CASE_STATE, (int)row->state), word_name(WORDS_KIND, (int)row->kind),
            row->category, row->category_name, row->area, row->area_name, row->title,
            units_of(arena, row, "; "), times_iso(arena, row->due_ms), times_iso(arena, row->filed_ms),
            row->charge, row->overdue ? "1" : "0");
}

// The daemon gives no due time where each clock stands still. Work that is under way always has a clock; of
// one unit's clocks only a suspension says so, since the unit may be done.
static bool is_paused(const struct list *l, const Whistle__V1__CaseRow *row)
{
    enum case_state state = (enum case_state)row->state;
    bool under_way = state == CASE_DISPATCHED || state == CASE_IN_HAND || state == CASE_ARBITRATION;
    bool of_one_unit = *l->list.unit || l->list.mine;
    return !row->due_ms && (state == CASE_SUSPENDED || (under_way && !of_one_unit));
}

static const char *due_of(struct list *l, const Whistle__V1__CaseRow *row)
{
    return is_paused(l, row) ? _("paused") : times_show(&l->tool->arena, row->due_ms, l->tool->now_ms);
}

static const char *left_of(struct list *l, const Whistle__V1__CaseRow *row)
{
    if (!row->due_ms || row->due_ms == INT64_MAX)
        return "";
    const char *span = times_span(&l->tool->arena, row->due_ms - l->tool->now_ms);
    return row->overdue ? arena_printf(&l->tool->arena, _("%s late"), *span == '-' ? span + 1 : span) : span;
}

static void put_table_row(struct list *l, struct table *table, const Whistle__V1__CaseRow *row)
{
    struct arena *arena = &l->tool->arena;
    TABLE_ROW(table, row->number, intl_word(WORDS_CASE_STATE, (int)row->state), due_of(l, row),
              left_of(l, row), *row->area_name ? row->area_name : row->area,
              *row->category_name ? row->category_name : row->category, units_of(arena, row, " "),
              row->title);
}

static void put_row(struct list *l, struct table *table, const Whistle__V1__CaseRow *row)
{
    if (l->csv)
        put_csv(l, row);
    else if (l->json)
        tool_print_json(&row->base);
    else
        put_table_row(l, table, row);
}

// ---- pages --------------------------------------------------------------------------------------

static unsigned long put_page(struct list *l, const Whistle__V1__CaseList *page, unsigned long before)
{
    struct table table;
    table_init(&table, &l->tool->arena, 8);
    if (before == 0 && !l->csv && !l->json && page->n_rows)
        TABLE_ROW(&table, _("number"), _("state"), _("due"), _("left"), _("area"), _("category"), _("units"),
                  _("title"));
    unsigned long shown = 0;
    for (; shown < page->n_rows && (!l->most || before + shown < l->most); shown++)
        put_row(l, &table, page->rows[shown]);
    table_print(&table, stdout, 0);
    return shown;
}

static int put_pages(struct list *l, struct whistle *w)
{
    unsigned long shown = 0;
    if (l->csv)
        put_csv_head();
    for (;;) {
        Whistle__V1__Reply *reply;
        l->list.max = l->most && l->most - shown < 200 ? (uint32_t)(l->most - shown) : 200;
        int result = whistle_list(w, &l->list, &reply);
        if (result != WHISTLE_OK || reply->result_case != WHISTLE__V1__REPLY__RESULT_LIST)
            return tool_failed(l->tool, reply);
        tool_heard(l->tool, reply);
        shown += put_page(l, reply->list, shown);
        l->list.after = arena_strdup(&l->tool->arena, reply->list->next_after);
        whistle_reply_free(reply);
        if (!*l->list.after || (l->most && shown >= l->most))
            break;
    }
    if (!l->csv && !l->json && shown == 0)
        puts(_("no cases"));
    return EXIT_DONE;
}

int command_list(struct tool *tool, int argc, char **argv)
{
    const struct argp argp = {
        .options = options, .parser = parse, .doc = N_("Lists cases by their next due time.")};
    struct list l = {.tool = tool};
    whistle__v1__list__init(&l.list);
    if (!tool_parse(tool, &argp, argc, argv, &l))
        return EXIT_USAGE;
    int64_t span;
    if (l.due_within && !times_parse_span(l.due_within, &span))
        return tool_usage(tool, "%s: %s", l.due_within, _("not a span of time"));
    if (l.due_within && !tool_city_now(tool))
        return EXIT_FAILED;
    if (l.due_within)
        l.list.due_before_ms = tool->now_ms + span;
    struct whistle *w = tool_handle(tool);
    return w ? put_pages(&l, w) : EXIT_FAILED;
}
