// quarantine, release HASH: the requests that were in hand when the daemon broke down.
#include "status/look.h"

#include "base/error.h"
#include "base/text.h"
#include "service/log.h"

#include <stdio.h>

static const struct column columns[] = {
    {"hash", "hash", COLUMN_TEXT},     {"state", "state", COLUMN_TEXT},     {"principal", "who", COLUMN_TEXT},
    {"stage", "while", COLUMN_TEXT},   {"deaths", "deaths", COLUMN_NUMBER}, {"blame", "blame", COLUMN_NUMBER},
    {"bytes", "bytes", COLUMN_NUMBER}, {"first_ms", "first", COLUMN_TIME},  {"last_ms", "last", COLUMN_TIME},
};

// People read the beginning of the hash, which is what they release it by.
static json_t *row_of(const struct inquiry *inquiry, const struct suspect *suspect)
{
    char hex[SUSPECT_HEX + 1];
    suspect_hex(suspect->name, hex);
    if (!inquiry->json)
        hex[SUSPECT_SHORT] = '\0';
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "hash", hex, "state",
                     suspect_is_quarantined(suspect) ? "quarantined" : "suspect", "principal",
                     suspect->principal, "stage", inhand_stage_name(suspect->stage), "deaths",
                     (json_int_t)suspect->deaths, "blame", (json_int_t)suspect->blame, "bytes",
                     (json_int_t)suspect->bytes, "first_ms", (json_int_t)suspect->first_ms, "last_ms",
                     (json_int_t)suspect->last_ms);
}

static void write_rows(struct inquiry *inquiry, const json_t *root)
{
    render_rows(json_object_get(root, "requests"), columns, sizeof columns / sizeof columns[0], inquiry->zone,
                &inquiry->out);
}

int look_quarantine(struct inquiry *inquiry)
{
    struct suspect list[SUSPECTS_MAX];
    size_t count = guard_list(service_guard(inquiry->options->service), list);
    json_t *root = answer_begin(), *rows = json_array();
    bool good = true;
    for (size_t i = 0; i < count && good; i++)
        good = !json_array_append_new(rows, row_of(inquiry, &list[i]));
    good = !json_object_set_new(root, "requests", rows) && good;
    if (good)
        return answer_end(inquiry, root, write_rows);
    json_decref(root);
    return ERROR_NO_MEMORY;
}

static void write_released(struct inquiry *inquiry, const json_t *root)
{
    buffer_printf(&inquiry->out, "ok %s is taken again\n", json_string_value(json_object_get(root, "hash")));
}

int look_release(struct inquiry *inquiry)
{
    struct suspect was;
    char hex[SUSPECT_HEX + 1];
    int rc = *inquiry->argument
                 ? guard_release(service_guard(inquiry->options->service), inquiry->argument, &was)
                 : ERROR_MISSING;
    if (rc)
        return answer_refuse(inquiry, rc, rc == ERROR_NOT_FOUND ? inquiry->argument : "the hash",
                             rc == ERROR_AMBIGUOUS ? "more than one" : inquiry->argument);
    suspect_hex(was.name, hex);
    log_line(LOG_INFO, "released hash=%s principal=%s deaths=%u", hex, was.principal, was.deaths);
    json_t *root = json_pack("{s:s, s:s}", "code", error_name(0), "hash", hex);
    return answer_end(inquiry, root, write_released);
}
