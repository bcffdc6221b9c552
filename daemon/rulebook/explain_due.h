// The arithmetic of one due time, line by line: start, limit, each day that counts and each that does not,
// extensions, pauses, the rungs behind it, and what is left of it at some moment.
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "core/clock.h"
#include "core/rules.h"

// How and for whom it is told.
struct due_explainer {
    const struct rules *rules; // whose calendars count
    const struct zone *zone;   // of the times that are shown
    struct buffer *out;
    struct arena *arena;
    bool chinese;
    int64_t at_ms; // the moment from which a running clock is looked at; 0: none
};

// "accept    ", "签收      ": a word in a column of its own.
void explain_label(const struct due_explainer *e, const char *english, const char *chinese);

// Appends the explanation of a clock, `units` being those that are on it ("cg scj"). A due time that the
// calendars do not give (any more) is said to be the one put down. ERROR_TIME_RANGE, ERROR_NO_WORKING_TIME,
// ERROR_NO_MEMORY.
int explain_due(const struct due_explainer *e, const struct clock *clock, const char *units)
    __attribute__((warn_unused_result));
