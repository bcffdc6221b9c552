// Several names in one sentence: the first of them, and how many more there are.
#pragma once

#include "base/buffer.h"
#include "core/area.h"

#include <stdbool.h>
#include <stdint.h>

enum { NAMES_MAX = 6 };

// Adds a name behind the `*count` that were added before; those past NAMES_MAX are only counted.
void names_add(struct buffer *text, const char *name, const char *separator, uint32_t *count);

// Says how many were left out.
void names_end(struct buffer *text, uint32_t count);

// The fewest areas that hold all leaf areas of `in` and no others: an area stands for its leaves where all of
// them are meant. `leaves` is that of area_leaves; `in` is changed.
void names_of_areas(struct buffer *text, const struct area_tree *areas, const bool *leaves, bool *in);
