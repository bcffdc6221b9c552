// What only reads: answered in the uv pool over a snapshot. A fetch whose feed is empty waits as a poll.
#include "service/service_state.h"

#include "base/error.h"
#include "codec/codec.h"
#include "core/permit.h"
#include "engine/answer.h"
#include "service/query.h"
#include "sp/sp_rep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUERY_ARENA_BYTES = 64 * 1024 * 1024,
    POLL_MAX_MS = 25000,
    POLL_BYTES = 16 * 1024,           // a fetch that makes us hold more does not wait
    REPLY_BYTES = 1024 * 1024 - 4096, // libnanomsg's clients take 1 MiB
};

struct question {
    struct look look;
    struct turns_item parked; // while it waits as a poll
    struct waiter waiter;
    struct service *service;
    size_t held;        // bytes, as the edge was told
    struct arena arena; // of the request and of the answer
    struct arena scratch;
    struct arena kept; // of the empty answer while a poll waits
    struct addressee to;
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
    uint64_t *views; // as in struct query; in the scratch arena
    size_t view_count;
};

static struct question *question_of(struct look *look)
{
    return (struct question *)look; // its first member
}

static void count_held(struct question *q, size_t held)
{
    service_hold(q->service, q->principal, (int64_t)held - (int64_t)q->held);
    q->held = held;
}

static void leave_polls(struct question *q)
{
    polls_remove(&q->service->polls, &q->poll);
    turns_withdraw(&q->service->parked, &q->parked);
    q->polls = false;
}

static void question_destroy(struct question *q)
{
    leave_polls(q);
    count_held(q, 0);
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
    bool large = code == ERROR_TOO_LARGE;
    const char *what = large ? arena_printf(&q->arena, "%zu", q->reply.length) : NULL;
    what = code == ERROR_BUSY ? "1000" : what; // no descriptor, for one
    arena_fini(&q->scratch);
    if (answer_refusal(&q->scratch, &q->to.way.id, code, NULL, what, large ? limit : NULL, q->now_ms,
                       &q->reply))
        q->reply = (struct blob){0};
}

static bool may_hear(const struct question *q, const struct principal *principal)
{
    return principal && envelope_may_hear(principal, &q->to.peer, &q->to.way);
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
    reply.id = (ProtobufCBinaryData){sizeof q->to.way.id.bytes, q->to.way.id.bytes};
    reply.code = (char *)error_name(0);
    reply.now_ms = q->now_ms;
    store_read_begin(q->service->options.store, &q->scratch, &reader);
    int rc = reader.txn.error;
    if (!rc && !may_hear(q, query.principal)) // a reload may have taken it away while a poll waited
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
    q->views = query.views;
    q->view_count = rc ? 0 : query.view_count;
    if (rc)
        refuse(q, rc);
}

// In the pool: nothing here touches the loop.
static void look_in_hand(struct look *turn)
{
    struct question *q = question_of(turn);
    struct guard *guard = q->service->options.guard;
    guard_take(guard, &(struct inhand_note){INHAND_LOOKING, q->principal, q->to.way.id.bytes, q->message});
    look(q);
    guard_drop(guard);
}

// Acknowledgements reach the state a second later; a fetch behind its cursor must not give them again.
static uint64_t acked_upto(const struct question *q)
{
    if (q->request->op_case != WHISTLE__V1__REQUEST__OP_FETCH || !q->recipient)
        return 0;
    const char *consumer = q->request->fetch->consumer;
    return acks_upto(&q->service->acks, q->recipient, *consumer ? consumer : "default");
}

static void begin(struct look *look)
{
    struct question *q = question_of(look);
    struct service *s = q->service;
    arena_fini(&q->scratch);
    arena_fini(&q->kept);
    rulebook_unref(q->book);
    q->book = engine_book(s->engine);
    q->now_ms = engine_now(s->engine);
    q->poll.dirty = false;
    q->acked = acked_upto(q);
    s->stats.queries++;
}

static void finish(struct question *q)
{
    struct service *s = q->service;
    hands_answer(s, q->principal, &q->to.way.id, q->message);
    if (!q->poll.gone)
        answers_send(s, &q->to, &q->scratch, q->reply);
    guard_done(s->options.guard);
    question_destroy(q);
}

// It was not looked at, or must not be shown: busy, draining or no_memory.
static void give_up(struct question *q, int code)
{
    if (code == ERROR_NO_MEMORY)
        answers_refuse(q->service, &q->to, code, NULL, NULL);
    else
        answers_wait(q->service, &q->to, code);
    question_destroy(q);
}

static void on_views_noted(struct work *work)
{
    struct question *q = work->context;
    if (work->code)
        refuse(q, work->code);
    work_destroy(work);
    finish(q);
}

static struct work *views_work(struct question *q)
{
    struct work *work = work_create(WORK_VIEWS, 0);
    if (!work)
        return NULL;
    const Whistle__V1__Agent *agent = q->request->agent;
    struct actor *actor = &work->command.actor;
    memcpy(work->principal, q->principal, sizeof work->principal);
    actor->principal = work->principal;
    actor->agent_name = agent ? arena_strdup(&work->arena, agent->name) : NULL;
    actor->staff_no = agent ? arena_strdup(&work->arena, agent->staff_no) : NULL;
    work->cases = arena_memdup(&work->arena, q->views, q->view_count * sizeof *q->views);
    work->case_count = q->view_count;
    work->received_ms = engine_machine_now();
    work->done = on_views_noted;
    work->context = q;
    if (!arena_failed(&work->arena))
        return work;
    work_destroy(work);
    return NULL;
}

// What is personal goes out only when it is on record that it does.
static void deliver(struct question *q)
{
    if (!q->poll.gone && !sp_may_hold(q->service->edge, q->principal)) {
        q->service->stats.busy_memory++;
        give_up(q, ERROR_BUSY); // the answers that wait already are more than its share
        return;
    }
    if (!q->view_count || q->poll.gone) {
        finish(q);
        return;
    }
    struct work *work = views_work(q);
    q->poll.looking = true; // nobody else ends it meanwhile
    int rc = work ? engine_push(q->service->engine, work) : ERROR_NO_MEMORY;
    if (!rc)
        return;
    work_destroy(work);
    give_up(q, rc);
}

static void ask(struct question *q)
{
    q->poll.looking = true;
    int rc = looks_push(&q->service->looks, &q->look, q->principal);
    if (rc)
        give_up(q, rc);
}

// Many may wait for long: nothing but the empty answer stays with a poll.
static void keep_answer(struct question *q)
{
    void *copy = arena_memdup(&q->kept, q->reply.bytes, q->reply.length);
    if (!copy)
        return;
    q->reply.bytes = copy;
    arena_fini(&q->scratch);
    count_held(q, sizeof *q + q->arena.held + q->kept.held);
}

// An empty feed waits; what happened while it was looked at makes it look again.
static void after_look(struct look *look)
{
    struct question *q = question_of(look);
    struct service *s = q->service;
    q->poll.looking = false;
    bool over = q->poll.gone || uv_now(s->options.loop) >= q->poll.deadline_ms;
    if (!q->polls || !q->empty || over)
        deliver(q);
    else if (s->stopping)
        give_up(q, ERROR_DRAINING);
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
    else // without memory it waits for its time to be over
        poll->looking = looks_push(&q->service->looks, &q->look, q->principal) == 0;
}

// The key under which a fetch waits. False when it is not allowed to; the look then says why.
static bool poll_key(struct intake *intake, const Whistle__V1__Fetch *fetch, char *key, size_t size)
{
    const struct rules *rules = rulebook_rules(intake->book);
    uint32_t unit = intake->principal->unit;
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
    if (*key != '@' && permit_feed(rulebook_rules(intake->book), intake->principal, key)) {
        silence_heard(&s->silence, key, engine_now(s->engine));
        q->recipient = arena_strdup(&q->arena, key);
    }
    if (!wait || q->arena.used > POLL_BYTES)
        return;
    if (!turns_have_room(&s->parked, q->principal)) {
        s->stats.polls_refused++;
        return;
    }
    if (sp_park(s->edge, q->to.token) || turns_push(&s->parked, q->principal, &q->parked))
        return; // over the limit of parked polls: answered empty at once
    q->poll.token = q->to.token;
    q->poll.request = q;
    q->poll.deadline_ms = uv_now(s->options.loop) + wait;
    q->polls = polls_add(&s->polls, &q->poll, key);
}

// By what it may take: a walk over the books, a page of many, or one case or the head of a feed.
static enum look_kind kind_of(const Whistle__V1__Request *request)
{
    switch (request->op_case) {
    case WHISTLE__V1__REQUEST__OP_SHOW:
    case WHISTLE__V1__REQUEST__OP_PREVIEW:
        return LOOK_QUICK;
    case WHISTLE__V1__REQUEST__OP_FETCH:
        return *request->fetch->area || request->fetch->max > 100 ? LOOK_PAGE : LOOK_QUICK;
    case WHISTLE__V1__REQUEST__OP_LIST:
    case WHISTLE__V1__REQUEST__OP_CATALOG:
        return LOOK_PAGE;
    default:
        return LOOK_WALK;
    }
}

static void question_gone(void *waiting);

static struct question *question_create(struct intake *intake, struct arena *arena)
{
    struct question *q = calloc(1, sizeof *q);
    if (!q)
        return NULL;
    q->look = (struct look){
        .kind = kind_of(intake->request), .begin = begin, .run = look_in_hand, .done = after_look};
    q->waiter = (struct waiter){question_gone, q};
    q->arena = *arena;
    q->service = intake->service;
    q->to = intake->from;
    q->to.principal = q->principal;
    q->request = intake->request;
    q->message = intake->message;
    arena_init(&q->scratch, QUERY_ARENA_BYTES);
    snprintf(q->principal, sizeof q->principal, "%s", intake->principal->code);
    count_held(q, sizeof *q + q->arena.held);
    return q;
}

static int look_for_room(struct intake *intake)
{
    struct service *s = intake->service;
    if (s->stopping) // else those who go on asking would keep it from its end
        return ERROR_DRAINING;
    if (looks_have_room(&s->looks, intake->principal->code, kind_of(intake->request)))
        return 0;
    s->stats.busy_questions++;
    return ERROR_BUSY;
}

void questions_take(struct intake *intake, struct arena *arena)
{
    struct service *s = intake->service;
    int rc = look_for_room(intake);
    if (rc) {
        answers_wait(s, &intake->from, rc);
        arena_fini(arena);
        return;
    }
    struct question *q = question_create(intake, arena);
    if (!q) {
        sp_drop(s->edge, intake->from.token);
        arena_fini(arena);
        return;
    }
    if (q->request->op_case == WHISTLE__V1__REQUEST__OP_FETCH)
        make_poll(intake, q);
    if (sp_attach(s->edge, q->to.token, &q->waiter)) // what parking replaced took the connection with it
        question_destroy(q);
    else
        ask(q);
}

static void question_gone(void *waiting)
{
    struct question *q = waiting;
    struct service *s = q->service;
    q->poll.gone = true;
    leave_polls(q);
    if (q->poll.looking && !looks_withdraw(&q->look))
        return;
    s->stats.questions_dropped += q->poll.looking;
    question_destroy(q);
}

void questions_drain(struct service *s)
{
    struct look *look;
    while ((look = looks_clear(&s->looks)))
        give_up(question_of(look), ERROR_DRAINING);
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
    while ((poll = first_old(s))) // answering may close its connection and take others out: begin again
        if (s->stopping)
            give_up(poll->request, ERROR_DRAINING); // else it would ask again at once
        else
            finish(poll->request);
}
