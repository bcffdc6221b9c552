// A zone: what the clocks on the wall of a city show, as a table of UTC offsets.
//
// Local times are "local milliseconds": the reading of the wall clock counted as if it were UTC, so that
// floor_div(local, DAY_MS) is the local day number of base/civil.h and the rest is the time of day.
// The table is filled by rulebook/zone.h from the system's time zone files.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct zone_change {
    int64_t at_ms;    // from this instant on
    int32_t offset_s; // local minus UTC
};

struct zone {
    const char *name;                  // "Asia/Shanghai"
    int32_t first_offset_s;            // before the first change
    const struct zone_change *changes; // ascending by at_ms; not owned
    size_t count;
};

// Local minus UTC at an instant, in seconds.
int32_t zone_offset(const struct zone *zone, int64_t utc_ms);

int64_t zone_local(const struct zone *zone, int64_t utc_ms);

// The instant at which the wall clock shows `local_ms`. Where it shows it twice (clocks set back) the first
// time is meant. A time that is skipped (clocks set forward) moves forward by the gap, as RFC 5545 has it:
// 02:30 in a night that goes from 02:00 to 03:00 is 03:30.
int64_t zone_utc(const struct zone *zone, int64_t local_ms);

// The first instant at which the wall clock shows `local_ms` or later. As zone_utc, but a time that is
// skipped is reached at the change itself, so that a later reading never gives an earlier instant.
int64_t zone_reached(const struct zone *zone, int64_t local_ms);
