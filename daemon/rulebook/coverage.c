#include "rulebook/coverage.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "rulebook/classes.h"
#include "rulebook/names.h"

#include <stdio.h>
#include <string.h>

// The everyday kind first: what it lacks is named without naming kinds.
static const enum kind kinds[] = {KIND_ISSUE, KIND_JOINT, KIND_EMERGENCY, KIND_PRIORITY};

enum { KIND_COUNT = sizeof kinds / sizeof *kinds, ALL_KINDS = (1 << KIND_COUNT) - 1 };

// Categories that nobody owns in the same areas, for the same kinds.
struct hole {
    uint32_t *categories; // classes
    size_t count;
    size_t capacity;
    const uint8_t *missing; // by area class: bits of `kinds`
};

struct coverage {
    const struct rulebook *book;
    const struct rules *rules;
    struct rulebook_report *report;
    struct arena arena;
    struct classes areas;
    struct classes categories;
    const bool *leaves;       // of areas
    uint8_t same[KIND_COUNT]; // the first kind that no rule can tell from this one
    bool *unserved;           // by rule: reported already
    struct hole *holes;
    size_t hole_count;
    size_t hole_capacity;
};

static bool same_kind(const struct routing *routing, enum kind a, enum kind b)
{
    for (uint32_t i = 0; i < routing->count; i++) {
        uint32_t bits = routing->rules[i].kinds;
        if (bits && (bits >> a & 1) != (bits >> b & 1))
            return false;
    }
    return true;
}

static void find_same_kinds(struct coverage *c)
{
    for (int i = 0; i < KIND_COUNT; i++) {
        c->same[i] = (uint8_t)i;
        for (int j = i - 1; j >= 0; j--)
            if (same_kind(&c->rules->routing, kinds[i], kinds[j]))
                c->same[i] = (uint8_t)j;
    }
}

// ---- who owns one pair --------------------------------------------------------------------------

static void report_unserved(struct coverage *c, uint32_t index, const struct route_query *query)
{
    const struct rule *rule = &c->rules->routing.rules[index];
    if (c->unserved[index])
        return;
    c->unserved[index] = true;
    report_add(c->report, FINDING_NOBODY_SERVES, c->book->rule_marks[index].lead,
               "%s: no unit with the role %s serves %s, nor any area above it", rule->id,
               rule->calls[0].serving, c->rules->areas.areas[query->area].name);
}

static bool has_owner(struct coverage *c, const struct route_query *query)
{
    uint32_t found = routing_find(&c->rules->routing, &c->rules->areas, &c->rules->categories, query);
    if (found == RULE_NONE)
        return c->rules->default_owner != UNIT_NONE;
    const struct rule *rule = &c->rules->routing.rules[found];
    if (rule->registers || !rule->call_count || rule->calls[0].unit != UNIT_NONE)
        return true;
    if (rules_unit_serving(c->rules, query->area, rule->calls[0].serving) == UNIT_NONE)
        report_unserved(c, found, query);
    return true;
}

// A category with conditions is filed under one of them.
static bool has_owner_for_all(struct coverage *c, struct route_query *query)
{
    const struct category *category = &c->rules->categories.categories[query->category];
    if (!category->condition_count)
        return has_owner(c, query);
    for (uint32_t i = 0; i < category->condition_count; i++) {
        query->condition = category->conditions[i].code;
        if (!has_owner(c, query))
            return false;
    }
    return true;
}

static uint8_t missing_kinds(struct coverage *c, uint32_t category, uint32_t area)
{
    uint8_t missing = 0;
    for (int i = 0; i < KIND_COUNT; i++) {
        struct route_query query = {.kind = kinds[i], .category = category, .area = area};
        bool lost = c->same[i] == i ? !has_owner_for_all(c, &query) : missing >> c->same[i] & 1;
        missing |= (uint8_t)(lost << i);
    }
    return missing;
}

// ---- what nobody owns ---------------------------------------------------------------------------

static int add_hole(struct coverage *c, uint32_t category, const uint8_t *missing)
{
    struct hole *hole = NULL;
    for (size_t i = 0; i < c->hole_count && !hole; i++)
        if (memcmp(c->holes[i].missing, missing, c->areas.count) == 0)
            hole = &c->holes[i];
    if (!hole) {
        struct hole *holes = arena_grow(&c->arena, c->holes, c->hole_count, &c->hole_capacity, sizeof *holes);
        if (!holes)
            return ERROR_NO_MEMORY;
        c->holes = holes;
        hole = &holes[c->hole_count++];
        *hole = (struct hole){.missing = arena_memdup(&c->arena, missing, c->areas.count)};
    }
    uint32_t *categories =
        arena_grow(&c->arena, hole->categories, hole->count, &hole->capacity, sizeof *categories);
    if (!categories || !hole->missing)
        return ERROR_NO_MEMORY;
    hole->categories = categories;
    hole->categories[hole->count++] = category;
    return 0;
}

static int ask_category(struct coverage *c, uint32_t category, uint8_t *missing)
{
    uint8_t any = 0;
    for (uint32_t i = 0; i < c->areas.count; i++) {
        uint32_t area = c->areas.first[i];
        missing[i] = c->leaves[area] ? missing_kinds(c, c->categories.first[category], area) : 0;
        any |= missing[i];
    }
    return any ? add_hole(c, category, missing) : 0;
}

static void name_categories(struct coverage *c, const struct hole *hole, struct buffer *text)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->rules->categories.count; i++)
        for (size_t j = 0; j < hole->count; j++)
            if (c->categories.of[i] == hole->categories[j])
                names_add(text, c->rules->categories.categories[i].code, "、", &count);
    names_end(text, count);
}

static void name_areas(struct coverage *c, const struct hole *hole, uint8_t bits, struct buffer *text)
{
    const struct area_tree *areas = &c->rules->areas;
    bool *lost = arena_array(&c->arena, (size_t)areas->count + 1, sizeof *lost);
    for (uint32_t i = 0; lost && i < areas->count; i++)
        lost[i] = c->leaves[i] && hole->missing[c->areas.of[i]] == bits;
    if (lost)
        names_of_areas(text, areas, c->leaves, lost);
}

static void name_kinds(uint8_t bits, struct buffer *text)
{
    uint32_t count = 0;
    if (bits & 1) // an everyday whistle: the others need no naming
        return;
    buffer_text(text, " × ");
    for (int i = 0; i < KIND_COUNT; i++)
        if (bits >> i & 1)
            names_add(text, word_chinese(WORDS_KIND, (int)kinds[i]), "、", &count);
}

static bool asks_for_category(const struct rule *rule, const char *mismatch)
{
    return rule->category_count && text_same(mismatch, "area");
}

// The first rule that would take it but for its area, then but for something else that it asks; else the
// category's own line.
static struct mark nearest(const struct coverage *c, const struct route_query *query)
{
    const struct routing *routing = &c->rules->routing;
    struct mark other = c->book->category_marks[query->category];
    bool found = false;
    for (uint32_t i = 0; i < routing->count; i++) {
        const struct rule *rule = &routing->rules[i];
        const char *mismatch = rule_mismatch(rule, &c->rules->areas, &c->rules->categories, query);
        if (asks_for_category(rule, mismatch))
            return c->book->rule_marks[i].area;
        bool near = rule->category_count && !text_same(mismatch, "category") && !text_same(mismatch, "kind");
        if (near && !found) {
            other = c->book->rule_marks[i].rule;
            found = true;
        }
    }
    return other;
}

static void report_hole(struct coverage *c, const struct hole *hole, uint8_t bits, uint32_t area)
{
    struct buffer text;
    buffer_init(&text);
    name_categories(c, hole, &text);
    buffer_text(&text, " × ");
    name_areas(c, hole, bits, &text);
    name_kinds(bits, &text);
    int first = 0;
    while (!(bits >> first & 1))
        first++;
    struct route_query query = {
        .kind = kinds[first], .category = c->categories.first[hole->categories[0]], .area = area};
    const struct condition *condition =
        category_condition(&c->rules->categories.categories[query.category], NULL);
    query.condition = condition ? condition->code : NULL;
    report_add(c->report, FINDING_VACUUM, nearest(c, &query), "%s 无主责 nobody", buffer_string(&text));
    buffer_fini(&text);
}

static void report_holes(struct coverage *c)
{
    for (size_t i = 0; i < c->hole_count; i++)
        for (unsigned bits = 1; bits <= ALL_KINDS; bits++)
            for (uint32_t j = 0; j < c->areas.count; j++)
                if (c->holes[i].missing[j] == bits) {
                    report_hole(c, &c->holes[i], (uint8_t)bits, c->areas.first[j]);
                    break;
                }
}

static int ask_all(struct coverage *c)
{
    uint8_t *missing = arena_array(&c->arena, (size_t)c->areas.count + 1, sizeof *missing);
    c->unserved = arena_array(&c->arena, (size_t)c->rules->routing.count + 1, sizeof *c->unserved);
    c->leaves = area_leaves(&c->arena, &c->rules->areas);
    if (!missing || !c->unserved || !c->leaves)
        return ERROR_NO_MEMORY;
    find_same_kinds(c);
    int error = 0;
    for (uint32_t i = 0; i < c->categories.count && !error; i++)
        error = ask_category(c, i, missing);
    if (!error)
        report_holes(c);
    return error;
}

int coverage_check(const struct rulebook *book, struct rulebook_report *report)
{
    struct coverage c = {.book = book, .rules = &book->rules, .report = report};
    arena_init(&c.arena, 0);
    int error = classes_of_areas(&c.areas, &c.arena, c.rules);
    if (!error)
        error = classes_of_categories(&c.categories, &c.arena, c.rules);
    if (!error)
        error = ask_all(&c);
    arena_fini(&c.arena);
    return error;
}
