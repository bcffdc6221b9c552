// An event as its reader may see it: personal parts only for those who handle the case.
#pragma once

#include "service/clearance.h"

// The event `seq` with the actor and the cleared parts of its record. `*out` is NULL where the journal does
// not have it. 0, or an error of the store.
int happening_read(struct query *query, uint64_t seq, struct clearance clearance,
                   Whistle__V1__Happening **out) __attribute__((warn_unused_result));

// What whoever has no part in the case any more is reminded of: that something happened to which case, when,
// by and about which unit, and of a rung which it was. ERROR_NO_MEMORY.
int happening_bare(struct query *query, const Whistle__V1__Happening *from, Whistle__V1__Happening **out)
    __attribute__((warn_unused_result));

// The cleared personal part of the whistle itself: that of the case's first event. `*out` NULL: there is
// none.
int happening_personal(struct query *query, uint64_t case_id, struct clearance clearance,
                       Whistle__V1__Personal **out) __attribute__((warn_unused_result));
