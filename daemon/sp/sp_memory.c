#include "sp/sp_memory.h"

#include "sp/sp_conn.h"

enum { MUCH_BYTES = 1 << 20 }; // an answer that is on its way may be as long

static uint64_t budget(const struct sp_server *s)
{
    return s->limits.memory_mib << 20;
}

void sp_hold(struct sp_server *s, int64_t bytes)
{
    s->stats.held_bytes += (uint64_t)bytes;
}

bool sp_is_tight(const struct sp_server *s)
{
    return s->stats.held_bytes > budget(s);
}

static bool is_subscriber(const struct sp_conn *c)
{
    return c->role->says == SP_PUB;
}

// A subscriber loses a hint, a REQ peer asks again. NULL where nobody holds enough to be worth it.
static struct sp_conn *whom_to_cut(const struct sp_server *s)
{
    struct sp_conn *c, *subscriber = NULL, *other = NULL;
    TAILQ_FOREACH (c, &s->conns, of_server) {
        struct sp_conn **most = is_subscriber(c) ? &subscriber : &other;
        if (!*most || c->queue.bytes > (*most)->queue.bytes)
            *most = c;
    }
    if (subscriber && subscriber->queue.bytes)
        return subscriber;
    return other && other->queue.bytes > MUCH_BYTES ? other : NULL;
}

void sp_memory_relieve(struct sp_server *s)
{
    uint64_t freed = 0;
    struct sp_conn *c;
    while (s->stats.held_bytes > budget(s) + freed && (c = whom_to_cut(s))) {
        freed += c->queue.bytes;
        sp_conn_close(c, SP_CLOSE_MEMORY);
    }
}
