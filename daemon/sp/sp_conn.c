#include "sp/sp_conn.h"

#include "base/error.h"
#include "sp/sp_charge.h"
#include "sp/sp_reading.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    GATHER = 256,           // buffers in one system call
    WAIT_BYTES = 256 << 10, // handed to libuv at once when the socket is full, so that progress is seen
};

static bool may_become(enum sp_conn_state from, enum sp_conn_state to)
{
    static const uint8_t moves[] = {
        [SP_CONN_GREETING] = 1 << SP_CONN_OPEN | 1 << SP_CONN_CLOSED,
        [SP_CONN_OPEN] = 1 << SP_CONN_LAST_WORD | 1 << SP_CONN_CLOSED,
        [SP_CONN_LAST_WORD] = 1 << SP_CONN_LINGERING | 1 << SP_CONN_CLOSED,
        [SP_CONN_LINGERING] = 1 << SP_CONN_CLOSED,
        [SP_CONN_CLOSED] = 0,
    };
    return moves[from] >> to & 1;
}

void sp_conn_become(struct sp_conn *c, enum sp_conn_state state)
{
    assert(may_become(c->state, state));
    c->state = (uint8_t)state;
}

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
    struct sp_conn *c = handle->data;
    struct sp_server *s = c->server;
    assert(LIST_EMPTY(&c->open));
    sp_queue_fini(&c->queue);
    sp_frame_fini(&c->reader);
    free(c->rest);
    s->stats.held_bytes -= c->held + sizeof *c;
    sp_account_drop(&s->accounts, c->payer);
    sp_account_drop(&s->accounts, c->address);
    free(c);
    sp_server_release(s);
}

static void tell_of_nonsense(const struct sp_conn *c, enum sp_close_reason why)
{
    const struct sp_callbacks *callbacks = &c->server->callbacks;
    if (callbacks->on_nonsense && (why == SP_CLOSE_HANDSHAKE_WRONG || why == SP_CLOSE_MALFORMED))
        callbacks->on_nonsense(c->server->context, &c->peer);
}

void sp_conn_close(struct sp_conn *c, enum sp_close_reason why)
{
    struct sp_server *s = c->server;
    if (c->state == SP_CONN_CLOSED)
        return;
    bool was_open = c->state == SP_CONN_OPEN || c->state == SP_CONN_LAST_WORD;
    sp_conn_become(c, SP_CONN_CLOSED);
    sp_reading_end(c);
    TAILQ_REMOVE(&s->conns, c, of_server);
    if (c->touched)
        TAILQ_REMOVE(&s->touched, c, of_touched);
    c->touched = false;
    sp_charge_place(c, (uint64_t)-1);
    sp_charge(c);
    s->stats.unsent_bytes -= c->queue.bytes;
    s->stats.closed[why]++;
    tell_of_nonsense(c, why);
    if (was_open)
        c->role->closed(c);
    uv_close(&c->uv.handle, on_closed);
}

/* ---- out ---- */

static void count_sent(struct sp_conn *c, size_t bytes)
{
    sp_queue_consume(&c->queue, bytes);
    c->server->stats.bytes_out += bytes;
    c->server->stats.unsent_bytes -= bytes;
    sp_charge(c);
    if (bytes)
        c->progress_ms = uv_now(c->server->loop);
}

static void on_written(uv_write_t *write, int status)
{
    struct sp_conn *c = write->data;
    size_t bytes = c->writing;
    c->writing = 0;
    if (c->state == SP_CONN_CLOSED)
        return;
    if (status) {
        sp_conn_close(c, SP_CLOSE_IO);
        return;
    }
    count_sent(c, bytes);
    sp_conn_touch(c);
}

// The socket is full: libuv is given the next part and tells when it has gone.
static void write_when_possible(struct sp_conn *c)
{
    uv_buf_t bufs[GATHER];
    unsigned count = sp_queue_gather(&c->queue, bufs, GATHER, WAIT_BYTES, &c->writing);
    c->write.data = c;
    c->in_kernel = 0;
    int rc = uv_write(&c->write, &c->uv.stream, bufs, count, on_written);
    if (!rc)
        return;
    c->writing = 0;
    sp_conn_close(c, rc == UV_ENOMEM ? SP_CLOSE_NO_MEMORY : SP_CLOSE_IO);
}

void sp_conn_flush(struct sp_conn *c)
{
    uv_buf_t bufs[GATHER];
    while (c->state != SP_CONN_CLOSED && !c->writing && c->queue.bytes) {
        size_t bytes;
        unsigned count = sp_queue_gather(&c->queue, bufs, GATHER, SIZE_MAX, &bytes);
        int wrote = uv_try_write(&c->uv.stream, bufs, count);
        if (wrote < 0 && wrote != UV_EAGAIN) {
            sp_conn_close(c, SP_CLOSE_IO);
            return;
        }
        size_t sent = wrote < 0 ? 0 : (size_t)wrote;
        count_sent(c, sent);
        if (sent < bytes)
            write_when_possible(c);
    }
}

void sp_conn_touch(struct sp_conn *c)
{
    if (c->touched || c->state == SP_CONN_CLOSED)
        return;
    c->touched = true;
    c->touched_turn = c->server->turn;
    TAILQ_INSERT_TAIL(&c->server->touched, c, of_touched);
}

int sp_conn_send(struct sp_conn *c, struct sp_chunk *chunk)
{
    bool was_empty = !c->queue.bytes;
    size_t before = c->queue.bytes;
    if (!sp_queue_push(&c->queue, chunk)) {
        sp_conn_close(c, SP_CLOSE_NO_MEMORY);
        return ERROR_NO_MEMORY;
    }
    c->server->stats.unsent_bytes += c->queue.bytes - before;
    sp_charge(c);
    if (was_empty)
        c->progress_ms = uv_now(c->server->loop);
    sp_conn_touch(c);
    return 0;
}

void sp_conn_finish(struct sp_conn *c, enum sp_close_reason why)
{
    if (c->state != SP_CONN_OPEN)
        return;
    c->last = why;
    c->deadline_ms = 0;
    sp_conn_become(c, SP_CONN_LAST_WORD);
    sp_conn_touch(c);
}

// Closing with unread input would make the kernel send a reset, which can overtake the last reply: so only
// our side is shut, and what the peer still sends is read and thrown away for a while.
static void half_close(struct sp_conn *c)
{
    uv_os_fd_t fd;
    sp_conn_become(c, SP_CONN_LINGERING);
    c->deadline_ms = uv_now(c->server->loop) + c->server->limits.linger_ms;
    if (uv_fileno(&c->uv.handle, &fd) || shutdown(fd, SHUT_WR))
        sp_conn_close(c, c->last);
    c->role->closed(c);
}

/* ---- the work of a touch ---- */

void sp_conn_settle(struct sp_conn *c)
{
    sp_conn_flush(c);
    if (c->state == SP_CONN_LAST_WORD && !c->queue.bytes)
        half_close(c);
    sp_reading_settle(c);
}

/* ---- time ---- */

static enum sp_close_reason reason_of_deadline(const struct sp_conn *c)
{
    if (c->state == SP_CONN_GREETING)
        return SP_CLOSE_HANDSHAKE_TIMEOUT;
    return c->state == SP_CONN_LINGERING ? c->last : SP_CLOSE_FRAME_TIMEOUT;
}

static void note_progress(struct sp_conn *c, uint64_t now_ms)
{
    size_t waiting = uv_stream_get_write_queue_size(&c->uv.stream);
    if (c->writing && c->writing - waiting > c->in_kernel) {
        c->in_kernel = c->writing - waiting;
        c->progress_ms = now_ms;
    }
}

// While a peer is not read, libuv does not look whether it is still there.
static bool went_away(const struct sp_conn *c)
{
    struct pollfd fd = {.events = POLLRDHUP};
    if (!c->stopped || uv_fileno(&c->uv.handle, &fd.fd))
        return false;
    return poll(&fd, 1, 0) > 0;
}

void sp_conn_check(struct sp_conn *c, uint64_t now_ms)
{
    if (c->state == SP_CONN_CLOSED)
        return;
    note_progress(c, now_ms);
    if (c->stopped)
        sp_conn_touch(c);
    if (c->deadline_ms && now_ms >= c->deadline_ms)
        sp_conn_close(c, reason_of_deadline(c));
    else if (c->queue.bytes && now_ms - c->progress_ms >= c->server->limits.stall_ms)
        sp_conn_close(c, SP_CLOSE_STALLED);
    else if (went_away(c))
        sp_conn_close(c, SP_CLOSE_PEER);
}
