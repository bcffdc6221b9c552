// The inside of a mapping: filled by mapping_load.c, read by mapping.c.
#pragma once

#include "base/strmap.h"
#include "mapping.h"

struct column {
    const char *name;
    size_t index; // found by mapping_bind
};

// Where one field or attribute comes from.
struct spec {
    const char *name;
    const char *constant; // this, and nothing of the row
    struct column *columns;
    size_t n_columns;
    const char *join; // between several columns
    bool has_map;
    struct strmap map; // text -> index in values
    const char **values;
    size_t n_values;
    size_t values_room;
    const char *standard; // for what is empty or not in the map
    bool keep;            // what is not in the map stands for itself
    size_t cut;           // characters; 0: all
    const char **formats; // of a time
    size_t n_formats;
};

struct mapping {
    const char *zone;
    const char *encoding;
    char delimiter;
    struct spec *fields;
    size_t n_fields;
    struct spec *attributes;
    size_t n_attributes;
    struct spec *skips; // their maps hold the texts of rows to be left out
    size_t n_skips;
    size_t n_head; // columns of the file
};
