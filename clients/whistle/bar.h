// Bars of eighths of a block, and when they can be shown.
#pragma once

#include <stdbool.h>

#include "base/arena.h"

// True when standard output is a terminal that shows UTF-8.
bool bar_is_possible(void);

// `value` of `full` as a bar, which has ten columns when it is full; what it does not fill is left out. Less
// than 0 is none, more than `full` a full one.
const char *bar_text(struct arena *arena, double value, double full);
