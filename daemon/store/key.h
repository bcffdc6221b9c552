// The keys of the state's tables, big-endian, so that what sorts is what drains.
#pragma once

#include "store/db.h"

#include <stddef.h>
#include <stdint.h>

struct key {
    uint8_t bytes[DB_MAX_KEY];
    size_t length;
};

void key_clear(struct key *key);
void key_u8(struct key *key, uint8_t value);
void key_u32(struct key *key, uint32_t value);
void key_u64(struct key *key, uint64_t value);

// A time: negative ones sort before positive ones.
void key_time(struct key *key, int64_t ms);

// Bytes as they are. What does not fit into an LMDB key is replaced by its BLAKE2b-256 hash.
void key_text(struct key *key, const char *text);
void key_bytes(struct key *key, const void *bytes, size_t length);

// Reads back at an offset.
uint32_t key_get_u32(struct blob key, size_t offset);
uint64_t key_get_u64(struct blob key, size_t offset);
int64_t key_get_time(struct blob key, size_t offset);
