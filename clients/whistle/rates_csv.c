#include <inttypes.h>
#include <stdio.h>

#include "csv_rows.h"
#include "rates_print.h"

struct line {
    struct arena *arena;
    const char **cells;
    size_t count;
    size_t capacity;
};

static void add(struct line *line, const char *cell)
{
    const char **cells = arena_grow(line->arena, line->cells, line->count, &line->capacity, sizeof *cells);
    if (!cells)
        return;
    line->cells = cells;
    line->cells[line->count++] = cell ? cell : "";
}

static void add_number(struct line *line, uint64_t number)
{
    add(line, arena_printf(line->arena, "%" PRIu64, number));
}

static void add_heads(struct line *line, const struct rates_view *v, const char *suffix)
{
    static const char *const of_rate[] = {"", "_of", "_over", "_left_out"}, *const of_score[] = {"", "_rank"};
    for (size_t i = 0; i < v->count; i++) {
        const char *const *parts = v->columns[i].definition ? of_rate : of_score;
        size_t count = v->columns[i].definition ? 4 : 2;
        for (size_t k = 0; k < count; k++)
            add(line, arena_printf(v->arena, "%s%s%s", v->columns[i].id, parts[k], suffix));
    }
}

static void add_figure(struct line *line, const Whistle__V1__RateRow *row, const struct rates_column *column)
{
    static const Whistle__V1__Ratio no_ratio = WHISTLE__V1__RATIO__INIT;
    const Whistle__V1__Ratio *ratio = rates_view_ratio(row, column);
    const Whistle__V1__Score *score = rates_view_score(row, column);
    add(line, figure_plain(line->arena, rates_view_figure(row, column)));
    if (!column->definition) {
        add(line, score && score->rank ? arena_printf(line->arena, "%u", score->rank) : "");
        return;
    }
    ratio = ratio ? ratio : &no_ratio;
    add_number(line, ratio->of);
    add_number(line, ratio->over);
    add_number(line, ratio->left_out);
}

static void add_figures(struct line *line, const struct rates_view *v, const Whistle__V1__RateRow *row)
{
    for (size_t i = 0; i < v->count; i++)
        add_figure(line, row, &v->columns[i]);
}

static void put_row(const struct rates_view *v, const Whistle__V1__RateRow *row)
{
    struct line line = {.arena = v->arena};
    add(&line, row->code);
    add(&line, row->name);
    add_figures(&line, v, row);
    if (v->compare)
        add_figures(&line, v, rates_view_before(v, row));
    csv_print_row(line.cells, line.count);
}

void rates_print_csv(const struct rates_view *v)
{
    struct line head = {.arena = v->arena};
    add(&head, "code");
    add(&head, "name");
    add_heads(&head, v, "");
    if (v->compare)
        add_heads(&head, v, "_before");
    fputs("\xef\xbb\xbf", stdout);
    csv_print_row(head.cells, head.count);
    for (size_t i = 0; i < v->answer->n_rows; i++)
        put_row(v, v->answer->rows[i]);
    put_row(v, v->whole);
}
