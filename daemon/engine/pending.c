#include "engine/pending.h"

#include "base/error.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->failed = true)
#include <uthash.h>

struct pending_queue {
    UT_hash_handle hh;
    TAILQ_ENTRY(pending_queue) entry;
    struct work_list works;
    size_t count;
    bool failed;
    char principal[WORK_PRINCIPAL];
};

void pending_init(struct pending *p, size_t max_a_principal, size_t max_in_all)
{
    *p = (struct pending){.max_a_principal = max_a_principal, .max_in_all = max_in_all};
    TAILQ_INIT(&p->round);
}

static void queue_destroy(struct pending *p, struct pending_queue *queue)
{
    struct work *work;
    while ((work = TAILQ_FIRST(&queue->works))) {
        TAILQ_REMOVE(&queue->works, work, entry);
        work_destroy(work);
    }
    HASH_DEL(p->by_principal, queue);
    free(queue);
}

void pending_fini(struct pending *p)
{
    struct pending_queue *queue, *next;
    HASH_ITER (hh, p->by_principal, queue, next) {
        queue_destroy(p, queue);
    }
    TAILQ_INIT(&p->round);
    p->count = 0;
}

static struct pending_queue *queue_of(struct pending *p, const char *principal)
{
    struct pending_queue *queue;
    HASH_FIND_STR(p->by_principal, principal, queue);
    if (queue)
        return queue;
    queue = calloc(1, sizeof *queue);
    if (!queue)
        return NULL;
    TAILQ_INIT(&queue->works);
    memcpy(queue->principal, principal, strnlen(principal, sizeof queue->principal - 1));
    HASH_ADD_STR(p->by_principal, principal, queue);
    if (!queue->failed)
        return queue;
    free(queue);
    return NULL;
}

int pending_push(struct pending *p, struct work *work)
{
    struct pending_queue *queue = queue_of(p, work->principal);
    if (!queue)
        return ERROR_NO_MEMORY;
    if (queue->count >= p->max_a_principal || p->count >= p->max_in_all)
        return ERROR_BUSY;
    if (queue->count++ == 0)
        TAILQ_INSERT_TAIL(&p->round, queue, entry);
    TAILQ_INSERT_TAIL(&queue->works, work, entry);
    p->count++;
    return 0;
}

struct work *pending_pop(struct pending *p)
{
    struct pending_queue *queue = TAILQ_FIRST(&p->round);
    if (!queue)
        return NULL;
    struct work *work = TAILQ_FIRST(&queue->works);
    TAILQ_REMOVE(&queue->works, work, entry);
    TAILQ_REMOVE(&p->round, queue, entry);
    p->count--;
    if (--queue->count)
        TAILQ_INSERT_TAIL(&p->round, queue, entry);
    else
        queue_destroy(p, queue);
    return work;
}
