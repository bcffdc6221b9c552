// Two states, record for record: the one that stands, and the one that the journal says it should be.
//
// Both are walked side by side in the order of their keys. The one that stands may be damaged anywhere: a
// record that does not fit, keys out of order and pages that LMDB refuses are differences like any other, and
// the walk ends, since keys only go up. What makes LMDB crash is the caller's (he runs it in a process of its
// own).
#pragma once

#include "store/db.h"

// X(enumerator, text)
#define DIFFERENCES(X)                                                                                       \
    X(MISSING, "missing")       /* it should stand there, and does not */                                    \
    X(TOO_MUCH, "too much")     /* it stands there, and should not */                                        \
    X(OTHER, "differs")         /* */                                                                        \
    X(UNREADABLE, "unreadable") /* its checksum does not fit */                                              \
    X(BROKEN, "broken")         /* the rest of the table cannot be walked; no key */

enum difference_kind {
#define X(id, text) DIFFERENCE_##id,
    DIFFERENCES(X)
#undef X
};

struct difference {
    enum db_table table;
    enum difference_kind kind;
    struct blob key;    // borrowed, like the rest
    struct blob stands; // payloads
    struct blob should;
};

const char *difference_name(enum difference_kind kind);

// A difference; false: that is enough.
typedef bool difference_found(void *context, const struct difference *difference);

struct comparison {
    uint64_t records[DB_TABLE_COUNT]; // that stand
    uint64_t differences;
};

// Compares all tables; where each state stands in the journal (`position` of meta) is not looked at. 0, or
// the error of the state that should be, or of memory. Differences are no error.
int compare_states(struct db *stands, struct db *should, difference_found *found, void *context,
                   struct comparison *out) __attribute__((warn_unused_result));
