#include "envelope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own_keys.h"
#include "sealing.h"
#include "tame.h"
#include "unpack.h"

enum { ENVELOPE_ROOM = 4096 };
enum { MOST_UNSEALED = 4096 }; // bytes of an answer that needs no seal: a code and figures

static struct ulid id_of(const struct whistle *w)
{
    struct ulid id;
    memcpy(id.bytes, w->id, sizeof id.bytes);
    return id;
}

// ---- there --------------------------------------------------------------------------------------

// Protobuf messages may be written in pieces: head (id, time) and operation together are one Request.
static bool append_request(struct whistle *w, struct buffer *out)
{
    Whistle__V1__Request head = WHISTLE__V1__REQUEST__INIT;
    head.id = (ProtobufCBinaryData){ID_BYTES, w->id};
    head.sent_ms = wall_ms();
    if (w->keys && head.sent_ms <= w->sent_after_ms)
        head.sent_ms = w->sent_after_ms + 1;
    uint8_t *room = buffer_extend(out, whistle__v1__request__get_packed_size(&head));
    if (!room)
        return false;
    whistle__v1__request__pack(&head, room);
    buffer_append(out, w->operation.bytes, w->operation.length);
    return !out->failed;
}

static int append_envelope(struct whistle *w, Whistle__V1__Envelope *envelope, struct buffer *out)
{
    envelope->version = ENVELOPE_VERSION;
    envelope->principal = w->principal;
    envelope->id = (ProtobufCBinaryData){ID_BYTES, w->id};
    size_t size = whistle__v1__envelope__get_packed_size(envelope);
    if (size > w->max_request) {
        char sizes[64];
        snprintf(sizes, sizeof sizes, "%zu > %u", size, w->max_request);
        return handle_result(w, WHISTLE_TOO_LARGE, sizes);
    }
    uint8_t *room = buffer_extend(out, size);
    if (!room)
        return handle_result(w, WHISTLE_NO_MEMORY, NULL);
    whistle__v1__envelope__pack(envelope, room);
    return WHISTLE_OK;
}

static int append_plain(struct whistle *w, const struct buffer *request, struct buffer *out)
{
    Whistle__V1__Envelope envelope = WHISTLE__V1__ENVELOPE__INIT;
    envelope.body_case = WHISTLE__V1__ENVELOPE__BODY_PLAIN;
    envelope.plain = (ProtobufCBinaryData){request->length, request->bytes};
    return append_envelope(w, &envelope, out);
}

static int append_sealed(struct whistle *w, const struct seal_key *key, const struct buffer *request,
                         struct buffer *out)
{
    Whistle__V1__Envelope envelope = WHISTLE__V1__ENVELOPE__INIT;
    ProtobufCBinaryData message = {request->length, request->bytes};
    uint8_t *room;
    envelope.id = (ProtobufCBinaryData){ID_BYTES, w->id};
    int result = sealing_close(&envelope, key, message, &room);
    if (result != WHISTLE_OK)
        return handle_result(w, result, NULL);
    result = append_envelope(w, &envelope, out);
    free(room);
    return result;
}

int envelope_wrap(struct whistle *w, struct buffer *out)
{
    const struct seal_key *key = own_keys_current(w);
    struct buffer request;
    buffer_init(&request);
    int result = !append_request(w, &request) ? handle_result(w, WHISTLE_NO_MEMORY, NULL)
                 : key                        ? append_sealed(w, key, &request, out)
                                              : append_plain(w, &request, out);
    buffer_fini(&request);
    return result;
}

// ---- back ---------------------------------------------------------------------------------------

// A daemon that could not read a request answers without its id: that concerns the one in flight.
static bool is_for(const struct whistle *w, const ProtobufCBinaryData *id)
{
    return id->len == 0 || (id->len == ID_BYTES && memcmp(id->data, w->id, ID_BYTES) == 0);
}

static int unreadable(struct whistle *w)
{
    return handle_result(w, WHISTLE_BAD_REPLY, w->address);
}

static int read_reply(struct whistle *w, const uint8_t *bytes, size_t length, Whistle__V1__Reply **reply)
{
    *reply = unpack_within(unpack_usual_room(length), &whistle__v1__reply__descriptor, bytes, length);
    return *reply ? WHISTLE_OK : unreadable(w);
}

static int open_plain(struct whistle *w, const Whistle__V1__Envelope *envelope, Whistle__V1__Reply **reply)
{
    if (envelope->body_case != WHISTLE__V1__ENVELOPE__BODY_PLAIN ||
        (w->keys && envelope->plain.len > MOST_UNSEALED))
        return unreadable(w);
    return read_reply(w, envelope->plain.data, envelope->plain.len, reply);
}

static int open_sealed(struct whistle *w, const Whistle__V1__Envelope *envelope, Whistle__V1__Reply **reply)
{
    struct ulid id = id_of(w);
    ProtobufCBinaryData plain;
    int result = sealing_open(envelope, own_keys_current(w), &id, &plain);
    if (result != WHISTLE_OK)
        return result == WHISTLE_BAD_REPLY ? unreadable(w) : handle_result(w, result, NULL);
    result = read_reply(w, plain.data, plain.len, reply);
    free(plain.data);
    if (result == WHISTLE_OK)
        own_keys_answered(w);
    return result;
}

// What anybody may say, since it costs no more than the time that anybody between can cost anyway.
static bool may_be_unsealed(const Whistle__V1__Reply *reply)
{
    static const char *const codes[] = {"refused", "busy", "draining", "too_large"};
    bool known = false;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        known = known || strcmp(reply->code, codes[i]) == 0;
    for (size_t i = 0; i < reply->n_arguments; i++)
        known = known && strspn(reply->arguments[i], "0123456789") == strlen(reply->arguments[i]);
    return known;
}

// Code and arguments alone, in a reply of their own.
static Whistle__V1__Reply *what_counts(Whistle__V1__Reply *told)
{
    Whistle__V1__Reply *kept = malloc(sizeof *kept);
    if (!kept)
        return NULL;
    whistle__v1__reply__init(kept);
    char *none = kept->code;
    kept->code = told->code;
    kept->arguments = told->arguments;
    kept->n_arguments = told->n_arguments;
    told->code = none;
    told->arguments = NULL;
    told->n_arguments = 0;
    return kept;
}

static int open_unsealed(struct whistle *w, const Whistle__V1__Envelope *envelope, Whistle__V1__Reply **reply)
{
    Whistle__V1__Reply *told;
    int result = open_plain(w, envelope, &told);
    if (result != WHISTLE_OK)
        return result;
    *reply = may_be_unsealed(told) ? what_counts(told) : NULL;
    whistle_reply_free(told);
    w->unsealed = *reply != NULL;
    return *reply ? WHISTLE_OK : unreadable(w);
}

int envelope_unwrap(struct whistle *w, const void *bytes, size_t length, Whistle__V1__Reply **reply)
{
    w->unsealed = false;
    if (length > w->max_reply)
        return unreadable(w);
    Whistle__V1__Envelope *envelope =
        unpack_within(2 * length + ENVELOPE_ROOM, &whistle__v1__envelope__descriptor, bytes, length);
    if (!envelope)
        return unreadable(w);
    int result = !is_for(w, &envelope->id)         ? WHISTLE_NOTHING
                 : !w->keys                        ? open_plain(w, envelope, reply)
                 : envelope->suite == SUITE_SEALED ? open_sealed(w, envelope, reply)
                                                   : open_unsealed(w, envelope, reply);
    if (result == WHISTLE_OK)
        tame_message(&(*reply)->base);
    whistle__v1__envelope__free_unpacked(envelope, NULL);
    return result;
}
