// The city's clock: the machine's wall clock, or one of its own for demonstrations and replays.
//
// A demonstration's clock begins at a city time and runs `rate` times as fast as the machine's. Deadlines and
// the times of events are city time; freshness and time-outs of requests stay on machine time.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct city_clock {
    bool own;           // false: city time is machine time
    int64_t machine_ms; // when the own clock was started
    int64_t city_ms;    // what it showed then
    double rate;        // city milliseconds a machine millisecond
};

// Reads "2026-02-13T08:00+08:00,x1200" (seconds optional; without ",x" the rate is 1). False when it is not
// so.
bool city_clock_parse(const char *text, int64_t machine_ms, struct city_clock *out);

int64_t city_clock_now(const struct city_clock *clock, int64_t machine_ms);

// Machine milliseconds from `city_from` to `city_to`, at least 0.
int64_t city_clock_wait(const struct city_clock *clock, int64_t city_from, int64_t city_to);
