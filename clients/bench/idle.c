#include "idle.h"

#include <time.h>

#include "sample.h"

static void *sleep_and_note(void *argument)
{
    struct idle *idle = argument;
    const struct timespec nap = {.tv_nsec = IDLE_SLEEP_MS * 1000000};
    while (!idle->ends) {
        int64_t meant = monotonic_ns() + nap.tv_nsec;
        nanosleep(&nap, NULL);
        int64_t late = monotonic_ns() - meant, longest = idle->longest_ns;
        while (late > longest && !atomic_compare_exchange_weak(&idle->longest_ns, &longest, late))
            continue;
    }
    return NULL;
}

bool idle_start(struct idle *idle)
{
    idle->ends = false;
    idle->longest_ns = 0;
    return pthread_create(&idle->thread, NULL, sleep_and_note, idle) == 0;
}

double idle_take_ms(struct idle *idle)
{
    return (double)atomic_exchange(&idle->longest_ns, 0) / 1e6;
}

void idle_stop(struct idle *idle)
{
    idle->ends = true;
    pthread_join(idle->thread, NULL);
}
