// The keys with which a handle speaks: those of its principal in the key file, in its order, while they are
// good.
#pragma once

#include "handle.h"

// Reads the file. OK: it has a key of `principal` that is good now, and *keys is the caller's. BAD_KEY, with
// a sentence in `fault` (which may be NULL); NO_MEMORY.
int own_keys_load(const char *path, const char *principal, struct keyring **keys,
                  struct keyring_fault *fault);

// Takes the first good key, or the next good one behind the one in hand. False: there is none, or the daemon
// has answered under the one in hand before: then it knows it, and whoever says that it does not would only
// have the message sealed with an older one, that may have leaked.
bool own_keys_first(struct whistle *w);
bool own_keys_next(struct whistle *w);

// A sealed answer came under the key in hand.
void own_keys_answered(struct whistle *w);

// The key in hand; NULL: the handle is plain.
const struct seal_key *own_keys_current(const struct whistle *w);
