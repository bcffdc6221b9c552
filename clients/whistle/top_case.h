// One case as `whistle top` shows it: who has to come by when, its clocks, the latest happenings first.
#pragma once

#include "flow.h"
#include "tool.h"

// Lines of at most flow's columns, in its arena.
void top_case_lines(struct tool *tool, const Whistle__V1__CaseView *view, struct flow *flow);
