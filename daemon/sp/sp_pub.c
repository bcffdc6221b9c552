#include "sp/sp_pub.h"

#include "base/error.h"
#include "sp/sp_conn.h"

static void pub_opened(struct sp_conn *c)
{
    TAILQ_INSERT_TAIL(&c->server->subscribers, c, of_subscribers);
    c->server->stats.subscribers++;
}

static void pub_closed(struct sp_conn *c)
{
    TAILQ_REMOVE(&c->server->subscribers, c, of_subscribers);
    c->server->stats.subscribers--;
}

const struct sp_role sp_pub_role = {
    .says = SP_PUB,
    .expects = SP_SUB,
    .opened = pub_opened,
    .closed = pub_closed,
};

// Many messages of one turn may pile up for a peer that reads well: it is judged by what its socket refuses.
static void deliver(struct sp_conn *c, struct sp_chunk *chunk)
{
    size_t limit = c->server->limits.max_subscriber_bytes;
    if (sp_conn_send(c, chunk))
        return;
    if (c->queue.bytes > limit)
        sp_conn_flush(c);
    if (c->queue.bytes > limit)
        sp_conn_close(c, SP_CLOSE_SLOW_SUBSCRIBER);
}

int sp_publish(struct sp_server *s, const void *bytes, size_t length)
{
    struct sp_chunk *chunk = sp_chunk_create(NULL, 0, bytes, length, &s->stats.held_bytes);
    if (!chunk)
        return ERROR_NO_MEMORY;
    // Closing one touches no other: a subscriber has no requests, so nobody is called back.
    struct sp_conn *c = TAILQ_FIRST(&s->subscribers), *next;
    for (; c; c = next) {
        next = TAILQ_NEXT(c, of_subscribers);
        deliver(c, chunk);
    }
    sp_chunk_drop(chunk);
    s->stats.published++;
    return 0;
}
