// The envelope of a message: who speaks, which request it is, and the message inside.
//
// Suite 0 is plain: a peer on an ipc socket is believed when the rulebook lets its user speak for that
// principal; on TCP nobody is, unless the configuration says `insecure`. What cannot be opened gets one
// refusal that tells a stranger nothing.
#pragma once

#include "base/arena.h"
#include "base/blob.h"
#include "base/ulid.h"
#include "core/principal.h"

#include <stdbool.h>
#include <stdint.h>

enum { ENVELOPE_VERSION = 1, ENVELOPE_ARENA_BYTES = 1024 * 1024 };

// Who is at the other end, as the kernel says it.
struct envelope_peer {
    bool local; // ipc: `uid` is known
    uint32_t uid;
    uint32_t own_uid; // the daemon's
    bool insecure;    // plain TCP is believed
};

struct opened {
    const struct principal *principal; // of the table that was given
    struct ulid id;
    struct blob message; // a serialised Request, in the arena
};

// Opens a request. ERROR_MALFORMED for bytes that are no envelope, ERROR_REFUSED for everything that a
// stranger must not tell apart (unknown principal, wrong user, a suite that is not known), ERROR_NO_MEMORY.
int envelope_open(struct arena *arena, const struct principal_table *principals,
                  const struct envelope_peer *peer, const uint8_t *bytes, size_t length, struct opened *out)
    __attribute__((warn_unused_result));

// Wraps a serialised Reply. `id` NULL where the request's is not known. ERROR_NO_MEMORY.
int envelope_close(struct arena *arena, const struct ulid *id, struct blob reply, struct blob *out)
    __attribute__((warn_unused_result));
