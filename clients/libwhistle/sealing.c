#include "sealing.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static struct suite_label label(const struct seal_key *key, enum suite_direction direction,
                                const struct ulid *id)
{
    return (struct suite_label){ENVELOPE_VERSION, direction, key->principal, key->id, id};
}

int sealing_close(Whistle__V1__Envelope *envelope, const struct seal_key *key, ProtobufCBinaryData request,
                  uint8_t **room)
{
    struct ulid id;
    memcpy(id.bytes, envelope->id.data, sizeof id.bytes);
    const struct suite_label clear = label(key, SUITE_REQUEST, &id);
    uint8_t *salt = *room = malloc(SUITE_SALT + request.len + SUITE_TAG);
    if (!salt)
        return WHISTLE_NO_MEMORY;
    uint8_t *sealed = salt + SUITE_SALT;
    randombytes_buf(salt, SUITE_SALT);
    suite_seal(key->bytes, &clear, salt, request.data, request.len, sealed);
    envelope->suite = SUITE_SEALED;
    envelope->key_id = (char *)(uintptr_t)key->id;
    envelope->salt = (ProtobufCBinaryData){SUITE_SALT, salt};
    envelope->body_case = WHISTLE__V1__ENVELOPE__BODY_SEALED;
    envelope->sealed = (ProtobufCBinaryData){request.len + SUITE_TAG, sealed};
    return WHISTLE_OK;
}

int sealing_open(const Whistle__V1__Envelope *envelope, const struct seal_key *key, const struct ulid *id,
                 ProtobufCBinaryData *reply)
{
    const struct suite_label clear = label(key, SUITE_REPLY, id);
    if (envelope->body_case != WHISTLE__V1__ENVELOPE__BODY_SEALED || envelope->salt.len != SUITE_SALT ||
        envelope->sealed.len < SUITE_TAG)
        return WHISTLE_BAD_REPLY;
    size_t length = envelope->sealed.len - SUITE_TAG;
    uint8_t *plain = malloc(length + 1);
    if (!plain)
        return WHISTLE_NO_MEMORY;
    if (!suite_open(key->bytes, &clear, envelope->salt.data, envelope->sealed.data, envelope->sealed.len,
                    plain)) {
        free(plain);
        return WHISTLE_BAD_REPLY;
    }
    *reply = (ProtobufCBinaryData){length, plain};
    return WHISTLE_OK;
}
