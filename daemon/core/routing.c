#include "core/routing.h"

#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { KEY_BYTES = 24 };

// A bucket stands for one pair of (category or any, area or any); "any" is the all-ones index.
static const char *bucket_key(char key[KEY_BYTES], uint32_t category, uint32_t area)
{
    snprintf(key, KEY_BYTES, "%x.%x", category, area);
    return key;
}

struct bucket_draft {
    uint32_t *rules;
    size_t count;
    size_t capacity;
};

struct drafts {
    struct bucket_draft *items;
    size_t count;
    size_t capacity;
};

static int draft_add(struct bucket_draft *draft, uint32_t rule, struct arena *arena)
{
    if (draft->count && draft->rules[draft->count - 1] == rule)
        return 0;
    uint32_t *rules = arena_grow(arena, draft->rules, draft->count, &draft->capacity, sizeof *rules);
    if (!rules)
        return ERROR_NO_MEMORY;
    draft->rules = rules;
    draft->rules[draft->count++] = rule;
    return 0;
}

static int bucket_add(struct routing *routing, struct drafts *drafts, uint32_t category, uint32_t area,
                      uint32_t rule, struct arena *arena)
{
    char key[KEY_BYTES];
    uint32_t at = strmap_find(&routing->buckets, bucket_key(key, category, area));
    if (at == STRMAP_NONE) {
        void *grown = arena_grow(arena, drafts->items, drafts->count, &drafts->capacity, sizeof *drafts->items);
        if (!grown)
            return ERROR_NO_MEMORY;
        drafts->items = grown;
        at = (uint32_t)drafts->count++;
        int error = strmap_add(&routing->buckets, key, at);
        if (error)
            return error;
    }
    return draft_add(&drafts->items[at], rule, arena);
}

// A rule that names n categories and m areas stands in n × m buckets.
static int rule_place(struct routing *routing, struct drafts *drafts, uint32_t index, struct arena *arena)
{
    static const uint32_t any = UINT32_MAX;
    const struct rule *rule = &routing->rules[index];
    const uint32_t *categories = rule->category_count ? rule->categories : &any;
    const uint32_t *areas = rule->area_count ? rule->areas : &any;
    uint32_t category_count = rule->category_count ? rule->category_count : 1;
    uint32_t area_count = rule->area_count ? rule->area_count : 1;
    for (uint32_t i = 0; i < category_count; i++)
        for (uint32_t j = 0; j < area_count; j++) {
            int error = bucket_add(routing, drafts, categories[i], areas[j], index, arena);
            if (error)
                return error;
        }
    return 0;
}

static int drafts_finish(struct routing *routing, struct drafts *drafts, struct arena *arena)
{
    routing->bucket_rules = arena_array(arena, drafts->count + 1, sizeof *routing->bucket_rules);
    if (!routing->bucket_rules)
        return ERROR_NO_MEMORY;
    routing->bucket_count = (uint32_t)drafts->count;
    for (uint32_t i = 0; i < routing->bucket_count; i++) {
        int error = draft_add(&drafts->items[i], RULE_NONE, arena);
        if (error)
            return error;
        routing->bucket_rules[i] = drafts->items[i].rules;
    }
    return 0;
}

int routing_compile(struct routing *routing, struct arena *arena)
{
    struct drafts drafts = {0};
    strmap_init(&routing->buckets);
    int error = 0;
    for (uint32_t i = 0; i < routing->count && !error; i++)
        error = rule_place(routing, &drafts, i, arena);
    return error ? error : drafts_finish(routing, &drafts, arena);
}

void routing_fini(struct routing *routing)
{
    strmap_fini(&routing->buckets);
}

static bool in_words(const char *const *words, uint32_t count, const char *word)
{
    for (uint32_t i = 0; i < count; i++)
        if (text_same(words[i], word))
            return true;
    return false;
}

static bool category_in(const struct rule *rule, const struct category_table *categories, uint32_t category)
{
    for (; category != CATEGORY_NONE; category = categories->categories[category].parent)
        for (uint32_t i = 0; i < rule->category_count; i++)
            if (rule->categories[i] == category)
                return true;
    return rule->category_count == 0;
}

static bool area_in(const struct rule *rule, const struct area_tree *areas, uint32_t area)
{
    for (uint32_t i = 0; i < rule->area_count; i++)
        if (area != AREA_NONE && area_is_within(areas, area, rule->areas[i]))
            return true;
    return rule->area_count == 0;
}

static bool flags_in(const struct rule *rule, const struct route_query *query)
{
    for (uint32_t i = 0; i < rule->flag_count; i++)
        if (in_words(query->flags, query->flag_count, rule->flags[i]))
            return true;
    return rule->flag_count == 0;
}

static bool attributes_in(const struct rule *rule, const struct route_query *query)
{
    for (uint32_t i = 0; i < rule->attribute_count; i++) {
        bool found = false;
        for (uint32_t j = 0; j < query->attribute_count && !found; j++)
            found = text_same(rule->attributes[2 * i], query->attributes[2 * j]) &&
                    text_same(rule->attributes[2 * i + 1], query->attributes[2 * j + 1]);
        if (!found)
            return false;
    }
    return true;
}

static bool bit_in(uint32_t bits, uint32_t value)
{
    return bits == 0 || (value < 32 && (bits >> value & 1));
}

const char *rule_mismatch(const struct rule *rule, const struct area_tree *areas,
                          const struct category_table *categories, const struct route_query *query)
{
    if (!bit_in(rule->kinds, (uint32_t)query->kind))
        return "kind";
    if (!bit_in(rule->natures, (uint32_t)query->nature))
        return "nature";
    if (!bit_in(rule->severities, query->severity))
        return "severity";
    if (!category_in(rule, categories, query->category))
        return "category";
    if (rule->condition_count && !in_words(rule->conditions, rule->condition_count, query->condition))
        return "condition";
    if (!area_in(rule, areas, query->area))
        return "area";
    if (!flags_in(rule, query))
        return "words";
    if (!attributes_in(rule, query))
        return "attributes";
    return NULL;
}

static uint32_t bucket_find(const struct routing *routing, const struct area_tree *areas,
                            const struct category_table *categories, const struct route_query *query,
                            uint32_t category, uint32_t area, uint32_t best)
{
    char key[KEY_BYTES];
    uint32_t at = strmap_find(&routing->buckets, bucket_key(key, category, area));
    if (at == STRMAP_NONE)
        return best;
    for (const uint32_t *rule = routing->bucket_rules[at]; *rule < best; rule++)
        if (!rule_mismatch(&routing->rules[*rule], areas, categories, query))
            return *rule;
    return best;
}

// Asks, for one category or "any", the buckets of the whistle's area, of each area above, and of "any".
static uint32_t areas_find(const struct routing *routing, const struct area_tree *areas,
                           const struct category_table *categories, const struct route_query *query,
                           uint32_t category, uint32_t best)
{
    uint32_t area = query->area;
    for (; area != AREA_NONE; area = areas->areas[area].parent)
        best = bucket_find(routing, areas, categories, query, category, area, best);
    return bucket_find(routing, areas, categories, query, category, AREA_NONE, best);
}

uint32_t routing_find(const struct routing *routing, const struct area_tree *areas,
                      const struct category_table *categories, const struct route_query *query)
{
    uint32_t best = RULE_NONE;
    uint32_t category = query->category;
    for (; category != CATEGORY_NONE; category = categories->categories[category].parent)
        best = areas_find(routing, areas, categories, query, category, best);
    return areas_find(routing, areas, categories, query, CATEGORY_NONE, best);
}
