// The open cases of a day at a glance: what is due today, what is late, which units say nothing.
#pragma once

#include "service/query.h"

struct digest_scope {
    const char *unit;   // whose summonses; NULL: everybody's
    uint32_t area;      // AREA_NONE: everywhere
    int64_t day_end_ms; // of today
    uint32_t max;       // rows of each part
};

// Fills due, late, silent and their counts. 0, ERROR_NO_MEMORY, or the store's error.
int digest_open(struct query *query, const struct digest_scope *scope, Whistle__V1__DigestView *view)
    __attribute__((warn_unused_result));
