#include "status/render.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// ---- for people -------------------------------------------------------------------------------------------

static void write_value(const struct fact *fact, const struct zone *zone, char text[RENDER_VALUE])
{
    if (fact->number == FACT_NONE)
        snprintf(text, RENDER_VALUE, "none");
    else if (fact->unit == FACT_BYTES)
        render_bytes((uint64_t)fact->number, text);
    else if (fact->unit == FACT_SPAN)
        render_span(fact->number, text);
    else if (fact->unit == FACT_SHORT)
        snprintf(text, RENDER_VALUE, "%" PRId64 " ms", fact->number);
    else if (fact->unit == FACT_TIME)
        render_time(fact->number, zone, text);
    else if (fact->unit == FACT_FLAG)
        snprintf(text, RENDER_VALUE, "%s", fact->number ? "yes" : "no");
    else
        snprintf(text, RENDER_VALUE, "%" PRId64, fact->number);
}

static bool is_text(const struct fact *fact)
{
    return fact->unit == FACT_TEXT || fact->unit == FACT_LABEL;
}

static bool in_ms(const struct fact *fact)
{
    return fact->unit == FACT_SPAN || fact->unit == FACT_SHORT || fact->unit == FACT_TIME;
}

// "journal bytes" in 24 columns, for one that stands alone or the first of a family.
static void write_name(const struct fact *fact, struct buffer *out)
{
    char name[64];
    snprintf(name, sizeof name, "%s", fact->name);
    for (char *at = name; (at = strchr(at, '_'));)
        *at = ' ';
    buffer_printf(out, "  %-24s", name);
}

// What is 0 because nothing of the kind happened yet says nothing to people.
static bool is_quiet(const struct fact *fact)
{
    return fact->counter && !fact->number && !fact->label;
}

static bool write_fact(const struct fact *fact, const struct zone *zone, bool first, struct buffer *out)
{
    char text[RENDER_VALUE];
    if (is_text(fact)) {
        buffer_text(out, *text_or_empty(fact->text) ? fact->text : "none");
        return true;
    }
    write_value(fact, zone, text);
    if (!fact->label)
        buffer_text(out, text);
    else if (fact->number)
        buffer_printf(out, "%s%s %s", first ? "" : " · ", fact->value, text);
    return !fact->label || fact->number;
}

// Writes the family that begins at `i`; the index behind it. A member that is 0 is passed over.
static size_t write_family(const struct facts *facts, size_t i, const struct zone *zone, struct buffer *out)
{
    bool said = false;
    if (is_quiet(&facts->items[i]))
        return i + 1;
    write_name(&facts->items[i], out);
    do
        said |= write_fact(&facts->items[i], zone, !said, out);
    while (++i < facts->count && !facts_begins_family(facts, i));
    buffer_text(out, said ? "\n" : "none\n");
    return i;
}

void render_facts_text(const struct facts *facts, const struct zone *zone, struct buffer *out)
{
    const char *group = "";
    for (size_t i = 0; i < facts->alarm_count; i++)
        buffer_printf(out, "** %s **\n", facts->alarms[i]);
    for (size_t i = 0; i < facts->count;) {
        if (strcmp(group, facts->items[i].group) != 0)
            buffer_printf(out, "%s\n", group = facts->items[i].group);
        i = write_family(facts, i, zone, out);
    }
}

// ---- JSON -------------------------------------------------------------------------------------------------

static json_t *fact_json(const struct fact *fact)
{
    if (is_text(fact))
        return json_string(text_or_empty(fact->text));
    if (fact->number == FACT_NONE)
        return json_null();
    return fact->unit == FACT_FLAG ? json_boolean(fact->number) : json_integer(fact->number);
}

static const char *json_suffix(const struct fact *fact)
{
    if (fact->unit == FACT_BYTES)
        return "_bytes";
    return in_ms(fact) ? "_ms" : "";
}

// The object under `key`, made where it is not there yet; borrowed, NULL without memory.
static json_t *object_at(json_t *in, const char *key)
{
    json_t *found = json_object_get(in, key);
    if (!found && !json_object_set_new(in, key, json_object()))
        found = json_object_get(in, key);
    return found;
}

static bool put_fact(json_t *root, const struct fact *fact)
{
    char key[96];
    snprintf(key, sizeof key, "%s%s", fact->name, json_suffix(fact));
    json_t *group = object_at(root, fact->group);
    json_t *in = fact->label && group ? object_at(group, key) : group;
    return in && !json_object_set_new(in, fact->label ? fact->value : key, fact_json(fact));
}

json_t *render_facts_json(const struct facts *facts)
{
    json_t *root = json_object(), *alarms = json_array();
    bool good = root && alarms;
    for (size_t i = 0; i < facts->alarm_count && good; i++)
        good = !json_array_append_new(alarms, json_string(facts->alarms[i]));
    good = !json_object_set_new(root, "alarms", alarms) && good;
    for (size_t i = 0; i < facts->count && good; i++)
        good = put_fact(root, &facts->items[i]);
    if (good)
        return root;
    json_decref(root);
    return NULL;
}

// ---- metrics ----------------------------------------------------------------------------------------------

static const char *metric_suffix(const struct fact *fact)
{
    static const char *const suffixes[] = {
        [FACT_PLAIN] = "",        [FACT_BYTES] = "_bytes",
        [FACT_SPAN] = "_seconds", [FACT_TIME] = "_timestamp_seconds",
        [FACT_FLAG] = "",         [FACT_SHORT] = "_seconds",
    };
    return suffixes[fact->unit];
}

static void metric_name(const struct fact *fact, char name[128])
{
    snprintf(name, 128, "whistled_%s_%s%s%s", fact->group, fact->name, metric_suffix(fact),
             fact->counter ? "_total" : "");
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

static void metric_sample(const struct fact *fact, const char *name, struct buffer *out)
{
    int64_t n = fact->number;
    buffer_text(out, name);
    if (fact->label) {
        write_label(fact->label, fact->value, "{", out);
        buffer_text(out, "}");
    }
    if (in_ms(fact))
        buffer_printf(out, " %s%" PRId64 ".%03d\n", n < 0 ? "-" : "", n < 0 ? -(n / 1000) : n / 1000,
                      (int)(n % 1000 < 0 ? -(n % 1000) : n % 1000));
    else
        buffer_printf(out, " %" PRId64 "\n", n);
}

// What stays the same for the life of a process or a rulebook, as Prometheus wants texts: labels of one
// metric.
static void metric_info(const struct facts *facts, struct buffer *out)
{
    const char *between = "{";
    metric_head("whistled_info", "What the daemon is and runs; the value is always 1", false, out);
    buffer_text(out, "whistled_info");
    for (size_t i = 0; i < facts->count; i++)
        if (facts->items[i].unit == FACT_LABEL) {
            write_label(facts->items[i].name, text_or_empty(facts->items[i].text), between, out);
            between = ",";
        }
    buffer_printf(out, "%s 1\n", *between == '{' ? "" : "}");
}

void render_facts_metrics(const struct facts *facts, struct buffer *out)
{
    metric_info(facts, out);
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->items[i];
        char name[128];
        if (is_text(fact) || fact->number == FACT_NONE)
            continue;
        metric_name(fact, name);
        if (facts_begins_family(facts, i))
            metric_head(name, fact->help, fact->counter, out);
        metric_sample(fact, name, out);
    }
}
