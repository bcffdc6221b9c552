#include "keys/suite.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum { TEXT_MAX = 255, LABEL_MAX = 3 + 2 * (1 + TEXT_MAX) + sizeof(struct ulid) };

static const uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

static size_t put_text(uint8_t *out, const char *text)
{
    size_t length = strlen(text);
    assert(length <= TEXT_MAX);
    out[0] = (uint8_t)length;
    memcpy(out + 1, text, length);
    return length + 1;
}

static size_t put_label(uint8_t out[LABEL_MAX], const struct suite_label *label)
{
    size_t length = 0;
    out[length++] = label->version;
    out[length++] = SUITE_SEALED;
    out[length++] = (uint8_t)label->direction;
    length += put_text(out + length, label->principal);
    length += put_text(out + length, label->key_id);
    memcpy(out + length, label->id->bytes, sizeof label->id->bytes);
    return length + sizeof label->id->bytes;
}

static void make_message_key(const uint8_t key[SUITE_KEY], const uint8_t salt[SUITE_SALT],
                             uint8_t out[crypto_auth_hmacsha256_BYTES])
{
    _Static_assert((int)crypto_auth_hmacsha256_BYTES == (int)crypto_aead_chacha20poly1305_ietf_KEYBYTES,
                   "the hash is the key");
    _Static_assert((int)crypto_auth_hmacsha256_KEYBYTES == (int)SUITE_KEY, "a key is the hash's");
    crypto_auth_hmacsha256(out, salt, SUITE_SALT, key);
}

void suite_seal(const uint8_t key[SUITE_KEY], const struct suite_label *label, const uint8_t salt[SUITE_SALT],
                const void *plain, size_t length, uint8_t *out)
{
    uint8_t message_key[crypto_auth_hmacsha256_BYTES], clear[LABEL_MAX];
    size_t clear_length = put_label(clear, label);
    make_message_key(key, salt, message_key);
    crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, plain, length, clear, clear_length, NULL, nonce,
                                              message_key);
    sodium_memzero(message_key, sizeof message_key);
}

bool suite_open(const uint8_t key[SUITE_KEY], const struct suite_label *label, const uint8_t salt[SUITE_SALT],
                const void *sealed, size_t length, uint8_t *out)
{
    uint8_t message_key[crypto_auth_hmacsha256_BYTES], clear[LABEL_MAX];
    if (length < SUITE_TAG)
        return false;
    size_t clear_length = put_label(clear, label);
    make_message_key(key, salt, message_key);
    int rc = crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed, length, clear, clear_length,
                                                       nonce, message_key);
    sodium_memzero(message_key, sizeof message_key);
    return rc == 0;
}
