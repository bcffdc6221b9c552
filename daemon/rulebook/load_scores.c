// The scores of rates.yaml: what is added up from rates, days, counts.
#include "rulebook/rate_draft.h"

#include "base/text.h"
#include "rulebook/counts.h"
#include "rulebook/suggest.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

struct part_draft {
    struct cell rate, days, count, any, weight, inverse, times, plus, least, most;
    struct cells without;
};

#define AT(member) offsetof(struct part_draft, member)
static const struct field part_fields[] = {
    {"rate", FIELD_CELL, false, AT(rate), NULL},        {"days", FIELD_CELL, false, AT(days), NULL},
    {"count", FIELD_CELL, false, AT(count), NULL},      {"any", FIELD_CELL, false, AT(any), NULL},
    {"weight", FIELD_CELL, false, AT(weight), NULL},    {"inverse", FIELD_CELL, false, AT(inverse), NULL},
    {"times", FIELD_CELL, false, AT(times), NULL},      {"plus", FIELD_CELL, false, AT(plus), NULL},
    {"least", FIELD_CELL, false, AT(least), NULL},      {"most", FIELD_CELL, false, AT(most), NULL},
    {"without", FIELD_CELLS, false, AT(without), NULL}, {0},
};

static double read_decimal(struct loader *loader, const struct cell *cell, double otherwise)
{
    char *end;
    if (!cell->text)
        return otherwise;
    errno = 0;
    double value = strtod(cell->text, &end);
    if (end != cell->text && !*end && !errno && fabs(value) <= 1e6)
        return value;
    report_add(loader->report, FINDING_BAD_VALUE, cell->at, "%s is no number from -1000000 to 1000000",
               cell->text);
    return otherwise;
}

static const char *rate_at(const void *context, uint32_t index)
{
    return ((const struct rate_table *)context)->rates[index].id;
}

static void check_rate(struct loader *loader, const struct cell *id)
{
    const struct rate_table *table = &loader->rules->rates;
    for (uint32_t i = 0; i < table->rate_count; i++)
        if (text_same(table->rates[i].id, id->text))
            return;
    const char *near = suggest_nearest(id->text, rate_at, table, table->rate_count);
    report_add(loader->report, FINDING_UNKNOWN_REFERENCE, id->at, "there is no rate %s%s%s%s", id->text,
               near ? "; did you mean " : "", text_or_empty(near), near ? "?" : "");
}

static void check_time(struct loader *loader, const struct cell *cell, const struct count_sum *sum)
{
    const struct rate_table *table = &loader->rules->rates;
    for (uint32_t i = 0; i < sum->count; i++)
        if (!count_takes_time(table->columns[sum->terms[i].column].count))
            report_add(
                loader->report, FINDING_BAD_VALUE, cell->at,
                "days are counted of accepted, reported, done, closed, and limits that are .met .in_time "
                ".late: %s",
                cell->text);
}

static void read_part(struct loader *loader, struct yaml *yaml, struct yaml_node node,
                      struct score_part *part)
{
    struct part_draft draft = {0};
    if (!yaml_read(yaml, node, part_fields, &draft))
        return;
    const struct cell *values[] = {&draft.rate, &draft.days, &draft.count, &draft.any};
    int given = 0;
    for (int i = 0; i < 4; i++) {
        given += values[i]->text != NULL;
        part->kind = values[i]->text ? (enum part_kind)i : part->kind;
    }
    if (given != 1 || (draft.weight.text && draft.times.text)) {
        report_add(loader->report, FINDING_BAD_VALUE, node.at,
                   "a part has one of rate, days, count, any, and a weight or times");
        return;
    }
    part->times = read_decimal(loader, draft.weight.text ? &draft.weight : &draft.times, 1);
    part->plus = read_decimal(loader, &draft.plus, 0);
    part->least = read_decimal(loader, &draft.least, -INFINITY);
    part->most = read_decimal(loader, &draft.most, INFINITY);
    part->inverse = loader_bool(loader, &draft.inverse);
    part->rate_id = draft.rate.text;
    if (part->kind == PART_RATE)
        check_rate(loader, &draft.rate);
    else
        counts_sum(loader, values[part->kind], counts_exclusions(loader, &draft.without), &part->counts);
    if (part->kind == PART_DAYS)
        check_time(loader, &draft.days, &part->counts);
}

static void read_weights(struct loader *loader, const struct yaml_pairs *pairs,
                         struct score_definition *score)
{
    score->weights = arena_array(loader->arena, (size_t)pairs->count + 1, sizeof *score->weights);
    for (uint32_t i = 0; score->weights && i < pairs->count; i++) {
        const struct yaml_pair *pair = &pairs->items[i];
        uint32_t category = loader_refer(loader, REFERENCE_CATEGORY, &pair->key);
        if (pair->values.count != 1)
            report_add(loader->report, FINDING_WRONG_TYPE, pair->key.at, "the class %s needs one weight",
                       pair->key.text);
        else if (category != CATEGORY_NONE &&
                 loader->rules->categories.categories[category].parent != CATEGORY_NONE)
            report_add(loader->report, FINDING_BAD_VALUE, pair->key.at,
                       "%s lies in another class: top classes have weights", pair->key.text);
        else if (category != CATEGORY_NONE)
            score->weights[score->weight_count++] =
                (struct class_weight){category, read_decimal(loader, &pair->values.items[0], 1)};
    }
}

void load_score(struct loader *loader, struct yaml *yaml, const struct rate_draft *draft)
{
    struct rate_table *table = &loader->rules->rates;
    struct yaml_nodes parts = {0};
    struct score_definition score = {
        .id = draft->id.text,
        .name = rate_draft_name(draft),
        .least = (uint64_t)loader_number(loader, &draft->least, 0, 1000000, 1),
        .by_class = loader_bool(loader, &draft->by_class) || draft->weights.count,
        .valid = rate_draft_validity(loader, draft),
    };
    read_weights(loader, &draft->weights, &score);
    if (!yaml_list(yaml, draft->parts, &parts))
        return;
    score.parts = arena_array(loader->arena, (size_t)parts.count + 1, sizeof *score.parts);
    for (uint32_t i = 0; score.parts && i < parts.count; i++)
        read_part(loader, yaml, parts.items[i], &score.parts[score.part_count++]);
    for (uint32_t i = 0; i < table->score_count; i++)
        rate_draft_check(loader, draft, table->scores[i].id, table->scores[i].valid, score.valid);
    table->scores[table->score_count++] = score;
}
