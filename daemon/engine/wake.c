#include "engine/wake.h"

#include "base/error.h"

#include <sys/eventfd.h>
#include <unistd.h>

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct wake *wake = poll->data;
    uint64_t count;
    (void)status;
    (void)events;
    (void)!read(wake->fd, &count, sizeof count); // how often does not matter
    wake->woken(wake);
}

int wake_init(struct wake *wake, uv_loop_t *loop, void (*woken)(struct wake *wake))
{
    *wake = (struct wake){.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), .woken = woken};
    if (wake->fd < 0)
        return ERROR_INTERNAL;
    if (uv_poll_init(loop, &wake->poll, wake->fd)) {
        close(wake->fd);
        return ERROR_INTERNAL;
    }
    wake->poll.data = wake;
    return uv_poll_start(&wake->poll, UV_READABLE, on_ready) ? ERROR_INTERNAL : 0;
}

void wake_up(struct wake *wake)
{
    const uint64_t one = 1;
    (void)!write(wake->fd, &one, sizeof one); // it fails only where 2^64 - 2 stand already
}

static void on_closed(uv_handle_t *handle)
{
    struct wake *wake = handle->data;
    close(wake->fd);
    wake->closed(wake);
}

void wake_close(struct wake *wake, void (*closed)(struct wake *wake))
{
    wake->closed = closed;
    uv_close((uv_handle_t *)&wake->poll, on_closed);
}
