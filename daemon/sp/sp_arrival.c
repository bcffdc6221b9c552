#include "sp/sp_arrival.h"

#include "sp/sp_charge.h"
#include "sp/sp_door.h"
#include "sp/sp_reading.h"

#include <stdlib.h>
#include <unistd.h>

static int open_stream(struct sp_conn *c, int fd)
{
    struct sp_server *s = c->server;
    if (c->peer.transport == SP_TCP) {
        uv_tcp_init(s->loop, &c->uv.tcp);
        return uv_tcp_open(&c->uv.tcp, fd);
    }
    uv_pipe_init(s->loop, &c->uv.pipe, 0); // not "ipc": descriptors that a peer passes are dropped by read(2)
    return uv_pipe_open(&c->uv.pipe, fd);
}

static void enter(struct sp_conn *c, const struct sp_peer *peer, struct sp_account *address)
{
    struct sp_server *s = c->server;
    c->address = address;
    c->peer = *peer;
    c->peer.connection = ++s->accepted;
    LIST_INIT(&c->open);
    sp_queue_init(&c->queue, peer->transport);
    sp_frame_init(&c->reader, peer->transport, s->limits.max_message_bytes + SP_STACK_MAX);
    TAILQ_INSERT_TAIL(&s->conns, c, of_server);
    sp_charge_place(c, 1);
    s->stats.accepted++;
    s->stats.held_bytes += sizeof *c;
}

static struct sp_conn *create(struct sp_server *s, const struct sp_role *role, const struct sp_peer *peer)
{
    struct sp_conn *c = calloc(1, sizeof *c);
    struct sp_account *address = c ? sp_account_of_address(&s->accounts, peer) : NULL;
    if (!address) {
        free(c);
        s->stats.refused_no_memory++;
        return NULL;
    }
    c->server = s;
    c->role = role;
    c->payer = sp_account_of_address(&s->accounts, peer); // it is there: no memory is needed
    enter(c, peer, address);
    return c;
}

// Refusing, and closing another one for it, comes before any effort is made.
static struct sp_conn *let_in(struct sp_server *s, const struct sp_role *role, const struct sp_peer *peer)
{
    struct sp_account *address = sp_account_of_address(&s->accounts, peer);
    if (!address) {
        s->stats.refused_no_memory++;
        return NULL;
    }
    struct sp_conn *c = sp_door_open(s, role, peer, address) ? create(s, role, peer) : NULL;
    sp_account_drop(&s->accounts, address);
    return c;
}

// Whose address is over its limit waits from the first byte on: it is not even greeted.
static bool has_to_wait(struct sp_conn *c)
{
    const struct sp_callbacks *callbacks = &c->server->callbacks;
    if (!callbacks->on_arrival || sp_conn_is_subscriber(c))
        return false;
    sp_reading_pause(c, callbacks->on_arrival(c->server->context, &c->peer));
    return c->paused_ms;
}

void sp_arrive(struct sp_server *s, const struct sp_role *role, int fd, const struct sp_address *from)
{
    struct sp_peer peer;
    struct sp_conn *c = NULL;
    if (sp_peer_init(&peer, fd, from))
        s->stats.refused_no_memory++;
    else
        c = let_in(s, role, &peer);
    if (!c) {
        close(fd);
        return;
    }
    int rc = open_stream(c, fd);
    c->uv.handle.data = c;
    s->handles++;
    if (rc) {
        close(fd);
        sp_conn_close(c, SP_CLOSE_IO);
    } else if (!has_to_wait(c))
        sp_reading_begin(c);
}
