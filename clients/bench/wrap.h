// The envelope around a message of the load: sealed with a key, plain without.
#pragma once

#include "keys/keyring.h"
#include "whistle.h"

// The bytes of a request in its envelope; freed by the caller. NULL: out of memory.
uint8_t *wrap_request(const char *principal, const struct seal_key *key, const Whistle__V1__Request *request,
                      size_t *length);

// The reply in the bytes of an envelope; freed with whistle_reply_free. NULL: it cannot be read, its seal
// does not fit, or it says "ok" without one although the request was sealed.
Whistle__V1__Reply *wrap_reply(const struct seal_key *key, const uint8_t *bytes, size_t length);
