// What only reads: answered in the uv pool over a snapshot. A fetch whose feed is empty waits as a poll.
#include "service/service_state.h"

#include "base/error.h"
#include "codec/codec.h"
#include "core/permit.h"
#include "engine/answer.h"
#include "service/query.h"
#include "sp/sp_rep.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    QUERY_ARENA_BYTES = 64 * 1024 * 1024,
    POLL_MAX_MS = 25000,
    POLL_BYTES = 16 * 1024,           // a fetch that makes us hold more does not wait
    REPLY_BYTES = 1024 * 1024 - 4096, // libnanomsg's clients take 1 MiB
    BOOKS_MAX = 2, // questions that walk the books at once: the pool's other threads stay free for the rest
};

struct question {
    uv_work_t job;
    struct service *service;
    struct arena arena; // of the request and of the answer
    struct arena scratch;
    struct arena kept; // of the empty answer while a poll waits
    struct sp_token token;
    struct ulid id;
    Whistle__V1__Request *request;
    struct blob message; // the same as it came, in the arena
    char principal[WORK_PRINCIPAL];
    struct rulebook *book; // a reference, renewed for each look
    struct poll poll;      // where it is a fetch that may wait
    bool polls;
    const char *recipient; // of a fetch, in the arena; NULL: it is no feed's
    uint64_t acked;        // how far its consumer has come, as the loop knows it
    int64_t now_ms;
    struct blob reply; // in the scratch arena, or kept
    bool empty;
    bool books; // it walks the books
};

static void question_destroy(struct question *q)
{
    rulebook_unref(q->book);
    arena_fini(&q->scratch);
    arena_fini(&q->kept);
    arena_fini(&q->arena);
    free(q);
}

// A refusal has the memory that the failed answer took.
static void refuse(struct question *q, int code)
{
    char limit[16];
    snprintf(limit, sizeof limit, "%d", (int)REPLY_BYTES);
    const char *has = code == ERROR_TOO_LARGE ? arena_printf(&q->arena, "%zu", q->reply.length) : NULL;
    arena_fini(&q->scratch);
    if (answer_refusal(&q->scratch, &q->id, code, NULL, has, has ? limit : NULL, q->now_ms, &q->reply))
        q->reply = (struct blob){0};
}

static void look(struct question *q)
{
    struct store_reader reader;
    Whistle__V1__Reply reply = WHISTLE__V1__REPLY__INIT;
    struct query query = {
        .arena = &q->scratch,
        .reader = &reader,
        .book = q->book,
        .principal = principal_find(&rulebook_rules(q->book)->principals, q->principal),
        .request = q->request,
        .now_ms = q->now_ms,
        .acked = q->acked,
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
    if (!rc)
        rc = codec_pack(&q->scratch, &reply.base, &q->reply);
    if (!rc && q->reply.length > REPLY_BYTES)
        rc = ERROR_TOO_LARGE;
    store_read_end(&reader);
    q->empty = !rc && query.empty;
    if (rc)
        refuse(q, rc);
}

// In the pool: nothing here touches the loop.
static void look_in_hand(uv_work_t *job)
{
    struct question *q = job->data;
    struct guard *guard = q->service->options.guard;
    guard_take(guard, &(struct inhand_note){INHAND_LOOKING, q->principal, q->id.bytes, q->message});
    look(q);
    guard_drop(guard);
}

static void after_look(uv_work_t *job, int status);

// Acknowledgements reach the state a second later; a fetch behind its cursor must not give them again.
static uint64_t acked_upto(const struct question *q)
{
    if (q->request->op_case != WHISTLE__V1__REQUEST__OP_FETCH || !q->recipient)
        return 0;
    const char *consumer = q->request->fetch->consumer;
    return acks_upto(&q->service->acks, q->recipient, *consumer ? consumer : "default");
}

static void ask(struct question *q)
{
    struct service *s = q->service;
    arena_fini(&q->scratch);
    arena_fini(&q->kept);
    rulebook_unref(q->book);
    q->book = engine_book(s->engine);
    q->now_ms = engine_now(s->engine);
    q->job.data = q;
    q->poll.looking = true;
    q->poll.dirty = false;
    q->acked = acked_upto(q);
    s->queries_running++;
    s->books_running += q->books;
    s->stats.queries++;
    int rc = uv_queue_work(s->options.loop, &q->job, look_in_hand, after_look);
    assert(rc == 0); // it fails for a missing callback only
}

static void finish(struct question *q)
{
    struct service *s = q->service;
    if (q->polls)
        polls_remove(&s->polls, &q->poll);
    hands_answer(s, q->principal, &q->id, q->message);
    if (!q->poll.gone)
        answers_send(s, q->token, &q->scratch, &q->id, q->reply);
    guard_done(s->options.guard);
    question_destroy(q);
}

// Many may wait for long: nothing but the empty answer stays with a poll.
static void keep_answer(struct question *q)
{
    void *copy = arena_memdup(&q->kept, q->reply.bytes, q->reply.length);
    if (!copy)
        return;
    q->reply.bytes = copy;
    arena_fini(&q->scratch);
}

// An empty feed waits; what happened while it was looked at makes it look again.
static void after_look(uv_work_t *job, int status)
{
    struct question *q = job->data;
    struct service *s = q->service;
    (void)status;
    s->queries_running--;
    s->books_running -= q->books;
    q->poll.looking = false;
    bool over = q->poll.gone || s->stopping || uv_now(s->options.loop) >= q->poll.deadline_ms;
    if (!q->polls || !q->empty || over)
        finish(q);
    else if (q->poll.dirty)
        ask(q);
    else
        keep_answer(q);
    if (s->stopping)
        service_stop_further(s);
}

void questions_wake(void *context, struct poll *poll)
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
    if (!poll_key(intake, fetch, key, sizeof key))
        return;
    if (*key != '@' && permit_feed(rulebook_rules(intake->book), intake->opened.principal, key)) {
        silence_heard(&s->silence, key, engine_now(s->engine));
        q->recipient = arena_strdup(&q->arena, key);
    }
    if (!wait || q->arena.used > POLL_BYTES)
        return;
    if (sp_park(s->edge, q->token) || sp_attach(s->edge, q->token, q))
        return; // over the limit of parked polls: answered empty at once
    q->poll.token = q->token;
    q->poll.request = q;
    q->poll.deadline_ms = uv_now(s->options.loop) + wait;
    q->polls = polls_add(&s->polls, &q->poll, key);
}

static bool walks_books(const Whistle__V1__Request *request)
{
    return request->op_case >= WHISTLE__V1__REQUEST__OP_RATES &&
           request->op_case <= WHISTLE__V1__REQUEST__OP_RECOUNT;
}

void questions_take(struct intake *intake, struct arena *arena)
{
    struct service *s = intake->service;
    bool books = walks_books(intake->request);
    if (books && s->books_running >= BOOKS_MAX && !s->stopping) {
        answers_wait(s, intake->token, &intake->opened.id, ERROR_BUSY);
        arena_fini(arena);
        return;
    }
    struct question *q = s->stopping ? NULL : calloc(1, sizeof *q);
    if (s->stopping) { // else those who go on asking would keep it from its end
        answers_wait(s, intake->token, &intake->opened.id, ERROR_DRAINING);
        arena_fini(arena);
        return;
    }
    if (!q) {
        sp_drop(intake->service->edge, intake->token);
        arena_fini(arena);
        return;
    }
    q->arena = *arena;
    q->service = intake->service;
    q->token = intake->token;
    q->id = intake->opened.id;
    q->request = intake->request;
    q->message = intake->opened.message;
    q->books = books;
    arena_init(&q->scratch, QUERY_ARENA_BYTES);
    snprintf(q->principal, sizeof q->principal, "%s", intake->opened.principal->code);
    if (q->request->op_case == WHISTLE__V1__REQUEST__OP_FETCH)
        make_poll(intake, q);
    ask(q);
}

void questions_gone(void *context, struct sp_token token, void *attachment, enum sp_gone why)
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

static struct poll *first_old(const struct service *s)
{
    struct poll *poll;
    uint64_t now = uv_now(s->options.loop);
    TAILQ_FOREACH (poll, &s->polls.all, entry) {
        if (!poll->looking && (s->stopping || poll->deadline_ms <= now))
            return poll;
    }
    return NULL;
}

void questions_end_old(struct service *s)
{
    struct poll *poll;
    while ((poll = first_old(s)))
        finish(poll->request); // may close its connection and take others out: begin again
}
