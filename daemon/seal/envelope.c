#include "seal/envelope.h"

#include "base/error.h"
#include "codec/codec.h"
#include "codec/wire.h"
#include "whistle.pb-c.h"

#include <sodium.h>
#include <string.h>

static bool may_speak(const struct principal *principal, const struct envelope_peer *peer)
{
    if (!peer->local)
        return peer->insecure;
    if (principal->same_uid && peer->uid == peer->own_uid)
        return true;
    for (uint32_t i = 0; i < principal->uid_count; i++)
        if (principal->uids[i] == peer->uid)
            return true;
    return false;
}

static int open_plain(const struct envelope_peer *peer, const Whistle__V1__Envelope *envelope,
                      struct opened *out)
{
    if (envelope->body_case != WHISTLE__V1__ENVELOPE__BODY_PLAIN || !out->principal ||
        !may_speak(out->principal, peer))
        return ERROR_REFUSED;
    out->message = (struct blob){envelope->plain.data, envelope->plain.len};
    return 0;
}

// Names that no key can have are opened as nobody's.
static const char *short_name(const char *name, size_t size)
{
    return strlen(name) < size ? name : "";
}

// Who has no key is opened with one that fits nothing, so that the time taken does not tell.
static int open_sealed(struct arena *arena, const struct envelope_known *known,
                       const Whistle__V1__Envelope *envelope, struct opened *out)
{
    struct blob sealed = {envelope->sealed.data, envelope->sealed.len};
    if (envelope->body_case != WHISTLE__V1__ENVELOPE__BODY_SEALED || envelope->salt.len != SUITE_SALT ||
        sealed.length < SUITE_TAG)
        return ERROR_REFUSED;
    const struct seal_key *key =
        keyring_find(known->keys, envelope->principal, envelope->key_id, known->now_ms);
    const struct suite_label label = {.version = ENVELOPE_VERSION,
                                      .direction = SUITE_REQUEST,
                                      .principal = short_name(envelope->principal, KEY_PRINCIPAL_SIZE),
                                      .key_id = short_name(envelope->key_id, KEY_ID_SIZE),
                                      .id = &out->way.id};
    uint8_t *plain = arena_alloc(arena, sealed.length - SUITE_TAG + 1);
    if (!plain)
        return ERROR_NO_MEMORY;
    bool fits = suite_open((key ? key : keyring_nobody(known->keys))->bytes, &label, envelope->salt.data,
                           sealed.bytes, sealed.length, plain);
    if (!fits || !key || !out->principal)
        return ERROR_REFUSED;
    strcpy(out->way.key_id, key->id);
    memcpy(out->salt, envelope->salt.data, SUITE_SALT);
    out->message = (struct blob){plain, sealed.length - SUITE_TAG};
    return 0;
}

int envelope_open(struct arena *arena, const struct envelope_known *known, const struct envelope_peer *peer,
                  const uint8_t *bytes, size_t length, struct opened *out)
{
    const ProtobufCMessageDescriptor *descriptor = &whistle__v1__envelope__descriptor;
    *out = (struct opened){0};
    if (wire_check(descriptor, bytes, length, NULL))
        return ERROR_REFUSED;
    const Whistle__V1__Envelope *envelope = (const void *)codec_unpack(arena, descriptor, bytes, length);
    if (!envelope)
        return arena_failed(arena) ? ERROR_NO_MEMORY : ERROR_REFUSED;
    if (envelope->version != ENVELOPE_VERSION || envelope->id.len != sizeof out->way.id.bytes)
        return ERROR_REFUSED;
    memcpy(out->way.id.bytes, envelope->id.data, sizeof out->way.id.bytes);
    out->principal = principal_find(known->principals, envelope->principal);
    switch (envelope->suite) {
    case SUITE_PLAIN:
        return open_plain(peer, envelope, out);
    case SUITE_SEALED:
        return open_sealed(arena, known, envelope, out);
    default:
        return ERROR_REFUSED;
    }
}

// ---- answers ------------------------------------------------------------------------------------

bool envelope_may_hear(const struct principal *principal, const struct envelope_peer *peer,
                       const struct envelope_way *way)
{
    return way->key_id[0] || may_speak(principal, peer);
}

static int seal(struct arena *arena, const struct seal_key *key, const struct ulid *id, struct blob reply,
                Whistle__V1__Envelope *envelope)
{
    const struct suite_label label = {.version = ENVELOPE_VERSION,
                                      .direction = SUITE_REPLY,
                                      .principal = key->principal,
                                      .key_id = key->id,
                                      .id = id};
    uint8_t *salt = arena_alloc(arena, SUITE_SALT);
    uint8_t *sealed = arena_alloc(arena, reply.length + SUITE_TAG);
    if (!salt || !sealed)
        return ERROR_NO_MEMORY;
    randombytes_buf(salt, SUITE_SALT);
    suite_seal(key->bytes, &label, salt, reply.bytes, reply.length, sealed);
    envelope->suite = SUITE_SEALED;
    envelope->salt = (ProtobufCBinaryData){SUITE_SALT, salt};
    envelope->body_case = WHISTLE__V1__ENVELOPE__BODY_SEALED;
    envelope->sealed = (ProtobufCBinaryData){reply.length + SUITE_TAG, sealed};
    return 0;
}

static void put_plain(Whistle__V1__Envelope *envelope, struct blob reply)
{
    envelope->body_case = WHISTLE__V1__ENVELOPE__BODY_PLAIN;
    envelope->plain = (ProtobufCBinaryData){reply.length, (uint8_t *)reply.bytes};
}

int envelope_close(struct arena *arena, const struct envelope_known *known, const char *principal,
                   const struct envelope_way *way, struct blob reply, struct blob *out)
{
    Whistle__V1__Envelope envelope = WHISTLE__V1__ENVELOPE__INIT;
    const struct seal_key *key =
        way->key_id[0] ? keyring_find(known->keys, principal, way->key_id, known->now_ms) : NULL;
    envelope.version = ENVELOPE_VERSION;
    envelope.id = (ProtobufCBinaryData){sizeof way->id.bytes, (uint8_t *)way->id.bytes};
    if (way->key_id[0] && !key)
        return ERROR_REFUSED;
    int rc = key ? seal(arena, key, &way->id, reply, &envelope) : 0;
    if (!key)
        put_plain(&envelope, reply);
    return rc ? rc : codec_pack(arena, &envelope.base, out);
}

int envelope_close_plain(struct arena *arena, struct blob reply, struct blob *out)
{
    Whistle__V1__Envelope envelope = WHISTLE__V1__ENVELOPE__INIT;
    envelope.version = ENVELOPE_VERSION;
    put_plain(&envelope, reply);
    return codec_pack(arena, &envelope.base, out);
}
