#include "service/token.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    SEALED_MAX = NONCE + TOKEN_BYTES_MAX + TAG,
};

_Static_assert(TOKEN_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "the suite's key");

void token_key_of(struct store *store, struct token_key *out)
{
    static const uint8_t use[] = "tokens of pages";
    crypto_generichash(out->bytes, TOKEN_KEY, use, sizeof use, journal_id(store_journal(store)), JOURNAL_ID);
}

char *token_seal(struct arena *arena, const struct token_key *key, struct blob label, struct blob bytes)
{
    uint8_t sealed[SEALED_MAX];
    size_t length = NONCE + bytes.length + TAG;
    assert(bytes.length <= TOKEN_BYTES_MAX);
    char *hex = arena_alloc(arena, 2 * length + 1);
    if (!hex)
        return NULL;
    randombytes_buf(sealed, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE, NULL, bytes.bytes, bytes.length, label.bytes,
                                               label.length, NULL, sealed, key->bytes);
    sodium_bin2hex(hex, 2 * length + 1, sealed, length);
    return hex;
}

bool token_open(const struct token_key *key, struct blob label, const char *text, uint8_t *out,
                size_t *length)
{
    uint8_t sealed[SEALED_MAX];
    size_t has = 0, given = strlen(text);
    unsigned long long opened;
    const char *end;
    if (sodium_hex2bin(sealed, sizeof sealed, text, given, NULL, &has, &end) || end != text + given ||
        has < NONCE + TAG)
        return false;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, &opened, NULL, sealed + NONCE, has - NONCE,
                                                   label.bytes, label.length, sealed, key->bytes))
        return false;
    *length = (size_t)opened;
    return true;
}
