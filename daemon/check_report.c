#include "check_report.h"

#include "base/error.h"
#include "base/text.h"
#include "engine/engine.h"
#include "store/check.h"
#include "store/key_text.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DIFFERENCES_TOLD = 20, BYTES_TOLD = 8, VALUE_TEXT = 64 };

static const char STAGE[] = "stage ";

// ---- in the process that walks --------------------------------------------------------------------

struct teller {
    int out;
    json_t *differences;
};

// All of it: a pipe takes what it is given.
static void write_all(int out, const char *text, size_t length)
{
    while (length) {
        ssize_t wrote = write(out, text, length);
        if (wrote <= 0)
            _exit(1);
        text += wrote;
        length -= (size_t)wrote;
    }
}

static void on_stage(void *context, enum check_stage stage)
{
    const struct teller *teller = context;
    char line[64];
    int length = snprintf(line, sizeof line, "%s%d\n", STAGE, (int)stage);
    write_all(teller->out, line, (size_t)length);
}

static size_t first_other(struct blob a, struct blob b)
{
    size_t at = 0;
    while (at < a.length && at < b.length && a.bytes[at] == b.bytes[at])
        at++;
    return at;
}

// "231 bytes, from byte 17 on 3a01ff…": what is stored may be long, and where it begins to differ is enough.
static void describe_value(struct blob value, size_t from, char out[VALUE_TEXT])
{
    char hex[2 * BYTES_TOLD + 1] = "";
    size_t left = value.length > from ? value.length - from : 0;
    if (left)
        sodium_bin2hex(hex, sizeof hex, value.bytes + from, left < BYTES_TOLD ? left : BYTES_TOLD);
    snprintf(out, VALUE_TEXT, "%zu bytes, from byte %zu on %s%s", value.length, from, hex,
             left > BYTES_TOLD ? "…" : "");
}

static json_t *difference_json(const struct difference *difference)
{
    char key[KEY_TEXT], stands[VALUE_TEXT] = "", should[VALUE_TEXT] = "";
    size_t from =
        difference->kind == DIFFERENCE_OTHER ? first_other(difference->stands, difference->should) : 0;
    key_describe(difference->table, difference->key, key);
    text_tame(key, strlen(key), false);
    if (difference->stands.bytes)
        describe_value(difference->stands, from, stands);
    if (difference->should.bytes)
        describe_value(difference->should, from, should);
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "table", db_table_name(difference->table), "key", key,
                     "kind", difference_name(difference->kind), "stands", stands, "should", should);
}

static bool on_difference(void *context, const struct difference *difference)
{
    const struct teller *teller = context;
    json_array_append_new(teller->differences, difference_json(difference));
    return json_array_size(teller->differences) < DIFFERENCES_TOLD;
}

static json_t *journal_json(const struct journal_report *journal)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "segments", (json_int_t)journal->segments, "records",
                     (json_int_t)journal->records, "events", (json_int_t)journal->seqs, "erased",
                     (json_int_t)journal->erased, "half_erased", (json_int_t)journal->half_erased);
}

static json_t *position_json(const struct journal_position *at)
{
    char chain[2 * RECORD_CHAIN + 1];
    sodium_bin2hex(chain, sizeof chain, at->chain, sizeof at->chain);
    return json_pack("{s:I, s:I, s:s}", "epoch", (json_int_t)at->epoch, "seq",
                     (json_int_t)(at->next_seq ? at->next_seq - 1 : 0), "chain", chain);
}

static json_t *tables_json(const struct comparison *compared)
{
    json_t *tables = json_object();
    for (int i = 0; i < DB_TABLE_COUNT; i++)
        json_object_set_new(tables, db_table_name((enum db_table)i),
                            json_integer((json_int_t)compared->records[i]));
    return tables;
}

static json_t *report_json(int rc, const struct check_report *report, const struct store_error *error,
                           json_t *differences)
{
    int code = report->state_is_bad ? ERROR_CORRUPT : rc;
    const char *damaged = report->state_is_bad ? "state" : code == ERROR_CORRUPT ? "journal" : "";
    const char *text = rc                     ? error->text
                       : report->state_is_bad ? "the state is not what the journal says"
                                              : "the state is what the journal says";
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:o, s:I}", "code", error_name(code), "damaged",
                     damaged, "text", text, "journal", journal_json(&report->journal), "stands",
                     position_json(&report->stands.at), "tables", tables_json(&report->compared), "due",
                     (json_int_t)report->due, "differences", differences, "difference_count",
                     (json_int_t)report->compared.differences);
}

void check_report_write(const char *directory, const char *state, const char *scratch, int out)
{
    struct check_report report;
    struct store_error error;
    struct teller teller = {out, json_array()};
    const struct check_options options = {.directory = directory,
                                          .state = state,
                                          .scratch = scratch,
                                          .found = on_difference,
                                          .stage = on_stage,
                                          .context = &teller};
    int64_t began_ms = engine_machine_now();
    int rc = check_state(&options, &report, &error);
    json_t *root = report_json(rc, &report, &error, teller.differences);
    json_object_set_new(root, "took_ms", json_integer(engine_machine_now() - began_ms));
    char *text = json_dumps(root, JSON_COMPACT);
    if (text)
        write_all(out, text, strlen(text));
}

// ---- in the process that waits --------------------------------------------------------------------

// The stage that was begun last.
static enum check_stage stage_of(const char *said)
{
    enum check_stage stage = CHECK_OPENING;
    for (const char *at = said; (at = strstr(at, STAGE)) != NULL; at += sizeof STAGE - 1) {
        unsigned number = (unsigned)(at[sizeof STAGE - 1] - '0');
        stage = number <= CHECK_COUNTING ? (enum check_stage)number : stage;
    }
    return stage;
}

static void write_json(json_t *root, struct buffer *out)
{
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    if (text)
        buffer_text(out, text);
    free(text);
    json_decref(root);
}

// A walk over a state that ends the process is damage of the state; elsewhere it is a fault of the program.
static void report_death(enum check_stage stage, int ended, struct buffer *report)
{
    char text[160];
    bool of_state = check_stage_is_of_the_state(stage);
    if (WIFSIGNALED(ended))
        snprintf(text, sizeof text, "the process that was %s was ended by signal %d (%s)",
                 check_stage_name(stage), WTERMSIG(ended), strsignal(WTERMSIG(ended)));
    else
        snprintf(text, sizeof text, "the process that was %s ended with status %d", check_stage_name(stage),
                 WEXITSTATUS(ended));
    write_json(json_pack("{s:s, s:s, s:s, s:[], s:i}", "code",
                         error_name(of_state ? ERROR_CORRUPT : ERROR_INTERNAL), "damaged",
                         of_state ? "state" : "", "text", text, "differences", "difference_count", 0),
               report);
}

void check_report_read(struct buffer *said, int ended, struct buffer *report)
{
    const char *text = buffer_string(said), *json = strchr(text, '{');
    if (json && WIFEXITED(ended) && WEXITSTATUS(ended) == 0)
        buffer_text(report, json);
    else
        report_death(stage_of(text), ended, report);
}

void check_report_failed(int number, struct buffer *report)
{
    write_json(json_pack("{s:s, s:s, s:s, s:[], s:i}", "code", error_name(ERROR_IO), "damaged", "", "text",
                         strerror(number), "differences", "difference_count", 0),
               report);
}

static json_t *load(struct buffer *report)
{
    return json_loadb((const char *)report->bytes, report->length, 0, NULL);
}

static const char *text_at(const json_t *object, const char *name)
{
    return text_or_empty(json_string_value(json_object_get(object, name)));
}

static long long number_at(const json_t *object, const char *name)
{
    return (long long)json_integer_value(json_object_get(object, name));
}

bool check_report_blames_state(struct buffer *report)
{
    json_t *root = load(report);
    bool blames = strcmp(text_at(root, "damaged"), "state") == 0;
    json_decref(root);
    return blames;
}

static void text_of_difference(const json_t *difference, struct buffer *out)
{
    buffer_printf(out, "%s %s: %s", text_at(difference, "table"), text_at(difference, "key"),
                  text_at(difference, "kind"));
    if (*text_at(difference, "stands"))
        buffer_printf(out, "; stands: %s", text_at(difference, "stands"));
    if (*text_at(difference, "should"))
        buffer_printf(out, "; should: %s", text_at(difference, "should"));
    buffer_text(out, "\n");
}

static void text_of_counts(const json_t *root, struct buffer *out)
{
    const char *name;
    json_t *count;
    const json_t *stands = json_object_get(root, "stands");
    if (!stands)
        return;
    buffer_printf(out, "state    at %lld/%lld chain %s\nrecords ", number_at(stands, "epoch"),
                  number_at(stands, "seq"), text_at(stands, "chain"));
    json_object_foreach(json_object_get(root, "tables"), name, count)
        buffer_printf(out, " %s %lld", name, (long long)json_integer_value(count));
    buffer_printf(out, "\ndue      %lld, each the next of an open case or a digest\n",
                  number_at(root, "due"));
}

bool check_report_text(struct buffer *report, struct buffer *out)
{
    size_t i;
    json_t *root = load(report), *difference;
    bool good = root && strcmp(text_at(root, "code"), error_name(0)) == 0;
    text_of_counts(root, out);
    buffer_printf(out, "%s%s%s\n", good ? "ok " : text_at(root, "code"), good ? "" : ": ",
                  root ? text_at(root, "text") : "no report");
    json_array_foreach(json_object_get(root, "differences"), i, difference)
        text_of_difference(difference, out);
    if (number_at(root, "difference_count") > (long long)i)
        buffer_text(out, "and more\n");
    json_decref(root);
    return good;
}
