#include "service/list_token.h"

#include <assert.h>
enum { VERSION = 2, HEAD = 1 + 1 + 8 + 8 };

_Static_assert(HEAD + LIST_KEY_MAX <= TOKEN_BYTES_MAX, "a token holds a place");

char *list_token_make(struct arena *arena, const struct token_key *key, const struct list_place *place,
                      const uint8_t filter[LIST_DIGEST])
{
    struct key token = {.length = 0};
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
    return token_seal(arena, key, (struct blob){filter, LIST_DIGEST},
                      (struct blob){token.bytes, token.length});
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

bool list_token_read(const struct token_key *key, const char *text, const uint8_t filter[LIST_DIGEST],
                     struct list_place *place)
{
    uint8_t bytes[TOKEN_BYTES_MAX];
    struct blob token = {bytes, 0};
    if (!token_open(key, (struct blob){filter, LIST_DIGEST}, text, bytes, &token.length) ||
        token.length < HEAD || bytes[0] != VERSION)
        return false;
    place->part = (enum list_part)bytes[1];
    place->epoch = key_get_u64(token, 2);
    place->since = key_get_u64(token, 10);
    return read_rest(token, place);
}
