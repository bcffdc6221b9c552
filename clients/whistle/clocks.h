// The clocks of a case: who is on which limit, until when, and how each stands.
#pragma once

#include <stdio.h>

#include "tool.h"

// All of them as a table, in the order in which they were started.
void clocks_print(struct tool *tool, const Whistle__V1__CaseView *view, FILE *out);

// "paused" or "paused until 03-09 Mon 10:00"; "" for a clock that does not stand still.
const char *clocks_pause(struct tool *tool, const Whistle__V1__Clock *clock);

// What is left of it as "3 h 50 min", how late it is, or its pause; "" without a clock.
const char *clocks_left(struct tool *tool, const Whistle__V1__Clock *clock);

// How long the desk 裁定台 has held the case: its clocks, each from start to stop or until now.
int64_t clocks_desk_held(const Whistle__V1__Case *c, int64_t now_ms);

// The unit that is the desk of this case; NULL: the desk never had it.
const char *clocks_desk(const Whistle__V1__Case *c);
