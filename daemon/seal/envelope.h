// The envelope of a message: who speaks, which request it is, and the message inside.
//
// Suite 1 is sealed with a key of the keyring (keys/suite.h). Suite 0 is plain: a peer on an ipc socket is
// believed when the rulebook lets its user speak for that principal; on TCP nobody is, unless the
// configuration says `insecure`. Whatever cannot be opened is one refusal, and costs the same whether the
// principal or its key exists or not.
#pragma once

#include "base/arena.h"
#include "base/blob.h"
#include "base/ulid.h"
#include "core/principal.h"
#include "keys/keyring.h"

#include <stdbool.h>
#include <stdint.h>

enum { ENVELOPE_VERSION = 1 };

// Who is at the other end, as the kernel says it.
struct envelope_peer {
    bool local; // ipc: `uid` is known
    uint32_t uid;
    uint32_t own_uid; // the daemon's
    bool insecure;    // plain TCP is believed
};

// Who is known: the principals of the rulebook, their keys, and the machine's time for which those are good.
struct envelope_known {
    const struct principal_table *principals;
    const struct keyring *keys;
    int64_t now_ms;
};

// How an answer goes back. The key is looked up again then: what was revoked meanwhile hears nothing more.
struct envelope_way {
    struct ulid id;
    char key_id[KEY_ID_SIZE]; // "": plain
};

struct opened {
    const struct principal *principal; // of the table that was given
    struct envelope_way way;
    struct blob message;      // a serialised Request, in the arena
    uint8_t salt[SUITE_SALT]; // of a sealed message
};

// Opens a request. ERROR_REFUSED for everything that a stranger must not tell apart (bytes that are no
// envelope, an unknown principal or key, a wrong user, a seal that does not fit, a suite that is not known),
// ERROR_NO_MEMORY.
int envelope_open(struct arena *arena, const struct envelope_known *known, const struct envelope_peer *peer,
                  const uint8_t *bytes, size_t length, struct opened *out)
    __attribute__((warn_unused_result));

// Whether a principal may still hear what was asked for it this way: a plain peer must be one that may speak
// for it, by the rulebook of now. A key is looked up by envelope_close.
bool envelope_may_hear(const struct principal *principal, const struct envelope_peer *peer,
                       const struct envelope_way *way);

// Wraps a serialised Reply for `principal`, as its request came. ERROR_NO_MEMORY; ERROR_REFUSED when the key
// is none any more.
int envelope_close(struct arena *arena, const struct envelope_known *known, const char *principal,
                   const struct envelope_way *way, struct blob reply, struct blob *out)
    __attribute__((warn_unused_result));

// The same for somebody who is not known: plain, and without an id. ERROR_NO_MEMORY.
int envelope_close_plain(struct arena *arena, struct blob reply, struct blob *out)
    __attribute__((warn_unused_result));
