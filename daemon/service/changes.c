// What changes something: submits and acts go to the engine, acknowledgements are gathered.
#include "service/service_state.h"

#include "base/error.h"
#include "codec/codec.h"
#include "core/permit.h"
#include "service/intake.h"
#include "sp/sp_rep.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

// It was not worked, or not to its end: it is no less a suspect for that.
static bool is_put_off(int code)
{
    return code == ERROR_BUSY || code == ERROR_DRAINING || code == ERROR_NO_MEMORY || code == ERROR_IO ||
           code == ERROR_STORAGE_FULL;
}

// Until it is answered. Counted before the engine has it: from then on the arena is the engine's thread's.
static void count_held(struct work *work, size_t held)
{
    service_hold(work->context, work_holder(work->principal, work->replayed),
                 (int64_t)held - (int64_t)work->held);
    work->held = held;
}

static void on_work_done(struct work *work)
{
    struct service *s = work->context;
    count_held(work, 0);
    struct addressee to = {
        .token = {work->token_serial, work->token_slot}, .principal = work->principal, .way.id = work->id};
    memcpy(to.way.key_id, work->key_id, sizeof to.way.key_id);
    s->stats.wait_us_sum += (uint64_t)(engine_machine_now() - work->received_ms) * 1000;
    hands_answer(s, work->principal, &work->id, work->message);
    answers_send(s, &to, &work->arena, work->reply);
    if (is_put_off(work->code))
        guard_drop(s->options.guard);
    else
        guard_done(s->options.guard);
    work_destroy(work);
}

// Once the engine has it, it is done and on disk, whoever hears of it.
static void work_gone(void *waiting)
{
    struct work *work = waiting;
    struct service *s = work->context;
    if (!engine_withdraw(s->engine, work))
        return;
    count_held(work, 0);
    work_destroy(work);
}

// Without memory for it the work is done in any case.
static void attach_waiter(struct service *s, struct sp_token token, struct work *work)
{
    struct waiter *waiter = arena_alloc(&work->arena, sizeof *waiter);
    if (!waiter)
        return;
    *waiter = (struct waiter){work_gone, work};
    (void)!sp_attach(s->edge, token, waiter);
}

static void push_work(struct intake *intake, struct work *work)
{
    struct service *s = intake->service;
    uint8_t random[16];
    randombytes_buf(random, sizeof random);
    work->received_ms = engine_machine_now();
    work->message = intake->message;
    int rc = intake_work(work, intake->request, intake->principal, intake->book, random);
    work->done = on_work_done;
    work->context = s;
    work->id = intake->from.way.id;
    memcpy(work->key_id, intake->from.way.key_id, sizeof work->key_id);
    work->replayed = intake->replayed;
    work->unknown_until_ms = intake->unknown_until_ms;
    work->token_serial = intake->from.token.serial;
    work->token_slot = intake->from.token.slot;
    if (!rc) {
        attach_waiter(s, intake->from.token, work);
        count_held(work, work_bytes(work));
        rc = engine_push(s->engine, work);
    }
    if (!rc)
        return;
    count_held(work, 0);
    intake->answered = !is_put_off(rc);
    if (rc == ERROR_BUSY || rc == ERROR_DRAINING)
        answers_wait(s, &intake->from, rc);
    else
        answers_refuse(s, &intake->from, rc, "operation", NULL);
    work_destroy(work);
}

void changes_take(struct intake *intake, struct arena *arena)
{
    struct service *s = intake->service;
    if (engine_has_room(s->engine, work_holder(intake->principal->code, intake->replayed))) {
        answers_wait(s, &intake->from, ERROR_BUSY);
        arena_fini(arena);
        return;
    }
    if (!admission_keep(intake)) {
        arena_fini(arena);
        return;
    }
    struct work *work = work_create(WORK_COMMAND, 0);
    if (!work) {
        sp_drop(s->edge, intake->from.token);
        arena_fini(arena);
        return;
    }
    work->arena = *arena;
    push_work(intake, work);
}

// ---- acknowledgements ---------------------------------------------------------------------------

static void answer_ack(struct intake *intake, uint64_t upto, struct arena *arena)
{
    struct service *s = intake->service;
    Whistle__V1__Reply reply = WHISTLE__V1__REPLY__INIT;
    Whistle__V1__Acked acked = WHISTLE__V1__ACKED__INIT;
    struct blob bytes = {0};
    acked.upto = upto;
    reply.id = (ProtobufCBinaryData){sizeof intake->from.way.id.bytes, intake->from.way.id.bytes};
    reply.code = (char *)error_name(0);
    reply.now_ms = engine_now(s->engine);
    reply.result_case = WHISTLE__V1__REPLY__RESULT_ACKED;
    reply.acked = &acked;
    if (codec_pack(arena, &reply.base, &bytes))
        bytes = (struct blob){0};
    answers_send(s, &intake->from, arena, bytes);
}

static void refuse_ack(struct intake *intake, int code)
{
    static const struct {
        int code;
        const char *arguments[2];
    } known[] = {
        {ERROR_BAD_VALUE, {"upto", "ahead of the journal"}},
        {ERROR_TOO_MANY, {"a new consumer of one recipient", "8"}},
        {ERROR_TOO_LONG, {"ack.consumer", "128"}},
    };
    struct service *s = intake->service;
    if (code == ERROR_BUSY) {
        answers_wait(s, &intake->from, code);
        return;
    }
    struct journal_position head;
    char begin[48];
    const char *first = intake->principal->code, *second = "ack";
    if (code == ERROR_EPOCH_CHANGED) {
        store_head(s->options.store, &head);
        snprintf(begin, sizeof begin, "%" PRIu64 "/%" PRIu64, head.epoch, head.next_seq - 1);
        first = begin;
        second = NULL;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].code == code) {
            first = known[i].arguments[0];
            second = known[i].arguments[1];
        }
    answers_refuse(s, &intake->from, code, first, second);
}

static void note_ack(struct intake *intake, struct arena *arena)
{
    struct service *s = intake->service;
    const Whistle__V1__Ack *ack = intake->request->ack;
    const struct rules *rules = rulebook_rules(intake->book);
    const struct principal *principal = intake->principal;
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
    if (rc)
        refuse_ack(intake, rc);
    else
        answer_ack(intake, ack->upto, arena);
}

void changes_take_ack(struct intake *intake, struct arena *arena)
{
    note_ack(intake, arena);
    intake->answered = true;
    arena_fini(arena);
}
