#include "core/rules.h"

#include "base/error.h"
#include "base/text.h"

#include <stddef.h>
#include <stdio.h>

const struct calendar *rules_calendar(const struct rules *rules, const char *name)
{
    if (!name || !*name)
        return rules->calendar_count ? &rules->calendars[0] : NULL;
    for (uint32_t i = 0; i < rules->calendar_count; i++)
        if (text_same(rules->calendars[i].name, name))
            return &rules->calendars[i];
    return NULL;
}

const struct ladder *rules_ladder(const struct rules *rules, const char *code)
{
    for (uint32_t i = 0; code && i < rules->ladder_count; i++)
        if (text_same(rules->ladders[i].code, code))
            return &rules->ladders[i];
    return NULL;
}

const char *reason_text(const struct reason_list *list, const char *code)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (text_same(list->reasons[i].code, code))
            return list->reasons[i].text;
    return NULL;
}

enum { SERVING_KEY = 128 };

static const char *serving_key(char key[SERVING_KEY], uint32_t area, const char *role)
{
    snprintf(key, SERVING_KEY, "%x %s", area, role);
    return key;
}

static int serving_build(struct rules *rules)
{
    char key[SERVING_KEY];
    for (uint32_t i = 0; i < rules->units.count; i++) {
        const struct unit *unit = &rules->units.units[i];
        for (uint32_t j = 0; j < unit->role_count; j++) {
            int error = strmap_add(&rules->serving, serving_key(key, unit->area, unit->roles[j]), i);
            if (error && error != ERROR_IN_USE)
                return error;
        }
    }
    return 0;
}

int rules_finish(struct rules *rules, struct arena *arena)
{
    if (!area_tree_finish(&rules->areas, arena))
        return ERROR_NO_MEMORY;
    int error = serving_build(rules);
    return error ? error : routing_compile(&rules->routing, arena);
}

void rules_fini(struct rules *rules)
{
    strmap_fini(&rules->serving);
    strmap_fini(&rules->areas.by_code);
    strmap_fini(&rules->units.by_code);
    strmap_fini(&rules->categories.by_code);
    strmap_fini(&rules->principals.by_code);
    strmap_fini(&rules->members.by_code);
}

uint32_t rules_unit_serving(const struct rules *rules, uint32_t area, const char *role)
{
    char key[SERVING_KEY];
    for (; area != AREA_NONE; area = rules->areas.areas[area].parent) {
        uint32_t unit = strmap_find(&rules->serving, serving_key(key, area, role));
        if (unit != STRMAP_NONE)
            return unit;
    }
    return UNIT_NONE;
}

uint32_t rules_office_above(const struct rules *rules, uint32_t area, uint32_t levels)
{
    area = area_above(&rules->areas, area, levels);
    while (area != AREA_NONE && rules->areas.areas[area].office == UNIT_NONE)
        area = rules->areas.areas[area].parent;
    return area == AREA_NONE ? UNIT_NONE : rules->areas.areas[area].office;
}
