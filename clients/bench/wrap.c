#include "wrap.h"

#include "sealing.h"

#include <stdlib.h>
#include <string.h>

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
    uint8_t *room;
    if (sealing_close(envelope, key, message, &room) != WHISTLE_OK)
        return NULL;
    uint8_t *bytes = pack(envelope, length);
    free(room);
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
    envelope.version = ENVELOPE_VERSION;
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
    ProtobufCBinaryData plain;
    struct ulid id;
    if (envelope->id.len != sizeof id.bytes)
        return NULL;
    memcpy(id.bytes, envelope->id.data, sizeof id.bytes);
    if (sealing_open(envelope, key, &id, &plain) != WHISTLE_OK)
        return NULL;
    Whistle__V1__Reply *reply = whistle__v1__reply__unpack(NULL, plain.len, plain.data);
    free(plain.data);
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
