// The dispatch slip 派单单: one page that a team takes along.
#pragma once

#include "tool.h"

void slip_print(struct tool *tool, const Whistle__V1__CaseView *view);
