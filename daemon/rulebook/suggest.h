// "Did you mean …": the known code that is nearest to one that is not known.
#pragma once

#include <stdint.h>

// The `index`th known text.
typedef const char *suggest_at(const void *context, uint32_t index);

// The candidate with the fewest changed characters (one in a short code, two, at most a third; leading zeros
// that were lost count as none), or NULL where nothing is near.
const char *suggest_nearest(const char *text, suggest_at *at, const void *context, uint32_t count);
