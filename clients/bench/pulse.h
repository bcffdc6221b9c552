// What the daemon says of itself on its status socket, asked again and again on one connection.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pulse {
    int64_t at_ns;    // when the answer was here, on our clock
    int64_t city_ms;  // city time
    uint64_t ticks;   // due entries worked
    uint64_t events;  // of cases
    int64_t stall_ms; // the loop's longest of the last one or two seconds
};

// A connection to the socket at `path`, or -1 after a message.
int pulse_open(const char *path);

// False when the daemon is gone or says something else.
bool pulse_ask(int fd, struct pulse *out);
