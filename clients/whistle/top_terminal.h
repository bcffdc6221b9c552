// Which kinds of terminal a live view can be drawn on.
#pragma once

#include <stdbool.h>

// The kind that TERM names is known, and its cursor can be sent to any place. Nothing is written to it.
bool top_terminal_is_known(void);
