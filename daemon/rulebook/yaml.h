// YAML by tables: what keys a mapping may have, of which type, and where their values go.
//
// A loader fills a plain struct of cells (a "draft") from a const table of fields, and gives the values their
// meaning afterwards. Unknown keys (with the nearest known one), missing keys and wrong types are reported
// here.
#pragma once

#include "rulebook/report.h"
#include "rulebook/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fy_node;
struct fy_document;
struct fy_parser;

// A node and where it stands: its own place, or that of its key where it is empty. `node` NULL: not given.
struct yaml_node {
    struct fy_node *node;
    struct mark at;
};

struct yaml_pair {
    struct cell key;
    struct cells values;
};

struct yaml_pairs {
    struct yaml_pair *items;
    uint32_t count;
    struct mark at;
};

struct yaml_nodes {
    struct yaml_node *items; // of a sequence
    struct cell *keys;       // of a mapping: the key of each; else NULL
    uint32_t count;
};

enum field_type {
    FIELD_CELL,  // struct cell: one scalar
    FIELD_CELLS, // struct cells: a scalar or a list of scalars
    FIELD_PAIRS, // struct yaml_pairs: a mapping of scalars to a scalar or a list
    FIELD_NODE,  // struct yaml_node: looked at later
    FIELD_MAP,   // `fields` of a mapping of its own, into the same draft
};

struct field {
    const char *key;            // NULL ends a table
    enum field_type type;       //
    bool required;              //
    size_t offset;              // in the draft; unused for FIELD_MAP
    const struct field *fields; // FIELD_MAP
};

struct yaml {
    struct fy_parser *parser;     // owned
    struct fy_document *document; // owned
    const struct source *source;
    struct arena *arena; // the rulebook's: cells are copied into it
    struct rulebook_report *report;
    struct yaml_node root; // `node` NULL for an empty file
};

// Parses the source's text; what is wrong is reported. False when there is no document to look at. yaml_fini
// is due in both cases.
bool yaml_init(struct yaml *yaml, const struct source *source, struct arena *arena,
               struct rulebook_report *report);
void yaml_fini(struct yaml *yaml);

// Fills the draft from a mapping. False when something was reported.
bool yaml_read(struct yaml *yaml, struct yaml_node map, const struct field *fields, void *draft);

// The items of a sequence, or the values of a mapping with their keys. A wrong type is reported and gives
// none.
bool yaml_list(struct yaml *yaml, struct yaml_node node, struct yaml_nodes *out);
bool yaml_map(struct yaml *yaml, struct yaml_node node, struct yaml_nodes *out);

// A scalar, or a list of them.
bool yaml_cells(struct yaml *yaml, struct yaml_node node, struct cells *out);
bool yaml_is_scalar(struct yaml_node node);
