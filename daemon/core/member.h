// Members of a pool 双报到: people whom a team or a resident organisation keeps on its roster and who have
// registered with a community. An open call reaches those of its pool that are registered in its area.
//
// Who they are (name, phone) is personal: it stands in a private file of the rulebook, which is neither kept
// in the journal nor part of the digest. The core knows codes.
#pragma once

#include "base/strmap.h"
#include "core/area.h"

#include <stdbool.h>
#include <stdint.h>

struct open_call;

struct member {
    const char *code;      // unique
    const char *recipient; // "member/CODE"
    uint32_t unit;         // that keeps him on its roster
    uint32_t area;         // the community that he is registered with
    const char **pools;
    uint32_t pool_count;
    const char **skills;
    uint32_t skill_count;
};

struct member_table {
    struct member *members;
    uint32_t count;
    struct strmap by_code;
};

// By code, or NULL.
const struct member *member_find(const struct member_table *table, const char *code);

// Does anybody have this skill?
bool member_skill_exists(const struct member_table *table, const char *skill);

// Whose members a call about this area reaches first: its own, or, where it has no office, those of the
// nearest area above that has one. A grid's people are its community's.
uint32_t member_call_area(const struct area_tree *areas, uint32_t area);

// Is this member called by this open call?
bool member_is_called(const struct member *member, const struct open_call *call,
                      const struct area_tree *areas);
