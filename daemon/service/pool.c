#include "service/pool.h"

#include "base/error.h"

#include <assert.h>
#include <stddef.h>
#include <sys/resource.h>
#include <time.h>

static struct pool_job *next(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (TAILQ_EMPTY(&pool->waiting) && !pool->stopping)
        pthread_cond_wait(&pool->more, &pool->lock);
    struct pool_job *job = TAILQ_FIRST(&pool->waiting);
    if (job)
        TAILQ_REMOVE(&pool->waiting, job, entry);
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static void hand_back(struct pool *pool, struct pool_job *job)
{
    pthread_mutex_lock(&pool->lock);
    bool first = TAILQ_EMPTY(&pool->finished);
    TAILQ_INSERT_TAIL(&pool->finished, job, entry);
    pthread_mutex_unlock(&pool->lock);
    if (first) // else the loop has yet to come for the others
        wake_up(&pool->wake);
}

// Of this boot, coarse, never 0.
static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + 1;
}

static void *thread_main(void *argument)
{
    struct pool_thread *thread = argument;
    struct pool *pool = thread->pool;
    struct pool_job *job;
    // on Linux of this thread alone
    (void)!setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + pool->nice);
    while ((job = next(pool))) {
        thread->since_ms = clock_ms();
        job->run(job);
        thread->since_ms = 0;
        hand_back(pool, job);
    }
    return NULL;
}

int64_t pool_longest_ms(const struct pool *pool)
{
    int64_t longest = 0, now = clock_ms();
    for (size_t i = 0; i < pool->count; i++) {
        int64_t since = pool->threads[i].since_ms;
        if (since && now - since > longest)
            longest = now - since;
    }
    return longest;
}

static struct pool *pool_of(struct wake *wake)
{
    return (struct pool *)((char *)wake - offsetof(struct pool, wake));
}

static void on_wake(struct wake *wake)
{
    struct pool *pool = pool_of(wake);
    struct pool_jobs finished = TAILQ_HEAD_INITIALIZER(finished);
    struct pool_job *job;
    pthread_mutex_lock(&pool->lock);
    TAILQ_CONCAT(&finished, &pool->finished, entry);
    pthread_mutex_unlock(&pool->lock);
    while ((job = TAILQ_FIRST(&finished))) {
        TAILQ_REMOVE(&finished, job, entry);
        job->done(job);
    }
}

int pool_start(struct pool *pool, uv_loop_t *loop, size_t threads, int nice)
{
    assert(threads > 0 && threads <= POOL_THREADS);
    *pool = (struct pool){.nice = nice};
    TAILQ_INIT(&pool->waiting);
    TAILQ_INIT(&pool->finished);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->more, NULL);
    int rc = wake_init(&pool->wake, loop, on_wake);
    while (!rc && pool->count < threads) {
        struct pool_thread *thread = &pool->threads[pool->count];
        thread->pool = pool;
        if (pthread_create(&thread->id, NULL, thread_main, thread) == 0)
            pool->count++;
        else
            rc = ERROR_INTERNAL;
    }
    return rc;
}

void pool_push(struct pool *pool, struct pool_job *job)
{
    pthread_mutex_lock(&pool->lock);
    TAILQ_INSERT_TAIL(&pool->waiting, job, entry);
    pthread_cond_signal(&pool->more);
    pthread_mutex_unlock(&pool->lock);
}

static void on_wake_closed(struct wake *wake)
{
    struct pool *pool = pool_of(wake);
    pthread_cond_destroy(&pool->more);
    pthread_mutex_destroy(&pool->lock);
    pool->stopped(pool->context);
}

void pool_stop(struct pool *pool, void (*stopped)(void *context), void *context)
{
    pool->stopped = stopped;
    pool->context = context;
    pthread_mutex_lock(&pool->lock);
    assert(TAILQ_EMPTY(&pool->waiting) && TAILQ_EMPTY(&pool->finished));
    pool->stopping = true;
    pthread_cond_broadcast(&pool->more);
    pthread_mutex_unlock(&pool->lock);
    while (pool->count)
        pthread_join(pool->threads[--pool->count].id, NULL);
    wake_close(&pool->wake, on_wake_closed);
}
