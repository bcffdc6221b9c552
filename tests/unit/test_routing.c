// layer: core
// Routing: the first rule in written order that matches wins, however the buckets lie.
#include "core/routing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { AREAS = 60, CATEGORIES = 40, RULES = 400, QUERIES = 20000 };

struct town {
    struct arena arena;
    struct area_tree areas;
    struct category_table categories;
    struct routing routing;
    uint64_t seed;
};

static uint32_t below(struct town *t, uint32_t bound)
{
    t->seed = t->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(t->seed >> 33) % bound;
}

static const char *const conditions[] = {"1", "2", "3"};
static const char *const flags[] = {"gas", "fire", "collapse"};
static const char *const attributes[] = {"night", "yes", "school", "no"};

static void make_trees(struct town *t)
{
    t->areas =
        (struct area_tree){.areas = arena_array(&t->arena, AREAS, sizeof(struct area)), .count = AREAS};
    for (uint32_t i = 0; i < AREAS; i++) {
        t->areas.areas[i].code = arena_printf(&t->arena, "a%u", i);
        t->areas.areas[i].parent = i < 2 ? AREA_NONE : below(t, i);
    }
    struct category *categories = arena_array(&t->arena, CATEGORIES, sizeof *categories);
    t->categories = (struct category_table){.categories = categories, .count = CATEGORIES};
    for (uint32_t i = 0; i < CATEGORIES; i++)
        categories[i].parent = i < 5 ? CATEGORY_NONE : below(t, i);
}

static const uint32_t *some_indices(struct town *t, uint32_t most, uint32_t bound, uint32_t *count)
{
    *count = below(t, most + 1);
    uint32_t *items = arena_array(&t->arena, most + 1, sizeof *items);
    for (uint32_t i = 0; i < *count; i++)
        items[i] = below(t, bound);
    return items;
}

static void make_rule(struct town *t, struct rule *rule)
{
    rule->kinds = below(t, 3) ? 0 : below(t, 64) & ~1u;
    rule->natures = below(t, 5) ? 0 : below(t, 128) & ~1u;
    rule->severities = below(t, 5) ? 0 : below(t, 32) & ~1u;
    rule->categories = some_indices(t, 3, CATEGORIES, &rule->category_count);
    rule->areas = some_indices(t, 3, AREAS, &rule->area_count);
    rule->conditions = (const char **)(uintptr_t)&conditions[below(t, 3)];
    rule->condition_count = below(t, 4) == 0;
    rule->flags = (const char **)(uintptr_t)&flags[below(t, 3)];
    rule->flag_count = below(t, 6) == 0;
    rule->attributes = (const char **)(uintptr_t)&attributes[2 * below(t, 2)];
    rule->attribute_count = below(t, 6) == 0;
}

static void make_town(struct town *t, uint64_t seed, uint32_t rules)
{
    *t = (struct town){.seed = seed};
    arena_init(&t->arena, 0);
    make_trees(t);
    t->routing =
        (struct routing){.rules = arena_array(&t->arena, rules + 1, sizeof(struct rule)), .count = rules};
    for (uint32_t i = 0; i < rules; i++)
        make_rule(t, &t->routing.rules[i]);
    assert_int_equal(routing_compile(&t->routing, &t->arena), 0);
}

static struct route_query make_query(struct town *t)
{
    return (struct route_query){
        .kind = (enum kind)(1 + below(t, 5)),
        .nature = (enum nature)below(t, 7),
        .severity = below(t, 5),
        .category = below(t, 20) ? below(t, CATEGORIES) : CATEGORY_NONE,
        .condition = below(t, 2) ? conditions[below(t, 3)] : NULL,
        .area = below(t, 20) ? below(t, AREAS) : AREA_NONE,
        .flags = flags,
        .flag_count = below(t, 4),
        .attributes = attributes,
        .attribute_count = below(t, 3),
    };
}

static uint32_t scan(const struct town *t, const struct route_query *query)
{
    for (uint32_t i = 0; i < t->routing.count; i++)
        if (!rule_mismatch(&t->routing.rules[i], &t->areas, &t->categories, query))
            return i;
    return RULE_NONE;
}

static void buckets_answer_as_a_scan_in_written_order_does(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct town t;
        make_town(&t, seed, RULES);
        uint32_t placed = 0;
        for (int i = 0; i < QUERIES; i++) {
            struct route_query query = make_query(&t);
            uint32_t found = routing_find(&t.routing, &t.areas, &t.categories, &query);
            assert_int_equal(found, scan(&t, &query));
            placed += found != RULE_NONE;
        }
        assert_true(placed > QUERIES / 10); // the property was not proven on refusals alone
        arena_fini(&t.arena);
    }
}

static void few_rules_place_little_and_none_nothing(void **state)
{
    (void)state;
    for (uint32_t rules = 0; rules < 4; rules++) {
        struct town t;
        make_town(&t, 77, rules);
        for (int i = 0; i < 2000; i++) {
            struct route_query query = make_query(&t);
            assert_int_equal(routing_find(&t.routing, &t.areas, &t.categories, &query), scan(&t, &query));
        }
        arena_fini(&t.arena);
    }
}

static void rules_that_were_never_compiled_place_nothing(void **state)
{
    (void)state;
    struct routing empty = {0};
    struct route_query query = {.kind = KIND_ISSUE, .category = CATEGORY_NONE, .area = AREA_NONE};
    assert_int_equal(routing_find(&empty, &(struct area_tree){0}, &(struct category_table){0}, &query),
                     RULE_NONE);
}

static void a_category_named_twice_counts_once(void **state)
{
    (void)state;
    struct town t;
    make_town(&t, 3, 1);
    static const uint32_t twice[] = {4, 4, 4};
    t.routing.rules[0] = (struct rule){.categories = twice, .category_count = 3};
    assert_int_equal(routing_compile(&t.routing, &t.arena), 0);
    assert_int_equal(t.routing.bucket_count, 1);
    struct route_query query = {.category = 4, .area = AREA_NONE};
    assert_int_equal(routing_find(&t.routing, &t.areas, &t.categories, &query), 0);
    arena_fini(&t.arena);
}

static void the_first_demand_that_fails_is_named(void **state)
{
    (void)state;
    struct town t;
    make_town(&t, 1, 0);
    static const uint32_t category[] = {6}, area[] = {7};
    struct rule rule = {
        .kinds = 1u << KIND_ISSUE,
        .natures = 1u << NATURE_REPORT,
        .severities = 1u << 1,
        .categories = category,
        .category_count = 1,
        .areas = area,
        .area_count = 1,
    };
    struct route_query query = {.kind = KIND_JOINT, .category = CATEGORY_NONE, .area = AREA_NONE};
    assert_string_equal(rule_mismatch(&rule, &t.areas, &t.categories, &query), "kind");
    query.kind = KIND_ISSUE;
    assert_string_equal(rule_mismatch(&rule, &t.areas, &t.categories, &query), "nature");
    query.nature = NATURE_REPORT;
    assert_string_equal(rule_mismatch(&rule, &t.areas, &t.categories, &query), "severity");
    query.severity = 1;
    assert_string_equal(rule_mismatch(&rule, &t.areas, &t.categories, &query), "category");
    query.category = 6;
    assert_string_equal(rule_mismatch(&rule, &t.areas, &t.categories, &query), "area");
    query.area = 7;
    assert_null(rule_mismatch(&rule, &t.areas, &t.categories, &query));
    arena_fini(&t.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_answer_as_a_scan_in_written_order_does),
        cmocka_unit_test(few_rules_place_little_and_none_nothing),
        cmocka_unit_test(rules_that_were_never_compiled_place_nothing),
        cmocka_unit_test(a_category_named_twice_counts_once),
        cmocka_unit_test(the_first_demand_that_fails_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
