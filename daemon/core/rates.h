// Rates 考评: what a rulebook counts, divides, weighs and ranks; and its points 积分.
//
// A count is a kind of fact in one aspect ("resolve.overdue"). A rate is a sum of counts over another; each
// count of it leaves out what the rate's exclusions name, and says how much that was. All definitions refer
// to columns, one a distinct count and set of exclusions, so that a fact is looked at once for all of them. A
// row of cells, one a column, is what one unit, area or class has; rows add up, since each fact stands in
// one. Filled by the rulebook, then only read.
#pragma once

#include "base/arena.h"
#include "core/fact.h"

struct rate_count {
    enum fact_kind kind;
    enum aspect aspect;
};

struct rate_column {
    struct rate_count count;
    uint32_t without; // EXCLUDED_BIT of each exclusion that takes a fact out
    uint16_t next;    // column of the same kind; 0: none. Column 0 is nobody's
};

// Counts that are added and subtracted; what falls below zero is zero.
struct count_sum {
    const char *text; // as the rulebook writes it
    struct count_term {
        uint16_t column;
        int8_t sign;
        bool covered; // of a numerator: the denominator counts all that it counts, and so leaves it out too
    } * terms;
    uint32_t count; // 0: not given
};

// When a definition holds: periods that begin, and facts that happen, from the one instant and before the
// other.
struct validity {
    int64_t from_ms;
    int64_t until_ms;
};

struct rate_definition {
    const char *id;
    const char *name;
    struct count_sum of;
    struct count_sum over; // not given: the rate is the number itself
    uint32_t without;
    struct validity valid;
};

enum part_kind {
    PART_RATE,  // of / over
    PART_DAYS,  // the mean time that the facts took, in days of 24 hours
    PART_COUNT, // how many there are
    PART_ANY    // 1 where there is one
};

// Adds times × value + plus, between least and most.
struct score_part {
    enum part_kind kind;
    const char *rate_id;     // PART_RATE
    struct count_sum counts; // the others
    double times;
    double plus;
    double least; // -INFINITY: none
    double most;  // INFINITY: none
    bool inverse; // PART_RATE: 1 - value
};

// The weight of a top class of categories.
struct class_weight {
    uint32_t category;
    double weight;
};

struct score_definition {
    const char *id;
    const char *name;
    struct score_part *parts;
    uint32_t part_count;
    uint64_t least; // a row is ranked when each of its rates has so many to divide by; a class counts so
    bool by_class;  // counted class by class, the classes' scores are averaged by weight
    struct class_weight *weights; // classes that are not named weigh 1
    uint32_t weight_count;
    struct validity valid;
};

enum point_holder { HOLDER_UNIT, HOLDER_BRANCH, HOLDER_MEMBER };

struct point_rule {
    const char *id;
    const char *name;
    struct rate_count count;
    uint32_t without;
    enum point_holder holder;
    int32_t points;
    struct validity valid;
};

struct rate_table {
    struct rate_column *columns; // [0] is nobody's
    uint16_t column_count;       // that one included; 0: nothing is defined
    size_t column_room;
    uint16_t first[FACT_KINDS]; // column of each kind; 0: none
    struct rate_definition *rates;
    uint32_t rate_count;
    struct score_definition *scores;
    uint32_t score_count;
    struct point_rule *points;
    uint32_t point_count;
};

// One column of one row.
struct rate_cell {
    uint64_t count;
    uint64_t left_out; // by the column's exclusions
    int64_t took_ms;   // of those that count, together
};

enum { RATE_COLUMNS_MAX = 1024, RATE_TERMS_MAX = 64, POINT_RULES_MAX = 200 };

// Do its facts say how long they took?
bool count_takes_time(struct rate_count count);

// "resolve.met": false for what is none; a limit has always an aspect, what happened "late" or none.
bool count_parse(const char *text, struct rate_count *out);

// The column for a count and its exclusions, made where there is none. 0 when there are too many or memory
// ran out.
uint16_t rates_column(struct rate_table *table, struct arena *arena, struct rate_count count,
                      uint32_t without);

// Counts a fact, looked at `now_ms`, in each of the row's cells that it belongs to. `excluded`: EXCLUDED_BIT
// of each exclusion that concerns it.
void rates_count(const struct rate_table *table, struct rate_cell *row, enum fact_kind kind, uint32_t aspects,
                 uint32_t excluded, int64_t took_ms);

// Adds one row to another.
void rates_add(const struct rate_table *table, struct rate_cell *row, const struct rate_cell *other);

bool validity_holds(struct validity valid, int64_t at_ms);

// The definition with this id that holds at `at_ms`, or NULL.
const struct rate_definition *rates_find(const struct rate_table *table, const char *id, int64_t at_ms);

// Marks the terms of the numerator that the denominator covers.
void rates_cover(const struct rate_table *table, struct rate_definition *rate);

struct ratio {
    uint64_t of;
    uint64_t over;     // 0: there is no rate
    uint64_t left_out; // of either side, each fact once
};

struct ratio rates_ratio(const struct rate_cell *row, const struct rate_definition *rate);

struct score {
    double value;
    bool given;    // something of it could be counted
    uint64_t base; // the smallest denominator of its rates; 0: one of them has none, or there is no rate
};

// The score of one row at `at_ms` (the period's begin), what each part adds in `parts` (part_count of them;
// may be NULL). A part without facts to divide by is left out, and the others are raised to the whole weight.
struct score rates_score(const struct rate_table *table, const struct score_definition *score,
                         const struct rate_cell *row, int64_t at_ms, double *parts);

// The mean of the scores of several classes; `weights` beside `scores`. What has no score has no weight.
struct score rates_mean(const struct score *scores, const double *weights, size_t count);
