// Routing: which rule places a whistle. The first rule in written order that matches wins.
//
// Rules are put into buckets by what they say of category, condition and area; a lookup asks the few buckets
// that the whistle's own category, its classes above and its areas above can be in, so that its cost depends
// on the depth of those trees and not on the number of rules.
#pragma once

#include "base/arena.h"
#include "core/area.h"
#include "core/category.h"
#include "core/unit.h"

#include <stdbool.h>
#include <stdint.h>

// One unit that a rule calls: named, or found relative to the whistle's area.
struct rule_call {
    enum role role;      // lead, assist
    uint32_t unit;       // UNIT_NONE: relative
    const char *serving; // relative: the unit with this role that serves the area, or the nearest above
    const struct stage_limits *limits; // for this unit alone; NULL: the rule's
};

struct rule {
    const char *id;
    const char *file;
    uint32_t line;
    // What it asks; an empty list asks nothing.
    uint32_t kinds;             // bit (1 << enum kind)
    uint32_t natures;           // bit (1 << enum nature)
    uint32_t severities;        // bit (1 << severity)
    const uint32_t *categories; // indices; a class stands for all below it
    uint32_t category_count;
    const char **conditions; // codes
    uint32_t condition_count;
    const uint32_t *areas; // indices; an area stands for its subtree
    uint32_t area_count;
    const char **flags; // words found in the text: any of these (answered by the rulebook)
    uint32_t flag_count;
    const char **attributes;  // name, value, name, value …: all of these
    uint32_t attribute_count; // pairs
    // What it answers.
    struct rule_call *calls; // lead first
    uint32_t call_count;
    struct stage_limits limits;
    const char *ladder;   // NULL: the default for its kind
    const char *calendar; // NULL: the category's, the unit's or the city's
    bool registers;       // file and count it, summon nobody
    bool approval;        // needs approval before it goes out
    const char *verify;   // who verifies: "office", "street", … NULL: nobody
    uint32_t closing;     // enum closing_need bits
    const char *pool;     // call-up: whose members are called; NULL: the rule calls units
    uint32_t places;      // call-up: how many are needed where the whistle does not say
};

// What a rule is asked about.
struct route_query {
    enum kind kind;
    enum nature nature;
    uint32_t severity;
    uint32_t category;     // index
    const char *condition; // code of the condition taken, may be NULL
    uint32_t area;         // index
    const char *const *flags;
    uint32_t flag_count;
    const char *const *attributes; // name, value, …
    uint32_t attribute_count;      // pairs
};

// All rules that name this category (or any) together with this area (or any).
struct bucket {
    uint32_t category;     // CATEGORY_NONE: any
    uint32_t area;         // AREA_NONE: any
    const uint32_t *rules; // indices in written order, ended by RULE_NONE; NULL: a free place
};

struct routing {
    struct rule *rules; // in written order
    uint32_t count;
    struct bucket *buckets; // open addressing; a power of two of them
    uint32_t bucket_mask;   // their number - 1
    uint32_t bucket_count;  // in use
};

#define RULE_NONE UINT32_MAX

// Makes the buckets, in `arena`. 0 or ERROR_NO_MEMORY.
int routing_compile(struct routing *routing, struct arena *arena) __attribute__((warn_unused_result));

// The index of the first rule that matches, or RULE_NONE.
uint32_t routing_find(const struct routing *routing, const struct area_tree *areas,
                      const struct category_table *categories, const struct route_query *query);

// Whether this one rule matches, and if not, what it asks that the whistle is not: the name of the first
// condition that fails ("kind", "category", "area", …). NULL when it matches. For explain.
const char *rule_mismatch(const struct rule *rule, const struct area_tree *areas,
                          const struct category_table *categories, const struct route_query *query);
