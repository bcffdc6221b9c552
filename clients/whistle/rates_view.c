#include "rates_view.h"

#include <string.h>

#include "base/text.h"
#include "intl.h"

static const Whistle__V1__RateRow nothing = WHISTLE__V1__RATE_ROW__INIT;

static bool is_wanted(const char *const *only, const char *id)
{
    if (!*only)
        return true;
    for (; *only; only++)
        if (strcmp(*only, id) == 0)
            return true;
    return false;
}

static void add_column(struct rates_view *v, const char *const *only, struct rates_column column)
{
    column.name = text_given(column.name) ? column.name : column.id;
    if (is_wanted(only, column.id))
        v->columns[v->count++] = column;
}

// Scores have no definitions of their own: they are those of the whole, or else of the first row.
static const Whistle__V1__RateRow *scored_row(const struct rates_view *v)
{
    return v->whole->n_scores || !v->answer->n_rows ? v->whole : v->answer->rows[0];
}

static void add_columns(struct rates_view *v, const char *const *only)
{
    const Whistle__V1__RatesView *answer = v->answer;
    const Whistle__V1__RateRow *scored = scored_row(v);
    v->columns = arena_array(v->arena, answer->n_definitions + scored->n_scores + 1, sizeof *v->columns);
    for (size_t i = 0; v->columns && i < answer->n_definitions; i++) {
        const Whistle__V1__RateDefinition *definition = answer->definitions[i];
        add_column(v, only, (struct rates_column){definition->id, definition->name, definition, i});
    }
    for (size_t i = 0; v->columns && i < scored->n_scores; i++)
        add_column(v, only, (struct rates_column){scored->scores[i]->id, scored->scores[i]->name, NULL, i});
}

static bool all_are_known(const struct rates_view *v, struct tool *tool, const char *const *only)
{
    for (; *only; only++) {
        bool known = false;
        for (size_t i = 0; i < v->count; i++)
            known = known || strcmp(v->columns[i].id, *only) == 0;
        if (!known) {
            tool_usage(tool, _("there is no rate %s; whistle rates --definitions lists them"), *only);
            return false;
        }
    }
    return true;
}

bool rates_view_init(struct rates_view *v, struct tool *tool, const Whistle__V1__Rates *asked,
                     const Whistle__V1__RatesView *answer, const char *const *only)
{
    *v = (struct rates_view){
        .arena = &tool->arena, .answer = answer, .by = asked->by, .compare = asked->compare};
    v->whole = answer->whole ? answer->whole : &nothing;
    add_columns(v, only);
    return all_are_known(v, tool, only);
}

const Whistle__V1__Ratio *rates_view_ratio(const Whistle__V1__RateRow *row, const struct rates_column *column)
{
    return column->definition && column->index < row->n_rates ? row->rates[column->index] : NULL;
}

const Whistle__V1__Score *rates_view_score(const Whistle__V1__RateRow *row, const struct rates_column *column)
{
    for (size_t i = 0; !column->definition && i < row->n_scores; i++)
        if (strcmp(row->scores[i]->id, column->id) == 0)
            return row->scores[i];
    return NULL;
}

struct figure rates_view_figure(const Whistle__V1__RateRow *row, const struct rates_column *column)
{
    return column->definition ? figure_of_ratio(column->definition, rates_view_ratio(row, column))
                              : figure_of_score(rates_view_score(row, column));
}

const Whistle__V1__RateRow *rates_view_before(const struct rates_view *v, const Whistle__V1__RateRow *row)
{
    const Whistle__V1__RatesView *answer = v->answer;
    if (row == v->whole)
        return answer->whole_before ? answer->whole_before : &nothing;
    for (size_t i = 0; i < answer->n_rows_before; i++)
        if (strcmp(answer->rows_before[i]->code, row->code) == 0)
            return answer->rows_before[i];
    return &nothing;
}

const char *rates_view_text(const struct rates_view *v, const Whistle__V1__RateRow *row,
                            const struct rates_column *column)
{
    struct figure now = rates_view_figure(row, column);
    if (!v->compare)
        return figure_text(v->arena, now);
    return figure_change(v->arena, now, rates_view_figure(rates_view_before(v, row), column));
}

const struct rates_column *rates_view_first_score(const struct rates_view *v)
{
    for (size_t i = 0; i < v->count; i++)
        if (!v->columns[i].definition)
            return &v->columns[i];
    return NULL;
}
