// rates.yaml: what is counted 考评, weighed into scores, and what earns points 积分.
#include "rulebook/rate_draft.h"

#include "base/civil.h"
#include "base/text.h"
#include "rulebook/counts.h"

#include <stddef.h>
#include <string.h>

struct root_draft {
    struct yaml_node rates, scores, points;
};

#define AT(member) offsetof(struct root_draft, member)
static const struct field root_fields[] = {
    {"rates", FIELD_NODE, false, AT(rates), NULL},
    {"scores", FIELD_NODE, false, AT(scores), NULL},
    {"points", FIELD_NODE, false, AT(points), NULL},
    {0},
};
#undef AT

#define AT(member) offsetof(struct rate_draft, member)
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

// ---- what the entries have in common ------------------------------------------------------------

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

struct validity rate_draft_validity(struct loader *loader, const struct rate_draft *draft)
{
    uint32_t before = loader->report->errors;
    struct validity valid = {read_day(loader, &draft->from, INT64_MIN),
                             read_day(loader, &draft->until, INT64_MAX)};
    if (draft->from.text && draft->until.text && valid.from_ms >= valid.until_ms)
        report_add(loader->report, FINDING_BAD_VALUE, draft->until.at, "it ends before it begins");
    return loader->report->errors == before ? valid : (struct validity){0, 0};
}

static bool overlaps(struct validity a, struct validity b)
{
    int64_t from_ms = a.from_ms > b.from_ms ? a.from_ms : b.from_ms;
    return from_ms < a.until_ms && from_ms < b.until_ms;
}

void rate_draft_check(struct loader *loader, const struct rate_draft *draft, const char *earlier_id,
                      struct validity earlier, struct validity own)
{
    if (text_same(earlier_id, draft->id.text) && overlaps(earlier, own))
        report_add(loader->report, FINDING_DUPLICATE, draft->id.at,
                   "%s stands there already for the same time; from and until tell them apart",
                   draft->id.text);
}

const char *rate_draft_name(const struct rate_draft *draft)
{
    return draft->name.text ? draft->name.text : draft->id.text;
}

// ---- rates --------------------------------------------------------------------------------------

static void read_rate(struct loader *loader, const struct rate_draft *draft)
{
    struct rate_table *table = &loader->rules->rates;
    struct rate_definition rate = {
        .id = draft->id.text,
        .name = rate_draft_name(draft),
        .without = counts_exclusions(loader, &draft->without),
        .valid = rate_draft_validity(loader, draft),
    };
    counts_sum(loader, &draft->of, rate.without, &rate.of);
    if (draft->over.text)
        counts_sum(loader, &draft->over, rate.without, &rate.over);
    rates_cover(table, &rate);
    for (uint32_t i = 0; i < table->rate_count; i++)
        rate_draft_check(loader, draft, table->rates[i].id, table->rates[i].valid, rate.valid);
    struct rate_count count;
    if (count_parse(rate.id, &count) || text_same(rate.id, "points"))
        report_add(loader->report, FINDING_BAD_VALUE, draft->id.at, "%s is the name of a count", rate.id);
    table->rates[table->rate_count++] = rate;
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

static void read_point(struct loader *loader, const struct rate_draft *draft)
{
    struct rate_table *table = &loader->rules->rates;
    struct point_rule rule = {
        .id = draft->id.text,
        .name = rate_draft_name(draft),
        .without = counts_exclusions(loader, &draft->without),
        .holder = read_holder(loader, &draft->to),
        .points = (int32_t)loader_number(loader, &draft->points, -10000, 10000, 0),
        .valid = rate_draft_validity(loader, draft),
    };
    if (!count_parse(draft->on.text, &rule.count))
        counts_report(loader, &draft->on, draft->on.text);
    else // a column of its own, so that a recount counts it too
        counts_column(loader, &draft->on, draft->on.text, rule.without);
    for (uint32_t i = 0; i < table->point_count; i++)
        rate_draft_check(loader, draft, table->points[i].id, table->points[i].valid, rule.valid);
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
        struct rate_draft draft = {.at = list->items[i].at};
        if (!yaml_read(yaml, list->items[i], fields[part], &draft))
            continue;
        if (part == RATES)
            read_rate(loader, &draft);
        else if (part == SCORES)
            load_score(loader, yaml, &draft);
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
