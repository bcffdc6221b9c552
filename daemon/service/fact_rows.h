// A fact of the books as the wire has it, with its case's number, title and state.
#pragma once

#include "service/fact_sources.h"

// NULL without memory, and where the case cannot be read (the error is in the transaction).
Whistle__V1__FactRow *fact_row(struct selection *selection, const struct booked *fact, uint32_t excluded);
