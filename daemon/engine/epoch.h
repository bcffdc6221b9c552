// The first event of a new epoch of the journal, which a restore, or a journal that an older copy was put in
// the place of, begins without one: only who has the rulebook knows the city's day.
//
// It carries a case number that nobody gets. The counts of its day go on behind it, and it lies above all
// that may have been given on that day and lost (core/number.h), so that none is given twice; replaying the
// journal gives the same counts.
#pragma once

#include "core/number.h"
#include "core/rules.h"
#include "store/store.h"

// Writes it down where the head's epoch has no record yet, as a batch of its own, so that nothing else can
// come before it. `number` is that number, "" where nothing was to do. Before the engine is started. ERROR_IO
// and others, as store_commit.
int epoch_begin(struct store *store, const struct rules *rules, int64_t now_ms, int64_t machine_ms,
                char number[NUMBER_TEXT]) __attribute__((warn_unused_result));
