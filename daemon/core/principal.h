// Principals: organisations and programs that may speak to the daemon, and what their roles allow.
#pragma once

#include "base/strmap.h"
#include "core/area.h"
#include "core/unit.h"
#include "core/words.h"

#include <stdbool.h>
#include <stdint.h>

struct principal {
    const char *code; // unique
    const char *name;
    uint32_t duties;      // bit (1 << enum duty)
    uint32_t area;        // the subtree that it sees and acts in; AREA_NONE: everywhere
    uint32_t unit;        // the unit that it speaks for; UNIT_NONE: none
    const uint32_t *uids; // local users that may speak as this principal
    uint32_t uid_count;
    bool same_uid; // the daemon's own user may
};

struct principal_table {
    struct principal *principals;
    uint32_t count;
    struct strmap by_code;
};

// By code, or NULL.
const struct principal *principal_find(const struct principal_table *table, const char *code);

static inline bool principal_is(const struct principal *p, enum duty duty)
{
    return p && (p->duties >> duty & 1) != 0;
}
