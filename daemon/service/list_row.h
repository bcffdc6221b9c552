// One case as a row of a list.
#pragma once

#include "service/query.h"

// The row of a case, with the due time of one unit's clocks where `unit` is given. It has its own copies of
// the case's texts, in the query's arena. NULL: out of memory.
Whistle__V1__CaseRow *list_row(struct query *query, const struct casefile *file, const char *unit);
