// Readings: what the daemon knows of itself, as one list that is written down once and rendered three ways.
//
// A reading has a group and a name; its key in JSON, its metric and its line for people are made of these and
// of its unit (render.h). Readings of one family ("cases by state") share group and name and stand together,
// each with a label. Texts are not copied: they live in the arena of the list, or for ever.
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum reading_unit {
    READING_PLAIN, // a count of things
    READING_BYTES,
    READING_SPAN,  // milliseconds
    READING_SHORT, // milliseconds, of what should take few of them
    READING_TIME,  // Unix milliseconds; READING_NONE: never
    READING_FLAG,  // 0 or 1
    READING_TEXT,  // not a metric
    READING_LABEL, // a text that stays: a label of the metric whistled_info
};

#define READING_NONE INT64_MIN

struct reading {
    const char *group; // "store"
    const char *name;  // "journal": without unit, group, or _total
    const char *help;  // one sentence, for HELP and for people
    enum reading_unit unit;
    bool counter; // only grows while the daemon runs
    int64_t number;
    const char *text;  // READING_TEXT, READING_LABEL
    const char *label; // of a family: "state"; NULL: the reading stands alone
    const char *value; // "in_hand"
};

struct readings {
    struct arena *arena; // the caller's; a list that found no memory is marked there
    const char *group;   // of what is added next
    struct reading *items;
    size_t count;
    size_t capacity;
    const char **alarms; // what an operator must see first, as sentences
    size_t alarm_count;
    size_t alarm_capacity;
};

void readings_init(struct readings *readings, struct arena *arena);

// Adds to the group that readings->group names.
void readings_gauge(struct readings *readings, const char *name, enum reading_unit unit, int64_t number,
                    const char *help);
void readings_counter(struct readings *readings, const char *name, enum reading_unit unit, uint64_t number,
                      const char *help);
void readings_text(struct readings *readings, const char *name, const char *text, const char *help);
void readings_label(struct readings *readings, const char *name, const char *text, const char *help);

// A member of a family.
void readings_member(struct readings *readings, const struct reading *reading);

// A flag that is an alarm when it is up: `sentence` is then shown first.
void readings_alarm(struct readings *readings, const char *name, bool up, const char *help,
                    const char *sentence);

// The first reading of its family follows at `i`: the one before has another group or name.
bool readings_begins_family(const struct readings *readings, size_t i);
