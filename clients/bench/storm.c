#include "storm.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "idle.h"
#include "watch.h"

enum { SECOND_MS = 1000, DAY_MS = 24 * 3600 * SECOND_MS, MS_NS = 1000000 };
enum {
    GUESS_S = 2,         // of load, to know how long the whistles will take
    QUIET_MS = 2100,     // between two runs: stalls are told by the second
    AHEAD_MS = 200,      // the watch of the storm begins before it
    STEP_MS = 1000,      // of a wait for a city time
    PATIENCE_MS = 30000, // without a clock being worked
    EVENTS_EACH = 2,     // of a whistle: filed, dispatched
};

struct phase {
    struct result result;
    struct watched seen;
    double idle_ms; // the longest delay of a thread that does nothing
};

struct course {
    const struct storm *storm;
    struct watch watch;
    struct idle idle;
    struct pulse origin; // the first: how fast the city's clock runs is seen from it
    struct result filled;
    struct phase calm, storm_phase;
    uint64_t ticks, events; // from just before the storm until all was quiet
};

static void wait_ms(double ms)
{
    const int64_t ns = ms > 0 ? (int64_t)(ms * MS_NS) : 0;
    nanosleep(&(struct timespec){.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000}, NULL);
}

static bool fail(const char *sentence)
{
    fprintf(stderr, "whistle-bench: %s\n", sentence);
    return false;
}

// ---- the city's clock -------------------------------------------------------------------------------------

// City milliseconds in one of ours.
static double rate_of(const struct course *c, const struct pulse *now)
{
    double ours_ms = (double)(now->at_ns - c->origin.at_ns) / MS_NS;
    return (double)(now->city_ms - c->origin.city_ms) / ours_ms;
}

static double ms_until(struct course *c, int64_t city_ms)
{
    struct pulse now = watch_now(&c->watch);
    double from_pulse_ms = (double)(city_ms - now.city_ms) / rate_of(c, &now);
    return from_pulse_ms - (double)(monotonic_ns() - now.at_ns) / MS_NS;
}

// In steps, since how fast the city's clock runs is known better and better.
static void wait_until(struct course *c, int64_t city_ms, double ahead_ms)
{
    for (double ms; (ms = ms_until(c, city_ms) - ahead_ms) > 0;)
        wait_ms(ms < STEP_MS ? ms : STEP_MS);
}

// ---- the runs ---------------------------------------------------------------------------------------------

static bool run_phase(struct course *c, const struct load *load, double begin_in_ms, struct phase *out)
{
    idle_take_ms(&c->idle);
    watch_begin(&c->watch);
    wait_ms(begin_in_ms);
    bool good = load_run(load, &out->result);
    out->idle_ms = idle_take_ms(&c->idle);
    out->seen = watch_seen(&c->watch);
    load_was_clean(&out->result);
    return good && !c->watch.lost && !out->result.lost && out->result.latency.count;
}

// A short load tells how long the whistles of the storm will take, and how fast the city's clock runs.
static bool guess(struct course *c, int64_t *appointed_ms)
{
    struct load load = c->storm->load;
    struct phase first;
    load.seconds = GUESS_S;
    load.appointed_ms = c->origin.city_ms + 2 * (int64_t)DAY_MS;
    bool good = run_phase(c, &load, 0, &first);
    struct pulse to = watch_now(&c->watch);
    double takes_ms = good ? SECOND_MS * (double)c->storm->count / first.result.per_second : 0;
    *appointed_ms = to.city_ms + (int64_t)(rate_of(c, &to) * (2 * SECOND_MS + 2 * takes_ms));
    sample_fini(&first.result.latency);
    return good || fail("no whistle is taken");
}

static bool fill(struct course *c, int64_t appointed_ms)
{
    struct load load = c->storm->load;
    load.seconds = 0;
    load.most = c->storm->count;
    load.appointed_ms = appointed_ms;
    return load_run(&load, &c->filled) && load_was_clean(&c->filled);
}

static bool run_calm(struct course *c)
{
    struct load load = c->storm->load;
    load.appointed_ms = c->filled.due_ms + DAY_MS;
    wait_ms(QUIET_MS);
    if (ms_until(c, c->filled.due_ms) < load.seconds * SECOND_MS + QUIET_MS + AHEAD_MS)
        return fail("the clocks end before the run without them is over: fewer --seconds, or a longer limit");
    return run_phase(c, &load, 0, &c->calm);
}

static bool storm_lasts(void *context)
{
    struct course *c = context;
    struct watched seen = watch_seen(&c->watch);
    return watch_ticks(&c->watch) < c->filled.due && !c->watch.lost &&
           monotonic_ns() - seen.last.at_ns < (int64_t)PATIENCE_MS * MS_NS;
}

static bool run_storm(struct course *c)
{
    struct load load = c->storm->load;
    load.seconds = 0;
    load.more = storm_lasts;
    load.context = c;
    load.appointed_ms = c->filled.due_ms + DAY_MS;
    wait_until(c, c->filled.due_ms, AHEAD_MS);
    struct pulse before = watch_now(&c->watch);
    bool good = run_phase(c, &load, ms_until(c, c->filled.due_ms), &c->storm_phase);
    wait_ms(QUIET_MS);
    struct pulse after = watch_now(&c->watch);
    c->ticks = after.ticks - before.ticks;
    c->events = after.events - before.events;
    return good;
}

// ---- what is told -----------------------------------------------------------------------------------------

static uint64_t rungs(const struct course *c)
{
    return c->events - EVENTS_EACH * c->storm_phase.result.latency.count;
}

static double storm_seconds(const struct course *c)
{
    const struct watched *seen = &c->storm_phase.seen;
    return (double)(seen->last.at_ns - seen->first.at_ns) / 1e9;
}

static void put_row(const char *what, double calm, double storm)
{
    printf("%-34s  %9.1f  %9.1f  %6.2f\n", what, calm, storm, calm > 0 ? storm / calm : 0);
}

static void put_table(struct course *c)
{
    struct phase *calm = &c->calm, *storm = &c->storm_phase;
    printf("%-34s  %9s  %9s  %6s\n", "", "without", "storm", "ratio");
    put_row("seconds", calm->result.seconds, storm->result.seconds);
    put_row("submits/s", calm->result.per_second, storm->result.per_second);
    put_row("refused", (double)calm->result.refused, (double)storm->result.refused);
    put_row("p50 ms", sample_ms(&calm->result.latency, 0.5), sample_ms(&storm->result.latency, 0.5));
    put_row("p99 ms", sample_ms(&calm->result.latency, 0.99), sample_ms(&storm->result.latency, 0.99));
    put_row("longest ms", sample_ms(&calm->result.latency, 1), sample_ms(&storm->result.latency, 1));
    put_row("longest stall of the loop ms", (double)calm->seen.stall_ms, (double)storm->seen.stall_ms);
    put_row("of a thread that only sleeps ms", calm->idle_ms, storm->idle_ms);
    printf("%-34s  %9.1f  %9.1f\n", "the loop's above the thread's ms",
           (double)calm->seen.stall_ms - calm->idle_ms, (double)storm->seen.stall_ms - storm->idle_ms);
    printf("\n%" PRIu64 " clocks ended together, %" PRIu64 " were worked, %" PRIu64
           " rungs fired: in %.2f s, %.0f rungs/s\n",
           c->filled.due, c->ticks, rungs(c), storm_seconds(c), (double)rungs(c) / storm_seconds(c));
}

static void put_phase(const char *name, struct phase *p)
{
    printf("\"%s\":{\"per_second\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"answered\":%zu,\"seconds\":%.3f,"
           "\"refused\":%" PRIu64 ",\"loop_stall_ms\":%" PRId64 ",\"idle_stall_ms\":%.3f},",
           name, p->result.per_second, sample_ms(&p->result.latency, 0.5),
           sample_ms(&p->result.latency, 0.99), p->result.latency.count, p->result.seconds, p->result.refused,
           p->seen.stall_ms, p->idle_ms);
}

static void put_json(struct course *c)
{
    printf("\n{\"clients\":%u,", c->storm->load.clients);
    put_phase("calm", &c->calm);
    put_phase("storm", &c->storm_phase);
    printf("\"due_ms\":%" PRId64 ",\"due\":%" PRIu64 ",\"worked\":%" PRIu64 ",\"rungs\":%" PRIu64
           ",\"seconds\":%.3f}\n",
           c->filled.due_ms, c->filled.due, c->ticks, rungs(c), storm_seconds(c));
}

// ---- the whole --------------------------------------------------------------------------------------------

static bool run_all(struct course *c)
{
    int64_t appointed_ms;
    if (!guess(c, &appointed_ms) || !fill(c, appointed_ms))
        return false;
    printf("%u clients; %zu whistles submitted, %.0f/s; their clocks end in %.0f s\n\n",
           c->storm->load.clients, c->filled.latency.count, c->filled.per_second,
           ms_until(c, c->filled.due_ms) / SECOND_MS);
    fflush(stdout);
    return run_calm(c) && run_storm(c);
}

int storm_run(const struct storm *storm)
{
    struct course c = {.storm = storm};
    if (!watch_start(&c.watch, storm->status))
        return 1;
    c.origin = watch_now(&c.watch);
    bool rests = idle_start(&c.idle), good = rests && run_all(&c);
    if (good)
        put_table(&c);
    if (good && storm->json)
        put_json(&c);
    if (rests)
        idle_stop(&c.idle);
    watch_stop(&c.watch);
    sample_fini(&c.filled.latency);
    sample_fini(&c.calm.result.latency);
    sample_fini(&c.storm_phase.result.latency);
    if (good && c.ticks != c.filled.due)
        good = fail("not the clocks that ended were worked");
    return good ? 0 : 1;
}
