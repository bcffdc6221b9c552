// The counts that need a walk: over the open cases and over the subscribers' cursors.
#pragma once

#include "status/inquiry.h"

enum {
    SURVEY_MAX = 20000, // cases
    SURVEY_SHARE = 20   // at most this part of a core goes to surveys, however often they are asked for
};

// The last survey where it is young enough for what it cost, else a new one. In the pool. 0, or an error of
// the store.
int survey_take(struct inquiry *inquiry, struct survey *out) __attribute__((warn_unused_result));

// One subscriber of a feed.
struct subscriber {
    const char *recipient;
    const char *consumer;  // "" for a feed that nobody has ever acknowledged
    uint64_t acknowledged; // seq
    uint64_t head;         // seq of the feed's newest entry; 0: it has none
    uint64_t behind;       // entries it has not acknowledged, counted up to BEHIND_MAX
    int64_t seen_ms;       // city time of its last acknowledgement; 0: never
    bool lagging;          // entries wait, and nothing was acknowledged for the rulebook's `silent`
};

enum { BEHIND_MAX = 10000 };

// Calls `each` for every cursor, in order of recipients; it stops at the first error and returns it. Texts
// are good during the call.
int survey_subscribers(struct inquiry *inquiry,
                       int (*each)(void *context, const struct subscriber *subscriber), void *context)
    __attribute__((warn_unused_result));

// The feed of `recipient` as one that nobody reads. False where it has no entries, or somebody does read it.
bool survey_unread(struct inquiry *inquiry, const char *recipient, struct subscriber *out);
