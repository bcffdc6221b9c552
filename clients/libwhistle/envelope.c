#include "envelope.h"

#include <stdio.h>
#include <string.h>

#include "tame.h"

// Protobuf messages may be written in pieces: head (id, time) and operation together are one Request.
static bool append_request(struct whistle *w, struct buffer *out)
{
    Whistle__V1__Request head = WHISTLE__V1__REQUEST__INIT;
    head.id = (ProtobufCBinaryData){ID_BYTES, w->id};
    head.sent_ms = wall_ms();
    uint8_t *room = buffer_extend(out, whistle__v1__request__get_packed_size(&head));
    if (!room)
        return false;
    whistle__v1__request__pack(&head, room);
    buffer_append(out, w->operation.bytes, w->operation.length);
    return !out->failed;
}

static int append_envelope(struct whistle *w, struct buffer *request, struct buffer *out)
{
    Whistle__V1__Envelope envelope = WHISTLE__V1__ENVELOPE__INIT;
    envelope.version = 1;
    envelope.principal = w->principal;
    envelope.id = (ProtobufCBinaryData){ID_BYTES, w->id};
    envelope.body_case = WHISTLE__V1__ENVELOPE__BODY_PLAIN;
    envelope.plain = (ProtobufCBinaryData){request->length, request->bytes};
    size_t size = whistle__v1__envelope__get_packed_size(&envelope);
    if (size > w->max_request) {
        char sizes[64];
        snprintf(sizes, sizeof sizes, "%zu > %u", size, w->max_request);
        return handle_result(w, WHISTLE_TOO_LARGE, sizes);
    }
    uint8_t *room = buffer_extend(out, size);
    if (!room)
        return handle_result(w, WHISTLE_NO_MEMORY, NULL);
    whistle__v1__envelope__pack(&envelope, room);
    return WHISTLE_OK;
}

int envelope_wrap(struct whistle *w, struct buffer *out)
{
    struct buffer request;
    buffer_init(&request);
    int result = append_request(w, &request) ? append_envelope(w, &request, out)
                                             : handle_result(w, WHISTLE_NO_MEMORY, NULL);
    buffer_fini(&request);
    return result;
}

// A daemon that could not read a request answers without its id: that concerns the one in flight.
static bool is_for(const struct whistle *w, const ProtobufCBinaryData *id)
{
    return id->len == 0 || (id->len == ID_BYTES && memcmp(id->data, w->id, ID_BYTES) == 0);
}

static int open_plain(struct whistle *w, const Whistle__V1__Envelope *envelope, Whistle__V1__Reply **reply)
{
    if (!is_for(w, &envelope->id))
        return WHISTLE_NOTHING;
    if (envelope->body_case != WHISTLE__V1__ENVELOPE__BODY_PLAIN)
        return handle_result(w, WHISTLE_BAD_REPLY, w->address);
    *reply = whistle__v1__reply__unpack(NULL, envelope->plain.len, envelope->plain.data);
    return *reply ? WHISTLE_OK : handle_result(w, WHISTLE_BAD_REPLY, w->address);
}

int envelope_unwrap(struct whistle *w, const void *bytes, size_t length, Whistle__V1__Reply **reply)
{
    if (length > w->max_reply)
        return handle_result(w, WHISTLE_BAD_REPLY, w->address);
    Whistle__V1__Envelope *envelope = whistle__v1__envelope__unpack(NULL, length, bytes);
    if (!envelope)
        return handle_result(w, WHISTLE_BAD_REPLY, w->address);
    int result = open_plain(w, envelope, reply);
    if (result == WHISTLE_OK)
        tame_message(&(*reply)->base);
    whistle__v1__envelope__free_unpacked(envelope, NULL);
    return result;
}
