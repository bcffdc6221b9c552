// Categories of issues (管理部件, 管理事件, citizens' appeals) with their filing conditions 立案条件.
//
// A category's class is its parent, found by code prefix or given. One class has several conditions, each
// with its own limits; the first is taken where a whistle names none.
#pragma once

#include "base/strmap.h"
#include "core/stage.h"
#include "core/words.h"

#include <stdbool.h>
#include <stdint.h>

#define CATEGORY_NONE UINT32_MAX

struct condition {
    const char *code; // within the category, as "1"
    const char *text;
    const char *closing; // closing condition 结案条件; may be NULL
    struct stage_limits limits;
};

struct category {
    const char *code; // unique
    const char *name;
    const char *standard; // as "GB/T 30428.2-2013"; NULL: the rulebook's
    uint32_t parent;      // its class; CATEGORY_NONE for a top class
    struct condition *conditions;
    uint32_t condition_count;
    enum place_cap place; // the most that the public feed tells of the place
    uint32_t similar_m;   // radius for duplicates; 0: not by distance
    int64_t similar_ms;   // window for duplicates
    uint32_t
        repeat_count; // so many whistles at one point within repeat_ms raise one to the level above; 0: never
    int64_t repeat_ms;
    const char *calendar; // NULL: the unit's or the city's
    bool leaf;            // a whistle may name it
};

struct category_table {
    struct category *categories;
    uint32_t count;
    struct strmap by_code;
};

// Index by code, or CATEGORY_NONE.
uint32_t category_find(const struct category_table *table, const char *code);

// The condition with this code; NULL or "" gives the first; NULL when there is none.
const struct condition *category_condition(const struct category *category, const char *code);
