#include "sp/sp_listener.h"

#include "base/error.h"
#include "sp/sp_arrival.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    // In one turn, so that a flood of peers leaves room for those who are here: each takes up to 0.1 ms, and
    // closes another where all places are taken.
    ACCEPTS = 4,
    KEEPALIVE_IDLE_S = 60, // a silent peer whose machine died is noticed after two minutes
    KEEPALIVE_INTERVAL_S = 10,
    KEEPALIVE_PROBES = 6,
};

static void on_closed(uv_handle_t *handle)
{
    struct sp_listener *l = handle->data;
    struct sp_server *s = l->server;
    close(l->fd);
    free(l);
    sp_server_release(s);
}

void sp_listener_close(struct sp_listener *l)
{
    LIST_REMOVE(l, of_server);
    sp_bind_unlink(&l->address, &l->file);
    uv_close((uv_handle_t *)&l->poll, on_closed);
}

static void pause_accepting(struct sp_listener *l)
{
    uv_poll_stop(&l->poll);
    l->paused = true;
    l->server->stats.accept_pauses++;
}

static bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

static bool accept_one(struct sp_listener *l)
{
    struct sp_address from = {.transport = l->address.transport, .length = sizeof from.un};
    int fd = accept4(l->fd, &from.any, &from.length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        sp_arrive(l->server, l->role, fd, &from);
        return true;
    }
    if (is_shortage(errno))
        pause_accepting(l);
    return errno == ECONNABORTED || errno == EINTR;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct sp_listener *l = poll->data;
    (void)events;
    if (status) {
        pause_accepting(l);
        return;
    }
    for (int i = 0; i < ACCEPTS && accept_one(l); i++)
        ;
}

// A peer whose machine vanished is noticed by keepalive. On Linux those who are accepted inherit all of it.
// Failures are harmless and not looked at.
static void tune_tcp(int fd)
{
    const struct {
        int level, name, value;
    } options[] = {
        {IPPROTO_TCP, TCP_NODELAY, 1},
        {SOL_SOCKET, SO_KEEPALIVE, 1},
        {IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S},
        {IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S},
        {IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES},
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        (void)setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof options[i].value);
}

int sp_listener_open(struct sp_server *s, const struct sp_role *role, int fd,
                     const struct sp_address *address, const struct sp_bind_file *file)
{
    struct sp_listener *l = calloc(1, sizeof *l);
    if (!l || uv_poll_init(s->loop, &l->poll, fd)) {
        int rc = l ? ERROR_ADDRESS : ERROR_NO_MEMORY;
        sp_bind_unlink(address, file);
        close(fd);
        free(l);
        return rc;
    }
    if (address->transport == SP_TCP)
        tune_tcp(fd);
    l->server = s;
    l->role = role;
    l->fd = fd;
    l->address = *address;
    l->file = *file;
    l->poll.data = l;
    LIST_INSERT_HEAD(&s->listeners, l, of_server);
    s->handles++;
    l->paused = true;
    sp_listener_resume(l);
    return 0;
}

void sp_listener_resume(struct sp_listener *l)
{
    if (l->paused && !uv_poll_start(&l->poll, UV_READABLE, on_ready))
        l->paused = false;
}
