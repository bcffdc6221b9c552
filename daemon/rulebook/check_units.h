// The parts of check that go over units, ladders, pools, limits and years.
#pragma once

#include "rulebook/loader.h"

// By unit: whether a rule, the default owner or the desk can call it. NULL without memory.
const bool *callable_units(struct arena *arena, const struct rules *rules);

// Marks the units of the offices that submit whistles in the areas of this rule; everywhere without a rule.
void mark_offices(const struct rules *rules, const struct rule *rule, bool *units);

int units_check(const struct rulebook *book, struct rulebook_report *report)
    __attribute__((warn_unused_result));
int ladders_check(const struct rulebook *book, struct rulebook_report *report)
    __attribute__((warn_unused_result));
int pools_check(const struct rulebook *book, struct rulebook_report *report)
    __attribute__((warn_unused_result));
void limits_check(const struct rulebook *book, struct rulebook_report *report);
void years_check(const struct rulebook *book, int year, struct rulebook_report *report);
