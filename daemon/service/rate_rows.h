// Rows of a ledger as the wire has them: ratios in the order of the definitions, scores with their ranks.
#pragma once

#include "service/ledger.h"

// The definitions of rates that hold at `at_ms`, in written order. NULL without memory.
Whistle__V1__RateDefinition **rate_rows_definitions(const struct selection *selection, int64_t at_ms,
                                                    size_t *count);

// The cells of a row as counts, in the order of the rulebook's columns. NULL without memory.
Whistle__V1__Count **rate_rows_counts(const struct selection *selection, const struct rate_cell *row,
                                      size_t *count);

// One row, not ranked, by the definitions of that time. NULL without memory.
Whistle__V1__RateRow *rate_rows_one(const struct ledger *ledger, const struct ledger_row *row, int64_t at_ms);

// All of them, ranked by each score: by the first one, what has no rank behind, then by code. NULL without
// memory.
Whistle__V1__RateRow **rate_rows_all(const struct ledger *ledger, int64_t at_ms, size_t *count);
