// So many clients at once, each submitting one whistle after the other, for so many seconds.
#pragma once

#include <stdbool.h>

#include "sample.h"

struct load {
    const char *url;
    const char *principal;
    const char *const *areas; // taken in turn, so that not all whistles lie in one place
    unsigned n_areas;
    const char *category;
    unsigned clients;
    double seconds;
};

struct result {
    double per_second;     // answered "ok"
    struct sample latency; // of these
    uint64_t refused;
    char code[32]; // of the last refusal
    uint64_t lost; // connections
};

// False after a message, when no client could connect.
bool load_run(const struct load *load, struct result *out);

// The bytes of one request as load_run sends it; freed by the caller. NULL: out of memory.
uint8_t *load_request(const struct load *load, uint64_t turn, size_t *length);
