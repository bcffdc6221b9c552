// One daemon a store: an open-file-description lock on DIR/lock, which the kernel lets go when the process
// dies.
#pragma once

#include "store/store_error.h"

struct store_lock {
    int fd; // −1: not held
};

// Takes the lock and writes our pid into the file. ERROR_STORE_LOCKED names the pid of who holds it;
// ERROR_IO.
int store_lock_take(struct store_lock *lock, const char *directory, struct store_error *error)
    __attribute__((warn_unused_result));

// Lets it go; the file stays. Once more does nothing.
void store_lock_release(struct store_lock *lock);
