#include "rates_print.h"

#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "bar.h"
#include "by.h"
#include "grid.h"
#include "intl.h"

// Row 0 of the grid is the head, the last one the whole.
static const Whistle__V1__RateRow *row_at(const struct rates_view *v, size_t at)
{
    return at <= v->answer->n_rows ? v->answer->rows[at - 1] : v->whole;
}

static void add_ranks(const struct rates_view *v, struct grid *g, const struct rates_column *score)
{
    const char **cells = grid_column(g);
    if (!cells)
        return;
    cells[0] = _("rank");
    for (size_t i = 1; i < g->rows; i++) {
        const Whistle__V1__Score *found = rates_view_score(row_at(v, i), score);
        cells[i] = found && found->rank ? arena_printf(v->arena, "%u", found->rank) : "";
    }
    grid_align_right(g, cells);
}

static void add_names(const struct rates_view *v, struct grid *g)
{
    const char **cells = grid_column(g);
    if (!cells)
        return;
    cells[0] = by_head(v->by);
    for (size_t i = 1; i < g->rows; i++) {
        const Whistle__V1__RateRow *row = row_at(v, i);
        cells[i] = text_given(row->name) ? row->name : row == v->whole ? _("whole") : row->code;
    }
}

// A rate and a score are drawn against 100, a number of things against the most of them.
static double full_bar(const struct rates_view *v, const struct rates_column *column)
{
    bool things = column->definition && !*column->definition->over;
    double most = things ? 0 : 100;
    for (size_t i = 0; i < v->answer->n_rows; i++)
        most = fmax(most, figure_value(rates_view_figure(v->answer->rows[i], column)));
    return most;
}

// In the figure's own column, so that no block parts them.
static void add_bars(const struct rates_view *v, struct grid *g, const struct rates_column *column,
                     const char **cells)
{
    double full = full_bar(v, column);
    for (size_t i = 1; i < g->rows; i++) {
        double value = figure_value(rates_view_figure(row_at(v, i), column));
        cells[i] = arena_printf(v->arena, "%s  %s", cells[i], bar_text(v->arena, value, full));
    }
}

static void add_figures(const struct rates_view *v, struct grid *g, const struct rates_column *column,
                        bool bars)
{
    const char **cells = grid_column(g);
    if (!cells)
        return;
    cells[0] = column->name;
    for (size_t i = 1; i < g->rows; i++)
        cells[i] = rates_view_text(v, row_at(v, i), column);
    grid_align_right(g, cells);
    if (bars)
        add_bars(v, g, column, cells);
}

void rates_print_table(const struct rates_view *v, bool bars)
{
    struct grid g;
    const struct rates_column *score = rates_view_first_score(v);
    const struct rates_column *drawn = score ? score : v->columns;
    grid_init(&g, v->arena, v->answer->n_rows + 2);
    if (score)
        add_ranks(v, &g, score);
    add_names(v, &g);
    size_t stays = g.count;
    for (size_t i = 0; i < v->count; i++)
        add_figures(v, &g, &v->columns[i], bars && &v->columns[i] == drawn);
    grid_print(&g, stdout, stays, grid_terminal_width());
}
