// So many clients at once, each submitting one whistle after the other, until one of the ends that are set.
#pragma once

#include <stdbool.h>

#include "keys/keyring.h"
#include "sample.h"

struct load {
    const char *url;
    const char *principal;
    const struct seal_key *key; // NULL: plain
    const char *const *areas;   // taken in turn, so that not all whistles lie in one place
    unsigned n_areas;
    const char *category;
    unsigned clients;
    double seconds;              // 0: no end
    uint64_t most;               // whistles; 0: no end
    bool (*more)(void *context); // asked before each whistle; NULL: no end
    void *context;
    int64_t appointed_ms; // city time, from which the clock of the report runs; 0: from the submit
};

struct result {
    double seconds;        // from the first whistle to the last answer
    double per_second;     // answered "ok"
    struct sample latency; // of these
    uint64_t refused;
    char code[32];  // of the last refusal
    uint64_t lost;  // connections
    int64_t due_ms; // when the first whistle's first unit must have reported
    uint64_t due;   // clocks of reports that end at that very millisecond
};

// Whistles that are on their way at the end are waited for. False after a message, when not all clients could
// connect.
bool load_run(const struct load *load, struct result *out);

// True where nothing was refused and nobody lost; else it says so.
bool load_was_clean(const struct result *result);

// The bytes of one request as load_run sends it; freed by the caller. NULL: out of memory.
uint8_t *load_request(const struct load *load, uint64_t turn, size_t *length);
