// Rows of rates: the facts of a selection counted into a row for each unit, branch, area, class, day or
// month.
#pragma once

#include "service/selection.h"

// X(enumerator, name): what a row stands for. NONE: the whole alone.
#define LEDGER_GROUPS(X)                                                                                     \
    X(NONE, "")                                                                                              \
    X(UNIT, "unit")                                                                                          \
    X(BRANCH, "branch")                                                                                      \
    X(AREA, "area")                                                                                          \
    X(CATEGORY, "category")                                                                                  \
    X(DAY, "day")                                                                                            \
    X(MONTH, "month")

enum ledger_group {
#define X(id, name) BY_##id,
    LEDGER_GROUPS(X)
#undef X
        LEDGER_GROUP_COUNT
};

struct ledger_row {
    const char *code; // "-": facts that no unit, no branch, no known area or class has
    const char *name;
    struct rate_cell *cells; // one a column of the rulebook's rates
    struct rate_cell *
        *classes; // the same by top class of categories, where a score is counted so; may be NULL
};

struct ledger {
    struct selection *selection;
    const struct rate_table *table;
    enum ledger_group by;
    bool by_class;
    struct ledger_row whole;
    struct ledger_row *rows;
    uint32_t row_count;
    size_t row_room;
    uint32_t *row_of;     // by group key: 1 + row; 0: none yet
    uint32_t key_count;   //
    uint32_t class_count; // top classes have numbers from 1; 0 is that of unknown ones
    uint32_t *class_of;   // by index of the category
};

// The group by its name; -1 for none of them.
int ledger_group_from_name(const char *name);

// Counts all facts of the selection. 0, ERROR_NO_MEMORY, or the store's error.
int ledger_fill(struct ledger *ledger, struct selection *selection, enum ledger_group by)
    __attribute__((warn_unused_result));

// The score of a row for a period that begins at `at_ms`; parts as rates_score (of the whole row).
struct score ledger_score(const struct ledger *ledger, const struct ledger_row *row,
                          const struct score_definition *score, int64_t at_ms, double *parts);
