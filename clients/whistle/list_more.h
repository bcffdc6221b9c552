// Where a list was cut by --max: how to go on.
#pragma once

#include "tool.h"

// Says on standard error with which command the list goes on: the words of this one, with `token` behind
// --after. `before` is what --after was given in this one, NULL: nothing.
void list_more(struct tool *tool, int argc, char **argv, const char *before, const char *token);
