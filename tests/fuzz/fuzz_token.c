// layer: service
// Where a page ended, as a client brings it back: the tokens of lists and of recounts. What was made is read
// back as the same, under no other filter and with no bit changed; what was not made is not read.
#include "input.h"

#include "service/list_token.h"
#include "service/recount_place.h"

static const struct token_key key = {{7}};

static void is_same(const struct list_place *a, const struct list_place *b)
{
    MUST(a->part == b->part && a->epoch == b->epoch && a->since == b->since);
    if (a->part == LIST_WALK)
        MUST(a->at.length == b->at.length && memcmp(a->at.bytes, b->at.bytes, a->at.length) == 0);
    else
        MUST(a->seq == b->seq && a->upto == b->upto);
}

static void make_and_change(struct arena *arena, struct input *in)
{
    uint8_t filter[LIST_DIGEST] = {take_byte(in)}, other[LIST_DIGEST] = {(uint8_t)(filter[0] + 1)};
    struct list_place place = {.part = take_byte(in) & 1 ? LIST_MOVED : LIST_WALK}, again;
    place.epoch = take_number(in, 8);
    place.since = take_number(in, 8);
    place.seq = take_number(in, 8);
    place.upto = take_number(in, 8);
    size_t at = (size_t)take_byte(in);
    uint8_t change = take_byte(in);
    struct blob at_key = take_bytes(in, LIST_KEY_MAX);
    key_bytes(&place.at, at_key.length ? at_key.bytes : filter, at_key.length ? at_key.length : 1);
    char *token = list_token_make(arena, &key, &place, filter);
    MUST(list_token_read(&key, token, filter, &again));
    is_same(&place, &again);
    MUST(!list_token_read(&key, token, other, &again));
    char *digit = &token[at % strlen(token)];
    *digit = (char)(change & 127 ? change & 127 : 'x');
    if (list_token_read(&key, token, filter, &again)) // the digit that was there, or the same one in capitals
        is_same(&place, &again);
}

static void read_any(const char *text)
{
    static const uint8_t filter[LIST_DIGEST];
    struct list_place place;
    MUST(!list_token_read(&key, text, filter, &place)); // 128 bits of tag
}

static void read_recount(struct arena *arena, const char *text)
{
    struct recount_place place, again;
    if (!recount_place_read(text, &place))
        return;
    MUST(recount_place_read(recount_place_text(arena, &place), &again));
    MUST(again.end_seq == place.end_seq && again.now_ms == place.now_ms && again.next_seq == place.next_seq);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct input in = {bytes, length};
    struct arena arena;
    arena_init(&arena, 0);
    if (take_byte(&in) & 1) {
        make_and_change(&arena, &in);
    } else {
        char *text = text_copy(take_bytes(&in, in.left));
        read_any(text);
        read_recount(&arena, text);
        free(text);
    }
    arena_fini(&arena);
    return 0;
}
