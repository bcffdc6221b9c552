// Durations, and what stands at a share of them.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct sample {
    int64_t *values_ns; // owned
    size_t count;
    size_t room;
};

// Aborts when memory runs out: a figure that lacks values is worse than none.
void sample_add(struct sample *s, int64_t ns);

// The value below which `share` (0..1) of all lie, in milliseconds; 0 when there are none. Sorts them.
double sample_ms(struct sample *s, double share);

void sample_fini(struct sample *s);

int64_t monotonic_ns(void);
