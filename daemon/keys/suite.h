// Suite 1 of the envelope: ChaCha20-Poly1305 (RFC 8439) under a key that is made for each message,
// HMAC-SHA256(key, salt) (RFC 2104), so that Java, Go, Python and Node have all of it in their own libraries.
//
// A message key is used once, so its nonce is twelve zeros. What the envelope says in the clear is the
// associated data, in this form: version, suite and direction, a byte each; the principal and the key's id,
// each behind a byte that counts its bytes; the 16 bytes of the request id.
#pragma once

#include "base/ulid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SUITE_PLAIN = 0, SUITE_SEALED = 1 };

enum {
    SUITE_KEY = 32,  // bytes of a principal's key
    SUITE_SALT = 24, // random, new for each message
    SUITE_TAG = 16,  // by which a sealed message is longer than the plain one
};

enum suite_direction { SUITE_REQUEST = 0, SUITE_REPLY = 1 };

// What the envelope says in the clear. `principal` and `key_id` have at most 255 bytes.
struct suite_label {
    uint8_t version; // of the envelope
    enum suite_direction direction;
    const char *principal;
    const char *key_id;
    const struct ulid *id;
};

// Writes length + SUITE_TAG bytes to `out`.
void suite_seal(const uint8_t key[SUITE_KEY], const struct suite_label *label, const uint8_t salt[SUITE_SALT],
                const void *plain, size_t length, uint8_t *out);

// Writes length - SUITE_TAG bytes to `out`. False when it was not sealed so, and nothing of it is told.
bool suite_open(const uint8_t key[SUITE_KEY], const struct suite_label *label, const uint8_t salt[SUITE_SALT],
                const void *sealed, size_t length, uint8_t *out);
