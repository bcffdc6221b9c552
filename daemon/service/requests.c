// A request comes in: its envelope is opened, its bytes are checked, and it goes where it belongs.
#include "service/service_state.h"

#include "base/error.h"
#include "codec/codec.h"
#include "codec/wire.h"
#include "engine/answer.h"
#include "engine/request.h"
#include "sp/sp_rep.h"

#include <inttypes.h>
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
        !envelope_close_plain(&arena, reply, &envelope))
        buffer_append(body, envelope.bytes, envelope.length);
    arena_fini(&arena);
}

static int open_request(struct intake *intake, const struct sp_request *from, struct arena *arena,
                        struct opened *opened)
{
    struct service *s = intake->service;
    const struct envelope_known known = answers_known(s, intake->book);
    intake->from.peer = (struct envelope_peer){
        .local = from->peer->transport == SP_IPC,
        .uid = from->peer->uid,
        .own_uid = s->own_uid,
        .insecure = s->options.insecure,
    };
    return envelope_open(arena, &known, &intake->from.peer, from->body, from->length, opened);
}

static bool same_id(const ProtobufCBinaryData *inner, const struct ulid *id)
{
    return inner->len == 0 ||
           (inner->len == sizeof id->bytes && memcmp(inner->data, id->bytes, sizeof id->bytes) == 0);
}

static int read_request(struct arena *arena, struct intake *intake, struct wire_fault *fault)
{
    const ProtobufCMessageDescriptor *descriptor = &whistle__v1__request__descriptor;
    const struct blob message = intake->message;
    if (!hands_read(intake, arena, &fault->field))
        return ERROR_QUARANTINED;
    int rc = wire_check(descriptor, message.bytes, message.length, fault);
    if (rc)
        return rc;
    intake->request = (void *)codec_unpack(arena, descriptor, message.bytes, message.length);
    if (!intake->request)
        return arena_failed(arena) ? ERROR_NO_MEMORY : ERROR_MALFORMED;
    return same_id(&intake->request->id, &intake->from.way.id) ? 0 : ERROR_MALFORMED;
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

// What changes something is held to the time by the engine, behind what it remembers: a change that was made
// is answered however late its retry is.
static bool changes_something(const Whistle__V1__Request *request)
{
    return request->op_case == WHISTLE__V1__REQUEST__OP_SUBMIT ||
           request->op_case == WHISTLE__V1__REQUEST__OP_ACT;
}

// Not by what may be a copy: its sender would be charged with the connection of whoever sends it again.
static void note_believed(struct intake *intake)
{
    if (!intake->replayed && request_is_surely_new(intake->request->sent_ms, intake->unknown_until_ms))
        sp_believe(intake->service->edge, intake->from.token, intake->principal->code);
}

// Nothing is asked or acknowledged for somebody by who only has his bytes: it would take his turns, and the
// place of his own polls.
static int check_question(struct intake *intake, struct arena *arena, const char **argument)
{
    int64_t skew_ms = 0;
    if (!request_is_fresh(engine_machine_now(), intake->request->sent_ms, intake->from.way.key_id[0],
                          &skew_ms)) {
        *argument = arena_printf(arena, "%" PRId64, skew_ms);
        return ERROR_CLOCK_SKEW;
    }
    return intake->replayed ? ERROR_REPLAYED : 0;
}

static void refuse(struct intake *intake, int code, const char *argument)
{
    intake->answered = true;
    answers_refuse(intake->service, &intake->from, code, argument, NULL);
}

static void take_opened(struct intake *intake, const struct sp_request *from, struct arena *arena)
{
    struct service *s = intake->service;
    struct wire_fault fault = {0};
    const char *argument = NULL;
    int rc = read_request(arena, intake, &fault);
    if (rc) {
        s->stats.malformed += rc != ERROR_QUARANTINED;
        admission_charge(s, from);
        refuse(intake, rc, fault.field ? fault.field : "request");
    } else if (!changes_something(intake->request) && (rc = check_question(intake, arena, &argument))) {
        refuse(intake, rc, argument);
    } else {
        note_believed(intake);
        hand_on(intake, arena);
        return;
    }
    arena_fini(arena);
}

// Whoever replays what somebody else has sealed pays for it by the address that it comes from. What may have
// come before this process was is not charged: at first everybody sends such.
static void note_replay(struct intake *intake, const struct sp_request *from, const struct opened *opened)
{
    struct service *s = intake->service;
    if (!opened->way.key_id[0])
        return;
    intake->unknown_until_ms = salts_unknown_until(&s->salts);
    intake->replayed = salts_seen(&s->salts, opened->salt, (int64_t)uv_now(s->options.loop));
    if (!intake->replayed)
        return;
    s->stats.replayed++;
    admission_charge(s, from);
}

static void take_stranger(struct intake *intake, const struct sp_request *from)
{
    struct service *s = intake->service;
    s->stats.refused++;
    admission_charge(s, from);
    answers_stranger(s, from->token);
    intake->answered = true;
}

static void take(struct intake *intake, const struct sp_request *from, struct arena *arena)
{
    struct service *s = intake->service;
    struct opened opened;
    if (!hands_open(s, from) || open_request(intake, from, arena, &opened)) {
        take_stranger(intake, from);
        arena_fini(arena);
        return;
    }
    intake->principal = opened.principal;
    intake->from.principal = opened.principal->code;
    intake->from.way = opened.way;
    intake->message = opened.message;
    note_replay(intake, from, &opened);
    if (admission_ask(intake))
        take_opened(intake, from, arena);
    else
        arena_fini(arena);
}

void requests_take(void *context, const struct sp_request *request)
{
    struct service *s = context;
    struct arena arena;
    struct intake intake = {.service = s, .from.token = request->token, .book = engine_book(s->engine)};
    arena_init(&arena, REQUEST_ARENA_BYTES);
    s->stats.requests++;
    take(&intake, request, &arena);
    if (intake.answered)
        guard_done(s->options.guard);
    else
        guard_drop(s->options.guard);
    rulebook_unref(intake.book);
}
