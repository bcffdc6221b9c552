// The day's books: what happened, counted per unit, area, category and local day.
//
// Sums over areas, classes and months are made when asked. Unit "" counts what belongs to the case and not to
// one unit (filed, closed …). A count is moved by exactly one kind of event, so a recount of the journal
// gives it again.
#pragma once

#include "core/case.h"
#include "store/db.h"

// X(field)
#define RATE_COUNTS(X)                                                                                       \
    X(filed)                                                                                                 \
    X(registered)                                                                                            \
    X(closed)                                                                                                \
    X(cancelled)                                                                                             \
    X(called)                                                                                                \
    X(accepted)                                                                                              \
    X(accepted_late)                                                                                         \
    X(reported)                                                                                              \
    X(reported_late)                                                                                         \
    X(done)                                                                                                  \
    X(done_late)                                                                                             \
    X(declined)                                                                                              \
    X(rework)                                                                                                \
    X(urged)                                                                                                 \
    X(rungs)                                                                                                 \
    X(solved)                                                                                                \
    X(not_solved)                                                                                            \
    X(extended)                                                                                              \
    X(paused)                                                                                                \
    X(suspended)                                                                                             \
    X(exempted)                                                                                              \
    X(over_twice)                                                                                            \
    X(over_thrice)                                                                                           \
    X(misdispatched)                                                                                         \
    X(reopened)                                                                                              \
    X(merged)                                                                                                \
    X(satisfied)                                                                                             \
    X(dissatisfied)                                                                                          \
    X(claimed)                                                                                               \
    X(checked_in)

struct rate_counts {
#define X(field) uint32_t field;
    RATE_COUNTS(X)
#undef X
};

// Counts one event of a case (as it stands after the event; `summons_before`: how many it had before).
void rates_count(struct db_txn *txn, const struct casefile *file, size_t summons_before,
                 const struct event *event);

// The sum over all keys of a local day; of one unit only where `unit` is given ("" for the case's own
// counts).
void rates_day(struct db_txn *txn, int32_t day, const char *unit, struct rate_counts *out);
