#include "status/render.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// ---- for people -------------------------------------------------------------------------------------------

static void write_value(const struct reading *reading, const struct zone *zone, char text[RENDER_VALUE])
{
    if (reading->number == READING_NONE)
        snprintf(text, RENDER_VALUE, "none");
    else if (reading->unit == READING_BYTES)
        render_bytes((uint64_t)reading->number, text);
    else if (reading->unit == READING_SPAN)
        render_span(reading->number, text);
    else if (reading->unit == READING_SHORT)
        snprintf(text, RENDER_VALUE, "%" PRId64 " ms", reading->number);
    else if (reading->unit == READING_TIME)
        render_time(reading->number, zone, text);
    else if (reading->unit == READING_FLAG)
        snprintf(text, RENDER_VALUE, "%s", reading->number ? "yes" : "no");
    else
        snprintf(text, RENDER_VALUE, "%" PRId64, reading->number);
}

static bool is_text(const struct reading *reading)
{
    return reading->unit == READING_TEXT || reading->unit == READING_LABEL;
}

static bool in_ms(const struct reading *reading)
{
    return reading->unit == READING_SPAN || reading->unit == READING_SHORT || reading->unit == READING_TIME;
}

// "journal bytes" in 24 columns, for one that stands alone or the first of a family.
static void write_name(const struct reading *reading, struct buffer *out)
{
    char name[64];
    snprintf(name, sizeof name, "%s", reading->name);
    for (char *at = name; (at = strchr(at, '_'));)
        *at = ' ';
    buffer_printf(out, "  %-24s", name);
}

// What is 0 because nothing of the kind happened yet says nothing to people.
static bool is_quiet(const struct reading *reading)
{
    return reading->counter && !reading->number && !reading->label;
}

static bool write_reading(const struct reading *reading, const struct zone *zone, bool first,
                          struct buffer *out)
{
    char text[RENDER_VALUE];
    if (is_text(reading)) {
        render_text(*text_or_empty(reading->text) ? reading->text : "none", out);
        return true;
    }
    write_value(reading, zone, text);
    if (!reading->label)
        buffer_text(out, text);
    else if (reading->number)
        buffer_printf(out, "%s%s %s", first ? "" : " · ", reading->value, text);
    return !reading->label || reading->number;
}

// Writes the family that begins at `i`; the index behind it. A member that is 0 is passed over.
static size_t write_family(const struct readings *readings, size_t i, const struct zone *zone,
                           struct buffer *out)
{
    bool said = false;
    if (is_quiet(&readings->items[i]))
        return i + 1;
    write_name(&readings->items[i], out);
    do
        said |= write_reading(&readings->items[i], zone, !said, out);
    while (++i < readings->count && !readings_begins_family(readings, i));
    buffer_text(out, said ? "\n" : "none\n");
    return i;
}

void render_facts_text(const struct readings *readings, const struct zone *zone, struct buffer *out)
{
    const char *group = "";
    for (size_t i = 0; i < readings->alarm_count; i++)
        buffer_printf(out, "** %s **\n", readings->alarms[i]);
    for (size_t i = 0; i < readings->count;) {
        if (strcmp(group, readings->items[i].group) != 0)
            buffer_printf(out, "%s\n", group = readings->items[i].group);
        i = write_family(readings, i, zone, out);
    }
}

// ---- JSON -------------------------------------------------------------------------------------------------

static json_t *reading_json(const struct reading *reading)
{
    if (is_text(reading))
        return json_string(text_or_empty(reading->text));
    if (reading->number == READING_NONE)
        return json_null();
    return reading->unit == READING_FLAG ? json_boolean(reading->number) : json_integer(reading->number);
}

static const char *json_suffix(const struct reading *reading)
{
    if (reading->unit == READING_BYTES)
        return "_bytes";
    return in_ms(reading) ? "_ms" : "";
}

// The object under `key`, made where it is not there yet; borrowed, NULL without memory.
static json_t *object_at(json_t *in, const char *key)
{
    json_t *found = json_object_get(in, key);
    if (!found && !json_object_set_new(in, key, json_object()))
        found = json_object_get(in, key);
    return found;
}

static bool put_reading(json_t *root, const struct reading *reading)
{
    char key[96];
    snprintf(key, sizeof key, "%s%s", reading->name, json_suffix(reading));
    json_t *group = object_at(root, reading->group);
    json_t *in = reading->label && group ? object_at(group, key) : group;
    return in && !json_object_set_new(in, reading->label ? reading->value : key, reading_json(reading));
}

json_t *render_facts_json(const struct readings *readings)
{
    json_t *root = json_object(), *alarms = json_array();
    bool good = root && alarms;
    for (size_t i = 0; i < readings->alarm_count && good; i++)
        good = !json_array_append_new(alarms, json_string(readings->alarms[i]));
    good = !json_object_set_new(root, "alarms", alarms) && good;
    for (size_t i = 0; i < readings->count && good; i++)
        good = put_reading(root, &readings->items[i]);
    if (good)
        return root;
    json_decref(root);
    return NULL;
}

// ---- metrics ----------------------------------------------------------------------------------------------

static const char *metric_suffix(const struct reading *reading)
{
    static const char *const suffixes[] = {
        [READING_PLAIN] = "",        [READING_BYTES] = "_bytes",
        [READING_SPAN] = "_seconds", [READING_TIME] = "_timestamp_seconds",
        [READING_FLAG] = "",         [READING_SHORT] = "_seconds",
    };
    return suffixes[reading->unit];
}

static void metric_name(const struct reading *reading, char name[128])
{
    snprintf(name, 128, "whistled_%s_%s%s%s", reading->group, reading->name, metric_suffix(reading),
             reading->counter ? "_total" : "");
}

static void metric_head(const char *name, const char *help, bool counter, struct buffer *out)
{
    buffer_printf(out, "# HELP %s ", name);
    for (const char *at = help; *at; at++)
        if (*at == '\\' || *at == '\n')
            buffer_text(out, *at == '\n' ? "\\n" : "\\\\");
        else
            buffer_append(out, at, 1);
    buffer_printf(out, "\n# TYPE %s %s\n", name, counter ? "counter" : "gauge");
}

static void write_label(const char *name, const char *value, const char *between, struct buffer *out)
{
    buffer_printf(out, "%s%s=\"", between, name);
    render_label(value, out);
    buffer_text(out, "\"");
}

static void metric_sample(const struct reading *reading, const char *name, struct buffer *out)
{
    int64_t n = reading->number;
    buffer_text(out, name);
    if (reading->label) {
        write_label(reading->label, reading->value, "{", out);
        buffer_text(out, "}");
    }
    if (in_ms(reading))
        buffer_printf(out, " %s%" PRId64 ".%03d\n", n < 0 ? "-" : "", n < 0 ? -(n / 1000) : n / 1000,
                      (int)(n % 1000 < 0 ? -(n % 1000) : n % 1000));
    else
        buffer_printf(out, " %" PRId64 "\n", n);
}

// What stays the same for the life of a process or a rulebook, as Prometheus wants texts: labels of one
// metric.
static void metric_info(const struct readings *readings, struct buffer *out)
{
    const char *between = "{";
    metric_head("whistled_info", "What the daemon is and runs; the value is always 1", false, out);
    buffer_text(out, "whistled_info");
    for (size_t i = 0; i < readings->count; i++)
        if (readings->items[i].unit == READING_LABEL) {
            write_label(readings->items[i].name, text_or_empty(readings->items[i].text), between, out);
            between = ",";
        }
    buffer_printf(out, "%s 1\n", *between == '{' ? "" : "}");
}

void render_facts_metrics(const struct readings *readings, struct buffer *out)
{
    metric_info(readings, out);
    for (size_t i = 0; i < readings->count; i++) {
        const struct reading *reading = &readings->items[i];
        char name[128];
        if (is_text(reading) || reading->number == READING_NONE)
            continue;
        metric_name(reading, name);
        if (readings_begins_family(readings, i))
            metric_head(name, reading->help, reading->counter, out);
        metric_sample(reading, name, out);
    }
}
