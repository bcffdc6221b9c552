// Gathers the facts of `status` and `metrics`: the one place where they are listed.
#pragma once

#include "status/inquiry.h"

// In the pool, over the inquiry's snapshot. 0, ERROR_NO_MEMORY, or an error of the store.
int gather_facts(struct inquiry *inquiry, struct facts *out) __attribute__((warn_unused_result));
