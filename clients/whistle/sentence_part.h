// The parts that a sentence is put together from; sentence.c is the whole.
#pragma once

#include "tool.h"

struct sentence {
    struct tool *tool;
    const Whistle__V1__CaseView *view; // has names; its case may be missing
    const Whistle__V1__Event *event;
    const char *text; // so far
};

// One more piece; NULL and "" are none.
void sentence_add(struct sentence *s, const char *piece);

// A time as seen from the event: without its day where that is the same.
const char *sentence_time(const struct sentence *s, int64_t ms);

// What the event asked for or changed: clocks, places, which other cases.
void sentence_add_change(struct sentence *s);
