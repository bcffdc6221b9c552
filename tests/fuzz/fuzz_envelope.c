// layer: seal rulebook, with: town.c
// Envelopes. The first byte chooses what the rest is: bytes that anybody may send; or a message that is
// sealed in order by somebody who has a key, and then perhaps changed. What was sealed opens to the same
// bytes, what was changed does not open, and the answer goes back under the same key.
#include "town.h"

#include "base/error.h"
#include "codec/codec.h"
#include "seal/envelope.h"
#include "whistle.pb-c.h"

static const int64_t now_ms = INT64_C(1770940800000); // 2026-02-13

static const char ring[] =
    "centre desk-1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
    "cg a 100102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f until=2026-12-31\n"
    "cg b 200102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f until=2020-01-01\n"
    "stranger x 300102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

static struct envelope_known known(void)
{
    static struct keyring *keys;
    struct keyring_fault fault;
    if (!keys)
        MUST(keyring_parse("ring", ring, sizeof ring - 1, &keys, &fault) == 0);
    return (struct envelope_known){&rulebook_rules(town_book())->principals, keys, now_ms};
}

static void is_whole(const struct opened *opened)
{
    MUST(opened->principal && memchr(opened->way.key_id, 0, sizeof opened->way.key_id));
    free(exact_copy(opened->message));
}

// The answer fits the same key, the other way round.
static void answer(struct arena *arena, const struct envelope_known *who, const struct opened *opened)
{
    struct blob closed, plain = {NULL, 0};
    const char *principal = opened->principal->code;
    MUST(envelope_close(arena, who, principal, &opened->way, opened->message, &closed) == 0);
    const Whistle__V1__Envelope *envelope =
        (const void *)codec_unpack(arena, &whistle__v1__envelope__descriptor, closed.bytes, closed.length);
    MUST(envelope);
    if (!opened->way.key_id[0]) {
        plain = (struct blob){envelope->plain.data, envelope->plain.len};
    } else {
        const struct suite_label label = {ENVELOPE_VERSION, SUITE_REPLY, principal, opened->way.key_id,
                                          &opened->way.id};
        uint8_t *room = arena_alloc(arena, envelope->sealed.len);
        MUST(suite_open(keyring_find(who->keys, principal, opened->way.key_id, now_ms)->bytes, &label,
                        envelope->salt.data, envelope->sealed.data, envelope->sealed.len, room));
        plain = (struct blob){room, envelope->sealed.len - SUITE_TAG};
    }
    MUST(plain.length == opened->message.length);
    MUST(!plain.length || memcmp(plain.bytes, opened->message.bytes, plain.length) == 0);
}

static void open_anything(struct arena *arena, struct input *in, struct envelope_peer peer)
{
    struct envelope_known who = known();
    struct blob rest = take_bytes(in, in->left);
    struct opened opened;
    uint8_t *exact = exact_copy(rest);
    int rc = envelope_open(arena, &who, &peer, exact, rest.length, &opened);
    MUST(rc == 0 || rc == ERROR_REFUSED || arena_failed(arena));
    if (rc == 0) {
        is_whole(&opened);
        answer(arena, &who, &opened);
    }
    free(exact);
}

static struct blob sealed_by(struct arena *arena, const struct seal_key *key, struct input *in,
                             struct ulid *id, struct blob *message)
{
    Whistle__V1__Envelope envelope = WHISTLE__V1__ENVELOPE__INIT;
    uint8_t salt[SUITE_SALT] = {take_byte(in)};
    struct blob out;
    id->bytes[15] = take_byte(in);
    *message = take_bytes(in, in->left);
    const struct suite_label label = {ENVELOPE_VERSION, SUITE_REQUEST, key->principal, key->id, id};
    uint8_t *sealed = arena_alloc(arena, message->length + SUITE_TAG);
    suite_seal(key->bytes, &label, salt, message->bytes, message->length, sealed);
    envelope.version = ENVELOPE_VERSION;
    envelope.suite = SUITE_SEALED;
    envelope.principal = (char *)key->principal;
    envelope.key_id = (char *)key->id;
    envelope.id = (ProtobufCBinaryData){sizeof id->bytes, id->bytes};
    envelope.salt = (ProtobufCBinaryData){sizeof salt, salt};
    envelope.body_case = WHISTLE__V1__ENVELOPE__BODY_SEALED;
    envelope.sealed = (ProtobufCBinaryData){message->length + SUITE_TAG, sealed};
    MUST(codec_pack(arena, &envelope.base, &out) == 0);
    return out;
}

// A change that leaves an envelope of the same meaning (an unknown field, a longer number) may open.
static void open_sealed(struct arena *arena, struct input *in, struct envelope_peer peer)
{
    struct envelope_known who = known();
    const struct seal_key *key = keyring_at(who.keys, take_byte(in) % keyring_count(who.keys));
    size_t at = (size_t)take_number(in, 2);
    uint8_t change = take_byte(in);
    struct ulid id = {{0}};
    struct opened opened;
    struct blob message, sent = sealed_by(arena, key, in, &id, &message);
    uint8_t *exact = exact_copy(sent);
    exact[at % sent.length] ^= change;
    int rc = envelope_open(arena, &who, &peer, exact, sent.length, &opened);
    MUST(rc == 0 || rc == ERROR_REFUSED || arena_failed(arena));
    bool good = key->until_ms > now_ms && strcmp(key->principal, "stranger") != 0;
    MUST(change || (rc == 0) == good);
    if (rc == 0) {
        is_whole(&opened);
        MUST(good && opened.message.length == message.length && strcmp(opened.way.key_id, key->id) == 0);
        MUST(!message.length || memcmp(opened.message.bytes, message.bytes, message.length) == 0);
        MUST(memcmp(opened.way.id.bytes, id.bytes, sizeof id.bytes) == 0);
        answer(arena, &who, &opened);
    }
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct input in = {bytes, length};
    struct arena arena;
    uint8_t how = take_byte(&in);
    struct envelope_peer peer = {
        .local = how & 1, .uid = how & 2 ? 1000 : 0, .own_uid = 1000, .insecure = how & 4};
    arena_init(&arena, 1 << 20);
    if (how & 8)
        open_sealed(&arena, &in, peer);
    else
        open_anything(&arena, &in, peer);
    arena_fini(&arena);
    return 0;
}
