// rates.yaml: what is counted 考评, weighed into scores, and what earns points 积分.
#include "rulebook/loader.h"

#include "base/civil.h"
#include "base/text.h"
#include "core/rates.h"
#include "rulebook/suggest.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct root_draft {
    struct yaml_node rates, scores, points;
};

// What the three have in common, and what each has of its own.
struct draft {
    struct cell id, name, from, until, of, over, on, to, points, least, by_class;
    struct cells without;
    struct yaml_pairs weights;
    struct yaml_node parts;
    struct mark at;
};

struct part_draft {
    struct cell rate, days, count, any, weight, inverse, times, plus, least, most;
    struct cells without;
};

#define AT(member) offsetof(struct root_draft, member)
static const struct field root_fields[] = {
    {"rates", FIELD_NODE, false, AT(rates), NULL},
    {"scores", FIELD_NODE, false, AT(scores), NULL},
    {"points", FIELD_NODE, false, AT(points), NULL},
    {0},
};
#undef AT

#define AT(member) offsetof(struct draft, member)
#define COMMON                                                                                               \
    {"id", FIELD_CELL, true, AT(id), NULL}, {"name", FIELD_CELL, false, AT(name), NULL},                     \
        {"from", FIELD_CELL, false, AT(from), NULL},                                                         \
    {                                                                                                        \
        "until", FIELD_CELL, false, AT(until), NULL                                                          \
    }

static const struct field rate_fields[] = {
    COMMON,
    {"of", FIELD_CELL, true, AT(of), NULL},
    {"over", FIELD_CELL, false, AT(over), NULL},
    {"without", FIELD_CELLS, false, AT(without), NULL},
    {0},
};

static const struct field score_fields[] = {
    COMMON,
    {"parts", FIELD_NODE, true, AT(parts), NULL},
    {"least", FIELD_CELL, false, AT(least), NULL},
    {"by_class", FIELD_CELL, false, AT(by_class), NULL},
    {"weights", FIELD_PAIRS, false, AT(weights), NULL},
    {0},
};

static const struct field point_fields[] = {
    COMMON,
    {"on", FIELD_CELL, true, AT(on), NULL},
    {"to", FIELD_CELL, false, AT(to), NULL},
    {"points", FIELD_CELL, true, AT(points), NULL},
    {"without", FIELD_CELLS, false, AT(without), NULL},
    {0},
};
#undef AT

#define AT(member) offsetof(struct part_draft, member)
static const struct field part_fields[] = {
    {"rate", FIELD_CELL, false, AT(rate), NULL},        {"days", FIELD_CELL, false, AT(days), NULL},
    {"count", FIELD_CELL, false, AT(count), NULL},      {"any", FIELD_CELL, false, AT(any), NULL},
    {"weight", FIELD_CELL, false, AT(weight), NULL},    {"inverse", FIELD_CELL, false, AT(inverse), NULL},
    {"times", FIELD_CELL, false, AT(times), NULL},      {"plus", FIELD_CELL, false, AT(plus), NULL},
    {"least", FIELD_CELL, false, AT(least), NULL},      {"most", FIELD_CELL, false, AT(most), NULL},
    {"without", FIELD_CELLS, false, AT(without), NULL}, {0},
};

// ---- values -------------------------------------------------------------------------------------

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

static int64_t read_day(struct loader *loader, const struct cell *cell, int64_t otherwise)
{
    struct civil_date date;
    if (!cell->text)
        return otherwise;
    if (strlen(cell->text) == 10 && civil_parse(cell->text, &date))
        return zone_reached(&loader->book->zone, civil_to_days(date) * DAY_MS);
    report_add(loader->report, FINDING_BAD_VALUE, cell->at, "%s is no day as 2026-01-31", cell->text);
    return otherwise;
}

// A time that is wrong is none, so that nothing else is found to overlap with it.
static struct validity read_validity(struct loader *loader, const struct draft *draft)
{
    uint32_t before = loader->report->errors;
    struct validity valid = {read_day(loader, &draft->from, INT64_MIN),
                             read_day(loader, &draft->until, INT64_MAX)};
    if (draft->from.text && draft->until.text && valid.from_ms >= valid.until_ms)
        report_add(loader->report, FINDING_BAD_VALUE, draft->until.at, "it ends before it begins");
    return loader->report->errors == before ? valid : (struct validity){0, 0};
}

static uint32_t read_exclusions(struct loader *loader, const struct cells *cells)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < cells->count; i++) {
        uint32_t before = bits;
        for (enum exclusion e = EXCLUDED_APPEAL; e <= EXCLUDED_UNREASONABLE; e++)
            if (text_same(cells->items[i].text, exclusion_name(e)))
                bits |= EXCLUDED_BIT(e);
        if (bits == before)
            report_add(loader->report, FINDING_BAD_VALUE, cells->items[i].at,
                       "%s is none of appeal, misdispatched, unreasonable, or stands there twice",
                       cells->items[i].text);
    }
    return bits;
}

static const char *kind_at(const void *context, uint32_t index)
{
    (void)context;
    const char *name = fact_name((enum fact_kind)(index + 1));
    return *name ? name : "-";
}

static void report_count(struct loader *loader, const struct cell *cell, const char *word)
{
    char kind[32] = "";
    size_t length = strcspn(word, ".");
    memcpy(kind, word, length < sizeof kind ? length : sizeof kind - 1);
    enum fact_kind known = fact_from_name(kind);
    const char *near = known ? NULL : suggest_nearest(kind, kind_at, NULL, FACT_KINDS - 1);
    if (known)
        report_add(loader->report, FINDING_BAD_VALUE, cell->at, "%s is no count: %s has %s", word, kind,
                   fact_is_limit(known)
                       ? ".due .met .in_time .late .overdue .missed .pending .extended .twice .thrice"
                   : fact_may_be_late(known) ? ".late, or nothing behind it"
                                             : "nothing behind it");
    else
        report_add(loader->report, FINDING_UNKNOWN_REFERENCE, cell->at,
                   "there is nothing to count by %s%s%s%s", word, near ? "; did you mean " : "",
                   text_or_empty(near), near ? "?" : "");
}

static uint16_t read_count(struct loader *loader, const struct cell *cell, const char *word, uint32_t without)
{
    struct rate_count count;
    if (!count_parse(word, &count)) {
        report_count(loader, cell, word);
        return 0;
    }
    uint16_t column = rates_column(&loader->rules->rates, loader->arena, count, without);
    if (!column && !arena_failed(loader->arena))
        report_add(loader->report, FINDING_BAD_VALUE, cell->at, "more than %d different counts",
                   RATE_COLUMNS_MAX);
    return column;
}

static void add_term(struct loader *loader, const struct cell *cell, const char *word, int sign,
                     uint32_t without, struct count_sum *sum)
{
    uint16_t column = sign ? read_count(loader, cell, word, without) : 0;
    if (!sign)
        report_add(loader->report, FINDING_BAD_VALUE, cell->at, "counts stand between + or -: %s",
                   cell->text);
    if (column && sum->terms)
        sum->terms[sum->count++] = (struct count_term){column, (int8_t)sign, false};
}

// "resolve.met + settled - declined"
static void read_sum(struct loader *loader, const struct cell *cell, uint32_t without, struct count_sum *sum)
{
    char *rest, *text = arena_strdup(loader->arena, cell->text);
    int sign = 1;
    *sum = (struct count_sum){.text = cell->text};
    if (!text)
        return;
    sum->terms = arena_array(loader->arena, strlen(text) / 2 + 1, sizeof *sum->terms);
    for (char *word = strtok_r(text, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
        bool is_sign = text_same(word, "+") || text_same(word, "-");
        if (is_sign) {
            sign = *word == '+' ? 1 : -1;
            continue;
        }
        add_term(loader, cell, word, sign, without, sum);
        sign = 0;
    }
    if (sum->count > RATE_TERMS_MAX)
        report_add(loader->report, FINDING_BAD_VALUE, cell->at, "more than %d counts", RATE_TERMS_MAX);
    if (sign)
        report_add(loader->report, FINDING_BAD_VALUE, cell->at, "a count is missing at the end of %s",
                   cell->text);
}

// ---- rates --------------------------------------------------------------------------------------

static bool overlaps(struct validity a, struct validity b)
{
    int64_t from_ms = a.from_ms > b.from_ms ? a.from_ms : b.from_ms;
    return from_ms < a.until_ms && from_ms < b.until_ms;
}

static void report_twice(struct loader *loader, const struct draft *draft)
{
    report_add(loader->report, FINDING_DUPLICATE, draft->id.at,
               "%s stands there already for the same time; from and until tell them apart", draft->id.text);
}

static const char *name_of(const struct draft *draft)
{
    return draft->name.text ? draft->name.text : draft->id.text;
}

static void read_rate(struct loader *loader, const struct draft *draft)
{
    struct rate_table *table = &loader->rules->rates;
    struct rate_definition rate = {
        .id = draft->id.text,
        .name = name_of(draft),
        .without = read_exclusions(loader, &draft->without),
        .valid = read_validity(loader, draft),
    };
    read_sum(loader, &draft->of, rate.without, &rate.of);
    if (draft->over.text)
        read_sum(loader, &draft->over, rate.without, &rate.over);
    rates_cover(table, &rate);
    for (uint32_t i = 0; i < table->rate_count; i++)
        if (text_same(table->rates[i].id, rate.id) && overlaps(table->rates[i].valid, rate.valid))
            report_twice(loader, draft);
    struct rate_count count;
    if (count_parse(rate.id, &count) || text_same(rate.id, "points"))
        report_add(loader->report, FINDING_BAD_VALUE, draft->id.at, "%s is the name of a count", rate.id);
    table->rates[table->rate_count++] = rate;
}

// ---- scores -------------------------------------------------------------------------------------

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
        read_sum(loader, values[part->kind], read_exclusions(loader, &draft.without), &part->counts);
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

static void read_score(struct loader *loader, struct yaml *yaml, const struct draft *draft)
{
    struct rate_table *table = &loader->rules->rates;
    struct yaml_nodes parts = {0};
    struct score_definition score = {
        .id = draft->id.text,
        .name = name_of(draft),
        .least = (uint64_t)loader_number(loader, &draft->least, 0, 1000000, 1),
        .by_class = loader_bool(loader, &draft->by_class) || draft->weights.count,
        .valid = read_validity(loader, draft),
    };
    read_weights(loader, &draft->weights, &score);
    if (!yaml_list(yaml, draft->parts, &parts))
        return;
    score.parts = arena_array(loader->arena, (size_t)parts.count + 1, sizeof *score.parts);
    for (uint32_t i = 0; score.parts && i < parts.count; i++)
        read_part(loader, yaml, parts.items[i], &score.parts[score.part_count++]);
    for (uint32_t i = 0; i < table->score_count; i++)
        if (text_same(table->scores[i].id, score.id) && overlaps(table->scores[i].valid, score.valid))
            report_twice(loader, draft);
    table->scores[table->score_count++] = score;
}

// ---- points -------------------------------------------------------------------------------------

static enum point_holder read_holder(struct loader *loader, const struct cell *cell)
{
    static const char *const names[] = {"unit", "branch", "member"};
    for (int i = 0; i < 3; i++)
        if (!cell->text || text_same(cell->text, names[i]))
            return (enum point_holder)i;
    report_add(loader->report, FINDING_BAD_VALUE, cell->at, "%s is none of unit, branch, member", cell->text);
    return HOLDER_UNIT;
}

static void read_point(struct loader *loader, const struct draft *draft)
{
    struct rate_table *table = &loader->rules->rates;
    struct point_rule rule = {
        .id = draft->id.text,
        .name = name_of(draft),
        .without = read_exclusions(loader, &draft->without),
        .holder = read_holder(loader, &draft->to),
        .points = (int32_t)loader_number(loader, &draft->points, -10000, 10000, 0),
        .valid = read_validity(loader, draft),
    };
    if (!count_parse(draft->on.text, &rule.count))
        report_count(loader, &draft->on, draft->on.text);
    else // a column of its own, so that a recount counts it too
        read_count(loader, &draft->on, draft->on.text, rule.without);
    for (uint32_t i = 0; i < table->point_count; i++)
        if (text_same(table->points[i].id, rule.id) && overlaps(table->points[i].valid, rule.valid))
            report_twice(loader, draft);
    if (table->point_count == POINT_RULES_MAX)
        report_add(loader->report, FINDING_BAD_VALUE, draft->id.at, "more than %d rules of points",
                   POINT_RULES_MAX);
    table->points[table->point_count++] = rule;
}

// ---- the file -----------------------------------------------------------------------------------

enum part_of_file { RATES, SCORES, POINTS };

static void read_entries(struct loader *loader, struct yaml *yaml, const struct yaml_nodes *list,
                         enum part_of_file part)
{
    static const struct field *const fields[] = {rate_fields, score_fields, point_fields};
    for (uint32_t i = 0; i < list->count; i++) {
        struct draft draft = {.at = list->items[i].at};
        if (!yaml_read(yaml, list->items[i], fields[part], &draft))
            continue;
        if (part == RATES)
            read_rate(loader, &draft);
        else if (part == SCORES)
            read_score(loader, yaml, &draft);
        else
            read_point(loader, &draft);
    }
}

static void read_parts(struct loader *loader, struct yaml *yaml, const struct root_draft *root)
{
    const struct yaml_node nodes[] = {root->rates, root->scores, root->points};
    struct rate_table *table = &loader->rules->rates;
    for (int i = RATES; i <= POINTS; i++) {
        struct yaml_nodes list = {0};
        if (!nodes[i].node || !yaml_list(yaml, nodes[i], &list))
            continue;
        size_t room = (size_t)list.count + 1;
        if (i == RATES)
            table->rates = arena_array(loader->arena, room, sizeof *table->rates);
        else if (i == SCORES)
            table->scores = arena_array(loader->arena, room, sizeof *table->scores);
        else
            table->points = arena_array(loader->arena, room, sizeof *table->points);
        if (!arena_failed(loader->arena))
            read_entries(loader, yaml, &list, (enum part_of_file)i);
    }
}

void load_rates(struct loader *loader)
{
    const struct source *source = loader_source(loader, "rates.yaml");
    struct root_draft root = {0};
    struct yaml yaml;
    if (!source)
        return;
    if (yaml_init(&yaml, source, loader->arena, loader->report) &&
        yaml_read(&yaml, yaml.root, root_fields, &root))
        read_parts(loader, &yaml, &root);
    yaml_fini(&yaml);
}
