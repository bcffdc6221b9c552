// A case as a line of a list.
#pragma once

#include "service/query.h"

// `unit`: whose due time is meant; NULL: the case's. NULL without memory.
Whistle__V1__CaseRow *case_row(struct query *query, const struct casefile *file, const char *unit);
