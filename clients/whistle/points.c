// whistle points: the ranking by points, and the ledger's entries.
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "by.h"
#include "csv_rows.h"
#include "facts.h"
#include "grid.h"
#include "intl.h"
#include "selection.h"
#include "tool.h"

struct points {
    struct tool *tool; // first, for tool_parse_init
    struct selection selection;
    Whistle__V1__Points asked;
    struct facts facts; // --ledger; its csv and json are those of the ranking too
};

enum { KEY_BY = 0x100, KEY_MEMBER, KEY_LEDGER, KEY_MAX, KEY_CSV, KEY_JSON };

static const struct argp_option options[] = {
    {"member", KEY_MEMBER, N_("CODE"), 0, N_("of this member of a pool alone"), 1},
    {"by", KEY_BY, N_("WORD"), 0, N_("a row for each unit (also if left out), branch or member"), 2},
    {"ledger", KEY_LEDGER, NULL, 0,
     N_("list the entries of units, or of what --by names, each with its rule and its case"), 3},
    {"max", KEY_MAX, N_("COUNT"), 0, N_("with --ledger: at most so many"), 3},
    {"csv", KEY_CSV, NULL, 0, N_("print CSV, with a byte order mark for spreadsheets"), 4},
    {"json", KEY_JSON, NULL, 0, N_("print JSON; of entries, one a line"), 4},
    {0},
};

static const char *const rows[] = {"unit", "branch", "member", NULL};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct points *p = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        tool_parse_init(state);
        state->child_inputs[1] = &p->selection;
        return 0;
    case KEY_MEMBER:
        p->selection.wire.member = arg;
        return 0;
    case KEY_BY:
        p->asked.by = tool_text(by_parse(rows, arg, state));
        return 0;
    case KEY_LEDGER:
        p->facts.ledger = true;
        return 0;
    case KEY_MAX:
        p->facts.most = facts_parse_most(arg, state);
        return 0;
    case KEY_CSV:
        p->facts.csv = true;
        return 0;
    case KEY_JSON:
        p->facts.json = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int check(const struct points *p)
{
    if (!p->facts.ledger && p->facts.most)
        return tool_usage(p->tool, _("%s needs %s"), "--max", "--ledger");
    if (p->facts.csv && p->facts.json)
        return tool_usage(p->tool, _("%s and %s do not go together"), "--csv", "--json");
    return EXIT_DONE;
}

// ---- the ranking --------------------------------------------------------------------------------

enum { RANK, CODE, NAME, POINTS, ENTRIES, CELLS };

static void row_cells(struct arena *arena, const Whistle__V1__PointsRow *row, const char *cells[CELLS])
{
    cells[RANK] = row->rank ? arena_printf(arena, "%" PRIu32, row->rank) : "";
    cells[CODE] = row->code;
    cells[NAME] = text_or_empty(row->name);
    cells[POINTS] = arena_printf(arena, "%" PRId64, row->points);
    cells[ENTRIES] = arena_printf(arena, "%" PRIu64, row->entries);
}

static void put_csv(struct arena *arena, const Whistle__V1__PointsView *view)
{
    const char *cells[CELLS] = {"rank", "code", "name", "points", "entries"};
    fputs("\xef\xbb\xbf", stdout);
    csv_print_row(cells, CELLS);
    for (size_t i = 0; i < view->n_rows; i++) {
        row_cells(arena, view->rows[i], cells);
        csv_print_row(cells, CELLS);
    }
}

static void put_table(struct arena *arena, const Whistle__V1__PointsView *view)
{
    struct grid g;
    const char **columns[CELLS], *cells[CELLS] = {_("rank"), _("code"), _("name"), _("points"), _("entries")};
    grid_init(&g, arena, view->n_rows + 1);
    for (size_t c = 0; c < CELLS; c++)
        if (!(columns[c] = grid_column(&g)))
            return;
    for (size_t row = 0; row < g.rows; row++) {
        if (row)
            row_cells(arena, view->rows[row - 1], cells);
        for (size_t c = 0; c < CELLS; c++)
            columns[c][row] = cells[c];
    }
    grid_align_right(&g, columns[RANK]);
    grid_align_right(&g, columns[POINTS]);
    grid_align_right(&g, columns[ENTRIES]);
    grid_print(&g, stdout, CELLS, 0);
}

static void put_ranking(struct points *p, const Whistle__V1__PointsView *view)
{
    if (p->facts.json)
        tool_print_json(&view->base);
    else if (p->facts.csv)
        put_csv(&p->tool->arena, view);
    else {
        selection_print_period(view->period, NULL, view->to_ms > p->tool->now_ms);
        if (view->n_rows)
            put_table(&p->tool->arena, view);
        else
            puts(_("no entries"));
    }
}

static int ask_ranking(struct points *p)
{
    Whistle__V1__Reply *reply;
    struct whistle *w = tool_handle(p->tool);
    if (!w)
        return EXIT_FAILED;
    if (whistle_points(w, &p->asked, &reply) != WHISTLE_OK ||
        reply->result_case != WHISTLE__V1__REPLY__RESULT_POINTS)
        return tool_failed(p->tool, reply);
    tool_heard(p->tool, reply);
    put_ranking(p, reply->points);
    whistle_reply_free(reply);
    return EXIT_DONE;
}

static int ask_ledger(struct points *p)
{
    p->facts.tool = p->tool;
    p->facts.asked.selection = &p->selection.wire;
    p->facts.asked.by = p->asked.by;
    p->facts.asked.of = tool_text("points");
    return facts_print(&p->facts);
}

int command_points(struct tool *tool, int argc, char **argv)
{
    const struct argp_child children[] = {{&selection_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .children = children,
                              .doc = N_("Ranks units, branches and members by the rulebook's points.")};
    struct points p = {.tool = tool};
    whistle__v1__points__init(&p.asked);
    whistle__v1__facts__init(&p.facts.asked);
    selection_init(&p.selection);
    p.asked.selection = &p.selection.wire;
    if (!tool_parse(tool, &argp, argc, argv, &p) || check(&p) != EXIT_DONE)
        return EXIT_USAGE;
    return p.facts.ledger ? ask_ledger(&p) : ask_ranking(&p);
}
