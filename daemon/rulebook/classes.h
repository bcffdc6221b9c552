// Areas and categories that no rule can tell apart, so that proofs ask one of each class instead of all.
//
// Two areas are of one class when the nearest area above them (or they themselves) that some rule names is
// the same, and the same relative roles find a unit for both. Two categories are of one class when the
// nearest named class above is the same and neither has conditions that rules ask for.
#pragma once

#include "base/arena.h"
#include "core/rules.h"

#include <stdint.h>

struct classes {
    uint32_t *of;    // item → class; CLASS_NONE where it takes no part (a category that is no leaf)
    uint32_t *first; // class → one of its items, a leaf where it has any
    uint32_t count;
};

#define CLASS_NONE UINT32_MAX

// 0 or ERROR_NO_MEMORY.
int classes_of_areas(struct classes *out, struct arena *arena, const struct rules *rules)
    __attribute__((warn_unused_result));
int classes_of_categories(struct classes *out, struct arena *arena, const struct rules *rules)
    __attribute__((warn_unused_result));

// For each area, whether no area lies in it; NULL without memory.
const bool *area_leaves(struct arena *arena, const struct area_tree *areas);
