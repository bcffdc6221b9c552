#include "service/looks.h"

#include "base/error.h"

#include <assert.h>
#include <stddef.h>
#include <time.h>

static struct look *look_of(struct turns_item *turn)
{
    return turn ? (struct look *)((char *)turn - offsetof(struct look, turn)) : NULL;
}

static struct turns *line_of(struct looks *looks, bool walks)
{
    return walks ? &looks->walks : &looks->quick;
}

static void init_line(struct turns *line, size_t at_once, const struct looks_limits *limits)
{
    turns_init(line);
    line->max_at_once = at_once;
    line->max_in_all = limits->max_waiting;
    line->max_a_holder = limits->max_waiting_a_principal;
}

void looks_init(struct looks *looks, uv_loop_t *loop, const struct looks_limits *limits)
{
    *looks = (struct looks){.loop = loop, .max_at_once = limits->max_at_once, .max_walks = limits->max_walks};
    init_line(&looks->quick, limits->max_at_once_a_principal, limits);
    init_line(&looks->walks, (limits->max_walks + 1) / 2, limits);
}

void looks_fini(struct looks *looks)
{
    turns_fini(&looks->quick);
    turns_fini(&looks->walks);
}

size_t looks_waiting(const struct looks *looks)
{
    return looks->quick.waiting + looks->walks.waiting;
}

size_t looks_running(const struct looks *looks)
{
    return looks->quick.taken + looks->walks.taken;
}

bool looks_have_room(const struct looks *looks, const char *principal, bool walks)
{
    return turns_have_room(walks ? &looks->walks : &looks->quick, principal);
}

static void start_some(struct looks *looks);

// What the processor did for others meanwhile does not count.
static uint64_t thread_us(void)
{
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000;
}

static void on_run(uv_work_t *job)
{
    struct look *look = job->data;
    uint64_t began_us = thread_us();
    look->run(look);
    look->cost_us = thread_us() - began_us;
}

static void on_done(uv_work_t *job, int status)
{
    struct look *look = job->data;
    struct looks *looks = look->owner;
    (void)status;
    turns_end(line_of(looks, look->walks), &look->turn, look->cost_us);
    start_some(looks); // the pool goes on while this one is answered
    look->done(look);
}

// Walks first: they are few, and leave the others of the pool to all else.
static struct look *next(struct looks *looks)
{
    struct turns_item *turn = NULL;
    if (looks_running(looks) >= looks->max_at_once)
        return NULL;
    if (looks->walks.taken < looks->max_walks)
        turn = turns_take(&looks->walks);
    return look_of(turn ? turn : turns_take(&looks->quick));
}

static void start_some(struct looks *looks)
{
    struct look *look;
    while ((look = next(looks))) {
        look->job.data = look;
        look->begin(look);
        int rc = uv_queue_work(looks->loop, &look->job, on_run, on_done);
        assert(rc == 0); // it fails for a missing callback only
    }
}

int looks_push(struct looks *looks, struct look *look, const char *principal)
{
    look->owner = looks;
    int rc = turns_push(line_of(looks, look->walks), principal, &look->turn);
    if (!rc)
        start_some(looks);
    return rc;
}

bool looks_withdraw(struct look *look)
{
    return turns_withdraw(line_of(look->owner, look->walks), &look->turn);
}

struct look *looks_clear(struct looks *looks)
{
    struct turns_item *turn = turns_clear(&looks->walks);
    return look_of(turn ? turn : turns_clear(&looks->quick));
}
