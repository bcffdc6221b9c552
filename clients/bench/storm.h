// A storm: so many clocks end at the same millisecond, while whistles go on coming in.
//
// All whistles of the storm have the same appointed time, so that the clocks of their reports end together,
// whatever the rulebook's limit and calendar. All others are appointed for days later, so that none of their
// clocks meddles. How many clocks end together is counted from the answers, how many were worked is what the
// daemon says, and the rungs are its events less those of the whistles (two each: filed and dispatched).
#pragma once

#include "load.h"

struct storm {
    struct load load; // clients, and the seconds of the run without a storm
    uint64_t count;   // whistles
    const char *status;
    bool json;
};

// Fills the store, measures the calm, then the storm, prints both. The exit status: 0 when every clock that
// ended together was worked.
int storm_run(const struct storm *storm);
