// Token buckets by key: how much each may still have, and how long it must wait.
//
// A bucket holds `burst` tokens and gains `rate` a second. It is kept as one number, the time at which it is
// full again, so that one that is full need not be kept at all. What is kept lies in a table of fixed size,
// by a keyed hash that a hostile peer cannot aim at: four places for each hash. Where all four hold buckets
// that are not full, the one that is nearest to it is forgotten.
//
//     int64_t wait_ms = quota_take(&q, key, length, now_ms);      0: go on
//
// `now_ms` is of a clock that never steps; no clock of its own, no lock.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct quota_bucket {
    uint64_t key;    // its hash; 0: none
    int64_t full_ns; // when it is full again
};

struct quota {
    struct quota_bucket *buckets; // owned
    size_t sets;                  // of four; a power of two
    int64_t token_ns;             // in which one token is gained
    int64_t depth_ns;             // in which an empty bucket is filled
    int64_t debt_ns;              // how far below empty quota_charge can bring it
    uint8_t secret[16];
    uint64_t forgotten; // buckets that were not full
};

// For `buckets` at least (16 bytes each). `secret` is random. ERROR_NO_MEMORY.
int quota_init(struct quota *q, uint64_t rate, uint64_t burst, size_t buckets, const uint8_t secret[16])
    __attribute__((warn_unused_result));
void quota_fini(struct quota *q);

// Takes a token. 0; or, where there is none, the milliseconds after which there is one, and nothing was
// taken.
int64_t quota_take(struct quota *q, const void *key, size_t length, int64_t now_ms);

// The same where a token is a KiB: takes those of `bytes`, at most as many as the bucket holds.
int64_t quota_take_bytes(struct quota *q, const void *key, size_t length, size_t bytes, int64_t now_ms);

// Takes a token for what is done already, if need be on credit of up to ten seconds. The milliseconds until
// the bucket has none less than none; 0 while it had one.
int64_t quota_charge(struct quota *q, const void *key, size_t length, int64_t now_ms);

// The milliseconds until the bucket has none less than none; nothing is taken, and no bucket is made.
int64_t quota_debt(const struct quota *q, const void *key, size_t length, int64_t now_ms);

// Buckets that are not full: principals or addresses that were there lately.
size_t quota_count(const struct quota *q, int64_t now_ms);
