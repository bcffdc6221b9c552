// A case in the six steps 受理 分析 解决 反馈 评议 监督: what happened in each, with its evidence.
#pragma once

#include "tool.h"

// All happenings of the view but deliveries, which known_print has; and what a step still has to bring before
// the case can be closed.
void steps_print(struct tool *tool, const Whistle__V1__CaseView *view);
