// "Did you mean …": the known code that is nearest to one that is not known.
#pragma once

#include <stdint.h>

// The `index`th known text.
typedef const char *suggest_at(const void *context, uint32_t index);

// The candidate with the fewest changed characters (at most a third of them, and one at least; a leading zero that
// was lost counts as none), or NULL where nothing is near.
const char *suggest_nearest(const char *text, suggest_at *at, const void *context, uint32_t count);
