#include "service/service.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "codec/codec.h"
#include "codec/wire.h"
#include "core/permit.h"
#include "engine/answer.h"
#include "engine/notice.h"
#include "engine/request.h"
#include "service/acks.h"
#include "service/intake.h"
#include "service/polls.h"
#include "service/query.h"
#include "sp/sp_pub.h"
#include "sp/sp_rep.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    REQUEST_ARENA_BYTES = 1024 * 1024, // what one message may make us hold
    QUERY_ARENA_BYTES = 64 * 1024 * 1024,
    POLL_MAX_MS = 25000,
    BUSY_WAIT_MS = 200,
    BEAT_MS = 250,       // how often deadlines of polls are looked at
    SECOND_BEATS = 4,    // beats between acks, and between looks at the clock
    HEARTBEAT_BEATS = 8, // beats between heartbeats of the public feed
};

struct service {
    struct service_options options;
    struct sp_server *edge;
    struct engine *engine;
    struct polls polls;
    struct acks acks;
    uv_timer_t beat;
    uint64_t beats;
    uint32_t own_uid;
    size_t queries_running;
    int64_t clock_ahead_ms; // wall clock minus loop clock at the last look: a change is a step
    struct service_stats stats;
    bool stopping;
    bool engine_stopped;
    bool edge_closed;
    bool beat_closed;
    void (*stopped)(void *context);
    void *stopped_context;
};

// ---- answering ---------------------------------------------------------------------------------------------

static void send_reply(struct service *s, struct sp_token token, struct arena *arena, const struct ulid *id,
                       struct blob reply)
{
    struct blob envelope;
    if (!reply.length || envelope_close(arena, id, reply, &envelope))
        sp_drop(s->edge, token); // the client asks again after its own time-out
    else
        sp_reply(s->edge, token, envelope.bytes, envelope.length);
}

static void send_refusal(struct service *s, struct sp_token token, const struct ulid *id, int code,
                         const char *argument0, const char *argument1)
{
    struct arena arena;
    struct blob reply;
    arena_init(&arena, 0);
    if (answer_refusal(&arena, id, code, NULL, argument0, argument1, engine_now(s->engine), &reply))
        reply = (struct blob){0};
    send_reply(s, token, &arena, id, reply);
    arena_fini(&arena);
}

static void send_wait(struct service *s, struct sp_token token, const struct ulid *id, int code)
{
    char wait[16];
    snprintf(wait, sizeof wait, "%d", BUSY_WAIT_MS);
    send_refusal(s, token, id, code, wait, NULL);
}

static void on_too_large(void *context, const struct sp_peer *peer, uint64_t announced, struct buffer *body)
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

// ---- a request in hand -------------------------------------------------------------------------------------

struct intake {
    struct service *service;
    struct sp_token token;
    struct opened opened;
    Whistle__V1__Request *request; // in the arena of the work or query that is made of it
    struct rulebook *book;         // a reference
};

// ---- changes: to the engine --------------------------------------------------------------------------------

static void on_work_done(struct work *work)
{
    struct service *s = work->context;
    struct sp_token token = {work->token_serial, work->token_slot};
    s->stats.wait_us_sum += (uint64_t)(engine_machine_now() - work->received_ms) * 1000;
    send_reply(s, token, &work->arena, &work->id, work->reply);
    work_destroy(work);
}

static void push_work(struct intake *intake, struct work *work)
{
    struct service *s = intake->service;
    uint8_t random[16];
    randombytes_buf(random, sizeof random);
    work->received_ms = engine_machine_now();
    int rc = intake_work(work, intake->request, &intake->opened, intake->book, random);
    work->done = on_work_done;
    work->context = s;
    work->token_serial = intake->token.serial;
    work->token_slot = intake->token.slot;
    if (!rc)
        rc = engine_push(s->engine, work);
    if (!rc)
        return;
    if (rc == ERROR_BUSY || rc == ERROR_DRAINING)
        send_wait(s, intake->token, &intake->opened.id, rc);
    else
        send_refusal(s, intake->token, &intake->opened.id, rc, "operation", NULL);
    work_destroy(work);
}

// ---- questions: to the pool --------------------------------------------------------------------------------

struct question {
    uv_work_t job;
    struct service *service;
    struct arena arena; // of the request and of the answer
    struct arena scratch;
    struct sp_token token;
    struct ulid id;
    Whistle__V1__Request *request;
    char principal[WORK_PRINCIPAL];
    struct rulebook *book; // a reference, renewed for each look
    struct poll poll;      // where it is a fetch that may wait
    bool polls;
    int64_t now_ms;
    struct blob reply; // in the scratch arena
    bool empty;
};

static void question_destroy(struct question *q)
{
    rulebook_unref(q->book);
    arena_fini(&q->scratch);
    arena_fini(&q->arena);
    free(q);
}

// In the pool: nothing here touches the loop.
static void look(uv_work_t *job)
{
    struct question *q = job->data;
    struct store_reader reader;
    Whistle__V1__Reply reply = WHISTLE__V1__REPLY__INIT;
    struct query query = {
        .arena = &q->scratch,
        .reader = &reader,
        .book = q->book,
        .principal = principal_find(&rulebook_rules(q->book)->principals, q->principal),
        .request = q->request,
        .now_ms = q->now_ms,
        .demo = q->service->options.demo,
        .reply = &reply,
    };
    reply.id = (ProtobufCBinaryData){sizeof q->id.bytes, q->id.bytes};
    reply.code = (char *)error_name(0);
    reply.now_ms = q->now_ms;
    store_read_begin(q->service->options.store, &q->scratch, &reader);
    int rc = reader.txn.error;
    if (!rc && !query.principal)
        rc = query_refuse(&query, ERROR_REFUSED, NULL, NULL, NULL);
    else if (!rc)
        rc = query_run(&query);
    rc = rc ? rc : reader.txn.error;
    q->empty = query.empty;
    if (!rc)
        rc = codec_pack(&q->scratch, &reply.base, &q->reply);
    if (rc && answer_refusal(&q->scratch, &q->id, rc, NULL, NULL, NULL, q->now_ms, &q->reply))
        q->reply = (struct blob){0};
    store_read_end(&reader);
}

static void after_look(uv_work_t *job, int status);

static void ask(struct question *q)
{
    struct service *s = q->service;
    arena_fini(&q->scratch);
    rulebook_unref(q->book);
    q->book = engine_book(s->engine);
    q->now_ms = engine_now(s->engine);
    q->job.data = q;
    q->poll.looking = q->polls;
    q->poll.dirty = false;
    s->queries_running++;
    s->stats.queries++;
    int rc = uv_queue_work(s->options.loop, &q->job, look, after_look);
    assert(rc == 0); // it fails for a missing callback only
}

static void finish(struct question *q)
{
    struct service *s = q->service;
    if (q->polls)
        polls_remove(&s->polls, &q->poll);
    if (!q->poll.gone)
        send_reply(s, q->token, &q->scratch, &q->id, q->reply);
    question_destroy(q);
}

static void stop_further(struct service *s);

// An empty feed waits; what happened while it was looked at makes it look again.
static void after_look(uv_work_t *job, int status)
{
    struct question *q = job->data;
    struct service *s = q->service;
    (void)status;
    s->queries_running--;
    q->poll.looking = false;
    bool over = q->poll.gone || s->stopping || uv_now(s->options.loop) >= q->poll.deadline_ms;
    if (!q->polls || !q->empty || over)
        finish(q);
    else if (q->poll.dirty)
        ask(q);
    if (s->stopping)
        stop_further(s);
}

static void on_wake(void *context, struct poll *poll)
{
    struct question *q = poll->request;
    (void)context;
    if (poll->looking)
        poll->dirty = true;
    else
        ask(q);
}

// The key under which a fetch waits. False when it is not allowed to; the look then says why.
static bool poll_key(struct intake *intake, const Whistle__V1__Fetch *fetch, char *key, size_t size)
{
    const struct rules *rules = rulebook_rules(intake->book);
    uint32_t unit = intake->opened.principal->unit;
    const char *recipient = fetch->recipient;
    if (!*recipient && unit != UNIT_NONE)
        recipient = rules->units.units[unit].code;
    const char *what = *fetch->area ? fetch->area : recipient;
    return (size_t)snprintf(key, size, "%s%s", *fetch->area ? "@" : "", what) < size && *what;
}

// Registers a fetch as a poll, unless it does not want to wait or may not.
static void make_poll(struct intake *intake, struct question *q)
{
    struct service *s = intake->service;
    const Whistle__V1__Fetch *fetch = q->request->fetch;
    uint32_t wait = fetch->wait_ms < POLL_MAX_MS ? fetch->wait_ms : POLL_MAX_MS;
    char key[256];
    if (!wait || s->stopping || !poll_key(intake, fetch, key, sizeof key))
        return;
    if (sp_park(s->edge, q->token) || sp_attach(s->edge, q->token, q))
        return; // over the limit of parked polls: answered empty at once
    q->poll.token = q->token;
    q->poll.request = q;
    q->poll.deadline_ms = uv_now(s->options.loop) + wait;
    q->polls = polls_add(&s->polls, &q->poll, key);
}

static void push_question(struct intake *intake, struct question *q)
{
    q->service = intake->service;
    q->token = intake->token;
    q->id = intake->opened.id;
    q->request = intake->request;
    arena_init(&q->scratch, QUERY_ARENA_BYTES);
    snprintf(q->principal, sizeof q->principal, "%s", intake->opened.principal->code);
    if (q->request->op_case == WHISTLE__V1__REQUEST__OP_FETCH)
        make_poll(intake, q);
    ask(q);
}

// ---- acknowledgements --------------------------------------------------------------------------------------

static void answer_ack(struct intake *intake, uint64_t upto, struct arena *arena)
{
    struct service *s = intake->service;
    Whistle__V1__Reply reply = WHISTLE__V1__REPLY__INIT;
    Whistle__V1__Acked acked = WHISTLE__V1__ACKED__INIT;
    struct blob bytes = {0};
    acked.upto = upto;
    reply.id = (ProtobufCBinaryData){sizeof intake->opened.id.bytes, intake->opened.id.bytes};
    reply.code = (char *)error_name(0);
    reply.now_ms = engine_now(s->engine);
    reply.result_case = WHISTLE__V1__REPLY__RESULT_ACKED;
    reply.acked = &acked;
    if (codec_pack(arena, &reply.base, &bytes))
        bytes = (struct blob){0};
    send_reply(s, intake->token, arena, &intake->opened.id, bytes);
}

static void take_ack(struct intake *intake, struct arena *arena)
{
    struct service *s = intake->service;
    const Whistle__V1__Ack *ack = intake->request->ack;
    const struct rules *rules = rulebook_rules(intake->book);
    const struct principal *principal = intake->opened.principal;
    const char *recipient = ack->recipient;
    if (!*recipient && principal->unit != UNIT_NONE)
        recipient = rules->units.units[principal->unit].code;
    struct journal_position head;
    store_head(s->options.store, &head);
    int rc = permit_feed(rules, principal, recipient) ? 0 : ERROR_NOT_ALLOWED;
    if (!rc && ack->epoch && ack->epoch != head.epoch)
        rc = ERROR_EPOCH_CHANGED;
    if (!rc && ack->upto >= head.next_seq)
        rc = ERROR_BAD_VALUE;
    if (!rc)
        rc = acks_note(&s->acks, recipient, *ack->consumer ? ack->consumer : "default", ack->upto);
    if (rc == ERROR_BUSY)
        send_wait(s, intake->token, &intake->opened.id, rc);
    else if (rc)
        send_refusal(s, intake->token, &intake->opened.id, rc, rc == ERROR_BAD_VALUE ? "upto" : principal->code,
                     rc == ERROR_BAD_VALUE ? "ahead of the journal" : "ack");
    else
        answer_ack(intake, ack->upto, arena);
}

// ---- reading a request -------------------------------------------------------------------------------------

static int read_request(struct service *s, const struct sp_request *from, struct arena *arena, struct intake *intake,
                        struct wire_fault *fault)
{
    const ProtobufCMessageDescriptor *descriptor = &whistle__v1__request__descriptor;
    struct envelope_peer peer = {
        .local = from->peer->transport == SP_IPC,
        .uid = from->peer->uid,
        .own_uid = s->own_uid,
        .insecure = s->options.insecure,
    };
    int rc = envelope_open(arena, &rulebook_rules(intake->book)->principals, &peer, from->body, from->length,
                           &intake->opened);
    if (rc)
        return rc;
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

static bool is_change(const Whistle__V1__Request *request)
{
    return request->op_case == WHISTLE__V1__REQUEST__OP_SUBMIT || request->op_case == WHISTLE__V1__REQUEST__OP_ACT;
}

// Hands the request on. The arena goes over to the work or question that is made of it.
static void take_request(struct intake *intake, struct arena *arena)
{
    struct service *s = intake->service;
    bool ack = intake->request->op_case == WHISTLE__V1__REQUEST__OP_ACK;
    struct work *work = is_change(intake->request) ? work_create(WORK_COMMAND, 0) : NULL;
    struct question *q = !work && !ack && !is_change(intake->request) ? calloc(1, sizeof *q) : NULL;
    if (work) {
        work->arena = *arena;
        push_work(intake, work);
    } else if (q) {
        q->arena = *arena;
        push_question(intake, q);
    } else {
        if (ack)
            take_ack(intake, arena);
        else
            sp_drop(s->edge, intake->token);
        arena_fini(arena);
    }
}

static void on_request(void *context, const struct sp_request *request)
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
        s->stats.malformed += rc != ERROR_REFUSED;
        send_refusal(s, request->token, &intake.opened.id, rc, fault.field ? fault.field : "request", NULL);
        arena_fini(&arena);
    } else {
        take_request(&intake, &arena);
    }
    rulebook_unref(intake.book);
}

// A parked poll whose connection ended, or that was replaced: nobody waits for its answer any more.
static void on_gone(void *context, struct sp_token token, void *attachment, enum sp_gone why)
{
    struct service *s = context;
    struct question *q = attachment;
    (void)token;
    (void)why;
    if (!q)
        return;
    q->poll.gone = true;
    polls_remove(&s->polls, &q->poll);
    q->polls = false;
    if (!q->poll.looking)
        question_destroy(q);
}

// ---- what a batch concerned --------------------------------------------------------------------------------

// A message may be continued by appending fields: the count of notices is the loop's, not the engine's.
static void publish(struct service *s, struct blob payload)
{
    struct buffer message;
    uint64_t count = ++s->stats.published;
    buffer_init(&message);
    buffer_append(&message, payload.bytes, payload.length);
    uint8_t tag = 3 << 3;
    buffer_append(&message, &tag, 1);
    do {
        uint8_t byte = (uint8_t)((count & 0x7f) | (count > 0x7f ? 0x80 : 0));
        buffer_append(&message, &byte, 1);
        count >>= 7;
    } while (count);
    if (message.failed || sp_publish(s->edge, message.bytes, message.length))
        fprintf(stderr, "<4>notice lost error=no_memory\n");
    buffer_fini(&message);
}

static void on_batch(void *context, const struct batch_result *result)
{
    struct service *s = context;
    polls_wake(&s->polls, result, on_wake, s);
    for (size_t i = 0; i < result->notice_count; i++)
        publish(s, result->notices[i]);
}

static void on_trouble(void *context, int error, bool fatal)
{
    struct service *s = context;
    fprintf(stderr, "<3>batch refused error=%s fatal=%d\n", error_name(error), fatal);
    if (fatal)
        s->options.on_fatal(s->options.context, error);
}

// ---- the beat ----------------------------------------------------------------------------------------------

static void end_old_polls(struct service *s)
{
    struct poll *poll = TAILQ_FIRST(&s->polls.all), *next;
    uint64_t now = uv_now(s->options.loop);
    for (; poll; poll = next) {
        next = TAILQ_NEXT(poll, entry);
        if (!poll->looking && (s->stopping || poll->deadline_ms <= now))
            finish(poll->request);
    }
}

static void push_or_destroy(struct service *s, struct work *work)
{
    if (work && engine_push(s->engine, work))
        work_destroy(work);
}

static void flush_acks(struct service *s)
{
    struct work *work = acks_take(&s->acks);
    if (!work)
        return;
    work->received_ms = engine_machine_now();
    push_or_destroy(s, work);
}

// libuv's timers run on a clock that never steps, so a wall clock that gained or lost against it was set.
static void look_at_clock(struct service *s)
{
    const int64_t held_ms = 2000;
    int64_t ahead = engine_machine_now() - (int64_t)uv_now(s->options.loop);
    int64_t step = s->clock_ahead_ms ? ahead - s->clock_ahead_ms : 0;
    s->clock_ahead_ms = ahead;
    if (step > -held_ms && step < held_ms)
        return;
    struct work *work = work_create(WORK_NOTE, 0);
    if (!work)
        return;
    work->received_ms = engine_machine_now();
    work->note = EVENT_CLOCK_STEPPED;
    work->detail = arena_printf(&work->arena, "%lld ms", (long long)step);
    fprintf(stderr, "<4>clock stepped step_ms=%lld\n", (long long)step);
    push_or_destroy(s, work);
}

static void heartbeat(struct service *s)
{
    struct arena arena;
    struct journal_position head;
    struct blob payload;
    store_head(s->options.store, &head);
    arena_init(&arena, 0);
    struct blob chain = {head.chain, sizeof head.chain};
    if (!notice_heartbeat(&arena, (uint32_t)head.epoch, head.next_seq - 1, chain, engine_now(s->engine),
                          s->options.demo, &payload))
        publish(s, payload);
    arena_fini(&arena);
}

static void on_beat(uv_timer_t *timer)
{
    struct service *s = timer->data;
    s->beats++;
    end_old_polls(s);
    if (s->beats % SECOND_BEATS == 0) {
        flush_acks(s);
        look_at_clock(s);
    }
    if (s->beats % HEARTBEAT_BEATS == 0)
        heartbeat(s);
}

// ---- start and stop ----------------------------------------------------------------------------------------

static int start_parts(struct service *s)
{
    const struct service_options *o = &s->options;
    const struct sp_callbacks callbacks = {on_request, on_gone, on_too_large};
    const struct engine_options engine = {
        .loop = o->loop,
        .store = o->store,
        .book = o->book,
        .clock = o->clock,
        .demo = o->demo,
        .last_ms = o->last_ms,
        .on_batch = on_batch,
        .on_trouble = on_trouble,
        .context = s,
    };
    s->edge = sp_server_create(o->loop, &o->limits, &callbacks, s);
    if (!s->edge)
        return ERROR_NO_MEMORY;
    int rc = engine_start(&engine, &s->engine);
    if (rc)
        return rc;
    uv_timer_init(o->loop, &s->beat);
    s->beat.data = s;
    return uv_timer_start(&s->beat, on_beat, BEAT_MS, BEAT_MS) ? ERROR_INTERNAL : 0;
}

int service_start(const struct service_options *options, struct service **out)
{
    struct service *s = calloc(1, sizeof *s);
    if (!s)
        return ERROR_NO_MEMORY;
    s->options = *options;
    s->own_uid = (uint32_t)getuid();
    polls_init(&s->polls);
    acks_init(&s->acks);
    *out = s;
    return start_parts(s);
}

struct sp_server *service_edge(struct service *service)
{
    return service->edge;
}

struct engine *service_engine(struct service *service)
{
    return service->engine;
}

struct store *service_store(struct service *service)
{
    return service->options.store;
}

void service_stats(const struct service *service, struct service_stats *out)
{
    *out = service->stats;
    out->polls_waiting = service->polls.count;
}

struct swap {
    void (*done)(void *context, int code);
    void *context;
};

static void on_swapped(struct work *work)
{
    struct swap *swap = work->context;
    if (swap->done)
        swap->done(swap->context, work->code);
    work_destroy(work);
}

int service_swap_rules(struct service *service, struct rulebook *book, const char *detail,
                       void (*done)(void *context, int code), void *context)
{
    struct work *work = work_create(WORK_RULES, 0);
    struct swap *swap = work ? arena_alloc(&work->arena, sizeof *swap) : NULL;
    if (!swap) {
        rulebook_unref(book);
        work_destroy(work);
        return ERROR_NO_MEMORY;
    }
    *swap = (struct swap){done, context};
    work->book = book;
    work->detail = arena_strdup(&work->arena, detail);
    work->received_ms = engine_machine_now();
    work->done = on_swapped;
    work->context = swap;
    int rc = engine_push(service->engine, work);
    if (rc)
        work_destroy(work);
    return rc;
}

static void report_stopped(struct service *s)
{
    if (s->edge_closed && s->beat_closed && s->engine_stopped)
        s->stopped(s->stopped_context);
}

static void on_edge_closed(void *context)
{
    struct service *s = context;
    s->edge_closed = true;
    report_stopped(s);
}

static void on_beat_closed(uv_handle_t *handle)
{
    struct service *s = handle->data;
    s->beat_closed = true;
    report_stopped(s);
}

// Goes on once the engine has answered everything and no question runs.
static void stop_further(struct service *s)
{
    if (!s->engine_stopped || s->queries_running || !s->edge)
        return;
    end_old_polls(s);
    uv_close((uv_handle_t *)&s->beat, on_beat_closed);
    sp_server_close(&s->edge, on_edge_closed, s);
}

static void on_engine_stopped(void *context)
{
    struct service *s = context;
    s->engine_stopped = true;
    stop_further(s);
}

void service_stop(struct service *service, void (*stopped)(void *context), void *context)
{
    if (service->stopping)
        return;
    service->stopping = true;
    service->stopped = stopped;
    service->stopped_context = context;
    sp_server_deafen(service->edge);
    end_old_polls(service);
    flush_acks(service);
    engine_stop(service->engine, on_engine_stopped, service);
}

void service_destroy(struct service *service)
{
    acks_fini(&service->acks);
    engine_destroy(service->engine);
    free(service);
}
