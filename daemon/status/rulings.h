// What the desk ruled, as the commands want it: newest first over all categories.
#pragma once

#include "status/inquiry.h"

enum { RULINGS_MAX = 10000 }; // that are looked at

struct rulings {
    const struct precedent **items;
    size_t count;
    bool partial; // there may be more than were looked at
};

// Those of one category (code), or of all (NULL), that were ruled before `before_ms`. 0, or an error of the
// store.
int rulings_gather(struct inquiry *inquiry, const char *category, int64_t before_ms, struct rulings *out)
    __attribute__((warn_unused_result));
