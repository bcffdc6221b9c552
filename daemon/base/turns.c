#include "base/turns.h"

#include "base/error.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->failed = true)
#include <uthash.h>

// There is one for each holder of which something waits or is taken, or who has had more than the others yet.
struct turns_queue {
    UT_hash_handle hh;
    TAILQ_ENTRY(turns_queue) of_round;
    TAILQ_ENTRY(turns_queue) of_all;
    TAILQ_HEAD(, turns_item) items; // waiting
    size_t waiting;
    size_t taken;
    uint64_t had;
    bool in_round;
    bool failed; // set by uthash when it had no memory to add this queue
    char holder[];
};

void turns_init(struct turns *t)
{
    *t = (struct turns){.max_a_holder = SIZE_MAX, .max_in_all = SIZE_MAX};
    TAILQ_INIT(&t->round);
    TAILQ_INIT(&t->queues);
}

static void drop(struct turns *t, struct turns_queue *queue)
{
    TAILQ_REMOVE(&t->queues, queue, of_all);
    HASH_DEL(t->by_holder, queue);
    free(queue);
}

static void drop_idle(struct turns *t, uint64_t had)
{
    struct turns_queue *queue = TAILQ_FIRST(&t->queues), *next;
    for (; queue; queue = next) {
        next = TAILQ_NEXT(queue, of_all);
        if (!queue->waiting && !queue->taken && queue->had <= had)
            drop(t, queue);
    }
}

void turns_fini(struct turns *t)
{
    assert(!t->waiting && !t->taken);
    drop_idle(t, UINT64_MAX);
}

static struct turns_queue *find(const struct turns *t, const char *holder)
{
    struct turns_queue *queue = NULL;
    HASH_FIND_STR(t->by_holder, holder, queue);
    return queue;
}

static struct turns_queue *create(struct turns *t, const char *holder)
{
    size_t length = strlen(holder);
    drop_idle(t, t->now);
    struct turns_queue *queue = calloc(1, sizeof *queue + length + 1);
    if (!queue)
        return NULL;
    memcpy(queue->holder, holder, length);
    TAILQ_INIT(&queue->items);
    HASH_ADD_KEYPTR(hh, t->by_holder, queue->holder, (unsigned)length, queue);
    if (queue->failed) {
        free(queue);
        return NULL;
    }
    TAILQ_INSERT_TAIL(&t->queues, queue, of_all);
    return queue;
}

static bool has_turn(const struct turns *t, const struct turns_queue *queue)
{
    return queue->waiting && (!t->max_at_once || queue->taken < t->max_at_once);
}

static void leave_round(struct turns *t, struct turns_queue *queue)
{
    if (queue->in_round)
        TAILQ_REMOVE(&t->round, queue, of_round);
    queue->in_round = false;
}

// Before those who have had as much: it may have come just now, and they wait for their second or later.
static void enter_round(struct turns *t, struct turns_queue *queue)
{
    struct turns_queue *before = TAILQ_LAST(&t->round, turns_round);
    while (before && before->had >= queue->had)
        before = TAILQ_PREV(before, turns_round, of_round);
    if (before)
        TAILQ_INSERT_AFTER(&t->round, before, queue, of_round);
    else
        TAILQ_INSERT_HEAD(&t->round, queue, of_round);
    queue->in_round = true;
}

// After any change: in the round or out of it; gone where nothing is left.
static void settle(struct turns *t, struct turns_queue *queue)
{
    bool turn = has_turn(t, queue);
    if (turn && !queue->in_round)
        enter_round(t, queue);
    if (!turn)
        leave_round(t, queue);
    if (!queue->waiting && !queue->taken && queue->had <= t->now)
        drop(t, queue);
}

bool turns_have_room(const struct turns *t, const char *holder)
{
    const struct turns_queue *queue = find(t, holder);
    if (!queue || !queue->waiting)
        return true;
    return queue->waiting < t->max_a_holder && t->waiting < t->max_in_all;
}

int turns_push(struct turns *t, const char *holder, struct turns_item *item)
{
    assert(!item->queue);
    struct turns_queue *queue = find(t, holder);
    if (!queue)
        queue = create(t, holder);
    if (!queue)
        return ERROR_NO_MEMORY;
    if (!queue->waiting && !queue->taken && queue->had < t->now)
        queue->had = t->now;
    *item = (struct turns_item){.queue = queue, .waits = true};
    TAILQ_INSERT_TAIL(&queue->items, item, entry);
    queue->waiting++;
    t->waiting++;
    settle(t, queue);
    return 0;
}

static void take_out(struct turns *t, struct turns_item *item)
{
    struct turns_queue *queue = item->queue;
    TAILQ_REMOVE(&queue->items, item, entry);
    item->waits = false;
    queue->waiting--;
    t->waiting--;
}

struct turns_item *turns_take(struct turns *t)
{
    struct turns_queue *queue = TAILQ_FIRST(&t->round);
    if (!queue)
        return NULL;
    struct turns_item *item = TAILQ_FIRST(&queue->items);
    leave_round(t, queue);
    take_out(t, item);
    if (queue->had > t->now)
        t->now = queue->had;
    queue->had++;
    queue->taken++;
    t->taken++;
    settle(t, queue);
    return item;
}

void turns_end(struct turns *t, struct turns_item *item, uint64_t cost)
{
    struct turns_queue *queue = item->queue;
    assert(queue && !item->waits && queue->taken);
    item->queue = NULL;
    queue->taken--;
    t->taken--;
    leave_round(t, queue);
    queue->had += cost;
    settle(t, queue);
}

bool turns_withdraw(struct turns *t, struct turns_item *item)
{
    struct turns_queue *queue = item->queue;
    if (!queue || !item->waits)
        return false;
    take_out(t, item);
    item->queue = NULL;
    settle(t, queue);
    return true;
}

struct turns_item *turns_clear(struct turns *t)
{
    struct turns_queue *queue;
    TAILQ_FOREACH (queue, &t->queues, of_all) {
        struct turns_item *item = TAILQ_FIRST(&queue->items);
        if (item && turns_withdraw(t, item))
            return item;
    }
    return NULL;
}
