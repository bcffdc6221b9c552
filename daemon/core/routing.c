#include "core/routing.h"

#include "base/error.h"
#include "base/text.h"

#include <stddef.h>
#include <stdlib.h>

// A multiplicative hash (Fibonacci) of the pair; buckets lie at the first free place behind it.
static uint32_t bucket_hash(uint32_t category, uint32_t area)
{
    uint64_t key = (uint64_t)category << 32 | area;
    return (uint32_t)((key ^ key >> 29) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

// The pair's bucket, or the free place where it would be.
static struct bucket *bucket_at(const struct routing *routing, uint32_t category, uint32_t area)
{
    uint32_t at = bucket_hash(category, area) & routing->bucket_mask;
    for (;; at = (at + 1) & routing->bucket_mask) {
        struct bucket *bucket = &routing->buckets[at];
        if (!bucket->rules || (bucket->category == category && bucket->area == area))
            return bucket;
    }
}

// One rule in one bucket, while the buckets are made; sorted by bucket, then by rule.
struct placing {
    uint32_t category;
    uint32_t area;
    uint32_t rule;
};

static size_t or_one(uint32_t count)
{
    return count ? count : 1;
}

static size_t count_placings(const struct routing *routing)
{
    size_t count = 0;
    for (uint32_t i = 0; i < routing->count; i++)
        count += or_one(routing->rules[i].category_count) * or_one(routing->rules[i].area_count);
    return count;
}

// A rule that names n categories and m areas stands in n × m buckets.
static struct placing *place_rule(const struct routing *routing, uint32_t index, struct placing *out)
{
    static const uint32_t any = UINT32_MAX;
    const struct rule *rule = &routing->rules[index];
    const uint32_t *categories = rule->category_count ? rule->categories : &any;
    const uint32_t *areas = rule->area_count ? rule->areas : &any;
    for (size_t i = 0; i < or_one(rule->category_count); i++)
        for (size_t j = 0; j < or_one(rule->area_count); j++)
            *out++ = (struct placing){categories[i], areas[j], index};
    return out;
}

static int compare_placings(const void *left, const void *right)
{
    const struct placing *a = left, *b = right;
    if (a->category != b->category)
        return a->category < b->category ? -1 : 1;
    if (a->area != b->area)
        return a->area < b->area ? -1 : 1;
    return (a->rule > b->rule) - (a->rule < b->rule);
}

static bool same_bucket(const struct placing *a, const struct placing *b)
{
    return a->category == b->category && a->area == b->area;
}

// `rules` has room for each placing and, behind each bucket's rules, for their end.
static void fill_buckets(struct routing *routing, const struct placing *placings, size_t count,
                         uint32_t *rules)
{
    for (size_t i = 0; i < count; i++) {
        const struct placing *placing = &placings[i];
        if (i == 0 || !same_bucket(placing, placing - 1)) {
            struct bucket *bucket = bucket_at(routing, placing->category, placing->area);
            *bucket = (struct bucket){placing->category, placing->area, rules};
            routing->bucket_count++;
        }
        if (i == 0 || !same_bucket(placing, placing - 1) || placing->rule != (placing - 1)->rule)
            *rules++ = placing->rule;
        if (i + 1 == count || !same_bucket(placing, placing + 1))
            *rules++ = RULE_NONE;
    }
}

int routing_compile(struct routing *routing, struct arena *arena)
{
    size_t count = count_placings(routing);
    size_t places = 2;
    while (places < 2 * count)
        places *= 2;
    struct placing *placings = arena_array(arena, count + 1, sizeof *placings);
    uint32_t *rules = arena_array(arena, 2 * count + 1, sizeof *rules);
    routing->buckets = arena_array(arena, places, sizeof *routing->buckets);
    if (!placings || !rules || !routing->buckets || places > UINT32_MAX)
        return ERROR_NO_MEMORY;
    routing->bucket_mask = (uint32_t)(places - 1);
    routing->bucket_count = 0;
    struct placing *end = placings;
    for (uint32_t i = 0; i < routing->count; i++)
        end = place_rule(routing, i, end);
    qsort(placings, count, sizeof *placings, compare_placings);
    fill_buckets(routing, placings, count, rules);
    return 0;
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
    const struct bucket *bucket = bucket_at(routing, category, area);
    for (const uint32_t *rule = bucket->rules; rule && *rule < best; rule++)
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
    if (!routing->buckets)
        return best;
    uint32_t category = query->category;
    for (; category != CATEGORY_NONE; category = categories->categories[category].parent)
        best = areas_find(routing, areas, categories, query, category, best);
    return areas_find(routing, areas, categories, query, CATEGORY_NONE, best);
}
