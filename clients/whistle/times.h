// Times for people: in the city's zone, relative to the city's now.
//
// `tool_call` sets the process's zone to the one the daemon names, so that localtime is the city's.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

// "02-14 Sat 08:31" (with the year when it is not this one); "" for 0, "paused" for INT64_MAX.
const char *times_show(struct arena *arena, int64_t ms, int64_t now_ms);

// "08:31" on the same day as `now_ms`, else as times_show.
const char *times_short(struct arena *arena, int64_t ms, int64_t now_ms);

// ISO 8601 with offset, to the second; "" for 0 and INT64_MAX.
const char *times_iso(struct arena *arena, int64_t ms);

// A span: "3 h 50 min", "2 d 4 h", "12 min"; late ones have a minus sign.
const char *times_span(struct arena *arena, int64_t span_ms);

// Milliseconds of a clock that only goes forward, for waiting and measuring here.
int64_t times_monotonic(void);

// A span as it is typed: 90s 30m 2h 3d 1w and sums of them (1h30m). False when it is none.
bool times_parse_span(const char *text, int64_t *span_ms);

// A time as it is typed: a span from now (with or without +), 16:30 today, 2026-02-14, 2026-02-14 16:30[:00],
// with T instead of the blank, with Z or +08:00 behind it, or Unix milliseconds (13 digits). False when it is
// none.
bool times_parse(const char *text, int64_t now_ms, int64_t *ms);
