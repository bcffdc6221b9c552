// What a row of the books is for: the words of --by.
#pragma once

#include <argp.h>

// The word of `allowed` (ends with NULL) that was typed, in English or as the reader writes it; else the
// program ends with a message that lists them.
const char *by_parse(const char *const *allowed, const char *typed, struct argp_state *state);

// The head of the column that names the rows; "" for none.
const char *by_head(const char *by);
