// What the commands over a stopped store, or a backup of one, have in common.
#pragma once

#include "store/journal_reader.h"
#include "store/store_lock.h"

struct stopped {
    struct journal *journal; // opened to be read
    struct store_lock lock;  // of a store; a backup, which has a manifest, belongs to nobody
};

// Opens DIR/journal without changing it. What is wrong is said on standard error and returned.
int stopped_open(struct stopped *stopped, const char *directory) __attribute__((warn_unused_result));
void stopped_close(struct stopped *stopped);
