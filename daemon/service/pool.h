// Threads that run jobs and hand them back on the loop: what uv_queue_work does, but with as many threads as
// wanted, of a priority of their own, and handed back by engine/wake.h, which says why.
#pragma once

#include "engine/wake.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/queue.h>

struct pool_job {
    TAILQ_ENTRY(pool_job) entry;
    void (*run)(struct pool_job *job);  // on one of the threads
    void (*done)(struct pool_job *job); // on the loop: it is the caller's again
};

TAILQ_HEAD(pool_jobs, pool_job);

enum { POOL_THREADS = 12 }; // two of these, the loop and the engine have their slots in store/inhand.h

struct pool_thread {
    struct pool *pool;
    pthread_t id;
    _Atomic int64_t since_ms; // it has its job; 0: it has none
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct pool_jobs waiting;  // under the lock
    struct pool_jobs finished; // under the lock
    bool stopping;             // under the lock
    struct wake wake;
    struct pool_thread threads[POOL_THREADS];
    size_t count; // of those that run
    int nice;
    void (*stopped)(void *context);
    void *context;
};

// At most POOL_THREADS, each so much nicer than the caller. ERROR_INTERNAL: a thread or a descriptor is
// missing.
int pool_start(struct pool *pool, uv_loop_t *loop, size_t threads, int nice)
    __attribute__((warn_unused_result));

// Loop thread. First come, first served.
void pool_push(struct pool *pool, struct pool_job *job);

// Loop thread. For how long the job runs that has run longest; 0: none does.
int64_t pool_longest_ms(const struct pool *pool);

// Loop thread; no job may be left. The threads have ended when it returns, `stopped` comes later.
void pool_stop(struct pool *pool, void (*stopped)(void *context), void *context);
