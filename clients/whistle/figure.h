// A figure of the books: how it is rounded and written.
//
// A rate is a percentage with two decimals, a half rounded away from zero, computed in whole numbers: 911 of
// 972 is 93.72. A rate without a denominator is the number itself. A score has two decimals too.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "whistle.h"

struct figure {
    bool given;     // false: nothing could be counted; it is written as a dash
    bool whole;     // a number of things, not hundredths
    int64_t amount; // hundredths (of a percent, of a point), or things
};

// `definition` says whether there is a denominator. `ratio` NULL: not given.
struct figure figure_of_ratio(const Whistle__V1__RateDefinition *definition, const Whistle__V1__Ratio *ratio);

// `score` NULL: not given.
struct figure figure_of_score(const Whistle__V1__Score *score);

// "93.72", "12", "–".
const char *figure_text(struct arena *arena, struct figure figure);

// The same for programs: "" where there is none.
const char *figure_plain(struct arena *arena, struct figure figure);

// "93.72 (+1.30)": with how it changed, in percentage points. The difference is that of the two figures as
// they are shown, so that whoever subtracts finds it right. Where one of them is missing: "93.72 (–)".
const char *figure_change(struct arena *arena, struct figure now, struct figure before);

// 93.72; 0 where there is none.
double figure_value(struct figure figure);
