// Facts: what the daemon knows of itself, as one list that is written down once and rendered three ways.
//
// A fact has a group and a name; its key in JSON, its metric and its line for people are made of these and of
// its unit (render.h). Facts of one family ("cases by state") share group and name and stand together, each
// with a label. Texts are not copied: they live in the arena of the list, or for ever.
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fact_unit {
    FACT_PLAIN, // a count of things
    FACT_BYTES,
    FACT_SPAN,  // milliseconds
    FACT_SHORT, // milliseconds, of what should take few of them
    FACT_TIME,  // Unix milliseconds; FACT_NONE: never
    FACT_FLAG,  // 0 or 1
    FACT_TEXT,  // not a metric
    FACT_LABEL, // a text that stays: a label of the metric whistled_info
};

#define FACT_NONE INT64_MIN

struct fact {
    const char *group; // "store"
    const char *name;  // "journal": without unit, group, or _total
    const char *help;  // one sentence, for HELP and for people
    enum fact_unit unit;
    bool counter; // only grows while the daemon runs
    int64_t number;
    const char *text;  // FACT_TEXT, FACT_LABEL
    const char *label; // of a family: "state"; NULL: the fact stands alone
    const char *value; // "in_hand"
};

struct facts {
    struct arena *arena; // the caller's; a list that found no memory is marked there
    const char *group;   // of what is added next
    struct fact *items;
    size_t count;
    size_t capacity;
    const char **alarms; // what an operator must see first, as sentences
    size_t alarm_count;
    size_t alarm_capacity;
};

void facts_init(struct facts *facts, struct arena *arena);

// Adds to the group that facts->group names.
void facts_gauge(struct facts *facts, const char *name, enum fact_unit unit, int64_t number,
                 const char *help);
void facts_counter(struct facts *facts, const char *name, enum fact_unit unit, uint64_t number,
                   const char *help);
void facts_text(struct facts *facts, const char *name, const char *text, const char *help);
void facts_label(struct facts *facts, const char *name, const char *text, const char *help);

// A member of a family.
void facts_member(struct facts *facts, const struct fact *fact);

// A flag that is an alarm when it is up: `sentence` is then shown first.
void facts_alarm(struct facts *facts, const char *name, bool up, const char *help, const char *sentence);

// The first fact of its family follows at `i`: the one before has another group or name.
bool facts_begins_family(const struct facts *facts, size_t i);
