#include "sample.h"

#include <stdlib.h>
#include <time.h>

int64_t monotonic_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void sample_add(struct sample *s, int64_t ns)
{
    if (s->count == s->room) {
        s->room = s->room ? s->room * 2 : 1024;
        s->values_ns = realloc(s->values_ns, s->room * sizeof *s->values_ns);
        if (!s->values_ns)
            abort();
    }
    s->values_ns[s->count++] = ns;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

double sample_ms(struct sample *s, double share)
{
    if (s->count == 0)
        return 0;
    qsort(s->values_ns, s->count, sizeof *s->values_ns, compare);
    size_t at = (size_t)(share * (double)(s->count - 1) + 0.5);
    return (double)s->values_ns[at] / 1e6;
}

void sample_fini(struct sample *s)
{
    free(s->values_ns);
    *s = (struct sample){0};
}
