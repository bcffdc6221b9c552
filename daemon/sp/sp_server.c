#include "sp/sp_server.h"

#include "base/error.h"
#include "sp/sp_listener.h"
#include "sp/sp_memory.h"
#include "sp/sp_pauses.h"
#include "sp/sp_pub.h"
#include "sp/sp_reading.h"
#include "sp/sp_rep.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- the turns of the loop ---- */

static void on_tick(uv_timer_t *tick)
{
    struct sp_server *s = tick->data;
    struct sp_listener *l;
    LIST_FOREACH (l, &s->listeners, of_server)
        sp_listener_resume(l);
    // `next` may be closed by what on_gone does, but lives until the turn ends, and is then left alone.
    struct sp_conn *c = TAILQ_FIRST(&s->conns), *next;
    for (; c; c = next) {
        next = TAILQ_NEXT(c, of_server);
        sp_conn_check(c, uv_now(s->loop));
    }
    sp_memory_relieve(s);
}

static void on_hurry(uv_idle_t *hurry)
{
    (void)hurry;
}

// Work done here may touch connections again: they are settled in the next turn, so that a peer with much in
// its buffer cannot hold the others up.
static void settle_touched(struct sp_server *s)
{
    struct sp_conn *c;
    while ((c = TAILQ_FIRST(&s->touched)) && c->touched_turn != s->turn) {
        TAILQ_REMOVE(&s->touched, c, of_touched);
        c->touched = false;
        sp_conn_settle(c);
    }
}

// As many as there is room for in this turn; whoever sends one request after the other waits for none of
// them.
static void give_turns(struct sp_server *s)
{
    struct sp_conn *c;
    while (s->frames < s->limits.max_frames_a_loop && (c = TAILQ_FIRST(&s->yielded)) && c->turn != s->turn)
        sp_reading_take_turn(c);
}

static void on_settle(uv_prepare_t *settle)
{
    struct sp_server *s = settle->data;
    s->turn++;
    s->frames = 0;
    settle_touched(s);
    give_turns(s);
    if (s->closing || (TAILQ_EMPTY(&s->touched) && TAILQ_EMPTY(&s->yielded)))
        uv_idle_stop(&s->hurry);
    else
        uv_idle_start(&s->hurry, on_hurry);
}

/* ---- beginning and end ---- */

static void start_handles(struct sp_server *s)
{
    uv_timer_init(s->loop, &s->tick);
    uv_prepare_init(s->loop, &s->settle);
    uv_idle_init(s->loop, &s->hurry);
    s->tick.data = s->settle.data = s->hurry.data = s;
    sp_pauses_init(s);
    s->handles = 4;
    uv_timer_start(&s->tick, on_tick, s->limits.tick_ms, s->limits.tick_ms);
    uv_prepare_start(&s->settle, on_settle);
}

struct sp_server *sp_server_create(uv_loop_t *loop, const struct sp_limits *limits,
                                   const struct sp_callbacks *callbacks, void *context)
{
    struct sp_server *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->loop = loop;
    s->limits = limits ? *limits : (struct sp_limits)SP_LIMITS_DEFAULT;
    s->callbacks = *callbacks;
    s->context = context;
    assert(s->limits.max_outstanding > 0 && s->limits.tick_ms > 0 && s->callbacks.on_request);
    sp_table_init(&s->table);
    TAILQ_INIT(&s->conns);
    TAILQ_INIT(&s->subscribers);
    TAILQ_INIT(&s->touched);
    TAILQ_INIT(&s->yielded);
    LIST_INIT(&s->listeners);
    start_handles(s);
    return s;
}

void sp_server_release(struct sp_server *s)
{
    assert(s->handles > 0);
    if (--s->handles)
        return;
    assert(s->closing && TAILQ_EMPTY(&s->conns) && LIST_EMPTY(&s->listeners));
    void (*closed)(void *) = s->closed;
    void *context = s->closed_context;
    sp_table_fini(&s->table);
    sp_accounts_fini(&s->accounts);
    free(s);
    if (closed)
        closed(context);
}

static void on_own_closed(uv_handle_t *handle)
{
    sp_server_release(handle->data);
}

void sp_server_deafen(struct sp_server *s)
{
    while (!LIST_EMPTY(&s->listeners))
        sp_listener_close(LIST_FIRST(&s->listeners));
}

void sp_server_close(struct sp_server **server, void (*closed)(void *context), void *context)
{
    struct sp_server *s = *server;
    *server = NULL;
    assert(!s->closing);
    s->closing = true;
    s->closed = closed;
    s->closed_context = context;
    sp_server_deafen(s);
    while (!TAILQ_EMPTY(&s->conns)) {
        struct sp_conn *c = TAILQ_FIRST(&s->conns);
        sp_conn_flush(c);
        sp_conn_close(c, SP_CLOSE_SHUTDOWN);
    }
    uv_close((uv_handle_t *)&s->tick, on_own_closed);
    uv_close((uv_handle_t *)&s->pauses, on_own_closed);
    uv_close((uv_handle_t *)&s->settle, on_own_closed);
    uv_close((uv_handle_t *)&s->hurry, on_own_closed);
}

/* ---- addresses ---- */

static const struct sp_role *role_of(enum sp_protocol protocol)
{
    assert(protocol == SP_REP || protocol == SP_PUB);
    return protocol == SP_REP ? &sp_rep_role : &sp_pub_role;
}

static int listen_on(struct sp_server *s, enum sp_protocol protocol, const char *url, mode_t mode,
                     struct sp_listen_report *report)
{
    struct sp_address address;
    struct sp_bind_file file;
    int fd;
    int rc = sp_address_parse(url, &address, &report->reason);
    if (!rc)
        rc = sp_bind_open(&address, &(struct sp_bind_access){mode, SP_BIND_ANY_GROUP}, &fd, &file,
                          &report->reason);
    if (rc)
        return rc;
    sp_address_format(&address, report->address);
    report->reason = "the loop does not take it";
    return sp_listener_open(s, role_of(protocol), fd, &address, &file);
}

int sp_server_listen(struct sp_server *s, enum sp_protocol protocol, const char *url, mode_t mode,
                     struct sp_listen_report *report)
{
    struct sp_listen_report unread;
    report = report ? report : &unread;
    snprintf(report->address, sizeof report->address, "%s", url);
    return listen_on(s, protocol, url, mode, report);
}

int sp_server_adopt(struct sp_server *s, enum sp_protocol protocol, int fd, struct sp_listen_report *report)
{
    struct sp_listen_report unread;
    struct sp_address address;
    report = report ? report : &unread;
    snprintf(report->address, sizeof report->address, "descriptor %d", fd);
    int rc = sp_bind_adopt(fd, &address, &report->reason);
    if (rc) {
        close(fd);
        return rc;
    }
    sp_address_format(&address, report->address);
    report->reason = "the loop does not take it";
    return sp_listener_open(s, role_of(protocol), fd, &address, &(struct sp_bind_file){0});
}

/* ---- reading it ---- */

const struct sp_stats *sp_server_stats(const struct sp_server *s)
{
    return &s->stats;
}

const struct sp_limits *sp_server_limits(const struct sp_server *s)
{
    return &s->limits;
}

const char *sp_close_name(enum sp_close_reason reason)
{
    static const char *const names[] = {
#define X(id, name) name,
        SP_CLOSE_REASONS(X)
#undef X
    };
    return names[reason];
}
