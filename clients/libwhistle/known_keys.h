// Which keys the daemon has answered under, kept in a file from run to run: a line a key, its BLAKE2b-256 in
// hexadecimal, whose first eight digits are the fingerprint that `whistle key show` tells.
#pragma once

#include <stdbool.h>

#include "keys/keyring.h"

// False where there is no file, or no path (NULL).
bool known_keys_has(const char *path, const struct seal_key *key);

// Where it cannot be written, the handle alone remembers.
void known_keys_add(const char *path, const struct seal_key *key);
