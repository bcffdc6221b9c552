// DIR/mark: which boot of the machine last wrote the state, and whether the store was closed in order.
//
// The state is not synced, so it can be trusted only if nothing but the process has died since: same boot, or
// a clean stop. The mark of a clean stop is taken back before the state is opened.
#pragma once

#include "store/boot.h"
#include "store/store_error.h"

enum store_mark {
    MARK_NONE,  // there is none: the store is new, or older than its mark
    MARK_CLEAN, // closed in order
    MARK_OPEN,  // still open, in this boot
    MARK_LOST,  // still open, in another boot
};

// Reads the mark of `directory` against this boot.
enum store_mark store_mark_read(const char *directory, const uint8_t boot[BOOT_ID]);

// Writes and syncs it; it needs no room but for the first time. ERROR_IO, ERROR_STORAGE_FULL.
int store_mark_write(const char *directory, const uint8_t boot[BOOT_ID], bool clean,
                     struct store_error *error) __attribute__((warn_unused_result));
