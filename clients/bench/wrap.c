#include "wrap.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1 };

static struct suite_label label(const struct seal_key *key, enum suite_direction direction,
                                const struct ulid *id)
{
    return (struct suite_label){VERSION, direction, key->principal, key->id, id};
}

// ---- there --------------------------------------------------------------------------------------

static uint8_t *pack(const Whistle__V1__Envelope *envelope, size_t *length)
{
    uint8_t *bytes = malloc(whistle__v1__envelope__get_packed_size(envelope));
    if (bytes)
        *length = whistle__v1__envelope__pack(envelope, bytes);
    return bytes;
}

static uint8_t *pack_sealed(Whistle__V1__Envelope *envelope, const struct seal_key *key,
                            ProtobufCBinaryData message, size_t *length)
{
    uint8_t salt[SUITE_SALT], *sealed = malloc(message.len + SUITE_TAG);
    struct ulid id;
    if (!sealed)
        return NULL;
    memcpy(id.bytes, envelope->id.data, sizeof id.bytes);
    const struct suite_label clear = label(key, SUITE_REQUEST, &id);
    randombytes_buf(salt, sizeof salt);
    suite_seal(key->bytes, &clear, salt, message.data, message.len, sealed);
    envelope->suite = SUITE_SEALED;
    envelope->key_id = (char *)(uintptr_t)key->id;
    envelope->salt = (ProtobufCBinaryData){sizeof salt, salt};
    envelope->body_case = WHISTLE__V1__ENVELOPE__BODY_SEALED;
    envelope->sealed = (ProtobufCBinaryData){message.len + SUITE_TAG, sealed};
    uint8_t *bytes = pack(envelope, length);
    free(sealed);
    return bytes;
}

static uint8_t *pack_plain(Whistle__V1__Envelope *envelope, ProtobufCBinaryData message, size_t *length)
{
    envelope->body_case = WHISTLE__V1__ENVELOPE__BODY_PLAIN;
    envelope->plain = message;
    return pack(envelope, length);
}

uint8_t *wrap_request(const char *principal, const struct seal_key *key, const Whistle__V1__Request *request,
                      size_t *length)
{
    Whistle__V1__Envelope envelope = WHISTLE__V1__ENVELOPE__INIT;
    size_t size = whistle__v1__request__get_packed_size(request);
    ProtobufCBinaryData message = {size, malloc(size)};
    envelope.version = VERSION;
    envelope.principal = (char *)(uintptr_t)principal;
    envelope.id = request->id;
    if (!message.data)
        return NULL;
    whistle__v1__request__pack(request, message.data);
    uint8_t *bytes =
        key ? pack_sealed(&envelope, key, message, length) : pack_plain(&envelope, message, length);
    free(message.data);
    return bytes;
}

// ---- back ---------------------------------------------------------------------------------------

static Whistle__V1__Reply *open_sealed(const struct seal_key *key, const Whistle__V1__Envelope *envelope)
{
    struct ulid id;
    if (envelope->id.len != sizeof id.bytes || envelope->salt.len != SUITE_SALT ||
        envelope->sealed.len < SUITE_TAG)
        return NULL;
    memcpy(id.bytes, envelope->id.data, sizeof id.bytes);
    const struct suite_label clear = label(key, SUITE_REPLY, &id);
    size_t length = envelope->sealed.len - SUITE_TAG;
    uint8_t *plain = malloc(length + 1);
    bool fits = plain && suite_open(key->bytes, &clear, envelope->salt.data, envelope->sealed.data,
                                    envelope->sealed.len, plain);
    Whistle__V1__Reply *reply = fits ? whistle__v1__reply__unpack(NULL, length, plain) : NULL;
    free(plain);
    return reply;
}

static Whistle__V1__Reply *open_plain(const struct seal_key *key, const Whistle__V1__Envelope *envelope)
{
    Whistle__V1__Reply *reply = whistle__v1__reply__unpack(NULL, envelope->plain.len, envelope->plain.data);
    if (!key || !reply || strcmp(reply->code, "ok") != 0)
        return reply;
    whistle_reply_free(reply);
    return NULL;
}

Whistle__V1__Reply *wrap_reply(const struct seal_key *key, const uint8_t *bytes, size_t length)
{
    Whistle__V1__Envelope *envelope = whistle__v1__envelope__unpack(NULL, length, bytes);
    if (!envelope)
        return NULL;
    Whistle__V1__Reply *reply = NULL;
    if (envelope->body_case == WHISTLE__V1__ENVELOPE__BODY_PLAIN)
        reply = open_plain(key, envelope);
    else if (envelope->body_case == WHISTLE__V1__ENVELOPE__BODY_SEALED && key)
        reply = open_sealed(key, envelope);
    whistle__v1__envelope__free_unpacked(envelope, NULL);
    return reply;
}
