// A rulebook of another day: the store keeps the files of each that was ever in force, by digest. What is
// private was never kept (the names of members and contacts), and is missing in it.
#pragma once

#include "status/inquiry.h"

// Loads the rulebook with this digest; the one in force is taken as it is, private files and all. On 0 the
// caller owns one reference in `*out`. ERROR_NOT_FOUND where the store does not have it, ERROR_BAD_RULEBOOK
// where this program does not take its files any more, ERROR_CORRUPT, ERROR_NO_MEMORY. Parses: in the pool.
int stored_book(struct inquiry *inquiry, struct blob digest, struct rulebook **out)
    __attribute__((warn_unused_result));
