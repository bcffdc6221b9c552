#include "status/render.h"

#include "base/civil.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

void render_time(int64_t ms, const struct zone *zone, char text[RENDER_VALUE])
{
    int64_t local = zone ? zone_local(zone, ms) : ms;
    int64_t day = floor_div(local, DAY_MS), second = (local - day * DAY_MS) / SECOND_MS;
    if (day < INT32_MIN / 2 || day > INT32_MAX / 2) {
        snprintf(text, RENDER_VALUE, "%" PRId64 " ms", ms);
        return;
    }
    struct civil_date date = civil_from_days((int32_t)day);
    snprintf(text, RENDER_VALUE, "%04d-%02d-%02d %02d:%02d:%02d%s", date.year, date.month, date.day,
             (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60), zone ? "" : "Z");
}

void render_span(int64_t ms, char text[RENDER_VALUE])
{
    uint64_t seconds = (ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms) / 1000, days = seconds / 86400;
    char in_front[24] = "";
    if (days)
        snprintf(in_front, sizeof in_front, "%" PRIu64 "d ", days);
    snprintf(text, RENDER_VALUE, "%s%s%02d:%02d:%02d", ms < 0 ? "-" : "", in_front,
             (int)(seconds / 3600 % 24), (int)(seconds / 60 % 60), (int)(seconds % 60));
}

void render_bytes(uint64_t bytes, char text[RENDER_VALUE])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes / 1024;
    size_t unit = 0;
    if (bytes < 1024) {
        snprintf(text, RENDER_VALUE, "%" PRIu64 " B", bytes);
        return;
    }
    for (; value >= 1024 && unit + 1 < sizeof units / sizeof units[0]; unit++)
        value /= 1024;
    snprintf(text, RENDER_VALUE, "%.1f %s", value, units[unit]);
}

void render_text(const char *text, struct buffer *out)
{
    size_t begun = out->length;
    buffer_text(out, text);
    if (!out->failed)
        text_tame((char *)out->bytes + begun, out->length - begun, false);
}

void render_label(const char *value, struct buffer *out)
{
    for (const char *at = value; *at;) {
        const char *from = at;
        uint32_t character = text_next(&at);
        if (character == '\n')
            buffer_text(out, "\\n");
        else if (character == '"' || character == '\\')
            buffer_printf(out, "\\%c", (int)character);
        else if (character == 0xfffd)
            buffer_text(out, "\xef\xbf\xbd");
        else
            buffer_append(out, from, (size_t)(at - from));
    }
}
