// The service put together: what a batch concerned, the beat, start and stop.
#include "service/service_state.h"

#include "base/error.h"
#include "engine/notice.h"
#include "service/log.h"
#include "sp/sp_pub.h"
#include "store/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BEAT_MS = 250,       // how often deadlines of polls are looked at
    SECOND_BEATS = 4,    // beats between acks, and between looks at the clock
    HEARTBEAT_BEATS = 8, // beats between heartbeats of the public feed
    TROUBLE_MS = 10000,  // a full disk refuses every batch: told once, and now and then
    HANDLES = 2,         // of the service's own: the beat and the stall
};

// ---- what a batch concerned ---------------------------------------------------------------------

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
        log_line(LOG_WARNING, "notice lost error=no_memory");
    buffer_fini(&message);
}

static void on_batch(void *context, const struct batch_result *result)
{
    struct service *s = context;
    if (s->trouble)
        log_line(LOG_INFO, "changes are taken again");
    s->trouble = 0;
    polls_wake(&s->polls, result, questions_wake, s);
    for (size_t i = 0; i < result->notice_count; i++)
        publish(s, result->notices[i]);
}

static void on_trouble(void *context, int error, bool fatal)
{
    struct service *s = context;
    uint64_t now = uv_now(s->options.loop);
    if (error != s->trouble || now - s->trouble_told >= TROUBLE_MS) {
        log_line(LOG_ERROR, "batch refused error=%s fatal=%d", error_name(error), fatal);
        s->trouble = error;
        s->trouble_told = now;
    }
    if (fatal)
        s->options.on_fatal(s->options.context, error);
}

// ---- the beat -----------------------------------------------------------------------------------

static void push_or_destroy(struct service *s, struct work *work)
{
    if (work && engine_push(s->engine, work))
        work_destroy(work);
}

static void on_acks_done(struct work *work)
{
    struct service *s = work->context;
    acks_settle(&s->acks, work->code == 0);
    work_destroy(work);
}

static void flush_acks(struct service *s)
{
    struct work *work = acks_take(&s->acks);
    if (!work)
        return;
    work->received_ms = engine_machine_now();
    work->done = on_acks_done;
    work->context = s;
    if (engine_push(s->engine, work)) {
        acks_settle(&s->acks, false);
        work_destroy(work);
    }
}

// By how much the wall clock is ahead of libuv's, which never steps.
static int64_t clock_ahead(const struct service *s)
{
    uv_update_time(s->options.loop);
    return engine_machine_now() - (int64_t)uv_now(s->options.loop);
}

// A wall clock that gained or lost against one that never steps was set, or the machine slept.
static void look_at_clock(struct service *s)
{
    const int64_t held_ms = 2000;
    int64_t ahead = clock_ahead(s);
    int64_t step = ahead - s->clock_ahead_ms;
    s->clock_ahead_ms = ahead;
    if (step > -held_ms && step < held_ms)
        return;
    s->stats.clock_steps++;
    s->stats.clock_step_ms = step;
    s->stats.clock_stepped_ms = engine_machine_now();
    struct work *work = work_create(WORK_NOTE, 0);
    if (!work)
        return;
    work->received_ms = engine_machine_now();
    work->note = EVENT_CLOCK_STEPPED;
    work->detail = arena_printf(&work->arena, "%lld ms", (long long)step);
    log_line(LOG_WARNING, "clock stepped step_ms=%lld", (long long)step);
    push_or_destroy(s, work);
}

static bool tell_silence(void *context, const char *recipient)
{
    struct service *s = context;
    struct work *work = work_create(WORK_NOTE, 0);
    if (!work)
        return false;
    work->note = EVENT_SILENT;
    work->detail = arena_strdup(&work->arena, recipient);
    work->received_ms = engine_machine_now();
    log_line(LOG_WARNING, "subscriber silent recipient=%s", recipient);
    if (engine_push(s->engine, work) == 0)
        return true;
    work_destroy(work);
    return false;
}

static void look_for_silence(struct service *s)
{
    struct rulebook *book = engine_book(s->engine);
    int64_t silent_ms = rulebook_rules(book)->silent_ms;
    if (silent_ms)
        silence_look(&s->silence, engine_now(s->engine), silent_ms, tell_silence, s);
    rulebook_unref(book);
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
    questions_end_old(s);
    if (s->beats % SECOND_BEATS == 0) {
        flush_acks(s);
        look_at_clock(s);
        hands_beat(s);
    }
    if (s->beats % HEARTBEAT_BEATS == 0) {
        heartbeat(s);
        look_for_silence(s);
    }
}

// ---- start and stop -----------------------------------------------------------------------------

// Who had a cursor when the daemon stopped is expected back.
static void expect_subscribers(struct service *s)
{
    struct store_reader reader;
    struct db_cursor cursor;
    struct arena arena;
    arena_init(&arena, 0);
    store_read_begin(s->options.store, &arena, &reader);
    db_cursor_open(&cursor, &reader.txn, DB_CURSORS);
    for (bool found = db_cursor_seek(&cursor, "", 1); found; found = db_cursor_next(&cursor)) {
        size_t length = strnlen((const char *)cursor.key.bytes, cursor.key.length);
        const char *recipient = arena_strndup(&arena, (const char *)cursor.key.bytes, length);
        const char *consumer = length + 1 < cursor.key.length
                                   ? arena_strndup(&arena, (const char *)cursor.key.bytes + length + 1,
                                                   cursor.key.length - length - 1)
                                   : NULL;
        if (recipient)
            silence_heard(&s->silence, recipient, engine_now(s->engine));
        if (recipient && consumer)
            acks_known(&s->acks, recipient, consumer, key_get_u64(cursor.value, 0));
    }
    db_cursor_close(&cursor);
    store_read_end(&reader);
    arena_fini(&arena);
}

static void init_turns(struct service *s)
{
    const struct service_limits *l = &s->options.limits.service;
    const struct looks_limits looks = {
        .max_quick = l->max_quick_looks,
        .max_slow = l->max_slow_looks,
        .max_at_once_a_principal = l->max_looks_a_principal,
        .max_walks = l->max_walks,
        .max_waiting = l->max_questions,
        .max_waiting_a_principal = l->max_questions_a_principal,
    };
    looks_init(&s->looks, &looks);
    turns_init(&s->parked);
    s->parked.max_in_all = l->max_polls;
    s->parked.max_a_holder = l->max_polls_a_principal;
}

static int start_parts(struct service *s)
{
    const struct service_options *o = &s->options;
    const struct sp_callbacks callbacks = {requests_take, answers_gone, requests_too_large, admission_arrive,
                                           admission_nonsense};
    const struct engine_options engine = {
        .loop = o->loop,
        .store = o->store,
        .guard = o->guard,
        .book = o->book,
        .clock = o->clock,
        .demo = o->demo,
        .last_ms = o->last_ms,
        .max_in_all = o->limits.service.max_works,
        .max_a_principal = o->limits.service.max_works_a_principal,
        .max_share = o->limits.service.max_batch_a_principal,
        .on_batch = on_batch,
        .on_trouble = on_trouble,
        .context = s,
    };
    struct keyring_fault fault;
    s->keys = o->keys;
    if (salts_init(&s->salts, engine_machine_now()))
        return ERROR_NO_MEMORY;
    if (!s->keys && keyring_parse("keyring", "", 0, &s->keys, &fault))
        return ERROR_NO_MEMORY;
    s->edge = sp_server_create(o->loop, &o->limits.edge, &callbacks, s);
    if (!s->edge || admission_init(s))
        return ERROR_NO_MEMORY;
    init_turns(s);
    int rc = engine_start(&engine, &s->engine);
    if (!rc)
        rc = looks_start(&s->looks, o->loop);
    if (rc)
        return rc;
    expect_subscribers(s);
    uv_timer_init(o->loop, &s->beat);
    s->beat.data = s->stall.turn.data = s;
    s->clock_ahead_ms = clock_ahead(s);
    if (uv_timer_start(&s->beat, on_beat, BEAT_MS, BEAT_MS))
        return ERROR_INTERNAL;
    return stall_watch(&s->stall, o->loop);
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
    silence_init(&s->silence);
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

const struct limits *service_limits(const struct service *service)
{
    return &service->options.limits;
}

struct guard *service_guard(struct service *service)
{
    return service->options.guard;
}

// Upwards: a stall is never told shorter than it was.
static int64_t whole_ms(uint64_t ns)
{
    return (int64_t)((ns + 999999) / 1000000);
}

int64_t service_stall_ms(const struct service *service, unsigned seconds)
{
    return whole_ms(stall_longest(&service->stall.log, uv_hrtime(), seconds));
}

void service_stats(const struct service *service, struct service_stats *out)
{
    *out = service->stats;
    const struct admission *admission = &service->admission;
    int64_t now = (int64_t)uv_now(service->options.loop);
    out->polls_waiting = service->polls.count;
    out->questions_waiting = looks_waiting(&service->looks);
    out->questions_running = looks_running(&service->looks);
    out->walks_running = service->looks.lines[LOOK_WALK].taken;
    out->longest_ms = looks_longest_ms(&service->looks);
    out->buckets = quota_count(&admission->principals, now) + quota_count(&admission->addresses, now) +
                   quota_count(&admission->bytes, now);
    out->buckets_forgotten =
        admission->principals.forgotten + admission->addresses.forgotten + admission->bytes.forgotten;
    out->silent = silence_count(&service->silence);
    out->stall_ms = service_stall_ms(service, STALL_SECONDS);
    out->stall_max_ms = whole_ms(service->stall.log.longest_ns);
}

void service_hold(struct service *s, const char *holder, int64_t bytes)
{
    if (s->edge) // its end takes the last requests away
        sp_hold(s->edge, holder, bytes);
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

void service_swap_keys(struct service *service, struct keyring *keys)
{
    keyring_destroy(service->keys);
    service->keys = keys;
}

const struct keyring *service_keys(const struct service *service)
{
    return service->keys;
}

static void report_stopped(struct service *s)
{
    if (s->edge_closed && s->looks_stopped && s->handles_closed == HANDLES && s->engine_stopped)
        s->stopped(s->stopped_context);
}

static void on_edge_closed(void *context)
{
    struct service *s = context;
    s->edge_closed = true;
    report_stopped(s);
}

static void on_looks_stopped(void *context)
{
    struct service *s = context;
    s->looks_stopped = true;
    report_stopped(s);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct service *s = handle->data;
    s->handles_closed++;
    report_stopped(s);
}

void service_stop_further(struct service *s)
{
    if (!s->engine_stopped || looks_running(&s->looks) || s->sweeping || !s->edge)
        return;
    questions_end_old(s);
    uv_close((uv_handle_t *)&s->beat, on_handle_closed);
    uv_close((uv_handle_t *)&s->stall.turn, on_handle_closed);
    looks_stop(&s->looks, on_looks_stopped, s);
    sp_server_close(&s->edge, on_edge_closed, s);
}

static void on_engine_stopped(void *context)
{
    struct service *s = context;
    s->engine_stopped = true;
    service_stop_further(s);
}

void service_stop(struct service *service, void (*stopped)(void *context), void *context)
{
    if (service->stopping)
        return;
    service->stopping = true;
    service->stopped = stopped;
    service->stopped_context = context;
    sp_server_deafen(service->edge);
    questions_drain(service);
    questions_end_old(service);
    flush_acks(service);
    engine_stop(service->engine, on_engine_stopped, service);
}

void service_destroy(struct service *service)
{
    looks_fini(&service->looks);
    turns_fini(&service->parked);
    admission_fini(service);
    acks_fini(&service->acks);
    silence_fini(&service->silence);
    salts_fini(&service->salts);
    keyring_destroy(service->keys);
    engine_destroy(service->engine);
    free(service);
}
