#include "rulebook/classes.h"

#include "base/error.h"
#include "base/strmap.h"

#include <stdio.h>
#include <string.h>

const bool *area_leaves(struct arena *arena, const struct area_tree *areas)
{
    bool *leaves = arena_array(arena, (size_t)areas->count + 1, sizeof *leaves);
    for (uint32_t i = 0; leaves && i < areas->count; i++) {
        leaves[i] = true;
        if (areas->areas[i].parent != AREA_NONE)
            leaves[areas->areas[i].parent] = false;
    }
    return leaves;
}

static int make_room(struct classes *out, struct arena *arena, size_t items)
{
    *out = (struct classes){
        .of = arena_array(arena, items + 1, sizeof *out->of),
        .first = arena_array(arena, items + 1, sizeof *out->first),
    };
    if (!out->of || !out->first)
        return ERROR_NO_MEMORY;
    memset(out->of, 0xff, (items + 1) * sizeof *out->of);
    return 0;
}

static int enter(struct classes *out, struct strmap *map, const char *key, uint32_t item, bool better)
{
    uint32_t found = strmap_find(map, key);
    if (found == STRMAP_NONE) {
        found = out->count++;
        out->first[found] = item;
        int error = strmap_add(map, key, found);
        if (error)
            return error;
    } else if (better) {
        out->first[found] = item;
    }
    out->of[item] = found;
    return 0;
}

// ---- areas --------------------------------------------------------------------------------------

enum { ROLES_MAX = 256, KEY_MAX = ROLES_MAX + 32 };

struct roles {
    const char
        *names[ROLES_MAX]; // those that rules call by; more than fit are left out, which only costs precision
    uint32_t count;
};

static void add_role(struct roles *roles, const char *name)
{
    for (uint32_t i = 0; i < roles->count; i++)
        if (strcmp(roles->names[i], name) == 0)
            return;
    if (roles->count < ROLES_MAX)
        roles->names[roles->count++] = name;
}

static void roles_of_rules(struct roles *roles, const struct routing *routing)
{
    roles->count = 0;
    for (uint32_t i = 0; i < routing->count; i++)
        for (uint32_t j = 0; j < routing->rules[i].call_count; j++)
            if (routing->rules[i].calls[j].serving)
                add_role(roles, routing->rules[i].calls[j].serving);
}

static void name_areas(const struct routing *routing, bool *named)
{
    for (uint32_t i = 0; i < routing->count; i++)
        for (uint32_t j = 0; j < routing->rules[i].area_count; j++)
            named[routing->rules[i].areas[j]] = true;
}

static void area_key(char key[KEY_MAX], const struct rules *rules, const struct roles *roles,
                     const bool *named, uint32_t area)
{
    uint32_t nearest = area;
    while (nearest != AREA_NONE && !named[nearest])
        nearest = rules->areas.areas[nearest].parent;
    int length = snprintf(key, KEY_MAX, "%x:", nearest);
    for (uint32_t i = 0; i < roles->count; i++)
        key[length++] = rules_unit_serving(rules, area, roles->names[i]) == UNIT_NONE ? '-' : '+';
    key[length] = '\0';
}

int classes_of_areas(struct classes *out, struct arena *arena, const struct rules *rules)
{
    struct roles *roles = arena_alloc(arena, sizeof *roles);
    bool *named = arena_array(arena, (size_t)rules->areas.count + 1, sizeof *named);
    const bool *leaves = area_leaves(arena, &rules->areas);
    if (!roles || !named || !leaves || make_room(out, arena, rules->areas.count))
        return ERROR_NO_MEMORY;
    roles_of_rules(roles, &rules->routing);
    name_areas(&rules->routing, named);
    struct strmap map;
    strmap_init(&map);
    int error = 0;
    for (uint32_t i = 0; i < rules->areas.count && !error; i++) {
        char key[KEY_MAX];
        area_key(key, rules, roles, named, i);
        error = enter(out, &map, key, i, leaves[i]);
    }
    strmap_fini(&map);
    return error;
}

// ---- categories ---------------------------------------------------------------------------------

static bool asks_conditions(const struct routing *routing)
{
    for (uint32_t i = 0; i < routing->count; i++)
        if (routing->rules[i].condition_count)
            return true;
    return false;
}

static void name_categories(const struct routing *routing, bool *named)
{
    for (uint32_t i = 0; i < routing->count; i++)
        for (uint32_t j = 0; j < routing->rules[i].category_count; j++)
            named[routing->rules[i].categories[j]] = true;
}

int classes_of_categories(struct classes *out, struct arena *arena, const struct rules *rules)
{
    const struct category_table *table = &rules->categories;
    bool *named = arena_array(arena, (size_t)table->count + 1, sizeof *named);
    if (!named || make_room(out, arena, table->count))
        return ERROR_NO_MEMORY;
    name_categories(&rules->routing, named);
    bool conditions = asks_conditions(&rules->routing);
    struct strmap map;
    strmap_init(&map);
    int error = 0;
    for (uint32_t i = 0; i < table->count && !error; i++) {
        char key[KEY_MAX];
        bool alone = conditions && table->categories[i].condition_count;
        uint32_t nearest = i;
        while (nearest != CATEGORY_NONE && !named[nearest])
            nearest = table->categories[nearest].parent;
        snprintf(key, KEY_MAX, "%x:%x", nearest, alone ? i : CATEGORY_NONE);
        if (table->categories[i].leaf)
            error = enter(out, &map, key, i, false);
    }
    strmap_fini(&map);
    return error;
}
