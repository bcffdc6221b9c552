// Instants as people of the city read them.
#pragma once

#include "core/localtime.h"

#include <stdbool.h>

enum { MOMENT_TEXT = 40 };

// "2026-02-13 周五 16:50" or "2026-02-13 Fri 16:50". Returns `text`.
const char *moment_format(const struct zone *zone, int64_t at_ms, bool chinese, char text[MOMENT_TEXT]);

// "1h10", "45min", "8h", "2d 3h". Returns `text`.
const char *moment_span(int64_t ms, char text[MOMENT_TEXT]);

// "2026-02-13T16:50", "2026-02-13 16:50" on the zone's clocks, or with an offset behind it ("+08:00", "Z").
// False when it is no such time.
bool moment_parse(const struct zone *zone, const char *text, int64_t *out);
