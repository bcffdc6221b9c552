// The sealed form of an envelope, suite 1 (keys/suite.h), there and back. whistle-bench is built with it,
// too.
#pragma once

#include "keys/keyring.h"
#include "whistle.h"

enum { ENVELOPE_VERSION = 1 };

// Seals a serialised Request into an envelope whose id is set. What it points to then lies in *room, which
// the caller frees once it is packed. WHISTLE_NO_MEMORY.
int sealing_close(Whistle__V1__Envelope *envelope, const struct seal_key *key, ProtobufCBinaryData request,
                  uint8_t **room);

// Opens the answer to the request `id`: its serialised Reply in *reply, freed by the caller.
// WHISTLE_BAD_REPLY: it is not sealed so; WHISTLE_NO_MEMORY.
int sealing_open(const Whistle__V1__Envelope *envelope, const struct seal_key *key, const struct ulid *id,
                 ProtobufCBinaryData *reply);
