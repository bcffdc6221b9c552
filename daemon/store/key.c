#include "store/key.h"

#include "store/bytes.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

static const uint64_t SIGN = UINT64_C(1) << 63;

void key_clear(struct key *key)
{
    key->length = 0;
}

static uint8_t *room(struct key *key, size_t length)
{
    assert(key->length + length <= sizeof key->bytes);
    key->length += length;
    return key->bytes + key->length - length;
}

void key_u8(struct key *key, uint8_t value)
{
    *room(key, 1) = value;
}

void key_u32(struct key *key, uint32_t value)
{
    put32(room(key, 4), value);
}

void key_u64(struct key *key, uint64_t value)
{
    put64(room(key, 8), value);
}

void key_time(struct key *key, int64_t ms)
{
    key_u64(key, (uint64_t)ms ^ SIGN);
}

void key_bytes(struct key *key, const void *bytes, size_t length)
{
    enum { HASH = 32, LONGEST = 200 };
    if (length > LONGEST)
        crypto_generichash(room(key, HASH), HASH, bytes, length, NULL, 0);
    else if (length)
        memcpy(room(key, length), bytes, length);
}

void key_text(struct key *key, const char *text)
{
    key_bytes(key, text, strlen(text));
}

uint32_t key_get_u32(struct blob key, size_t offset)
{
    return offset + 4 <= key.length ? get32(key.bytes + offset) : 0;
}

uint64_t key_get_u64(struct blob key, size_t offset)
{
    return offset + 8 <= key.length ? get64(key.bytes + offset) : 0;
}

int64_t key_get_time(struct blob key, size_t offset)
{
    return (int64_t)(key_get_u64(key, offset) ^ SIGN);
}
