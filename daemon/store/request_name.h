// What tells that a request is the same one again, whoever sends it another time: a hash of what it asks,
// without its id and its time, which a client may make anew for each try.
//
// The bytes are walked one level deep, by hand, and nothing of them is believed: a name is taken of what has
// crashed the daemon before.
#pragma once

#include "base/blob.h"

#include <stdint.h>

enum { REQUEST_NAME = 32 };

// Of a serialised Request that `principal` sent: all fields but `id` and `sent_ms`.
void request_name(const char *principal, struct blob request, uint8_t out[REQUEST_NAME]);

// Of a serialised Envelope, whoever sent it: all fields but `id` and `salt`, and of a plain request in it the
// same as above. What is sealed is another each time it is sealed; only the same bytes, as nanomsg sends them
// again over a new connection, are known again.
void request_name_sealed(struct blob envelope, uint8_t out[REQUEST_NAME]);
