#include "pairs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WARM_UP_S = 1 };

struct course {
    const struct pairs *pairs;
    double plain[PAIRS_MOST], sealed[PAIRS_MOST]; // whistles a second
};

static bool run_window(const struct load *load, double *per_second)
{
    struct result result;
    bool good = load_run(load, &result) && load_was_clean(&result) && result.latency.count > 0;
    *per_second = result.per_second;
    sample_fini(&result.latency);
    return good;
}

// The one that comes first has the emptier store, so that they take turns in that too.
static bool run_pair(struct course *c, unsigned i)
{
    struct load sealed = c->pairs->load, plain = sealed;
    plain.key = NULL;
    bool good = i % 2 ? run_window(&sealed, &c->sealed[i]) && run_window(&plain, &c->plain[i])
                      : run_window(&plain, &c->plain[i]) && run_window(&sealed, &c->sealed[i]);
    if (good)
        printf("%7u  %9.0f  %9.0f  %6.2f\n", i + 1, c->plain[i], c->sealed[i], c->sealed[i] / c->plain[i]);
    fflush(stdout);
    return good;
}

static bool warm_up(const struct course *c)
{
    struct load load = c->pairs->load;
    double per_second;
    load.seconds = WARM_UP_S;
    return run_window(&load, &per_second);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *values, unsigned count)
{
    double sorted[PAIRS_MOST];
    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, compare);
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

static void put_json(const struct pairs *pairs, double plain, double sealed)
{
    printf("\n{\"clients\":%u,\"pairs\":%u,\"seconds\":%.3f,\"plain_per_second\":%.1f,"
           "\"sealed_per_second\":%.1f,\"ratio\":%.4f}\n",
           pairs->load.clients, pairs->count, pairs->load.seconds, plain, sealed, sealed / plain);
}

int pairs_run(const struct pairs *pairs)
{
    struct course c = {.pairs = pairs};
    printf("%u clients, windows of %g s\n\n%7s  %9s  %9s  %6s\n", pairs->load.clients, pairs->load.seconds,
           "pair", "plain/s", "sealed/s", "ratio");
    bool good = warm_up(&c);
    for (unsigned i = 0; good && i < pairs->count; i++)
        good = run_pair(&c, i);
    if (!good)
        return 1;
    double plain = median(c.plain, pairs->count), sealed = median(c.sealed, pairs->count);
    printf("%7s  %9.0f  %9.0f  %6.2f\n", "median", plain, sealed, sealed / plain);
    if (pairs->json)
        put_json(pairs, plain, sealed);
    return 0;
}
