#include "core/member.h"

#include "base/text.h"
#include "core/event.h"
#include "core/unit.h"

const struct member *member_find(const struct member_table *table, const char *code)
{
    uint32_t index = strmap_find(&table->by_code, code);
    return index == STRMAP_NONE ? NULL : &table->members[index];
}

static bool has(const char *const *list, uint32_t count, const char *word)
{
    for (uint32_t i = 0; i < count; i++)
        if (text_same(list[i], word))
            return true;
    return false;
}

bool member_skill_exists(const struct member_table *table, const char *skill)
{
    for (uint32_t i = 0; i < table->count; i++)
        if (has(table->members[i].skills, table->members[i].skill_count, skill))
            return true;
    return false;
}

uint32_t member_call_area(const struct area_tree *areas, uint32_t area)
{
    while (areas->areas[area].office == UNIT_NONE && areas->areas[area].parent != AREA_NONE)
        area = areas->areas[area].parent;
    return area;
}

bool member_is_called(const struct member *member, const struct open_call *call,
                      const struct area_tree *areas)
{
    uint32_t area = area_find(areas, call->area);
    return area != AREA_NONE && area_is_within(areas, member->area, area) &&
           has(member->pools, member->pool_count, call->pool) &&
           (!call->skill || has(member->skills, member->skill_count, call->skill));
}
