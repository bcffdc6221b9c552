// A wake-up of the loop from any thread.
//
// Instead of uv_async: its receiver spins, and gives its processor away, for as long as a sender is in the
// middle of uv_async_send; and a sender is interrupted just there, since the write in it wakes the receiver.
// With more busy threads than cores that cost the loop milliseconds, hundreds of times a second (libuv 1.44).
// Here the loop reads a number from an eventfd and waits for nobody.
//
// Several wake-ups may come as one; what happened is for `woken` to find out, from under a lock.
#pragma once

#include <uv.h>

struct wake {
    uv_poll_t poll;
    int fd;
    void (*woken)(struct wake *wake);  // on the loop thread
    void (*closed)(struct wake *wake); // on the loop thread, last
};

// ERROR_INTERNAL: no descriptor is left, or the loop does not take it; then there is nothing to close.
int wake_init(struct wake *wake, uv_loop_t *loop, void (*woken)(struct wake *wake))
    __attribute__((warn_unused_result));

// Any thread, until wake_close.
void wake_up(struct wake *wake);

// Loop thread. `closed` comes later.
void wake_close(struct wake *wake, void (*closed)(struct wake *wake));
