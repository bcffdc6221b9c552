// A request comes in: its envelope is opened, its bytes are checked, and it goes where it belongs.
#include "service/service_state.h"

#include "base/error.h"
#include "codec/codec.h"
#include "codec/wire.h"
#include "engine/answer.h"

#include <stdio.h>
#include <string.h>

enum { REQUEST_ARENA_BYTES = 1024 * 1024 }; // what one message may make us hold

void requests_too_large(void *context, const struct sp_peer *peer, uint64_t announced, struct buffer *body)
{
    struct service *s = context;
    struct arena arena;
    struct blob reply, envelope;
    char has[24], may[24];
    (void)peer;
    snprintf(has, sizeof has, "%llu", (unsigned long long)announced);
    snprintf(may, sizeof may, "%zu", sp_server_limits(s->edge)->max_message_bytes);
    arena_init(&arena, 0);
    if (!answer_refusal(&arena, NULL, ERROR_TOO_LARGE, NULL, has, may, engine_now(s->engine), &reply) &&
        !envelope_close(&arena, NULL, reply, &envelope))
        buffer_append(body, envelope.bytes, envelope.length);
    arena_fini(&arena);
}

static int read_request(struct service *s, const struct sp_request *from, struct arena *arena,
                        struct intake *intake, struct wire_fault *fault)
{
    const ProtobufCMessageDescriptor *descriptor = &whistle__v1__request__descriptor;
    struct envelope_peer peer = {
        .local = from->peer->transport == SP_IPC,
        .uid = from->peer->uid,
        .own_uid = s->own_uid,
        .insecure = s->options.insecure,
    };
    if (!hands_open(from, intake, arena, &fault->field))
        return ERROR_QUARANTINED;
    int rc = envelope_open(arena, &rulebook_rules(intake->book)->principals, &peer, from->body, from->length,
                           &intake->opened);
    if (rc)
        return rc;
    if (!hands_read(intake, arena, &fault->field))
        return ERROR_QUARANTINED;
    struct blob message = intake->opened.message;
    rc = wire_check(descriptor, message.bytes, message.length, fault);
    if (rc)
        return rc;
    intake->request = (void *)codec_unpack(arena, descriptor, message.bytes, message.length);
    if (!intake->request)
        return arena_failed(arena) ? ERROR_NO_MEMORY : ERROR_MALFORMED;
    bool same = intake->request->id.len == 0 || (intake->request->id.len == sizeof intake->opened.id.bytes &&
                                                 memcmp(intake->request->id.data, intake->opened.id.bytes,
                                                        sizeof intake->opened.id.bytes) == 0);
    return same ? 0 : ERROR_MALFORMED;
}

// Hands the request on. The arena goes over to what is made of it.
static void hand_on(struct intake *intake, struct arena *arena)
{
    switch (intake->request->op_case) {
    case WHISTLE__V1__REQUEST__OP_SUBMIT:
    case WHISTLE__V1__REQUEST__OP_ACT:
        changes_take(intake, arena);
        return;
    case WHISTLE__V1__REQUEST__OP_ACK:
        changes_take_ack(intake, arena);
        return;
    default:
        questions_take(intake, arena);
    }
}

void requests_take(void *context, const struct sp_request *request)
{
    struct service *s = context;
    struct arena arena;
    struct wire_fault fault = {0};
    struct intake intake = {.service = s, .token = request->token, .book = engine_book(s->engine)};
    arena_init(&arena, REQUEST_ARENA_BYTES);
    s->stats.requests++;
    int rc = read_request(s, request, &arena, &intake, &fault);
    if (rc) {
        s->stats.refused += rc == ERROR_REFUSED;
        s->stats.malformed += rc != ERROR_REFUSED && rc != ERROR_QUARANTINED;
        bool opened = rc != ERROR_QUARANTINED || intake.opened.principal; // else its id is not known
        answers_refuse(s, request->token, opened ? &intake.opened.id : NULL, rc,
                       fault.field ? fault.field : "request", NULL);
        arena_fini(&arena);
    } else {
        hand_on(&intake, &arena);
    }
    if (rc || intake.answered)
        guard_done(s->options.guard);
    else
        guard_drop(s->options.guard);
    rulebook_unref(intake.book);
}
