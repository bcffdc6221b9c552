// The board of one case: who comes, where he is, how much time is left.
#pragma once

#include <stdio.h>

#include "tool.h"

// Its rows: each unit that was called, then the clocks of the case itself.
void board_print(struct tool *tool, const Whistle__V1__CaseView *view, FILE *out);
