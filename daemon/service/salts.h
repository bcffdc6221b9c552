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
#pragma once

#include "keys/suite.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SALTS_HASH_KEY = 16 };

struct salt_set {
    uint32_t *slots; // owned; 0: free
    size_t count;
};

struct salts {
    struct salt_set now, before;
    int64_t began_ms; // of `now`
    uint8_t hash_key[SALTS_HASH_KEY];
};

// With a hash key by chance. ERROR_NO_MEMORY.
int salts_init(struct salts *salts) __attribute__((warn_unused_result));
void salts_fini(struct salts *salts);

// Notes the salt; true when it was noted within the last ten minutes. `now_ms` is any clock that does not go
// back.
bool salts_seen(struct salts *salts, const uint8_t salt[SUITE_SALT], int64_t now_ms);
