// Gathers the readings of `status` and `metrics`: the one place where they are listed.
#pragma once

#include "status/inquiry.h"

// In the pool, over the inquiry's snapshot. 0, ERROR_NO_MEMORY, or an error of the store.
int gather_readings(struct inquiry *inquiry, struct readings *out) __attribute__((warn_unused_result));

// On the loop, without a look at the store: the city's time, the engine's counts, and the loop's longest
// stall of the last `seconds`. 0, ERROR_NO_MEMORY.
int gather_pulse(struct inquiry *inquiry, unsigned seconds, struct readings *out)
    __attribute__((warn_unused_result));
