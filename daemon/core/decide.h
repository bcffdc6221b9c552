// decide: all judgement of the daemon, as one pure function.
//
//     events = decide(rules, view, command, now)
//
// No I/O, no clock, no randomness of its own: the same arguments give the same events, which is what lets the
// daemon, explain, the simulator and the fuzzers share it. The events are applied to a scratch copy of the
// case while they are made, so that each sees what the one before it did.
#pragma once

#include "base/arena.h"
#include "core/command.h"
#include "core/rules.h"
#include "core/view.h"

// The most events are those of a case that is given up while others rest in it: four for each of them.
enum {
    REFUSAL_MAX_ARGUMENTS = 4,
    TICK_MAX_RUNGS = 16,
    TICK_MAX_CLOCKS = 256,
    CASE_MAX_JOINED = 32,
    DECISION_MAX_EVENTS = 4 * CASE_MAX_JOINED + 64
};

// One unit that was called, for the answer.
struct called {
    const char *unit;
    const char *name;
    enum role role;
    const char *contact;
    int64_t accept_due_ms;
    int64_t report_due_ms;
    int64_t resolve_due_ms;
    const char *limit; // of resolve, as the rulebook writes it
};

struct duplicate {
    const char *number;
    const char *title; // NULL where the asker may not see that case
    int64_t filed_ms;
};

// The answer: a refusal (code < 0, no events) or what was done.
struct decision {
    int code;                                     // 0 or an enum error
    const char *arguments[REFUSAL_MAX_ARGUMENTS]; // of the refusal's sentence, NULL where there are no more
    const char *field;                            // that is at fault, or NULL
    struct event *events;
    size_t event_count;
    struct casefile *file;    // the case after the events; NULL when refused
    struct casefile **others; // other cases that events are about, after them
    size_t other_count;
    struct called *called;
    size_t called_count;
    struct duplicate *duplicates;
    size_t duplicate_count;
    bool existed;                 // the same source and source_no is this case already; no events
    const char *reason;           // why nobody was called, or NULL
    const char *raised;           // number of the whistle that this one raised, or NULL
    struct precedent *precedents; // what was ruled around here
    size_t precedent_count;
};

// The case that an event of the decision is about.
const struct casefile *decision_case(const struct decision *decision, const struct event *event);

// Decides. Everything in `out` belongs to `arena` or to the arguments. Returns `out->code`; ERROR_NO_MEMORY
// when the arena gave out.
int decide(struct arena *arena, const struct rules *rules, const struct view *view,
           const struct command *command, int64_t now_ms, struct decision *out);
