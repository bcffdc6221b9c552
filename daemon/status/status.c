#include "status/status.h"

#include "base/error.h"
#include "base/text.h"
#include "service/log.h"
#include "sp/sp_bind.h"
#include "status/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SWEEP_MS = 2000, BACKLOG = 128 };

struct status {
    struct status_options options;
    struct asker asker;
    struct sessions sessions;
    uv_pipe_t listener;
    uv_timer_t sweep;
    struct sp_address address;
    struct sp_bind_file file;
    int handles;  // of listener and sweep, not yet closed
    bool emptied; // no session is left
    bool stopping;
    void (*stopped)(void *context);
    void *stopped_context;
};

// ---- the end ----------------------------------------------------------------------------------------------

static void release(struct status *status)
{
    free((char *)status->options.path);
    free((char *)status->options.rulebook);
    free((char *)status->options.keyring);
    free(status);
}

// Called whenever one of the things that it waits for has ended.
static void report_stopped(struct status *status)
{
    if (!status->stopping || status->handles || !status->emptied || status->asker.running)
        return;
    void (*stopped)(void *context) = status->stopped;
    void *context = status->stopped_context;
    release(status);
    stopped(context);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct status *status = handle->data;
    status->handles--;
    report_stopped(status);
}

static void on_emptied(struct sessions *sessions)
{
    struct status *status = (struct status *)((char *)sessions - offsetof(struct status, sessions));
    status->emptied = true;
    report_stopped(status);
}

void status_stop(struct status *status, void (*stopped)(void *context), void *context)
{
    if (!status) {
        stopped(context);
        return;
    }
    if (status->stopping)
        return;
    status->stopping = true;
    status->stopped = stopped;
    status->stopped_context = context;
    sp_bind_unlink(&status->address, &status->file);
    uv_close((uv_handle_t *)&status->listener, on_handle_closed);
    uv_close((uv_handle_t *)&status->sweep, on_handle_closed);
    sessions_stop(&status->sessions);
}

// ---- reload for a signal ----------------------------------------------------------------------------------

static void log_answer(void *context, struct buffer *answer)
{
    struct status *status = context;
    const char *text = buffer_string(answer);
    enum log_level level = strncmp(text, "ok", 2) == 0 ? LOG_INFO : LOG_ERROR;
    for (size_t length; *text; text += length + (text[length] == '\n')) {
        length = strcspn(text, "\n");
        if (length)
            log_line(level, "%.*s", (int)length, text);
    }
    report_stopped(status);
}

void status_reload(struct status *status)
{
    static const char line[] = "reload";
    if (status && !status->stopping &&
        !command_run(&status->asker, line, sizeof line - 1, log_answer, status))
        log_line(LOG_ERROR, "reload refused error=no_memory");
}

// ---- the start --------------------------------------------------------------------------------------------

static void on_connection(uv_stream_t *listener, int error)
{
    struct status *status = listener->data;
    if (!error)
        sessions_accept(&status->sessions, listener);
}

static void on_sweep(uv_timer_t *timer)
{
    struct status *status = timer->data;
    asker_note_rules(&status->asker);
    sessions_sweep(&status->sessions, status->options.idle_ms);
}

static int adopt(struct status *status, int *fd, const char **reason)
{
    *fd = status->options.adopted;
    int rc = sp_bind_adopt(*fd, &status->address, reason);
    if (!rc && status->address.transport == SP_IPC)
        return 0;
    if (!rc)
        *reason = "the status socket that was handed over is no unix socket";
    close(*fd);
    return ERROR_ADDRESS;
}

// Without a group nobody but the owner, and root.
static struct sp_bind_access access_of(const struct status_options *o)
{
    mode_t mode = o->mode ? o->mode : o->group == STATUS_GROUP_NONE ? 0600 : 0660;
    return (struct sp_bind_access){mode, o->group};
}

static int open_file(struct status *status, int *fd, const char **reason)
{
    struct sp_bind_access access = access_of(&status->options);
    char url[SP_ADDRESS_TEXT];
    if ((size_t)snprintf(url, sizeof url, "ipc://%s", status->options.path) >= sizeof url) {
        *reason = "the path is too long";
        return ERROR_ADDRESS;
    }
    int rc = sp_address_parse(url, &status->address, reason);
    return rc ? rc : sp_bind_open(&status->address, &access, fd, &status->file, reason);
}

static int listen_on(struct status *status, int fd)
{
    uv_loop_t *loop = status->options.loop;
    status->listener.data = status->sweep.data = status;
    uv_pipe_init(loop, &status->listener, 0);
    uv_timer_init(loop, &status->sweep);
    status->handles = 2;
    if (uv_pipe_open(&status->listener, fd)) {
        close(fd);
        return ERROR_ADDRESS;
    }
    uint64_t sweep = status->options.idle_ms / 4 < SWEEP_MS ? status->options.idle_ms / 4 + 1 : SWEEP_MS;
    if (uv_listen((uv_stream_t *)&status->listener, BACKLOG, on_connection) ||
        uv_timer_start(&status->sweep, on_sweep, sweep, sweep))
        return ERROR_ADDRESS;
    return 0;
}

static struct status *create(const struct status_options *options)
{
    struct status *status = calloc(1, sizeof *status);
    if (!status)
        return NULL;
    status->options = *options;
    status->options.path = strdup(options->path);
    status->options.rulebook = strdup(options->rulebook);
    status->options.keyring = strdup(text_or_empty(options->keyring));
    status->options.idle_ms = options->idle_ms ? options->idle_ms : STATUS_IDLE_MS;
    if (status->options.path && status->options.rulebook && status->options.keyring)
        return status;
    release(status);
    return NULL;
}

static void forget(void *context)
{
    (void)context;
}

int status_start(const struct status_options *options, struct status **out, const char **reason)
{
    const char *nobody;
    int fd;
    reason = reason ? reason : &nobody;
    *reason = "out of memory";
    *out = NULL;
    struct status *status = create(options);
    if (!status)
        return ERROR_NO_MEMORY;
    int rc = options->adopted ? adopt(status, &fd, reason) : open_file(status, &fd, reason);
    if (rc) {
        release(status);
        return rc;
    }
    asker_init(&status->asker, &status->options);
    sessions_init(&status->sessions, &status->asker, on_emptied);
    rc = listen_on(status, fd);
    if (rc) {
        *reason = "the loop does not take the socket";
        status_stop(status, forget, NULL);
        return rc;
    }
    *out = status;
    return 0;
}
