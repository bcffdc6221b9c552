// Counts as rates.yaml writes them: "resolve.met + settled - declined", and what a rate leaves out. What is
// wrong goes to the report.
#pragma once

#include "core/rates.h"
#include "rulebook/loader.h"

// EXCLUDED_BIT of each exclusion that is named.
uint32_t counts_exclusions(struct loader *loader, const struct cells *cells);

// Says why a word is no count.
void counts_report(struct loader *loader, const struct cell *cell, const char *word);

// The column of one count; 0 where it is none.
uint16_t counts_column(struct loader *loader, const struct cell *cell, const char *word, uint32_t without);

// A sum of counts, between + and -.
void counts_sum(struct loader *loader, const struct cell *cell, uint32_t without, struct count_sum *sum);
