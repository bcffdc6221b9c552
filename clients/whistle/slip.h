// The dispatch slip 派单单: one page that a team takes along.
#pragma once

#include "tool.h"

// `asked`: the answer was asked for with what is personal.
void slip_print(struct tool *tool, const Whistle__V1__CaseView *view, bool asked);
