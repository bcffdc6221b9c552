// What questions cost over a store of many cases, beside what the same questions cost at its beginning: in
// one run, on one machine, so that the ratio says something where the milliseconds do not.
//
//     depth [--cases N] [--page N] [--store DIR]
//
// The store is filled through the engine's batches on a virtual clock, and asked through the service's
// queries, without a socket. With --store it is left in DIR, or taken from there if it has been filled
// before. A measure is a file: depth_list.c asks for lists, depth_rates.c
// for figures and the cases behind them.
#pragma once

#include "engine/batch.h"
#include "service/query.h"

#include <stdbool.h>
#include <stdint.h>

enum { DEPTH_RARE = 10000 }; // one case in so many has DEPTH_WORD in its title

#define DEPTH_WORD "Kranich"

struct depth {
    uint64_t cases;
    uint64_t page; // the deep one
    const char *directory;
    bool keeps;
    struct batcher batcher;
    int64_t now_ms;
    uint64_t random;
};

// Ends the program with a sentence when `holds` is false.
#define MUST(holds, ...) depth_must((holds), __FILE__, __LINE__, __VA_ARGS__)
void depth_must(bool holds, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

uint64_t depth_below(struct depth *d, uint64_t bound);

// Milliseconds of a clock that only goes forward.
double depth_clock_ms(void);

// The middle one of some times, which are sorted.
double depth_median(double *times, size_t count);

// One question as the daemon answers it: a snapshot, the query, the reply packed. The reply lives in `arena`,
// which the caller has set up. It must be no refusal. Returns the milliseconds it took.
double depth_ask(struct depth *d, const char *principal, Whistle__V1__Request *request, struct arena *arena,
                 Whistle__V1__Reply *reply);

// depth_fill.c: opens the store and fills it up to d->cases; closes it. Acts on a case, as somebody who adds
// a remark, at most BATCH_MAX_WORKS between two depth_commit.
void depth_open(struct depth *d);
void depth_close(struct depth *d);
void depth_remark(struct depth *d, const char *number);
void depth_commit(struct depth *d);

// depth_list.c
void depth_list(struct depth *d);

// depth_rates.c
void depth_rates(struct depth *d);
