// backup DIR: a copy of the whole store while it is in use, made in the pool.
#include "status/look.h"

#include "base/error.h"
#include "engine/engine.h"
#include "service/log.h"
#include "store/backup.h"

#include <inttypes.h>
#include <stdio.h>

static void made_text(struct inquiry *inquiry, const json_t *root)
{
    char bytes[RENDER_VALUE], took[RENDER_VALUE];
    render_bytes((uint64_t)json_integer_value(json_object_get(root, "bytes")), bytes);
    render_span(json_integer_value(json_object_get(root, "took_ms")), took);
    buffer_printf(&inquiry->out, "ok %s holds everything up to %lld/%lld: %lld files, %s, in %s\n",
                  json_string_value(json_object_get(root, "directory")),
                  (long long)json_integer_value(json_object_get(root, "epoch")),
                  (long long)json_integer_value(json_object_get(root, "seq")),
                  (long long)json_integer_value(json_object_get(root, "files")), bytes, took);
}

static int answer(struct inquiry *inquiry, const struct backup_report *made, int64_t took_ms)
{
    json_t *root =
        json_pack("{s:s, s:s, s:I, s:I, s:s, s:I, s:I, s:I, s:I}", "code", error_name(0), "directory",
                  inquiry->argument, "epoch", (json_int_t)made->head.epoch, "seq",
                  (json_int_t)(made->head.next_seq - 1), "chain", inquiry_hex(inquiry, made->head.chain),
                  "files", (json_int_t)made->files, "bytes", (json_int_t)made->bytes, "taken_ms",
                  (json_int_t)made->taken_ms, "took_ms", (json_int_t)took_ms);
    return answer_end(inquiry, root, made_text);
}

static void note(struct inquiry *inquiry, int rc, const struct backup_report *made, int64_t begun_ms,
                 int64_t took_ms)
{
    struct care_run run = {.begun_ms = begun_ms, .took_ms = took_ms, .code = rc};
    snprintf(run.where, sizeof run.where, "%s", inquiry->argument);
    if (!rc) {
        run.seq = made->head.next_seq - 1;
        run.bytes = made->bytes;
    }
    inquiry_note(inquiry, CARE_BACKUP, &run);
}

// The snapshot of the inquiry is let go first: the pages that it holds could not be used again meanwhile.
int look_backup(struct inquiry *inquiry)
{
    const char *directory = inquiry->argument;
    struct backup_report made;
    struct store_error error = {0};
    int64_t begun_ms = engine_machine_now();
    if (!*directory)
        return answer_refuse(inquiry, ERROR_MISSING, "the directory", NULL);
    if (*directory != '/')
        return answer_refuse_with(inquiry, ERROR_BAD_VALUE, "the path of a backup begins with /", NULL);
    store_read_end(&inquiry->reader);
    int rc = store_backup(inquiry->reader.store, directory, begun_ms, &made, &error);
    int64_t took_ms = engine_machine_now() - begun_ms;
    log_line(rc ? LOG_WARNING : LOG_INFO, "backup directory=%s seq=%" PRIu64 " took_ms=%" PRId64 "%s%s",
             directory, rc ? 0 : made.head.next_seq - 1, took_ms, rc ? " failed: " : "",
             rc ? error.text : "");
    note(inquiry, rc, &made, begun_ms, took_ms);
    return rc ? answer_refuse_with(inquiry, rc, error.text, NULL) : answer(inquiry, &made, took_ms);
}
