// A thread that does nothing but sleep and note how late it wakes: what the machine itself adds to every
// wait.
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { IDLE_SLEEP_MS = 2 };

struct idle {
    pthread_t thread;
    atomic_bool ends;
    _Atomic int64_t longest_ns;
};

// False without a thread.
bool idle_start(struct idle *idle);

// The longest delay since it was last taken, in milliseconds.
double idle_take_ms(struct idle *idle);

void idle_stop(struct idle *idle);
