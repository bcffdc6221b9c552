// An answer to Rates as columns of figures: the rates in the rulebook's order, then the scores.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "figure.h"
#include "tool.h"

struct rates_column {
    const char *id;
    const char *name;
    const Whistle__V1__RateDefinition *definition; // NULL: a score
    size_t index;                                  // of the rate among the definitions
};

struct rates_view {
    struct arena *arena;
    const Whistle__V1__RatesView *answer; // not owned; outlives this
    const Whistle__V1__RateRow *whole;
    struct rates_column *columns;
    size_t count;
    const char *by; // "": the whole alone
    bool compare;
};

// `only`, ended by NULL, holds the ids that are wanted; none of them: all. False after a message where one is
// not known.
bool rates_view_init(struct rates_view *v, struct tool *tool, const Whistle__V1__Rates *asked,
                     const Whistle__V1__RatesView *answer, const char *const *only);

struct figure rates_view_figure(const Whistle__V1__RateRow *row, const struct rates_column *column);

// What the rate of a row is made of, or the score; NULL where the row has none, or the column is the other.
const Whistle__V1__Ratio *rates_view_ratio(const Whistle__V1__RateRow *row,
                                           const struct rates_column *column);
const Whistle__V1__Score *rates_view_score(const Whistle__V1__RateRow *row,
                                           const struct rates_column *column);

// The row of the period before; one without any figure where there was none.
const Whistle__V1__RateRow *rates_view_before(const struct rates_view *v, const Whistle__V1__RateRow *row);

// The figure as a table shows it: with how it changed, where that was asked for.
const char *rates_view_text(const struct rates_view *v, const Whistle__V1__RateRow *row,
                            const struct rates_column *column);

// The first score's column, or NULL.
const struct rates_column *rates_view_first_score(const struct rates_view *v);
