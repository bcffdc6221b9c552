#include "service/rate_rows.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static struct arena *arena_of(const struct ledger *ledger)
{
    return ledger->selection->query->arena;
}

// ---- definitions --------------------------------------------------------------------------------

static Whistle__V1__RateDefinition *definition(struct arena *arena, const struct rate_definition *rate)
{
    Whistle__V1__RateDefinition *out = arena_alloc(arena, sizeof *out);
    if (!out)
        return NULL;
    whistle__v1__rate_definition__init(out);
    out->id = (char *)rate->id;
    out->name = (char *)rate->name;
    out->of = (char *)text_or_empty(rate->of.text);
    out->over = (char *)text_or_empty(rate->over.text);
    out->without = selection_exclusion_names(arena, rate->without, &out->n_without);
    return out;
}

Whistle__V1__RateDefinition **rate_rows_definitions(const struct selection *selection, int64_t at_ms,
                                                    size_t *count)
{
    const struct rate_table *table = &selection->rules->rates;
    struct arena *arena = selection->query->arena;
    Whistle__V1__RateDefinition **out = arena_array(arena, (size_t)table->rate_count + 1, sizeof *out);
    *count = 0;
    for (uint32_t i = 0; out && i < table->rate_count; i++)
        if (validity_holds(table->rates[i].valid, at_ms))
            out[(*count)++] = definition(arena, &table->rates[i]);
    return out;
}

static Whistle__V1__Count *count_of(struct arena *arena, const struct rate_column *column,
                                    const struct rate_cell *cell)
{
    const char *aspect = aspect_name(column->count.aspect);
    Whistle__V1__Count *out = arena_alloc(arena, sizeof *out);
    if (!out)
        return NULL;
    whistle__v1__count__init(out);
    out->count = arena_printf(arena, "%s%s%s", fact_name(column->count.kind), *aspect ? "." : "", aspect);
    out->without = selection_exclusion_names(arena, column->without, &out->n_without);
    out->number = cell->count;
    out->left_out = cell->left_out;
    return out;
}

Whistle__V1__Count **rate_rows_counts(const struct selection *selection, const struct rate_cell *row,
                                      size_t *count)
{
    const struct rate_table *table = &selection->rules->rates;
    struct arena *arena = selection->query->arena;
    Whistle__V1__Count **out = arena_array(arena, (size_t)table->column_count + 1, sizeof *out);
    *count = 0;
    for (uint16_t i = 1; out && i < table->column_count; i++)
        out[(*count)++] = count_of(arena, &table->columns[i], &row[i]);
    return arena_failed(arena) ? NULL : out;
}

// ---- one row ------------------------------------------------------------------------------------

static Whistle__V1__Ratio *ratio(struct arena *arena, struct ratio value)
{
    Whistle__V1__Ratio *out = arena_alloc(arena, sizeof *out);
    if (!out)
        return NULL;
    whistle__v1__ratio__init(out);
    out->of = value.of;
    out->over = value.over;
    out->left_out = value.left_out;
    return out;
}

static void put_ratios(const struct ledger *ledger, const struct ledger_row *row, int64_t at_ms,
                       Whistle__V1__RateRow *out)
{
    const struct rate_table *table = ledger->table;
    out->rates = arena_array(arena_of(ledger), (size_t)table->rate_count + 1, sizeof *out->rates);
    for (uint32_t i = 0; out->rates && i < table->rate_count; i++)
        if (validity_holds(table->rates[i].valid, at_ms))
            out->rates[out->n_rates++] = ratio(arena_of(ledger), rates_ratio(row->cells, &table->rates[i]));
}

static Whistle__V1__Score *score_of(const struct ledger *ledger, const struct ledger_row *row,
                                    const struct score_definition *definition, int64_t at_ms)
{
    Whistle__V1__Score *out = arena_alloc(arena_of(ledger), sizeof *out);
    double *parts = arena_array(arena_of(ledger), (size_t)definition->part_count + 1, sizeof *parts);
    if (!out || !parts)
        return NULL;
    whistle__v1__score__init(out);
    struct score score = ledger_score(ledger, row, definition, at_ms, parts);
    out->id = (char *)definition->id;
    out->name = (char *)definition->name;
    out->value = score.value;
    out->given = score.given;
    out->rank = score.given && score.base >= definition->least; // that it has one; which one comes later
    out->parts = parts;
    out->n_parts = definition->by_class ? 0 : definition->part_count; // those of its classes are many
    return out;
}

static void put_scores(const struct ledger *ledger, const struct ledger_row *row, int64_t at_ms,
                       Whistle__V1__RateRow *out)
{
    const struct rate_table *table = ledger->table;
    out->scores = arena_array(arena_of(ledger), (size_t)table->score_count + 1, sizeof *out->scores);
    for (uint32_t i = 0; out->scores && i < table->score_count; i++)
        if (validity_holds(table->scores[i].valid, at_ms))
            out->scores[out->n_scores++] = score_of(ledger, row, &table->scores[i], at_ms);
}

static Whistle__V1__RateRow *make_row(const struct ledger *ledger, const struct ledger_row *row,
                                      int64_t at_ms)
{
    Whistle__V1__RateRow *out = arena_alloc(arena_of(ledger), sizeof *out);
    if (!out)
        return NULL;
    whistle__v1__rate_row__init(out);
    out->code = (char *)text_or_empty(row->code);
    out->name = (char *)text_or_empty(row->name);
    put_ratios(ledger, row, at_ms, out);
    put_scores(ledger, row, at_ms, out);
    return arena_failed(arena_of(ledger)) ? NULL : out;
}

Whistle__V1__RateRow *rate_rows_one(const struct ledger *ledger, const struct ledger_row *row, int64_t at_ms)
{
    Whistle__V1__RateRow *out = make_row(ledger, row, at_ms);
    for (size_t i = 0; out && i < out->n_scores; i++)
        out->scores[i]->rank = 0;
    return out;
}

// ---- ranks --------------------------------------------------------------------------------------

static bool is_ranked(const struct ledger *ledger, const Whistle__V1__RateRow *row, size_t score)
{
    bool time = ledger->by == BY_DAY || ledger->by == BY_MONTH;
    return !time && ledger->selection->sees_areas && !text_same(row->code, "-") && row->scores[score]->rank;
}

// Sums of the same fractions in another order differ in the last bits, and are equal all the same.
static bool is_better(double a, double b)
{
    return a - b > 1e-9;
}

// Equal scores share a rank. All are counted before any is written down.
static void rank_rows(const struct ledger *ledger, Whistle__V1__RateRow **rows, size_t count, size_t score,
                      uint32_t *ranks)
{
    for (size_t i = 0; i < count; i++) {
        ranks[i] = is_ranked(ledger, rows[i], score);
        for (size_t k = 0; ranks[i] && k < count; k++)
            ranks[i] += is_ranked(ledger, rows[k], score) &&
                        is_better(rows[k]->scores[score]->value, rows[i]->scores[score]->value);
    }
    for (size_t i = 0; i < count; i++)
        rows[i]->scores[score]->rank = ranks[i];
}

static uint32_t rank_of(const Whistle__V1__RateRow *row)
{
    return row->n_scores && row->scores[0]->rank ? row->scores[0]->rank : UINT32_MAX;
}

static int by_rank(const void *a, const void *b)
{
    const Whistle__V1__RateRow *left = *(Whistle__V1__RateRow *const *)a,
                               *right = *(Whistle__V1__RateRow *const *)b;
    uint32_t first = rank_of(left), second = rank_of(right);
    return first != second ? (first < second ? -1 : 1) : strcmp(left->code, right->code);
}

Whistle__V1__RateRow **rate_rows_all(const struct ledger *ledger, int64_t at_ms, size_t *count)
{
    Whistle__V1__RateRow **rows = arena_array(arena_of(ledger), (size_t)ledger->row_count + 1, sizeof *rows);
    uint32_t *ranks = arena_array(arena_of(ledger), (size_t)ledger->row_count + 1, sizeof *ranks);
    *count = 0;
    for (uint32_t i = 0; rows && ranks && i < ledger->row_count; i++)
        if ((rows[i] = make_row(ledger, &ledger->rows[i], at_ms)))
            ++*count;
    if (!rows || !ranks || *count < ledger->row_count)
        return NULL;
    for (size_t score = 0; *count && score < rows[0]->n_scores; score++)
        rank_rows(ledger, rows, *count, score, ranks);
    if (*count)
        qsort(rows, *count, sizeof *rows, by_rank);
    return rows;
}
