// What the loaders of the single files share: the rulebook under construction, and how a value becomes a
// reference, a limit, a word of the field.
//
// Content that is wrong goes to the report and the loader goes on, so that one run finds everything; want of
// memory sticks to the arena and is looked at once, at the end.
#pragma once

#include "core/limit.h"
#include "core/rules.h"
#include "rulebook/report.h"
#include "rulebook/rulebook.h"
#include "rulebook/source.h"
#include "rulebook/table.h"
#include "rulebook/yaml.h"

#include <stdatomic.h>
#include <stdbool.h>

struct atlas;
struct finder;

// Where the parts of a rule were written, for check.
struct rule_marks {
    struct mark rule;
    struct mark category;
    struct mark area;
    struct mark lead;
    struct mark ladder;
    struct mark limits;
    struct mark pool; // and where it says how many are needed, or the same
    struct mark places;
};

// A row of members.private.csv.
struct member_person {
    const char *name;
    const char *phone;
};

struct rulebook {
    atomic_uint users;
    struct arena arena; // everything below
    struct rules rules;
    struct source *sources; // in the order of their names
    size_t source_count;
    struct rulebook_file *files; // the same, as given
    struct mark *area_marks;     // by index
    struct mark *unit_marks;
    struct mark *category_marks;
    struct mark *ladder_marks;
    struct mark *calendar_marks;
    struct mark *member_marks;
    struct mark *principal_marks;
    struct member_person *persons; // of the members, by index; NULL without the private file
    struct rule_marks *rule_marks;
    struct mark defaults; // of rulebook.yaml
    struct zone zone;
    struct limit_words words;
    struct atlas *atlas;   // outlines; NULL without; owned
    struct finder *finder; // words in texts; NULL without; owned
};

// The pools that members belong to, each once.
struct pool_list {
    const char **names;
    uint32_t count;
    size_t capacity;
    struct strmap by_name;
    bool unsure; // a row of members was not whole
};

struct loader {
    struct rulebook *book;
    struct rules *rules; // of the book
    struct arena *arena; // of the book
    struct rulebook_report *report;
    struct strmap ladders;   // code → index
    struct strmap calendars; // name → index
    struct strmap dropped; // codes of rows that were reported and left out: to refer to them is no new fault
    struct pool_list pools;
    struct city_draft *city;   // what rulebook.yaml said
    struct cell *area_offices; // by area; resolved once the units are there
};

// Things that can be referred to by a code.
enum reference {
    REFERENCE_AREA,
    REFERENCE_UNIT,
    REFERENCE_CATEGORY,
    REFERENCE_LADDER,
    REFERENCE_CALENDAR,
    REFERENCE_MEMBER,
};

// The source with this name (".yaml" also finds ".yml"), marked as used, or NULL.
struct source *loader_source(struct loader *loader, const char *name);

// The same for a file that another one names in `cell`: a missing one is reported, and a private one, since
// what is kept loads without it.
struct source *loader_named_source(struct loader *loader, const struct cell *cell);

// Reads the table `name`; false when there is none, or nothing of it can be used. A table that is `required`
// and missing is reported.
bool loader_table(struct loader *loader, const char *name, bool required, const struct column *columns,
                  uint32_t width, struct table *out);

// The index that a code stands for. UINT32_MAX where none is given, or for an unknown one, which is reported
// with the nearest known one.
uint32_t loader_refer(struct loader *loader, enum reference reference, const struct cell *cell);

// Adds `code` → `index` to a map; a second one is reported with the place of the first.
bool loader_enter(struct loader *loader, struct strmap *map, const struct cell *code, uint32_t index,
                  const struct mark *marks);

// loader_enter for codes that become part of a path or of the name of a feed: no "/" and no blanks in them.
bool loader_enter_code(struct loader *loader, struct strmap *map, const struct cell *code, uint32_t index,
                       const struct mark *marks);

// A limit as people write it; `*out` stays as it is where none is given or it is wrong (reported).
void loader_limit(struct loader *loader, const struct cell *cell, struct limit *out);

// A resolve limit, which may be several successive ones ("停工4工作时;处罚7工作日"); as loader_limit.
void loader_steps(struct loader *loader, const struct cell *cell, struct stage_limits *limits);

// The number of a word of the field ("issue", 日常哨); -1 where it is none (reported).
int loader_word(struct loader *loader, enum word_list list, const struct cell *cell);

// Bits (1 << number) of several words.
uint32_t loader_words(struct loader *loader, enum word_list list, const struct cells *cells);

// A whole number between two bounds, or `otherwise` where none is given or it is wrong (reported).
long loader_number(struct loader *loader, const struct cell *cell, long least, long most, long otherwise);

// yes no true false 是 否; false where none is given or it is wrong (reported).
bool loader_bool(struct loader *loader, const struct cell *cell);

// Bits of enum closing_need.
uint32_t loader_closing(struct loader *loader, const struct cell *feedback, const struct cell *call_back);

// The texts of several cells, as an array of the arena.
const char **loader_texts(struct loader *loader, const struct cells *cells);

// Reports a flag that `words:` of rulebook.yaml does not have.
void city_check_flag(struct loader *loader, const struct cell *flag);

// A pool that some member belongs to; NULL where none is given, or for an unknown one, which is reported.
const char *members_pool(struct loader *loader, const struct cell *cell);

// rulebook_load_files with a cap on the rulebook's memory (0: none), past which it fails as if there were no
// more.
int rulebook_load_within(size_t max_bytes, const struct rulebook_file *files, size_t count,
                         struct rulebook **out, struct rulebook_report *report)
    __attribute__((warn_unused_result));

// The loaders, in the order in which they must run. Each reads its files if they are there.
void load_city(struct loader *loader);       // rulebook.yaml: what needs no other table
void load_calendars(struct loader *loader);  // calendars.yaml and their exceptions
void load_areas(struct loader *loader);      // areas.csv, but for offices
void load_units(struct loader *loader);      // units.csv, then the offices of the areas
void load_contacts(struct loader *loader);   // contacts.csv, roster.csv
void load_members(struct loader *loader);    // members.csv, members.private.csv
void load_categories(struct loader *loader); // categories.csv, conditions.csv
void load_ladders(struct loader *loader);    // ladders.yaml
void load_rules(struct loader *loader);      // rules.yaml, rules.csv
void load_principals(struct loader *loader); // principals.yaml, principals.csv
void load_defaults(struct loader *loader);   // rulebook.yaml: what refers to the tables
void load_rates(struct loader *loader);      // rates.yaml
