#include "service/list_token.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum { VERSION = 1, HEAD = 1 + 1 + 8 + 8, CHECK = 8, TOKEN_MAX = HEAD + LIST_KEY_MAX + CHECK };

static void check_of(const uint8_t *bytes, size_t length, const uint8_t filter[LIST_DIGEST],
                     uint8_t check[CHECK])
{
    uint8_t hash[crypto_generichash_BYTES];
    crypto_generichash(hash, sizeof hash, bytes, length, filter, LIST_DIGEST);
    memcpy(check, hash, CHECK);
}

char *list_token_make(struct arena *arena, const struct list_place *place, const uint8_t filter[LIST_DIGEST])
{
    struct key token = {.length = 0};
    uint8_t check[CHECK];
    assert(place->at.length <= LIST_KEY_MAX);
    key_u8(&token, VERSION);
    key_u8(&token, (uint8_t)place->part);
    key_u64(&token, place->epoch);
    key_u64(&token, place->since);
    if (place->part == LIST_WALK) {
        key_bytes(&token, place->at.bytes, place->at.length);
    } else {
        key_u64(&token, place->seq);
        key_u64(&token, place->upto);
    }
    check_of(token.bytes, token.length, filter, check);
    key_bytes(&token, check, CHECK);
    char *hex = arena_alloc(arena, 2 * token.length + 1);
    if (hex)
        sodium_bin2hex(hex, 2 * token.length + 1, token.bytes, token.length);
    return hex;
}

static bool read_rest(struct blob token, struct list_place *place)
{
    size_t rest = token.length - HEAD;
    if (place->part == LIST_WALK) {
        key_clear(&place->at);
        key_bytes(&place->at, token.bytes + HEAD, rest);
        return rest > 0 && rest <= LIST_KEY_MAX;
    }
    place->seq = key_get_u64(token, HEAD);
    place->upto = key_get_u64(token, HEAD + 8);
    return place->part == LIST_MOVED && rest == 16;
}

bool list_token_read(const char *text, const uint8_t filter[LIST_DIGEST], struct list_place *place)
{
    uint8_t bytes[TOKEN_MAX], check[CHECK];
    size_t length = 0, given = strlen(text);
    const char *end;
    if (sodium_hex2bin(bytes, sizeof bytes, text, given, NULL, &length, &end) || end != text + given ||
        length < HEAD + CHECK)
        return false;
    length -= CHECK;
    check_of(bytes, length, filter, check);
    if (memcmp(check, bytes + length, CHECK) != 0 || bytes[0] != VERSION)
        return false;
    struct blob token = {bytes, length};
    place->part = (enum list_part)bytes[1];
    place->epoch = key_get_u64(token, 2);
    place->since = key_get_u64(token, 10);
    return read_rest(token, place);
}
