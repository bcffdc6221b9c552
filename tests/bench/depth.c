#include "depth.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void depth_must(bool holds, const char *file, int line, const char *format, ...)
{
    va_list arguments;
    if (holds)
        return;
    fprintf(stderr, "%s:%d: ", file, line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

uint64_t depth_below(struct depth *d, uint64_t bound)
{
    d->random = d->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (d->random >> 20) % bound;
}

double depth_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double depth_median(double *times, size_t count)
{
    qsort(times, count, sizeof *times, by_size);
    return times[count / 2];
}

double depth_ask(struct depth *d, const char *principal, Whistle__V1__Request *request, struct arena *arena,
                 Whistle__V1__Reply *reply)
{
    const struct rules *rules = rulebook_rules(d->batcher.book);
    struct store_reader reader;
    struct query query = {
        .arena = arena,
        .reader = &reader,
        .book = d->batcher.book,
        .principal = principal_find(&rules->principals, principal),
        .request = request,
        .now_ms = d->now_ms,
        .reply = reply,
    };
    double start = depth_clock_ms();
    whistle__v1__reply__init(reply);
    reply->code = (char *)error_name(0);
    store_read_begin(d->batcher.store, arena, &reader);
    int rc = query_run(&query);
    uint8_t *bytes = rc ? NULL : arena_alloc(arena, whistle__v1__reply__get_packed_size(reply) + 1);
    if (bytes)
        whistle__v1__reply__pack(reply, bytes);
    store_read_end(&reader);
    double took = depth_clock_ms() - start;
    MUST(bytes && strcmp(reply->code, "ok") == 0, "%s, %s: %s", error_name(rc), reply->code, reply->text);
    return took;
}

int main(int argc, char **argv)
{
    // other request ids than in an earlier run over the same store
    struct depth d = {.cases = 100000, .page = 10000, .random = (uint64_t)(1e3 * depth_clock_ms())};
    for (int i = 1; i + 1 < argc; i += 2) {
        uint64_t value = strtoull(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--cases") == 0 && value)
            d.cases = value;
        else if (strcmp(argv[i], "--page") == 0 && value)
            d.page = value;
        else if (strcmp(argv[i], "--store") == 0)
            d.directory = argv[i + 1];
    }
    depth_open(&d);
    depth_list(&d);
    depth_rates(&d);
    depth_close(&d);
    return 0;
}
