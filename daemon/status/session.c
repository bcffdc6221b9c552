#include "status/session.h"

#include "base/error.h"
#include "service/log.h"
#include "status/admit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LINGER_MS = 2000,                // for a peer that was told to go: time to read that and close
    LINGER_MAX = STATUS_MAX_SESSIONS // so many more may be there for it
};

struct session {
    uv_pipe_t pipe;
    TAILQ_ENTRY(session) entry;
    struct sessions *owner;
    uv_write_t write;
    struct buffer out;  // the answer that is being written
    uint64_t active_ms; // loop time
    bool asking;        // a command is under way
    bool writing;       // its answer has not been taken
    bool stepping;      // next_line is at work
    bool ended;         // the peer's half is closed
    bool last;          // the answer is the last: what the peer still says is thrown away
    bool closed;        // the handle is gone
    size_t used;
    char line[STATUS_MAX_LINE];
};

static void step(struct session *s);

// ---- the end ----------------------------------------------------------------------------------------------

static void release(struct session *s)
{
    struct sessions *owner = s->owner;
    if (!s->closed || s->asking)
        return;
    TAILQ_REMOVE(&owner->list, s, entry);
    owner->count--;
    owner->asker->seen.sessions = owner->count;
    buffer_fini(&s->out);
    free(s);
    if (owner->stopping && !owner->count)
        owner->emptied(owner);
}

static void on_closed(uv_handle_t *handle)
{
    struct session *s = handle->data;
    s->closed = true;
    release(s);
}

static void end(struct session *s)
{
    if (!uv_is_closing((uv_handle_t *)&s->pipe))
        uv_close((uv_handle_t *)&s->pipe, on_closed);
}

// ---- answers ----------------------------------------------------------------------------------------------

// The daemon may begin to stop only when the answer that says so is out, or cannot get out.
static void drain_if_asked(struct asker *asker)
{
    if (!asker->drain)
        return;
    asker->drain = false;
    asker->options->on_drain(asker->options->context);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct session *s = handle->data;
    (void)suggested;
    *out = uv_buf_init(s->line + s->used, (unsigned)(sizeof s->line - s->used));
}

static void on_rest(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    (void)buffer;
    if (got < 0)
        end(stream->data);
}

// A socket closed over bytes that nobody read resets the peer, which may then never see the answer. So its
// end is waited for.
static void linger(struct session *s)
{
    s->used = 0;
    uv_read_stop((uv_stream_t *)&s->pipe);
    if (s->ended || uv_read_start((uv_stream_t *)&s->pipe, on_alloc, on_rest))
        end(s);
}

static void on_written(uv_write_t *write, int status)
{
    struct session *s = write->data;
    struct asker *asker = s->owner->asker;
    s->writing = false;
    s->active_ms = uv_now(s->pipe.loop);
    buffer_fini(&s->out);
    if (status)
        end(s);
    else if (s->last)
        linger(s);
    else
        step(s);
    drain_if_asked(asker);
}

// Takes the bytes of `answer` over.
static void send_answer(struct session *s, struct buffer *answer)
{
    if (answer->failed || uv_is_closing((uv_handle_t *)&s->pipe)) {
        end(s);
        return;
    }
    s->out = *answer;
    buffer_init(answer);
    s->write.data = s;
    s->active_ms = uv_now(s->pipe.loop);
    uv_buf_t bytes = uv_buf_init((char *)s->out.bytes, (unsigned)s->out.length);
    s->writing = uv_write(&s->write, (uv_stream_t *)&s->pipe, &bytes, 1, on_written) == 0;
    if (!s->writing)
        end(s);
}

static void on_answered(void *context, struct buffer *answer)
{
    struct session *s = context;
    s->asking = false;
    if (answer->length || answer->failed)
        send_answer(s, answer);
    if (!s->writing)
        drain_if_asked(s->owner->asker);
    if (s->closed)
        release(s);
    else if (!s->stepping)
        step(s);
}

static void refuse_and_end(struct session *s, int code, const char *sentence)
{
    struct buffer answer;
    buffer_init(&answer);
    buffer_printf(&answer, "error %s: %s\n\n", error_name(code), sentence);
    s->last = true;
    send_answer(s, &answer);
}

// ---- lines ------------------------------------------------------------------------------------------------

static void take_line(struct session *s, size_t length, size_t with_end)
{
    s->asking = true;
    if (!command_run(s->owner->asker, s->line, length, on_answered, s)) {
        s->asking = false;
        end(s);
    }
    s->used -= with_end;
    memmove(s->line, s->line + with_end, s->used);
}

// Takes a line if a whole one is there. The last one needs no line feed.
static bool next_line(struct session *s)
{
    const char *feed = memchr(s->line, '\n', s->used);
    if (feed)
        take_line(s, (size_t)(feed - s->line), (size_t)(feed - s->line) + 1);
    else if (s->ended && s->used)
        take_line(s, s->used, s->used);
    else if (s->used == sizeof s->line)
        refuse_and_end(s, ERROR_TOO_LONG, "a line has more than 4096 bytes");
    else
        return false;
    return true;
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    struct session *s = stream->data;
    (void)buffer;
    s->active_ms = uv_now(stream->loop);
    if (got > 0)
        s->used += (size_t)got;
    else if (got == UV_EOF)
        s->ended = true;
    else if (got < 0)
        end(s);
    step(s);
}

// Goes on where nothing is in hand: the next line, more to read, or the end.
static void step(struct session *s)
{
    uv_handle_t *handle = (uv_handle_t *)&s->pipe;
    s->stepping = true;
    while (!s->asking && !s->writing && !uv_is_closing(handle) && next_line(s))
        ;
    s->stepping = false;
    if (uv_is_closing(handle))
        return;
    uv_read_stop((uv_stream_t *)&s->pipe); // starting what reads already is an error
    if (s->asking || s->writing)
        return;
    if (s->ended || uv_read_start((uv_stream_t *)&s->pipe, on_alloc, on_read))
        end(s);
}

// ---- all of them ------------------------------------------------------------------------------------------

void sessions_init(struct sessions *sessions, struct asker *asker, void (*emptied)(struct sessions *sessions))
{
    *sessions = (struct sessions){.asker = asker, .emptied = emptied};
    TAILQ_INIT(&sessions->list);
}

static bool is_admitted(const struct session *s)
{
    uv_os_fd_t fd = -1;
    uid_t uid;
    uv_fileno((const uv_handle_t *)&s->pipe, &fd);
    if (admit_peer(fd, s->owner->asker->options->group, &uid))
        return true;
    log_line(LOG_WARNING, "status socket refused uid=%d", (int)uid);
    return false;
}

void sessions_accept(struct sessions *sessions, uv_stream_t *listener)
{
    struct session *s = calloc(1, sizeof *s);
    if (!s || uv_pipe_init(listener->loop, &s->pipe, 0)) {
        free(s); // the peer waits in the backlog
        return;
    }
    s->owner = sessions;
    s->pipe.data = s;
    s->active_ms = uv_now(listener->loop);
    buffer_init(&s->out);
    TAILQ_INSERT_TAIL(&sessions->list, s, entry);
    sessions->asker->seen.sessions = ++sessions->count;
    if (uv_accept(listener, (uv_stream_t *)&s->pipe) || !is_admitted(s) ||
        sessions->count > STATUS_MAX_SESSIONS + LINGER_MAX)
        end(s);
    else if (sessions->count > STATUS_MAX_SESSIONS)
        refuse_and_end(s, ERROR_BUSY, "too many connections to the status socket");
    else
        step(s);
}

void sessions_sweep(struct sessions *sessions, uint64_t idle_ms)
{
    struct session *s = TAILQ_FIRST(&sessions->list), *next;
    for (; s; s = next) {
        next = TAILQ_NEXT(s, entry);
        uint64_t patience_ms = s->last && idle_ms > LINGER_MS ? LINGER_MS : idle_ms;
        if (!s->asking && uv_now(s->pipe.loop) - s->active_ms >= patience_ms)
            end(s);
    }
}

void sessions_stop(struct sessions *sessions)
{
    struct session *s;
    sessions->stopping = true;
    TAILQ_FOREACH (s, &sessions->list, entry) {
        end(s);
    }
    if (!sessions->count)
        sessions->emptied(sessions);
}
