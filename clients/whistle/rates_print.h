// The ways in which rates are printed on standard output.
#pragma once

#include "rates_view.h"

// Ranked rows, the whole last, each figure a column; with bars behind the first score or, without one, behind
// the first rate.
void rates_print_table(const struct rates_view *v, bool bars);

// The whole alone: each figure a row, with what it is made of.
void rates_print_whole(const struct rates_view *v);

// How each rate is counted.
void rates_print_definitions(const struct rates_view *v);

// Columns that are stable and not translated; the whole is the last row, with an empty code.
void rates_print_csv(const struct rates_view *v);
