#include "sp/sp_pauses.h"

#include "sp/sp_conn.h"

enum {
    STEP_MS = 10,
    LEAST_MS = 100, // who is told to wait and does not costs an answer each time that it is read again
};

void sp_pauses_drop(struct sp_conn *c)
{
    if (c->paused_ms)
        TAILQ_REMOVE(&c->server->paused, c, of_paused);
    c->paused_ms = 0;
}

static void on_step(uv_timer_t *timer)
{
    struct sp_server *s = timer->data;
    struct sp_conn *c, *next;
    for (c = TAILQ_FIRST(&s->paused); c; c = next) {
        next = TAILQ_NEXT(c, of_paused);
        if (uv_now(s->loop) < c->paused_ms)
            continue;
        sp_pauses_drop(c);
        sp_conn_touch(c);
    }
    if (TAILQ_EMPTY(&s->paused))
        uv_timer_stop(timer);
}

void sp_pauses_init(struct sp_server *s)
{
    TAILQ_INIT(&s->paused);
    uv_timer_init(s->loop, &s->pauses);
    s->pauses.data = s;
}

bool sp_pauses_add(struct sp_conn *c, uint64_t ms)
{
    struct sp_server *s = c->server;
    uint64_t until = uv_now(s->loop) + (ms < LEAST_MS ? LEAST_MS : ms);
    if (!ms || until <= c->paused_ms)
        return false;
    if (!c->paused_ms)
        TAILQ_INSERT_TAIL(&s->paused, c, of_paused);
    c->paused_ms = until;
    if (!uv_is_active((uv_handle_t *)&s->pauses))
        uv_timer_start(&s->pauses, on_step, STEP_MS, STEP_MS);
    return true;
}
