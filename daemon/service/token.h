// What a client carries from one page to the next: sealed, so that it tells nothing of what its bearer may
// not see (where a page ended may be somebody else's case), and nobody makes one up.
//
// The key comes of the journal's id, which is random and is told to nobody, so that a token is good after a
// restart. It is no right: what a page shows is looked at again for who asks.
//
//     nonce 24, then XChaCha20-Poly1305 of the bytes, with the label as associated data; in hex
#pragma once

#include "base/arena.h"
#include "base/blob.h"
#include "store/store.h"

#include <stdbool.h>

enum { TOKEN_KEY = 32, TOKEN_BYTES_MAX = 128 };

struct token_key {
    uint8_t bytes[TOKEN_KEY];
};

void token_key_of(struct store *store, struct token_key *out);

// At most TOKEN_BYTES_MAX bytes. `label`: what it is for; under another one it does not open. NULL: out of
// memory.
char *token_seal(struct arena *arena, const struct token_key *key, struct blob label, struct blob bytes);

// False where `text` was not sealed under this key and label. `out` has room for TOKEN_BYTES_MAX.
bool token_open(const struct token_key *key, struct blob label, const char *text, uint8_t *out,
                size_t *length);
