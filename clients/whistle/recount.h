// The figures of an answer counted again by the daemon from its journal alone, and held against it.
#pragma once

#include "tool.h"

// Asks for the recount of `answer` page by page, and says on `out` what came of it: that all counts are
// equal, or each that is not. EXIT_DONE where they are.
int recount_run(struct tool *tool, const Whistle__V1__RatesView *answer,
                const Whistle__V1__Selection *selection, FILE *out);
