#include "watch.h"

#include <time.h>
#include <unistd.h>

static void note(struct watch *watch, const struct pulse *pulse)
{
    struct watched *seen = &watch->seen;
    pthread_mutex_lock(&watch->lock);
    if (pulse->ticks == watch->begun.ticks)
        seen->first = *pulse;
    if (pulse->ticks != watch->now.ticks)
        seen->last = *pulse;
    if (pulse->stall_ms > seen->stall_ms)
        seen->stall_ms = pulse->stall_ms;
    watch->now = *pulse;
    pthread_mutex_unlock(&watch->lock);
}

static void *look_on(void *argument)
{
    struct watch *watch = argument;
    const struct timespec nap = {.tv_nsec = WATCH_EVERY_MS * 1000000};
    struct pulse pulse;
    while (!watch->ends && !watch->lost) {
        if (pulse_ask(watch->fd, &pulse))
            note(watch, &pulse);
        else
            watch->lost = true;
        nanosleep(&nap, NULL);
    }
    return NULL;
}

bool watch_start(struct watch *watch, const char *path)
{
    *watch = (struct watch){.fd = pulse_open(path)};
    if (watch->fd < 0)
        return false;
    pthread_mutex_init(&watch->lock, NULL);
    if (pulse_ask(watch->fd, &watch->now) && pthread_create(&watch->thread, NULL, look_on, watch) == 0)
        return true;
    close(watch->fd);
    return false;
}

void watch_begin(struct watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    watch->begun = watch->now;
    watch->seen = (struct watched){.first = watch->now, .last = watch->now};
    pthread_mutex_unlock(&watch->lock);
}

uint64_t watch_ticks(struct watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    uint64_t ticks = watch->now.ticks - watch->begun.ticks;
    pthread_mutex_unlock(&watch->lock);
    return ticks;
}

struct pulse watch_now(struct watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    struct pulse now = watch->now;
    pthread_mutex_unlock(&watch->lock);
    return now;
}

struct watched watch_seen(struct watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    struct watched seen = watch->seen;
    pthread_mutex_unlock(&watch->lock);
    return seen;
}

void watch_stop(struct watch *watch)
{
    watch->ends = true;
    pthread_join(watch->thread, NULL);
    pthread_mutex_destroy(&watch->lock);
    close(watch->fd);
}
