#include "rulebook/coverage.h"

#include "base/error.h"
#include "rulebook/classes.h"

// A rule can match if one whistle reaches it that has just what the rule asks: every value that it does not
// ask for is left unset, so that the fewest of the rules above can take it.
struct shadow {
    const struct rules *rules;
    struct classes areas;
    struct classes categories;
    uint32_t *own_areas; // of the rule in hand: classes it asks for
    uint32_t own_area_count;
    uint32_t *own_categories;
    uint32_t own_category_count;
    uint32_t rule;  // in hand
    uint32_t above; // the first rule that was found instead
};

static bool reaches(struct shadow *s, const struct route_query *query)
{
    uint32_t found = routing_find(&s->rules->routing, &s->rules->areas, &s->rules->categories, query);
    if (found < s->rule && s->above == RULE_NONE)
        s->above = found;
    return found == s->rule;
}

static bool reaches_areas(struct shadow *s, struct route_query *query)
{
    for (uint32_t i = 0; i < s->own_area_count; i++) {
        query->area = s->areas.first[s->own_areas[i]];
        if (reaches(s, query))
            return true;
    }
    return false;
}

static bool reaches_conditions(struct shadow *s, struct route_query *query)
{
    const struct category *category = &s->rules->categories.categories[query->category];
    query->condition = NULL;
    if (!category->condition_count)
        return reaches_areas(s, query);
    for (uint32_t i = 0; i < category->condition_count; i++) {
        query->condition = category->conditions[i].code;
        if (reaches_areas(s, query))
            return true;
    }
    return false;
}

static bool reaches_categories(struct shadow *s, struct route_query *query)
{
    for (uint32_t i = 0; i < s->own_category_count; i++) {
        query->category = s->categories.first[s->own_categories[i]];
        if (reaches_conditions(s, query))
            return true;
    }
    return false;
}

static bool reaches_flags(struct shadow *s, struct route_query *query)
{
    const struct rule *rule = &s->rules->routing.rules[s->rule];
    query->attributes = rule->attributes;
    query->attribute_count = rule->attribute_count;
    if (!rule->flag_count)
        return reaches_categories(s, query);
    for (uint32_t i = 0; i < rule->flag_count; i++) {
        query->flags = &rule->flags[i];
        query->flag_count = 1;
        if (reaches_categories(s, query))
            return true;
    }
    return false;
}

// Each value that the mask asks for, or 0 for none asked.
static bool asked(uint32_t mask, uint32_t value)
{
    return mask ? mask >> value & 1 : value == 0;
}

static bool reaches_severities(struct shadow *s, struct route_query *query)
{
    uint32_t mask = s->rules->routing.rules[s->rule].severities;
    for (query->severity = 0; query->severity <= 4; query->severity++)
        if (asked(mask, query->severity) && reaches_flags(s, query))
            return true;
    return false;
}

static bool reaches_natures(struct shadow *s, struct route_query *query)
{
    uint32_t mask = s->rules->routing.rules[s->rule].natures;
    for (uint32_t nature = 0; nature <= NATURE_THANKS; nature++) {
        query->nature = (enum nature)nature;
        if (asked(mask, nature) && reaches_severities(s, query))
            return true;
    }
    return false;
}

static bool can_match(struct shadow *s)
{
    uint32_t mask = s->rules->routing.rules[s->rule].kinds;
    for (uint32_t kind = KIND_ISSUE; kind <= KIND_CALLUP; kind++) {
        struct route_query query = {.kind = (enum kind)kind};
        bool takes = mask == 0 || (mask >> kind & 1);
        if (takes && reaches_natures(s, &query))
            return true;
    }
    return false;
}

static bool category_asked(const struct shadow *s, const struct rule *rule, uint32_t category)
{
    struct rule only = {.categories = rule->categories, .category_count = rule->category_count};
    struct route_query query = {.category = category, .area = AREA_NONE};
    return !rule_mismatch(&only, &s->rules->areas, &s->rules->categories, &query);
}

static bool area_asked(const struct shadow *s, const struct rule *rule, uint32_t area)
{
    struct rule only = {.areas = rule->areas, .area_count = rule->area_count};
    struct route_query query = {.category = CATEGORY_NONE, .area = area};
    return !rule_mismatch(&only, &s->rules->areas, &s->rules->categories, &query);
}

static void take_in_hand(struct shadow *s, uint32_t index)
{
    const struct rule *rule = &s->rules->routing.rules[index];
    s->rule = index;
    s->above = RULE_NONE;
    s->own_area_count = 0;
    s->own_category_count = 0;
    for (uint32_t i = 0; i < s->areas.count; i++)
        if (area_asked(s, rule, s->areas.first[i]))
            s->own_areas[s->own_area_count++] = i;
    for (uint32_t i = 0; i < s->categories.count; i++)
        if (category_asked(s, rule, s->categories.first[i]))
            s->own_categories[s->own_category_count++] = i;
}

static void report_shadowed(const struct shadow *s, const struct rulebook *book,
                            struct rulebook_report *report)
{
    const struct rule *rule = &s->rules->routing.rules[s->rule];
    struct mark at = book->rule_marks[s->rule].rule;
    if (s->above == RULE_NONE) {
        report_add(report, FINDING_SHADOWED, at, "%s can never match: no whistle has what it asks", rule->id);
        return;
    }
    const struct rule *above = &s->rules->routing.rules[s->above];
    report_add(report, FINDING_SHADOWED, at,
               "%s can never match: %s (%s:%u) and what stands above take it all", rule->id, above->id,
               above->file, above->line);
}

static int ask_all(struct shadow *s, struct arena *arena, const struct rulebook *book,
                   struct rulebook_report *report)
{
    int error = classes_of_areas(&s->areas, arena, s->rules);
    if (!error)
        error = classes_of_categories(&s->categories, arena, s->rules);
    if (error)
        return error;
    s->own_areas = arena_array(arena, (size_t)s->areas.count + 1, sizeof *s->own_areas);
    s->own_categories = arena_array(arena, (size_t)s->categories.count + 1, sizeof *s->own_categories);
    if (!s->own_areas || !s->own_categories)
        return ERROR_NO_MEMORY;
    for (uint32_t i = 0; i < s->rules->routing.count; i++) {
        take_in_hand(s, i);
        if (!can_match(s))
            report_shadowed(s, book, report);
    }
    return 0;
}

int shadow_check(const struct rulebook *book, struct rulebook_report *report)
{
    struct shadow shadow = {.rules = &book->rules};
    struct arena arena;
    arena_init(&arena, 0);
    int error = ask_all(&shadow, &arena, book, report);
    arena_fini(&arena);
    return error;
}
