// Coverage: does every category have somebody in every area? And can every rule ever match?
#pragma once

#include "rulebook/loader.h"

// Reports vacuum 治理真空 (no rule and no default owner) as categories × the fewest areas that say it, at the
// area of the nearest rule; and rules whose lead is relative and finds no unit. Whistles that say nothing of
// nature, severity, words and attributes are what must be covered, for each kind but an open call. 0 or
// ERROR_NO_MEMORY.
int coverage_check(const struct rulebook *book, struct rulebook_report *report)
    __attribute__((warn_unused_result));

// Reports rules that can never match because those above them take every whistle that they ask for: for each
// rule, the least that it asks is looked for in all its categories and areas. 0 or ERROR_NO_MEMORY.
int shadow_check(const struct rulebook *book, struct rulebook_report *report)
    __attribute__((warn_unused_result));
