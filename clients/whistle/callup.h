// An open call to a pool 社区吹哨、党员报到: how many places there are, and who has them.
#pragma once

#include "tool.h"

// Nothing where the case is no call-up.
void callup_print(struct tool *tool, const Whistle__V1__CaseView *view);
