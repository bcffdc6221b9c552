// A rulebook: the city's own rules, read from one directory of YAML and CSV files and compiled for the core.
//
// config/README.md is the reference of the files. A rulebook is immutable and counted: whoever keeps a
// pointer over time holds a reference; everything of it lives in one arena and goes with the last reference.
// Loading reads files, parses and compiles patterns: off the loop thread. The look-ups below are safe from
// any thread.
#pragma once

#include "base/arena.h"
#include "base/blob.h"
#include "core/rules.h"
#include "rulebook/report.h"

#include <stddef.h>
#include <stdint.h>

struct rulebook;

struct rulebook_file {
    const char *name; // without directory: "rules.yaml"
    struct blob bytes;
};

enum {
    RULEBOOK_MAX_FILES = 64,
    RULEBOOK_MAX_BYTES = 256 * 1024 * 1024, // of all files
};

// Reads and compiles the files of `dir` (*.yaml, *.csv, *.geojson; others are passed over). All that is wrong
// is in `report`, which the caller has initialised, sorted by place. On 0 the caller owns one reference in
// `*out`. ERROR_BAD_RULEBOOK when the report has errors (`*out` is NULL), ERROR_IO, ERROR_NO_MEMORY.
int rulebook_load(const char *dir, struct rulebook **out, struct rulebook_report *report)
    __attribute__((warn_unused_result));

// The same from memory, as the store keeps them. The bytes are copied.
int rulebook_load_files(const struct rulebook_file *files, size_t count, struct rulebook **out,
                        struct rulebook_report *report) __attribute__((warn_unused_result));

// One more reference; returns `book`.
struct rulebook *rulebook_ref(struct rulebook *book);

// Gives a reference back; the last one frees. NULL is allowed.
void rulebook_unref(struct rulebook *book);

// The compiled tables, with the digest. Good as long as the reference.
const struct rules *rulebook_rules(const struct rulebook *book);

// The files as they were given, in the order of their names. Whoever keeps them leaves the private ones out
// (source_is_private): what is kept loads without them, as the same rulebook with the same digest.
const struct rulebook_file *rulebook_files(const struct rulebook *book, size_t *count);

// Who the member with this code is, and how to reach him: personal data, for those alone who may see it. NULL
// for an unknown code, and where the rulebook came without its private file.
const char *rulebook_member_name(const struct rulebook *book, const char *code);
const char *rulebook_member_phone(const struct rulebook *book, const char *code);

// The deepest area whose outline holds the position, or AREA_NONE (also where the rulebook has no outlines).
// Degrees; DATUM 0 counts as WGS84. GCJ02 and BD09 are brought back to WGS84 first, which outlines are in.
uint32_t rulebook_place(const struct rulebook *book, double latitude, double longitude, enum datum datum);

// The flags of `words:` whose patterns are found in any of the texts (NULL among them counts as empty), in
// the order of the rulebook. A pattern that runs into its match limit counts as not found. `*flags` is in the
// arena, the strings are the rulebook's. 0 or ERROR_NO_MEMORY.
int rulebook_flags(const struct rulebook *book, struct arena *arena, const char *const *texts,
                   size_t text_count, const char ***flags, uint32_t *flag_count)
    __attribute__((warn_unused_result));
