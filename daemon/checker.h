// The check of a state (store/check.h) in a process of its own, since a damaged state may crash whoever walks
// it: a process that dies is told as damage, with the signal that ended it.
//
// Offline the tool forks. The daemon cannot: once everything is open its filter kills whoever makes a
// process. So a helper is forked before that, before there are threads, keys and sockets; it waits on a
// socket pair, forks for each check, and ends with the daemon. A copy of the state is checked, the daemon
// goes on meanwhile.
#pragma once

#include "base/buffer.h"
#include "store/store.h"

#include <stdatomic.h>

struct check_places {
    const char *directory; // of the store
    const char *state;
    const char *scratch; // empty
};

// Checks in a child. `report` gets JSON: {"code": "ok" | "corrupt" | …, "damaged": "" | "state" | "journal",
// "text", "journal": {…}, "stands": {…}, "tables": {name: records}, "due", "differences": [{"table", "key",
// "kind", "stands", "should"}], "difference_count", "took_ms"}. Without memory it stays empty. `watched`: a
// descriptor whose closing by the other side ends the check; −1: none.
void checker_run(const struct check_places *places, int watched, struct buffer *report);

struct checker {
    int fd; // to the helper; −1: there is none
    atomic_flag busy;
};

// Forks the helper. Before the first thread. Without a process to be had, there is no online check.
void checker_begin(struct checker *checker);

// Copies the state to DIR/check and has it checked; a state that is damaged is distrusted from then on.
// Blocks for as long as that takes. ERROR_BUSY: one is under way. ERROR_DRAINING: checker_end was called.
// ERROR_UNKNOWN_OPERATION: there is no helper. ERROR_IO, ERROR_STORAGE_FULL: the copy failed, `error` says
// how.
int checker_check(struct checker *checker, struct store *store, struct buffer *report,
                  struct store_error *error) __attribute__((warn_unused_result));

// Removes the copies of a check that was cut off.
void checker_clean(const char *directory);

// Ends a check that runs, and the helper.
void checker_end(struct checker *checker);
