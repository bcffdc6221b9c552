// The salts of the sealed messages of the last ten minutes: one that comes again is a message that was sent
// again, by its own sender's socket or by somebody who listened.
//
// Two sets of fingerprints, by a keyed hash: the current one is written, the one before is looked at too and
// thrown away when it is old, or when the current one is full. So what is kept is bounded, and what is
// forgotten early was 1,000,000 messages ago; its change is still answered from the requests that the store
// remembers. A fingerprint is four bytes beside its place, which tells one message in a billion wrongly from
// another: that one is sealed anew.
//
// Both sets have all their memory (16 MiB together) from the start. Sets that grow would make whoever floods
// take it for ten minutes, and the loop wait while a million of them find new places.
//
// What came before the process began is not known at all. By the clock of its sender it can have been sent up
// to SALTS_SKEW_MS after that: what says to be no later may have come before, and what is later is surely
// new.
#pragma once

#include "keys/suite.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SALTS_HASH_KEY = 16, SALTS_SKEW_MS = 5 * 60 * 1000 };

struct salt_set {
    uint32_t *slots; // owned; 0: free
    size_t count;
};

struct salts {
    struct salt_set now, before;
    int64_t began_ms; // of `now`
    int64_t since_ms; // wall clock: what came before is not known
    uint8_t hash_key[SALTS_HASH_KEY];
};

// With a hash key by chance. `wall_ms` is the wall clock: from here on salts are known. ERROR_NO_MEMORY.
int salts_init(struct salts *salts, int64_t wall_ms) __attribute__((warn_unused_result));
void salts_fini(struct salts *salts);

// Notes the salt; true when it was noted within the last ten minutes. `now_ms` is any clock that does not go
// back.
bool salts_seen(struct salts *salts, const uint8_t salt[SUITE_SALT], int64_t now_ms);

// The last time at which, by its sender's clock, a message can have been sent that came before salts were
// known.
int64_t salts_unknown_until(const struct salts *salts);
