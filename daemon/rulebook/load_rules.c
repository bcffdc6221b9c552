// rules.yaml: which rule places a whistle, in written order; rules.csv and other tables for long lists of
// plain rules.
#include "rulebook/loader.h"

#include "base/text.h"

#include <stddef.h>
#include <string.h>

enum { MAX_PLACES = 500 };

// What both forms say of one rule; cells that a form does not know stay empty.
struct rule_draft {
    struct cell id, table;
    struct cells kind, nature, category, condition, area, severity, words;
    struct yaml_pairs attributes;
    struct cell lead;
    struct cells assist;
    struct cell limits[STAGE_COUNT]; // by stage
    struct yaml_node limits_of;
    struct cell ladder, calendar, verify, approval, registers, feedback, call_back, pool, places;
    struct mark at;
};

#define AT(member) offsetof(struct rule_draft, member)

static const struct field when_fields[] = {
    {"kind", FIELD_CELLS, false, AT(kind), NULL},
    {"nature", FIELD_CELLS, false, AT(nature), NULL},
    {"category", FIELD_CELLS, false, AT(category), NULL},
    {"condition", FIELD_CELLS, false, AT(condition), NULL},
    {"area", FIELD_CELLS, false, AT(area), NULL},
    {"severity", FIELD_CELLS, false, AT(severity), NULL},
    {"attributes", FIELD_PAIRS, false, AT(attributes), NULL},
    {"words", FIELD_CELLS, false, AT(words), NULL},
    {0},
};

static const struct field limit_fields[] = {
    {"approve", FIELD_CELL, false, AT(limits[STAGE_APPROVE]), NULL},
    {"dispatch", FIELD_CELL, false, AT(limits[STAGE_DISPATCH]), NULL},
    {"accept", FIELD_CELL, false, AT(limits[STAGE_ACCEPT]), NULL},
    {"report", FIELD_CELL, false, AT(limits[STAGE_REPORT]), NULL},
    {"resolve", FIELD_CELL, false, AT(limits[STAGE_RESOLVE]), NULL},
    {"verify", FIELD_CELL, false, AT(limits[STAGE_VERIFY]), NULL},
    {"arbitrate", FIELD_CELL, false, AT(limits[STAGE_ARBITRATE]), NULL},
    {"close", FIELD_CELL, false, AT(limits[STAGE_CLOSE]), NULL},
    {"fill", FIELD_CELL, false, AT(limits[STAGE_FILL]), NULL},
    {0},
};

static const struct field rule_fields[] = {
    {"id", FIELD_CELL, false, AT(id), NULL},
    {"table", FIELD_CELL, false, AT(table), NULL},
    {"when", FIELD_MAP, false, 0, when_fields},
    {"lead", FIELD_CELL, false, AT(lead), NULL},
    {"assist", FIELD_CELLS, false, AT(assist), NULL},
    {"limits", FIELD_MAP, false, 0, limit_fields},
    {"limits_of", FIELD_NODE, false, AT(limits_of), NULL},
    {"ladder", FIELD_CELL, false, AT(ladder), NULL},
    {"calendar", FIELD_CELL, false, AT(calendar), NULL},
    {"verify", FIELD_CELL, false, AT(verify), NULL},
    {"approval", FIELD_CELL, false, AT(approval), NULL},
    {"register", FIELD_CELL, false, AT(registers), NULL},
    {"feedback", FIELD_CELL, false, AT(feedback), NULL},
    {"callback", FIELD_CELL, false, AT(call_back), NULL},
    {"pool", FIELD_CELL, false, AT(pool), NULL},
    {"places", FIELD_CELL, false, AT(places), NULL},
    {0},
};

enum {
    RULE_ID,
    RULE_CATEGORY,
    RULE_CONDITION,
    RULE_AREA,
    RULE_LEAD,
    RULE_ASSIST,
    RULE_ACCEPT,
    RULE_REPORT,
    RULE_RESOLVE,
    RULE_LADDER,
    RULE_COLUMNS
};

static const struct column columns[RULE_COLUMNS] = {
    [RULE_ID] = {"id", "编号", true},
    [RULE_CATEGORY] = {"category", "类别", false},
    [RULE_CONDITION] = {"condition", "条件", false},
    [RULE_AREA] = {"area", "辖区", false},
    [RULE_LEAD] = {"lead", "主办", true},
    [RULE_ASSIST] = {"assist", "协办", false},
    [RULE_ACCEPT] = {"accept", "签收时限", false},
    [RULE_REPORT] = {"report", "报到时限", false},
    [RULE_RESOLVE] = {"resolve", "处置时限", false},
    [RULE_LADDER] = {"ladder", "督办链", false},
};

// The state of the rules being gathered from several files.
struct gathering {
    struct loader *loader;
    struct strmap ids;
    struct mark *marks; // of the ids, by rule
    size_t mark_capacity;
    size_t rule_capacity;
    size_t place_capacity;
    bool tabled; // rules.csv has been put somewhere
};

struct indices {
    uint32_t *items;
    uint32_t count;
    size_t capacity;
};

static void indices_add(struct loader *loader, struct indices *list, uint32_t index)
{
    uint32_t *items = arena_grow(loader->arena, list->items, list->count, &list->capacity, sizeof *items);
    if (!items)
        return;
    list->items = items;
    list->items[list->count++] = index;
}

static bool begins(const struct category *category, const char *prefix, size_t length)
{
    return strncmp(category->code, prefix, length) == 0;
}

// "03*": the topmost categories whose code begins so; they stand for all below them.
static void add_prefix(struct loader *loader, const struct cell *cell, struct indices *list)
{
    const struct category_table *categories = &loader->rules->categories;
    size_t length = strlen(cell->text) - 1;
    uint32_t before = list->count;
    for (uint32_t i = 0; i < categories->count; i++) {
        uint32_t parent = categories->categories[i].parent;
        bool below = parent != CATEGORY_NONE && begins(&categories->categories[parent], cell->text, length);
        if (begins(&categories->categories[i], cell->text, length) && !below)
            indices_add(loader, list, i);
    }
    if (list->count == before && categories->count)
        report_add(loader->report, FINDING_UNKNOWN_REFERENCE, cell->at, "no category 类别 begins with %.*s",
                   (int)length, cell->text);
}

static struct indices read_categories(struct loader *loader, const struct cells *cells)
{
    struct indices list = {0};
    for (uint32_t i = 0; i < cells->count; i++) {
        const struct cell *cell = &cells->items[i];
        if (cell->text[strlen(cell->text) - 1] == '*') {
            add_prefix(loader, cell, &list);
            continue;
        }
        uint32_t index = loader_refer(loader, REFERENCE_CATEGORY, cell);
        if (index != CATEGORY_NONE)
            indices_add(loader, &list, index);
    }
    return list;
}

static struct indices read_areas(struct loader *loader, const struct cells *cells)
{
    struct indices list = {0};
    for (uint32_t i = 0; i < cells->count; i++) {
        uint32_t index = loader_refer(loader, REFERENCE_AREA, &cells->items[i]);
        if (index != AREA_NONE)
            indices_add(loader, &list, index);
    }
    return list;
}

static bool has_condition(const struct loader *loader, const struct rule *rule, const char *code)
{
    const struct category_table *categories = &loader->rules->categories;
    for (uint32_t i = 0; i < categories->count; i++) {
        const struct category *category = &categories->categories[i];
        if (!category->condition_count || !category_condition(category, code))
            continue;
        if (rule->category_count == 0)
            return true;
        for (uint32_t at = i; at != CATEGORY_NONE; at = categories->categories[at].parent)
            for (uint32_t j = 0; j < rule->category_count; j++)
                if (rule->categories[j] == at)
                    return true;
    }
    return categories->count == 0;
}

static void read_conditions(struct loader *loader, const struct cells *cells, struct rule *rule)
{
    rule->conditions = loader_texts(loader, cells);
    rule->condition_count = cells->count;
    for (uint32_t i = 0; i < cells->count; i++)
        if (!has_condition(loader, rule, cells->items[i].text))
            report_add(loader->report, FINDING_UNKNOWN_REFERENCE, cells->items[i].at,
                       "none of these categories has a condition 立案条件 %s", cells->items[i].text);
}

static uint32_t read_severities(struct loader *loader, const struct cells *cells)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < cells->count; i++) {
        long severity = loader_number(loader, &cells->items[i], 1, 4, 0);
        bits |= severity ? UINT32_C(1) << severity : 0;
    }
    return bits;
}

static void read_attributes(struct loader *loader, const struct yaml_pairs *pairs, struct rule *rule)
{
    rule->attributes = arena_array(loader->arena, 2 * (size_t)pairs->count + 1, sizeof *rule->attributes);
    for (uint32_t i = 0; rule->attributes && i < pairs->count; i++) {
        const struct yaml_pair *pair = &pairs->items[i];
        if (pair->values.count != 1) {
            report_add(loader->report, FINDING_WRONG_TYPE, pair->key.at, "an attribute has one value");
            continue;
        }
        rule->attributes[2 * rule->attribute_count] = pair->key.text;
        rule->attributes[2 * rule->attribute_count++ + 1] = pair->values.items[0].text;
    }
}

// True also without any units: that is another fault.
static bool serves_anywhere(const struct loader *loader, const char *role)
{
    const struct unit_table *units = &loader->rules->units;
    for (uint32_t i = 0; i < units->count; i++)
        if (unit_has_role(&units->units[i], role))
            return true;
    return units->count == 0;
}

// "cg", or "role:water".
static void add_call(struct loader *loader, const struct cell *cell, enum role role, struct rule *rule)
{
    struct rule_call call = {.role = role, .unit = UNIT_NONE};
    if (!cell->text)
        return;
    if (text_starts(cell->text, "role:")) {
        call.serving = cell->text + strlen("role:");
        if (!serves_anywhere(loader, call.serving)) {
            report_add(loader->report, FINDING_UNKNOWN_REFERENCE, cell->at, "no unit has the role %s",
                       call.serving);
            return;
        }
    } else {
        call.unit = loader_refer(loader, REFERENCE_UNIT, cell);
        if (call.unit == UNIT_NONE)
            return;
    }
    rule->calls[rule->call_count++] = call;
}

// A rule has a lead, or a pool, or registers. Whoever assists has somebody who leads: the office that calls
// up members leads them alone.
static void check_answer(struct loader *loader, const struct rule_draft *draft, const struct rule *rule)
{
    bool calls = draft->lead.text || draft->assist.count;
    if (!rule->registers && !draft->lead.text && !draft->pool.text)
        report_add(loader->report, FINDING_MISSING_KEY, draft->at,
                   "the rule has neither lead nor pool nor register");
    if (draft->pool.text && draft->assist.count && !draft->lead.text)
        report_add(loader->report, FINDING_MISSING_KEY, draft->at, "a pool with assist needs a lead");
    if (rule->registers && (calls || draft->pool.text))
        report_add(loader->report, FINDING_BAD_VALUE, calls ? draft->at : draft->pool.at,
                   "a rule that registers calls nobody");
    if (draft->places.text && !draft->pool.text)
        report_add(loader->report, FINDING_MISSING_KEY, draft->places.at,
                   "places are those of a pool, which the rule has not");
}

static void read_calls(struct loader *loader, const struct rule_draft *draft, struct rule *rule)
{
    rule->calls = arena_array(loader->arena, (size_t)draft->assist.count + 2, sizeof *rule->calls);
    if (!rule->calls)
        return;
    add_call(loader, &draft->lead, ROLE_LEAD, rule);
    for (uint32_t i = 0; i < draft->assist.count; i++)
        add_call(loader, &draft->assist.items[i], ROLE_ASSIST, rule);
    check_answer(loader, draft, rule);
}

static void read_limits(struct loader *loader, const struct rule_draft *draft, struct stage_limits *limits)
{
    for (int stage = 1; stage < STAGE_COUNT; stage++)
        if (stage == STAGE_RESOLVE)
            loader_steps(loader, &draft->limits[stage], limits);
        else
            loader_limit(loader, &draft->limits[stage], &limits->of[stage]);
}

// The call that is written so, as "xf" or "role:water"; NULL, reported, where the rule has none.
static struct rule_call *find_call(struct loader *loader, struct rule *rule, const struct cell *name)
{
    const char *role = text_starts(name->text, "role:") ? name->text + strlen("role:") : NULL;
    uint32_t unit = role ? UNIT_NONE : unit_find(&loader->rules->units, name->text);
    for (uint32_t i = 0; i < rule->call_count; i++)
        if (role ? rule->calls[i].serving && text_same(rule->calls[i].serving, role)
                 : unit != UNIT_NONE && rule->calls[i].unit == unit)
            return &rule->calls[i];
    report_add(loader->report, FINDING_UNKNOWN_REFERENCE, name->at, "the rule does not call %s", name->text);
    return NULL;
}

// "limits_of: {xf: {report: 30分钟}}": for one of the units that the rule calls.
static void read_limits_of(struct loader *loader, struct yaml *yaml, struct yaml_node node, struct rule *rule)
{
    struct yaml_nodes map;
    if (!node.node || !yaml_map(yaml, node, &map))
        return;
    for (uint32_t i = 0; i < map.count; i++) {
        struct rule_draft draft = {0};
        struct rule_call *call = find_call(loader, rule, &map.keys[i]);
        struct stage_limits *limits = arena_alloc(loader->arena, sizeof *limits);
        if (!call || !limits || !yaml_read(yaml, map.items[i], limit_fields, &draft))
            continue;
        read_limits(loader, &draft, limits);
        call->limits = limits;
    }
}

static bool is_level(const struct loader *loader, const char *text)
{
    for (uint32_t i = 0; i < loader->rules->areas.count; i++)
        if (text_same(loader->rules->areas.areas[i].level, text))
            return true;
    return false;
}

// office, desk, a level of the areas (its office verifies), or a unit; none: nobody.
static const char *read_verify(struct loader *loader, const struct cell *cell)
{
    if (!cell->text)
        return NULL;
    if (text_same(cell->text, "none") || text_same(cell->text, "office") || text_same(cell->text, "desk") ||
        is_level(loader, cell->text))
        return cell->text;
    return loader_refer(loader, REFERENCE_UNIT, cell) == UNIT_NONE ? NULL : cell->text;
}

static const char *read_name(struct loader *loader, enum reference reference, const struct cell *cell)
{
    return loader_refer(loader, reference, cell) == STRMAP_NONE ? NULL : cell->text;
}

static void read_when(struct loader *loader, const struct rule_draft *draft, struct rule *rule)
{
    rule->kinds = loader_words(loader, WORDS_KIND, &draft->kind);
    rule->natures = loader_words(loader, WORDS_NATURE, &draft->nature);
    rule->severities = read_severities(loader, &draft->severity);
    struct indices categories = read_categories(loader, &draft->category);
    rule->categories = categories.items;
    rule->category_count = categories.count;
    struct indices areas = read_areas(loader, &draft->area);
    rule->areas = areas.items;
    rule->area_count = areas.count;
    read_conditions(loader, &draft->condition, rule);
    rule->flags = loader_texts(loader, &draft->words);
    rule->flag_count = draft->words.count;
    for (uint32_t i = 0; i < draft->words.count; i++)
        city_check_flag(loader, &draft->words.items[i]);
    read_attributes(loader, &draft->attributes, rule);
}

static struct rule *add_rule(struct gathering *g, const struct rule_draft *draft)
{
    struct loader *loader = g->loader;
    struct routing *routing = &loader->rules->routing;
    struct rule *rules =
        arena_grow(loader->arena, routing->rules, routing->count, &g->rule_capacity, sizeof *rules);
    struct rule_marks *marks = arena_grow(loader->arena, loader->book->rule_marks, routing->count,
                                          &g->place_capacity, sizeof *marks);
    struct mark *ids = arena_grow(loader->arena, g->marks, routing->count, &g->mark_capacity, sizeof *ids);
    if (!rules || !marks || !ids)
        return NULL;
    routing->rules = rules;
    loader->book->rule_marks = marks;
    g->marks = ids;
    if (!loader_enter(loader, &g->ids, &draft->id, routing->count, ids))
        return NULL;
    ids[routing->count] = draft->id.at;
    marks[routing->count] = (struct rule_marks){
        .rule = draft->id.at,
        .category = draft->category.count ? draft->category.at : draft->id.at,
        .area = draft->area.count ? draft->area.at : draft->id.at,
        .lead = draft->lead.text ? draft->lead.at : draft->id.at,
        .ladder = draft->ladder.at,
        .pool = draft->pool.at,
        .places = draft->places.text ? draft->places.at : draft->pool.at,
        .limits = draft->limits[STAGE_ACCEPT].text    ? draft->limits[STAGE_ACCEPT].at
                  : draft->limits[STAGE_RESOLVE].text ? draft->limits[STAGE_RESOLVE].at
                                                      : draft->id.at,
    };
    return &routing->rules[routing->count++];
}

// A rule whose demands could not be read would ask nothing and match everything: it is dropped, the load has
// failed anyhow.
static struct rule *read_rule(struct gathering *g, const struct rule_draft *draft)
{
    struct loader *loader = g->loader;
    struct rule *rule = add_rule(g, draft);
    if (!rule)
        return NULL;
    *rule = (struct rule){
        .id = draft->id.text,
        .file = draft->id.at.source->name,
        .line = mark_line(draft->id.at),
        .registers = loader_bool(loader, &draft->registers),
        .approval = loader_bool(loader, &draft->approval),
        .ladder = read_name(loader, REFERENCE_LADDER, &draft->ladder),
        .calendar = read_name(loader, REFERENCE_CALENDAR, &draft->calendar),
        .verify = read_verify(loader, &draft->verify),
        .closing = loader_closing(loader, &draft->feedback, &draft->call_back),
        .pool = members_pool(loader, &draft->pool),
        .places = (uint32_t)loader_number(loader, &draft->places, 1, MAX_PLACES, draft->pool.text ? 1 : 0),
    };
    read_when(loader, draft, rule);
    read_calls(loader, draft, rule);
    read_limits(loader, draft, &rule->limits);
    return rule;
}

static void read_row(struct gathering *g, const struct table *table, uint32_t row)
{
    struct loader *loader = g->loader;
    struct rule_draft draft = {
        .id = *table_cell(table, row, RULE_ID),
        .category = table_list(loader->arena, table_cell(table, row, RULE_CATEGORY)),
        .condition = table_list(loader->arena, table_cell(table, row, RULE_CONDITION)),
        .area = table_list(loader->arena, table_cell(table, row, RULE_AREA)),
        .lead = *table_cell(table, row, RULE_LEAD),
        .assist = table_list(loader->arena, table_cell(table, row, RULE_ASSIST)),
        .limits = {[STAGE_ACCEPT] = *table_cell(table, row, RULE_ACCEPT),
                   [STAGE_REPORT] = *table_cell(table, row, RULE_REPORT),
                   [STAGE_RESOLVE] = *table_cell(table, row, RULE_RESOLVE)},
        .ladder = *table_cell(table, row, RULE_LADDER),
    };
    draft.at = draft.id.at;
    read_rule(g, &draft);
}

static void read_table(struct gathering *g, const char *name)
{
    struct table table;
    if (!loader_table(g->loader, name, false, columns, RULE_COLUMNS, &table))
        return;
    for (uint32_t row = 0; row < table.rows; row++)
        read_row(g, &table, row);
}

static void read_item(struct gathering *g, struct yaml *yaml, struct yaml_node node)
{
    struct loader *loader = g->loader;
    struct rule_draft draft = {.at = node.at};
    if (!yaml_read(yaml, node, rule_fields, &draft))
        return;
    if (draft.table.text) {
        g->tabled = true;
        if (loader_named_source(loader, &draft.table))
            read_table(g, draft.table.text);
    } else if (!draft.id.text) {
        report_add(loader->report, FINDING_MISSING_KEY, node.at, "the key id is missing");
    } else {
        struct rule *rule = read_rule(g, &draft);
        if (rule)
            read_limits_of(loader, yaml, draft.limits_of, rule);
    }
}

static void read_list(struct gathering *g, const struct source *source)
{
    struct yaml yaml;
    struct yaml_nodes list;
    if (yaml_init(&yaml, source, g->loader->arena, g->loader->report) && yaml_list(&yaml, yaml.root, &list))
        for (uint32_t i = 0; i < list.count; i++)
            read_item(g, &yaml, list.items[i]);
    yaml_fini(&yaml);
}

void load_rules(struct loader *loader)
{
    struct gathering gathering = {.loader = loader};
    const struct source *source = loader_source(loader, "rules.yaml");
    strmap_init(&gathering.ids);
    if (source)
        read_list(&gathering, source);
    if (!gathering.tabled)
        read_table(&gathering, "rules.csv");
    strmap_fini(&gathering.ids);
}
