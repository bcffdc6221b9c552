// The proof of a state: built a second time from the journal, compared record for record, and its due times
// counted from its cases (design, promise 3). The list of free pages, which is nobody's record, must be one.
//
// Nothing of the store is written; the journal may be written on meanwhile by somebody else, the state may
// not: of a running daemon a copy is checked (store_snapshot). A state with a flipped bit in its pages may
// crash whoever walks it: run it in a process of its own.
#pragma once

#include "store/compare.h"
#include "store/journal_reader.h"
#include "store/tables.h"

// What it does, in this order. X(enumerator, text)
#define CHECK_STAGES(X)                                                                                      \
    X(OPENING, "opening the state")                                                                          \
    X(JOURNAL, "verifying the journal")                                                                      \
    X(REBUILDING, "building the state anew")                                                                 \
    X(COMPARING, "comparing the state")                                                                      \
    X(COUNTING, "counting due times")

enum check_stage {
#define X(id, text) CHECK_##id,
    CHECK_STAGES(X)
#undef X
};

const char *check_stage_name(enum check_stage stage);

// Whether it is the state that is walked then: what goes wrong speaks against it.
bool check_stage_is_of_the_state(enum check_stage stage);

struct check_options {
    const char *directory;                                // of the store, for its journal
    const char *state;                                    // directory of the state
    const char *scratch;                                  // an empty directory, for the second state
    difference_found *found;                              // each difference
    void (*stage)(void *context, enum check_stage stage); // begins
    void *context;
};

struct check_report {
    bool state_is_bad; // it differs, or cannot be opened; false where the journal is what is damaged
    struct journal_report journal;
    struct state_position stands; // up to where all of this was looked at
    uint64_t events;              // replayed into the second state
    struct comparison compared;
    uint64_t due; // entries of `due`, each the next due time of an open case or of a digest
};

// 0: all was looked at, and is good if report->compared.differences is 0. ERROR_CORRUPT: the journal is
// damaged, or the state so much that it does not open or say where it stands; the text names it. Also
// ERROR_STORAGE_FULL, ERROR_IO, ERROR_NO_MEMORY, ERROR_STORE_VERSION.
int check_state(const struct check_options *options, struct check_report *report, struct store_error *error)
    __attribute__((warn_unused_result));
