// check: the whole store against the journal, on a snapshot. Who checks, and how, is main's: it takes a
// process of its own.
#include "status/look.h"

#include "base/error.h"
#include "base/text.h"
#include "engine/engine.h"
#include "service/log.h"

#include <inttypes.h>
#include <string.h>

static const char *text_at(const json_t *object, const char *name)
{
    return text_or_empty(json_string_value(json_object_get(object, name)));
}

static long long number_at(const json_t *object, const char *name)
{
    return (long long)json_integer_value(json_object_get(object, name));
}

static long long records_of(const json_t *tables)
{
    const char *name;
    json_t *count;
    long long records = 0;
    json_object_foreach((json_t *)tables, name, count) records += (long long)json_integer_value(count);
    return records;
}

static void write_good(struct inquiry *inquiry, const json_t *root)
{
    const json_t *journal = json_object_get(root, "journal");
    const json_t *tables = json_object_get(root, "tables");
    buffer_printf(&inquiry->out, "ok %s\n", text_at(root, "text"));
    buffer_printf(
        &inquiry->out, "events %lld to seq %lld, records %lld in %zu tables, due %lld, took %lld ms\n",
        number_at(journal, "events"), number_at(json_object_get(root, "stands"), "seq"), records_of(tables),
        json_object_size(tables), number_at(root, "due"), number_at(root, "took_ms"));
}

static void write_differences(struct inquiry *inquiry, const json_t *differences)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)differences, i, one) buffer_printf(
        &inquiry->out, "%s %s: %s; stands: %s; should: %s\n", text_at(one, "table"), text_at(one, "key"),
        text_at(one, "kind"), text_at(one, "stands"), text_at(one, "should"));
}

// Damage of the state ends the daemon soon after this answer, and its next start builds the state anew.
static int refuse(struct inquiry *inquiry, json_t *root)
{
    const char *code = text_at(root, "code");
    const char *sentence = arena_printf(&inquiry->arena, "%s%s", text_at(root, "text"),
                                        strcmp(text_at(root, "damaged"), "state") == 0
                                            ? "; the daemon ends, its next start builds the state anew"
                                            : "");
    json_object_del(root, "text");
    json_incref(root);
    answer_refuse_with(inquiry, error_from_name(code), text_or_empty(sentence), root);
    if (!inquiry->json)
        write_differences(inquiry, json_object_get(root, "differences"));
    json_decref(root);
    return 0;
}

// `root` is taken over; NULL: what came of it is not known for lack of memory.
static int answer(struct inquiry *inquiry, json_t *root)
{
    if (!root)
        return ERROR_NO_MEMORY;
    if (error_from_name(text_at(root, "code")))
        return refuse(inquiry, root);
    return answer_end(inquiry, root, write_good);
}

static int answer_failed(struct inquiry *inquiry, int rc, const struct store_error *error)
{
    if (error->code)
        return answer_refuse_with(inquiry, rc, error->text, NULL);
    return answer_refuse(inquiry, rc, rc == ERROR_BUSY ? "1000" : "check", NULL);
}

static void note(const struct inquiry *inquiry, int rc, const json_t *root, int64_t begun_ms)
{
    struct care_run run = {.begun_ms = begun_ms, .took_ms = engine_machine_now() - begun_ms, .code = rc};
    if (!rc)
        run.code = root ? error_from_name(text_at(root, "code")) : ERROR_NO_MEMORY;
    run.seq = (uint64_t)number_at(json_object_get(root, "stands"), "seq");
    log_line(run.code ? LOG_WARNING : LOG_INFO, "check code=%s seq=%" PRIu64 " took_ms=%" PRId64,
             error_name(run.code), run.seq, run.took_ms);
    inquiry_note(inquiry, CARE_CHECK, &run);
}

int look_check(struct inquiry *inquiry)
{
    const struct status_options *o = inquiry->options;
    struct store_error error = {0};
    struct buffer report;
    int64_t begun_ms = engine_machine_now();
    store_read_end(&inquiry->reader); // it would pin pages for as long as this takes
    if (!o->on_check)
        return answer_refuse(inquiry, ERROR_UNKNOWN_OPERATION, "check", NULL);
    buffer_init(&report);
    int rc = o->on_check(o->context, &report, &error);
    json_t *root = rc ? NULL : json_loadb((const char *)report.bytes, report.length, 0, NULL);
    note(inquiry, rc, root, begun_ms);
    rc = rc ? answer_failed(inquiry, rc, &error) : answer(inquiry, root);
    buffer_fini(&report);
    return rc;
}
