// The tree of areas: city > district > street > community > grid (> building); levels may be missing.
//
// An area is an index into the tree. Parents stand before their children, so that one pass over the table
// sees each parent first. Built by the rulebook, then only read.
#pragma once

#include "base/arena.h"
#include "base/strmap.h"

#include <stdbool.h>
#include <stdint.h>

#define AREA_NONE UINT32_MAX

enum { AREA_DEPTH_MAX = 12 };

struct area {
    const char *code; // unique
    const char *name;
    const char *level;    // city district street community grid building, or the city's own word
    const char *path;     // codes from the root, "/" between them: "420902/420902002/420902002003"
    uint32_t parent;      // AREA_NONE for a root
    uint32_t depth;       // 0 for a root
    uint32_t office;      // unit that is this area's office, UNIT_NONE without one
    const char **leaders; // liaison leaders 挂点领导: recipient codes "leader/CODE"
    uint32_t leader_count;
};

struct area_tree {
    struct area *areas;
    uint32_t count;
    struct strmap by_code;
};

// Index by code, or AREA_NONE.
uint32_t area_find(const struct area_tree *tree, const char *code);

// True when `area` is `ancestor` or lies below it. AREA_NONE as ancestor holds everything.
bool area_is_within(const struct area_tree *tree, uint32_t area, uint32_t ancestor);

// True when no area lies below it.
bool area_is_leaf(const struct area_tree *tree, uint32_t area);

// The area `levels` above; AREA_NONE above the root.
uint32_t area_above(const struct area_tree *tree, uint32_t area, uint32_t levels);

// Whether `path` is that of `ancestor` or of an area below it.
bool area_path_within(const char *path, const char *ancestor);

// The code at the end of a path, in it; NULL for NULL.
const char *area_path_code(const char *path);

// Writes `path` of each area; parents must stand before children. False when memory ran out.
bool area_tree_finish(struct area_tree *tree, struct arena *arena);
