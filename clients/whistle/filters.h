// The filters that a user keeps by name, for `whistle list @NAME`.
//
// One YAML file, $XDG_CONFIG_HOME/whistle/filters.yaml or ~/.config/whistle/filters.yaml, which may be
// written by hand as well:
//
//     late-water: {overdue: true, area: '420902001', state: [in_hand, suspended]}
//
// A name is of letters of any script, digits, and - _ . ; at most 40 characters.
#pragma once

#include "filter.h"

struct filters {
    struct tool *tool;
    const char *directory; // NULL: there is no place for it
    const char *path;      // of the file
    int lock;              // -1: opened for reading
    struct kept *kept;
    size_t count;
    size_t capacity;
};

struct kept {
    const char *name;
    struct filter filter;
};

bool filters_is_name(const char *name);

// Reads the file; one that is not there is empty. `change` makes the directory and holds off others who would
// change it until filters_close. False after a message.
bool filters_open(struct filters *f, struct tool *tool, bool change);
void filters_close(struct filters *f);

// NULL: there is none of this name.
const struct filter *filters_find(const struct filters *f, const char *name);

// Keeps a filter, in place of one of the same name; forgets one, false where there is none.
void filters_put(struct filters *f, const char *name, const struct filter *filter);
bool filters_remove(struct filters *f, const char *name);

// Writes the file, whole or not at all. False after a message.
bool filters_write(struct filters *f);
