#include "seal/envelope.h"

#include "base/error.h"
#include "codec/codec.h"
#include "codec/wire.h"
#include "whistle.pb-c.h"

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

static int open_plain(const struct principal_table *principals, const struct envelope_peer *peer,
                      const Whistle__V1__Envelope *envelope, struct opened *out)
{
    out->principal = principal_find(principals, envelope->principal);
    if (!out->principal || !may_speak(out->principal, peer))
        return ERROR_REFUSED;
    out->message = (struct blob){envelope->plain.data, envelope->plain.len};
    return 0;
}

int envelope_open(struct arena *arena, const struct principal_table *principals,
                  const struct envelope_peer *peer, const uint8_t *bytes, size_t length, struct opened *out)
{
    const ProtobufCMessageDescriptor *descriptor = &whistle__v1__envelope__descriptor;
    *out = (struct opened){0};
    if (wire_check(descriptor, bytes, length, NULL))
        return ERROR_MALFORMED;
    const Whistle__V1__Envelope *envelope = (const void *)codec_unpack(arena, descriptor, bytes, length);
    if (!envelope)
        return arena_failed(arena) ? ERROR_NO_MEMORY : ERROR_MALFORMED;
    if (envelope->id.len == sizeof out->id.bytes)
        memcpy(out->id.bytes, envelope->id.data, sizeof out->id.bytes);
    if (envelope->version != ENVELOPE_VERSION || envelope->id.len != sizeof out->id.bytes)
        return ERROR_MALFORMED;
    if (envelope->suite != 0 || envelope->body_case != WHISTLE__V1__ENVELOPE__BODY_PLAIN)
        return ERROR_REFUSED;
    return open_plain(principals, peer, envelope, out);
}

int envelope_close(struct arena *arena, const struct ulid *id, struct blob reply, struct blob *out)
{
    Whistle__V1__Envelope envelope = WHISTLE__V1__ENVELOPE__INIT;
    envelope.version = ENVELOPE_VERSION;
    if (id)
        envelope.id = (ProtobufCBinaryData){sizeof id->bytes, (uint8_t *)id->bytes};
    envelope.body_case = WHISTLE__V1__ENVELOPE__BODY_PLAIN;
    envelope.plain = (ProtobufCBinaryData){reply.length, (uint8_t *)reply.bytes};
    return codec_pack(arena, &envelope.base, out);
}
