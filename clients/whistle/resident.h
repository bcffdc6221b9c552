// The resident as far as the reader is told: whole, masked, erased, or not at all.
#pragma once

#include "tool.h"

// For people; "" where there is nothing to say. Kept in the tool's arena or in the answer.
struct resident {
    const char *who; // "张桂兰  13800008000", "张** (ends in 8000)", "erased", "not shown to you"
    const char *address;
    const char *text;
    const char *more; // how to see what is held back
};

// Of a case. `asked`: the answer was asked for with what is personal.
struct resident resident_of(struct tool *tool, const Whistle__V1__CaseView *view, bool asked);

// What an item of a feed tells of him, on one line: "resident 张** (ends in 8000)"; "" for nothing.
const char *resident_in_feed(struct tool *tool, const Whistle__V1__FeedItem *item);
