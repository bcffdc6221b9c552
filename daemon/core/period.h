// A span of whole local days that figures are counted over: a month, a day, a year, or from a day to a day.
#pragma once

#include "base/arena.h"
#include "core/localtime.h"

#include <stdbool.h>

struct period {
    int32_t first_day; // local day numbers
    int32_t last_day;  // inclusive
};

enum { PERIOD_MAX_DAYS = 3700 };

// "2026-11", "2026-11-26", "2026", "2026-11-01..2026-11-15". False when it is none of them, ends before it
// begins, or is longer than PERIOD_MAX_DAYS.
bool period_parse(const char *text, struct period *out);

// The month that a local day lies in, and the day alone.
struct period period_month(int32_t day);
struct period period_day(int32_t day);

// The one before: a whole month's, year's or day's neighbour, else as many days.
struct period period_before(struct period period);

// As period_parse reads it, in the arena; NULL when memory ran out.
const char *period_text(struct arena *arena, struct period period);

// The instants at which it begins, and at which it is over (no longer part of it).
int64_t period_from_ms(struct period period, const struct zone *zone);
int64_t period_to_ms(struct period period, const struct zone *zone);
