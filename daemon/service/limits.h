// Every limit that can be set, as one list: the edge's (sp/sp_limits.h) and those of the service below. The
// command line (--limit NAME=VALUE), the status and the documents go by it.
#pragma once

#include "sp/sp_limits.h"

#include <stdbool.h>

// X(name, default, least, most, what it bounds: what comes of it)
//
// A token bucket lets `burst` through at once and `rate` a second in the long run. That of a principal is
// above what one can make of a daemon that has nothing else to do (12,000 whistles/s were measured); it is
// there to be set lower. Its bytes have a bucket of their own, since what changes something is kept: the disk
// is to be filled no faster by one. That of an address is for what cannot be charged to a principal: requests
// that do not open, that cannot be read, that were seen before.
#define SERVICE_LIMITS(X)                                                                                    \
    X(principal_rate, 20000, 1, 1000000, "requests of a principal a second: busy")                           \
    X(principal_burst, 40000, 1, 1000000, "and so many at once: busy")                                       \
    X(principal_kib, 1024, 1, 1 << 20, "KiB of changes of a principal a second: busy")                       \
    X(principal_kib_burst, 256 << 10, 1024, 1 << 30, "and so many at once: busy")                            \
    X(address_rate, 50, 1, 1000000, "worthless requests of an address, or none, a second: reading stops")    \
    X(address_burst, 200, 1, 1000000, "and so many at once: reading stops")                                  \
    X(max_buckets, 8192, 64, 1 << 20, "principals, and addresses, of which requests are counted")            \
    X(max_works, 8192, 1, 1 << 20, "changes that wait, in all: busy")                                        \
    X(max_works_a_principal, 1024, 1, 1 << 20, "changes that wait, of a principal: busy")                    \
    X(max_batch_a_principal, 16, 1, 256, "of a principal in a batch, beside others: the next batch")         \
    X(max_questions, 1024, 1, 1 << 20, "questions that wait, in all: busy")                                  \
    X(max_questions_a_principal, 256, 1, 1 << 20, "questions that wait, of a principal: busy")               \
    X(max_quick_looks, 2, 1, 12, "questions for a case or the head of a feed, at once: they wait")           \
    X(max_slow_looks, 2, 1, 12, "questions for many, at once: they wait")                                    \
    X(max_walks, 1, 1, 64, "of these, walks over the books: they wait")                                      \
    X(max_looks_a_principal, 2, 1, 64, "of quick or slow ones, of a principal: they wait")                   \
    X(max_polls, 4096, 0, 1 << 20, "long polls, in all: answered empty at once")                             \
    X(max_polls_a_principal, 256, 0, 1 << 20, "long polls of a principal: answered empty at once")           \
    X(busy_ms, 200, 1, 60000, "what busy tells to wait where it cannot be reckoned")                         \
    X(stop_s, 45, 1, 3600, "seconds from the word to stop to the end: it ends as if it were killed")         \
    X(archive_days, 0, 0, 36500, "days until a file of the journal goes to the archive; 0: it never does")

struct service_limits {
#define X(name, standard, least, most, help) uint64_t name;
    SERVICE_LIMITS(X)
#undef X
};

struct limits {
    struct sp_limits edge;
    struct service_limits service;
};

// One of the list.
struct limit_entry {
    const char *name;
    uint64_t standard, least, most;
    const char *help;
};

void limits_init(struct limits *limits);

// The entries in order, NULL past the last; what it is set to.
const struct limit_entry *limits_entry(size_t index);
uint64_t limits_value(const struct limits *limits, size_t index);

// Sets one from "name=value"; a value is decimal digits. ERROR_NOT_FOUND where there is no such name;
// ERROR_BAD_VALUE where it is not a number in its range, and `*entry` then says which.
int limits_set(struct limits *limits, const char *text, const struct limit_entry **entry)
    __attribute__((warn_unused_result));
