#include "core/localtime.h"

#include "base/civil.h"

#include <stdbool.h>

// Interval i is the time from changes[i - 1] on; 0 is the time before any change.
static int64_t offset_ms(const struct zone *zone, size_t interval)
{
    int32_t seconds = interval == 0 ? zone->first_offset_s : zone->changes[interval - 1].offset_s;
    return seconds * SECOND_MS;
}

// The number of changes that have happened at `utc_ms`, which is the interval it lies in.
static size_t interval_of(const struct zone *zone, int64_t utc_ms)
{
    size_t low = 0, high = zone->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->changes[middle].at_ms <= utc_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int32_t zone_offset(const struct zone *zone, int64_t utc_ms)
{
    return (int32_t)(offset_ms(zone, interval_of(zone, utc_ms)) / SECOND_MS);
}

int64_t zone_local(const struct zone *zone, int64_t utc_ms)
{
    return utc_ms + offset_ms(zone, interval_of(zone, utc_ms));
}

// The first interval whose last local time is later than `local_ms`. What an interval shows last rises from
// one to the next as long as two changes lie further apart than they move the clock, which every real zone
// keeps.
static size_t first_showing(const struct zone *zone, int64_t local_ms)
{
    size_t low = 0, high = zone->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->changes[middle].at_ms + offset_ms(zone, middle) <= local_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// Where `local_ms` would be in `interval`; earlier than the interval begins when the wall clock skipped it.
static int64_t within(const struct zone *zone, size_t interval, int64_t local_ms)
{
    return local_ms - offset_ms(zone, interval);
}

static bool is_skipped(const struct zone *zone, size_t interval, int64_t local_ms)
{
    return interval > 0 && within(zone, interval, local_ms) < zone->changes[interval - 1].at_ms;
}

int64_t zone_utc(const struct zone *zone, int64_t local_ms)
{
    size_t interval = first_showing(zone, local_ms);
    if (is_skipped(zone, interval, local_ms))
        interval--; // its offset carries the time across the gap
    return within(zone, interval, local_ms);
}

int64_t zone_reached(const struct zone *zone, int64_t local_ms)
{
    size_t interval = first_showing(zone, local_ms);
    if (is_skipped(zone, interval, local_ms))
        return zone->changes[interval - 1].at_ms;
    return within(zone, interval, local_ms);
}
