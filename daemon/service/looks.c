#include "service/looks.h"

#include "base/error.h"

#include <stddef.h>
#include <time.h>

enum { SLOW_NICE = 10 };

static struct look *look_of(struct turns_item *turn)
{
    return turn ? (struct look *)((char *)turn - offsetof(struct look, turn)) : NULL;
}

static struct turns *line_of(struct look *look)
{
    return &look->owner->lines[look->kind];
}

void looks_init(struct looks *looks, const struct looks_limits *limits)
{
    *looks = (struct looks){
        .max_quick = limits->max_quick, .max_slow = limits->max_slow, .max_walks = limits->max_walks};
    for (int kind = 0; kind < LOOK_KINDS; kind++) {
        struct turns *line = &looks->lines[kind];
        turns_init(line);
        line->max_at_once = kind == LOOK_WALK ? (limits->max_walks + 1) / 2 : limits->max_at_once_a_principal;
        line->max_in_all = limits->max_waiting;
        line->max_a_holder = limits->max_waiting_a_principal;
    }
}

void looks_fini(struct looks *looks)
{
    for (int kind = 0; kind < LOOK_KINDS; kind++)
        turns_fini(&looks->lines[kind]);
}

int looks_start(struct looks *looks, uv_loop_t *loop)
{
    int rc = pool_start(&looks->quick, loop, looks->max_quick, 0);
    return rc ? rc : pool_start(&looks->slow, loop, looks->max_slow, SLOW_NICE);
}

static void on_pool_stopped(void *context)
{
    struct looks *looks = context;
    if (--looks->pools == 0)
        looks->stopped(looks->context);
}

void looks_stop(struct looks *looks, void (*stopped)(void *context), void *context)
{
    looks->stopped = stopped;
    looks->context = context;
    looks->pools = 2;
    pool_stop(&looks->quick, on_pool_stopped, looks);
    pool_stop(&looks->slow, on_pool_stopped, looks);
}

int64_t looks_longest_ms(const struct looks *looks)
{
    int64_t quick = pool_longest_ms(&looks->quick), slow = pool_longest_ms(&looks->slow);
    return quick > slow ? quick : slow;
}

size_t looks_waiting(const struct looks *looks)
{
    size_t count = 0;
    for (int kind = 0; kind < LOOK_KINDS; kind++)
        count += looks->lines[kind].waiting;
    return count;
}

static size_t slow_running(const struct looks *looks)
{
    return looks->lines[LOOK_PAGE].taken + looks->lines[LOOK_WALK].taken;
}

size_t looks_running(const struct looks *looks)
{
    return looks->lines[LOOK_QUICK].taken + slow_running(looks);
}

bool looks_have_room(const struct looks *looks, const char *principal, enum look_kind kind)
{
    return turns_have_room(&looks->lines[kind], principal);
}

static void start_some(struct looks *looks);

// What the processor did for others meanwhile does not count.
static uint64_t thread_us(void)
{
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000;
}

static struct look *look_of_job(struct pool_job *job)
{
    return (struct look *)((char *)job - offsetof(struct look, job));
}

static void on_run(struct pool_job *job)
{
    struct look *look = look_of_job(job);
    uint64_t began_us = thread_us();
    look->run(look);
    look->cost_us = thread_us() - began_us;
}

static void on_done(struct pool_job *job)
{
    struct look *look = look_of_job(job);
    struct looks *looks = look->owner;
    turns_end(line_of(look), &look->turn, look->cost_us);
    start_some(looks); // the pool goes on while this one is answered
    look->done(look);
}

static void start(struct pool *pool, struct look *look)
{
    look->begin(look);
    look->job.run = on_run;
    look->job.done = on_done;
    pool_push(pool, &look->job);
}

static struct look *next_quick(struct looks *looks)
{
    struct turns *line = &looks->lines[LOOK_QUICK];
    return line->taken < looks->max_quick ? look_of(turns_take(line)) : NULL;
}

// Walks before pages: they are few.
static struct look *next_slow(struct looks *looks)
{
    struct turns_item *turn = NULL;
    if (slow_running(looks) >= looks->max_slow)
        return NULL;
    if (looks->lines[LOOK_WALK].taken < looks->max_walks)
        turn = turns_take(&looks->lines[LOOK_WALK]);
    return look_of(turn ? turn : turns_take(&looks->lines[LOOK_PAGE]));
}

static void start_some(struct looks *looks)
{
    struct look *look;
    while ((look = next_quick(looks)))
        start(&looks->quick, look);
    while ((look = next_slow(looks)))
        start(&looks->slow, look);
}

int looks_push(struct looks *looks, struct look *look, const char *principal)
{
    look->owner = looks;
    int rc = turns_push(line_of(look), principal, &look->turn);
    if (!rc)
        start_some(looks);
    return rc;
}

bool looks_withdraw(struct look *look)
{
    return turns_withdraw(line_of(look), &look->turn);
}

struct look *looks_clear(struct looks *looks)
{
    struct turns_item *turn = NULL;
    for (int kind = 0; kind < LOOK_KINDS && !turn; kind++)
        turn = turns_clear(&looks->lines[kind]);
    return look_of(turn);
}
