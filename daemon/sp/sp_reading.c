#include "sp/sp_reading.h"

#include "sp/sp_charge.h"
#include "sp/sp_memory.h"
#include "sp/sp_pauses.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { ONE_K = 1 << 10, EIGHT_K = 8 << 10 };

/* ---- when it is read, and when not ---- */

static void set_stopped(struct sp_conn *c, bool stopped)
{
    struct sp_stats *stats = &c->server->stats;
    if (c->stopped == stopped)
        return;
    c->stopped = stopped;
    stats->stopped += stopped ? 1 : (uint64_t)-1;
}

// Who holds more than a share is not read, on no connection.
static bool is_heavy(const struct sp_conn *c)
{
    return !sp_may_hold_more(c->server, sp_account_sum(c->payer));
}

// Over a limit of its own, a peer is not read: what it sends waits in its own socket.
static bool is_over(const struct sp_conn *c)
{
    const struct sp_limits *limits = &c->server->limits;
    return c->outstanding >= limits->max_outstanding || c->queue.bytes > limits->max_unsent_bytes ||
           c->paused_ms || is_heavy(c);
}

static bool is_below_half(const struct sp_conn *c)
{
    const struct sp_limits *limits = &c->server->limits;
    return c->outstanding <= limits->max_outstanding / 2 && c->queue.bytes <= limits->max_unsent_bytes / 2 &&
           !c->paused_ms && !is_heavy(c);
}

// What it had of this turn is enough if it has more: others are there too.
static bool had_its_turn(const struct sp_conn *c)
{
    const struct sp_server *s = c->server;
    bool full = s->frames >= s->limits.max_frames_a_loop;
    return c->turn == s->turn && c->frames >= (full ? 1 : s->limits.max_frames_a_turn);
}

// A long one counts for several: what it costs goes by its bytes.
static void count_frame(struct sp_conn *c, size_t length)
{
    struct sp_server *s = c->server;
    uint64_t count = 1 + length / ONE_K;
    if (c->turn != s->turn)
        c->frames = 0;
    c->turn = s->turn;
    c->frames += count;
    s->frames += count;
}

static void wait_for_a_turn(struct sp_conn *c)
{
    c->yielded = true;
    TAILQ_INSERT_TAIL(&c->server->yielded, c, of_yielded);
}

static void stop_reading(struct sp_conn *c)
{
    uv_read_stop(&c->uv.stream);
    set_stopped(c, true);
}

static void stop_if_over(struct sp_conn *c)
{
    if (c->state != SP_CONN_OPEN || c->stopped || !is_over(c))
        return;
    c->server->stats.stops++;
    stop_reading(c);
    sp_conn_touch(c);
}

static void yield_to_others(struct sp_conn *c)
{
    c->server->stats.yields++;
    stop_reading(c);
    wait_for_a_turn(c);
}

void sp_reading_pause(struct sp_conn *c, uint64_t ms)
{
    if (!sp_pauses_add(c, ms))
        return;
    c->server->stats.pauses++;
    if (c->state == SP_CONN_GREETING)
        set_stopped(c, true);
    stop_if_over(c);
}

/* ---- what is read ---- */

static void take_greeting(struct sp_conn *c, struct sp_span *in)
{
    uint8_t expected[SP_HANDSHAKE_BYTES];
    sp_handshake(c->role->expects, expected);
    while (in->left && c->greeted < SP_HANDSHAKE_BYTES) {
        if (*in->at != expected[c->greeted]) {
            sp_conn_close(c, SP_CLOSE_HANDSHAKE_WRONG);
            return;
        }
        in->at++;
        in->left--;
        c->greeted++;
    }
    if (c->greeted < SP_HANDSHAKE_BYTES)
        return;
    sp_conn_become(c, SP_CONN_OPEN);
    c->deadline_ms = 0;
    c->role->opened(c);
}

static void take_event(struct sp_conn *c, enum sp_frame_event event, const struct sp_frame *frame)
{
    switch (event) {
    case SP_FRAME_WHOLE:
        c->frame_began_ms = 0;
        count_frame(c, frame->length);
        c->role->frame(c, frame->bytes, frame->length);
        sp_frame_release(&c->reader);
        break;
    case SP_FRAME_OVERSIZE:
        c->role->oversize(c, frame);
        break;
    case SP_FRAME_MALFORMED:
        sp_conn_close(c, SP_CLOSE_MALFORMED);
        break;
    case SP_FRAME_NO_MEMORY:
        sp_conn_close(c, SP_CLOSE_NO_MEMORY);
        break;
    case SP_FRAME_MORE:
        break;
    }
}

static void take_frames(struct sp_conn *c, struct sp_span *in)
{
    if (in->left && c->state == SP_CONN_OPEN && !c->role->frame)
        sp_conn_close(c, SP_CLOSE_SUBSCRIBER_SPOKE);
    while (in->left && c->state == SP_CONN_OPEN && !c->stopped) {
        struct sp_frame frame;
        if (had_its_turn(c)) {
            yield_to_others(c);
            return;
        }
        enum sp_frame_event event = sp_frame_next(&c->reader, in, &frame);
        take_event(c, event, &frame);
        stop_if_over(c);
    }
}

// A stopped peer's half frame has no deadline, since it is not the peer who is late.
static void set_frame_deadline(struct sp_conn *c)
{
    const struct sp_limits *limits = &c->server->limits;
    if (c->stopped || !sp_frame_is_partial(&c->reader)) {
        c->deadline_ms = c->frame_began_ms = 0;
        return;
    }
    if (!c->frame_began_ms)
        c->frame_began_ms = uv_now(c->server->loop);
    uint64_t more = sp_frame_expected(&c->reader) * limits->frame_ms_per_8k / EIGHT_K;
    c->deadline_ms = c->frame_began_ms + limits->frame_ms + more;
}

// Takes what it can; what is left in `in` waits until it is read again.
static void take(struct sp_conn *c, struct sp_span *in)
{
    if (c->state == SP_CONN_GREETING)
        take_greeting(c, in);
    take_frames(c, in);
    if (c->state == SP_CONN_OPEN)
        set_frame_deadline(c);
}

static void count_held(struct sp_conn *c)
{
    size_t held = c->reader.room + c->rest_bytes;
    c->server->stats.held_bytes += held - c->held;
    c->held = held;
    sp_charge(c);
}

static void keep_rest(struct sp_conn *c, struct sp_span in)
{
    assert(!c->rest && c->stopped);
    c->rest = malloc(in.left);
    if (!c->rest) {
        sp_conn_close(c, SP_CLOSE_NO_MEMORY);
        return;
    }
    memcpy(c->rest, in.at, in.left);
    c->rest_bytes = in.left;
    c->unread = (struct sp_span){c->rest, in.left};
}

static void take_input(struct sp_conn *c, struct sp_span in)
{
    take(c, &in);
    if (c->state == SP_CONN_OPEN && in.left)
        keep_rest(c, in);
    count_held(c);
}

static void take_rest(struct sp_conn *c)
{
    take(c, &c->unread);
    if (!c->unread.left || c->state != SP_CONN_OPEN) {
        free(c->rest);
        c->rest = NULL;
        c->rest_bytes = 0;
    }
    count_held(c);
}

static void on_input(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct sp_conn *c = stream->data;
    if (count > 0) {
        c->server->stats.bytes_in += (uint64_t)count;
        take_input(c, (struct sp_span){(const uint8_t *)buf->base, (size_t)count});
    } else if (count < 0) {
        bool gone = count == UV_EOF || count == UV_ECONNRESET || count == UV_ETIMEDOUT;
        sp_conn_close(c, c->state == SP_CONN_LINGERING ? c->last : gone ? SP_CLOSE_PEER : SP_CLOSE_IO);
    }
}

static void on_input_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct sp_conn *c = handle->data;
    (void)suggested;
    *buf = uv_buf_init(c->server->input, sizeof c->server->input);
}

static void begin_reading(struct sp_conn *c)
{
    if (uv_read_start(&c->uv.stream, on_input_room, on_input))
        sp_conn_close(c, SP_CLOSE_IO);
}

// A fresh socket has room for eight bytes; one that has not is not worth keeping.
void sp_reading_begin(struct sp_conn *c)
{
    uint8_t hello[SP_HANDSHAKE_BYTES];
    uv_os_fd_t fd;
    assert(c->state == SP_CONN_GREETING && !c->paused_ms);
    set_stopped(c, false);
    c->deadline_ms = uv_now(c->server->loop) + c->server->limits.handshake_ms;
    sp_handshake(c->role->says, hello);
    if (uv_fileno(&c->uv.handle, &fd) ||
        send(fd, hello, sizeof hello, MSG_NOSIGNAL | MSG_DONTWAIT) != sizeof hello)
        sp_conn_close(c, SP_CLOSE_IO);
    else
        begin_reading(c);
}

static void resume(struct sp_conn *c)
{
    set_stopped(c, false);
    if (c->rest)
        take_rest(c);
    if (c->state == SP_CONN_OPEN && !c->stopped)
        begin_reading(c);
}

void sp_reading_settle(struct sp_conn *c)
{
    if (c->state == SP_CONN_GREETING && c->stopped && !c->paused_ms)
        sp_reading_begin(c);
    if (c->state == SP_CONN_OPEN && c->stopped && !c->yielded && is_below_half(c))
        wait_for_a_turn(c);
}

void sp_reading_take_turn(struct sp_conn *c)
{
    assert(c->stopped && c->yielded);
    TAILQ_REMOVE(&c->server->yielded, c, of_yielded);
    c->yielded = false;
    if (c->state == SP_CONN_OPEN && !is_over(c))
        resume(c);
}

void sp_reading_end(struct sp_conn *c)
{
    set_stopped(c, false);
    if (c->yielded)
        TAILQ_REMOVE(&c->server->yielded, c, of_yielded);
    c->yielded = false;
    sp_pauses_drop(c);
}
