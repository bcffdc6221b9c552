// A store that is made beside its place and put there whole: what a restore and an import have in common.
//
// It is made in DIR/landing. landing_settle opens it as a store, which brings its state to the head of its
// journal, proves the whole chain, erases again what its journal says is erased, begins a new epoch, and
// moves it up, the journal last: without that DIR is no store, and a daemon refuses it.
//
//     int rc = landing_begin(&l, "/var/lib/whistled", &error);
//     …                                  files are put under l.side
//     rc = rc ? rc : landing_settle(&l, &terms, &report, &error);
//     landing_end(&l);                   whatever was left in DIR/landing is removed
#pragma once

#include "store/store.h"
#include "store/store_lock.h"

enum { LANDING_PATH = 4096 };

struct landing {
    const char *target;      // borrowed
    char side[LANDING_PATH]; // DIR/landing
    int directory;           // of the target; −1: none
    struct store_lock lock;  // of the target
};

struct landing_terms {
    int64_t now_ms; // machine time: names the epoch
    uint8_t boot_id[16];
    uint64_t segment_bytes; // of new segments; 0: 64 MiB
    const struct store_io *io;
    bool has_state;                          // it must stand on the journal's chain
    const struct journal_position *expected; // the head that its journal must have; NULL: any
};

struct landing_report {
    struct journal_position before; // the head that it came with
    struct journal_position after;  // and that it has now: the same but for its epoch
    uint64_t replayed;              // events applied to the state
};

// Makes the target if need be. ERROR_IN_USE: it is not empty. ERROR_STORE_LOCKED, ERROR_IO,
// ERROR_STORAGE_FULL.
int landing_begin(struct landing *l, const char *target, struct store_error *error)
    __attribute__((warn_unused_result));

// A folder of what is made, open; made here. ERROR_IO, ERROR_STORAGE_FULL.
int landing_folder(struct landing *l, const char *name, int *out, struct store_error *error)
    __attribute__((warn_unused_result));

// ERROR_CORRUPT with what is wrong, by its name; else as store_open and journal_begin_epoch.
int landing_settle(struct landing *l, const struct landing_terms *terms, struct landing_report *report,
                   struct store_error *error) __attribute__((warn_unused_result));

void landing_end(struct landing *l);
