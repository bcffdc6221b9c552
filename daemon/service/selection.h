// Which facts of the books a question is about: a period, a unit, an area, a class, and what the asker may
// see.
#pragma once

#include "core/period.h"
#include "service/query.h"
#include "store/books.h"

struct selection {
    struct query *query;
    struct db_txn *txn;
    const struct rules *rules;
    const struct zone *zone;
    struct period period;
    int64_t from_ms;
    int64_t to_ms;
    bool any_unit;
    uint32_t unit; // number of its name; where not any: 0 is one that has no fact
    bool any_branch;
    uint32_t branch; // so
    bool any_member;
    uint32_t member;   // so
    uint32_t area;     // index; AREA_NONE: all
    uint32_t category; // index; CATEGORY_NONE: all
    uint32_t own;      // number of the asker's unit, where it acts for it; 0: none
    struct books_exclusions exclusions;
    bool has_all_exclusions; // else they are those of `excluded_case`
    uint64_t excluded_case;
    bool sees_all;       // whatever area it belongs to
    bool sees_areas;     // not only what is its own unit's: a ranking of it says something
    uint32_t name_count; // numbers go up to this
    uint32_t *areas;     // by number: 1 + index in the rulebook; 0: not looked up yet
    uint32_t *categories;
    uint8_t *seen; // by area's number: 1 the asker may see it, 2 not, 0 not looked up yet
    int rc;        // why selection_init failed
};

// False where it is refused (the reply says why and rc is 0) or something failed.
bool selection_init(struct selection *selection, struct query *query, const Whistle__V1__Selection *asked);

// Before many facts are looked at. ERROR_NO_MEMORY.
int selection_load_exclusions(struct selection *selection) __attribute__((warn_unused_result));

// Whether the asker sees it: by its area, or since it is its own unit's.
bool selection_may_see(struct selection *selection, const struct booked *fact);

// Whether it is what is asked for, and the asker sees it.
bool selection_wants(struct selection *selection, const struct booked *fact);

// The index of a number's area (the nearest above it that the rulebook still has) or category; AREA_NONE,
// CATEGORY_NONE where there is none.
uint32_t selection_area(struct selection *selection, uint32_t number);
uint32_t selection_category(struct selection *selection, uint32_t number);

// The code of a number, "" for 0; and the name of the unit that has it, "" where the rulebook has it no more.
const char *selection_code(const struct selection *selection, uint32_t number);
const char *selection_unit_name(const struct selection *selection, const char *code);

// The names of EXCLUDED_BITs, in the query's arena; NULL without memory.
char **selection_exclusion_names(struct arena *arena, uint32_t bits, size_t *count);

// The aspects of a fact as of the query's time, and what takes it out.
uint32_t selection_aspects(const struct selection *selection, const struct booked *fact);
uint32_t selection_excluded(struct selection *selection, const struct booked *fact);
