#include "rates_print.h"

#include <inttypes.h>
#include <stdio.h>

#include "grid.h"
#include "intl.h"

// "911/972", or what each part adds to a score: "28.12 + 18.96".
static const char *made_of(const struct rates_view *v, const Whistle__V1__RateRow *row,
                           const struct rates_column *column)
{
    const Whistle__V1__Ratio *ratio = rates_view_ratio(row, column);
    const Whistle__V1__Score *score = rates_view_score(row, column);
    const char *parts = "";
    if (ratio && *column->definition->over)
        return arena_printf(v->arena, "%" PRIu64 "/%" PRIu64, ratio->of, ratio->over);
    for (size_t i = 0; score && i < score->n_parts; i++)
        parts = arena_printf(v->arena, "%s%s%.2f", parts, i ? " + " : "", score->parts[i]);
    return parts;
}

static const char *left_out(const struct rates_view *v, const struct rates_column *column)
{
    const Whistle__V1__Ratio *ratio = rates_view_ratio(v->whole, column);
    return ratio && ratio->left_out ? arena_printf(v->arena, "%" PRIu64, ratio->left_out) : "";
}

enum { ID, NAME, RATE, COUNTED, LEFT_OUT, BEFORE, COUNTED_BEFORE, CELLS };

static void fill_row(const struct rates_view *v, const char **cells[CELLS], size_t row,
                     const struct rates_column *column)
{
    const Whistle__V1__RateRow *before = rates_view_before(v, v->whole);
    cells[ID][row] = column->id;
    cells[NAME][row] = column->name;
    cells[RATE][row] = rates_view_text(v, v->whole, column);
    cells[COUNTED][row] = made_of(v, v->whole, column);
    cells[LEFT_OUT][row] = left_out(v, column);
    if (!v->compare)
        return;
    cells[BEFORE][row] = figure_text(v->arena, rates_view_figure(before, column));
    cells[COUNTED_BEFORE][row] = made_of(v, before, column);
}

static void fill_head(const struct rates_view *v, const char **cells[CELLS])
{
    cells[ID][0] = _("id");
    cells[NAME][0] = _("name");
    cells[RATE][0] = _("figure");
    cells[COUNTED][0] = _("made of");
    cells[LEFT_OUT][0] = _("left out");
    cells[BEFORE][0] = v->compare ? _("before") : "";
    cells[COUNTED_BEFORE][0] = v->compare ? _("made of") : "";
}

void rates_print_whole(const struct rates_view *v)
{
    struct grid g;
    const char **cells[CELLS];
    grid_init(&g, v->arena, v->count + 1);
    for (size_t i = 0; i < CELLS; i++)
        if (!(cells[i] = grid_column(&g)))
            return;
    fill_head(v, cells);
    for (size_t i = 0; i < v->count; i++)
        fill_row(v, cells, i + 1, &v->columns[i]);
    grid_align_right(&g, cells[RATE]);
    grid_align_right(&g, cells[LEFT_OUT]);
    grid_align_right(&g, cells[BEFORE]);
    grid_print(&g, stdout, 2, grid_terminal_width());
}
