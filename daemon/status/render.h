// Renders what was gathered: for people, as JSON, as Prometheus metrics.
//
//     {group "store", name "journal", READING_BYTES}  →  store    journal    64.0 MiB
//                                                     {"store": {"journal_bytes": 67108864}}
//                                                     whistled_store_journal_bytes 67108864
//
// Times are in JSON Unix milliseconds (…_ms), in metrics seconds (…_timestamp_seconds), for people the city's
// local time. Spans are milliseconds and seconds in the same way.
#pragma once

#include "base/buffer.h"
#include "core/localtime.h"
#include "status/readings.h"

#include <jansson.h>

// ---- readings
// ------------------------------------------------------------------------------------------------

// For people: the alarms, then group by group. `zone` is the city's.
void render_facts_text(const struct readings *readings, const struct zone *zone, struct buffer *out);

// {"alarms": […], "store": {…}, …}; a family is an object by label value. NULL without memory.
json_t *render_facts_json(const struct readings *readings);

// The Prometheus text format 0.0.4: HELP and TYPE once a family. A reading that is never is left out.
void render_facts_metrics(const struct readings *readings, struct buffer *out);

// ---- tables -----------------------------------------------------------------------------------------------

enum column_kind {
    COLUMN_TEXT,
    COLUMN_NUMBER, // to the right
    COLUMN_TIME,   // Unix milliseconds
    COLUMN_SPAN,   // milliseconds, to the right
};

// A column of a table: which key of the row's object, and its title for people.
struct column {
    const char *key;
    const char *title;
    enum column_kind kind;
};

// An array of objects as lines with columns; a line instead of them where there is none. A column that is
// empty in each row is left out.
void render_rows(const json_t *rows, const struct column *columns, size_t count, const struct zone *zone,
                 struct buffer *out);

// One object as "title  value" lines; what it does not have is left out. A column without a title goes on in
// the line before.
void render_object(const json_t *object, const struct column *columns, size_t count, const struct zone *zone,
                   struct buffer *out);

// ---- values -----------------------------------------------------------------------------------------------

enum { RENDER_VALUE = 48 };

// "2026-02-13 08:00:00" on the wall of the zone (NULL: UTC, with a Z).
void render_time(int64_t ms, const struct zone *zone, char text[RENDER_VALUE]);

// "3d 04:05:06"; with a minus in front where it is negative.
void render_span(int64_t ms, char text[RENDER_VALUE]);

// "512 B", "64.0 MiB".
void render_bytes(uint64_t bytes, char text[RENDER_VALUE]);

// A text from a record, within a line.
void render_text(const char *text, struct buffer *out);

// A label's value as Prometheus wants it: \ " and line feed escaped; ill-formed UTF-8 becomes U+FFFD.
void render_label(const char *value, struct buffer *out);
