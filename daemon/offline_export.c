// export: the journal as lines of JSON, for archives, for another program, for import-journal.
//
//     {"whistled_journal": 1, "id": "32 hex digits", "seq": 1, "chain": "…"}
//     {"seq": 1, "count": 1, "batch": 1, "epoch": 1, "time": "2026-02-13T00:00:00.000Z", "chain": "…",
//      "public": {Record}, "private": {Private}, "private_bytes": 91}
//     {"end": {"seq": 57, "epoch": 1, "chain": "…"}}
//
// A record is a line, its chain that after it, its messages those of proto/journal.proto (codec/json.h). What
// was erased has `"erased": true` and no private part, only how long that was; with --public each has
// `"left_out": true` so. Where a message, written again from its JSON, is not the bytes that it was, these
// stand beside it in hex, as `public_bytes_hex` or `private_bytes_hex`: what import-journal makes is the
// same, byte for byte.
#include "base/error.h"
#include "codec/codec.h"
#include "codec/json.h"
#include "journal.pb-c.h"
#include "offline.h"
#include "offline_keep.h"
#include "store/project.h"

#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEY_PUBLIC = 256, VERSION = 1 };

struct export
{
    const char *directory;
    bool public_only;
};

static const struct argp_option options[] = {
    {"data", 'd', "DIR", 0, "the store, or a backup (default /var/lib/whistled)", 0},
    {"public", KEY_PUBLIC, NULL, 0, "without what is personal", 0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct export *e = state->input;
    if (key == 'd')
        e->directory = value;
    else if (key == KEY_PUBLIC)
        e->public_only = true;
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

// The way that import-journal will take, to see whether it leads back.
static bool comes_back(struct arena *arena, const ProtobufCMessageDescriptor *type, const json_t *json,
                       struct blob bytes)
{
    const char *field;
    struct blob again;
    const ProtobufCMessage *message = json ? codec_from_json(arena, type, json, &field) : NULL;
    return message && codec_pack(arena, message, &again) == 0 && again.length == bytes.length &&
           (!bytes.length || memcmp(again.bytes, bytes.bytes, bytes.length) == 0);
}

static int put_part(json_t *line, const char *name, const ProtobufCMessageDescriptor *type, struct blob bytes)
{
    struct arena arena;
    char raw_name[32];
    arena_init(&arena, 0);
    const ProtobufCMessage *message = codec_unpack(&arena, type, bytes.bytes, bytes.length);
    json_t *json = message ? codec_to_json(message) : NULL;
    bool good = true;
    snprintf(raw_name, sizeof raw_name, "%s_bytes_hex", name);
    if (!comes_back(&arena, type, json, bytes))
        good = !json_object_set_new(line, raw_name, codec_hex(bytes.bytes, bytes.length));
    if (json)
        good = !json_object_set_new(line, name, json) && good;
    arena_fini(&arena);
    return good ? 0 : ERROR_NO_MEMORY;
}

static int put_private(const struct export *e, json_t *line, const struct record *record)
{
    if (!record->private_bytes)
        return 0;
    bool live = record->private_is == RECORD_PRIVATE_LIVE;
    int failed = json_object_set_new(line, "private_bytes", json_integer(record->private_bytes));
    if (!live)
        failed |= json_object_set_new(line, "erased", json_true());
    else if (e->public_only)
        failed |= json_object_set_new(line, "left_out", json_true());
    else
        return put_part(line, "private", &whistle__journal__v1__private__descriptor, record->private_part);
    return failed ? ERROR_NO_MEMORY : 0;
}

// City time of its first event.
static json_t *time_of(struct blob public_part)
{
    char text[40] = "", whole[64] = "";
    struct record_facts facts;
    struct arena arena;
    arena_init(&arena, 0);
    if (!facts_decode(&arena, public_part, (struct blob){NULL, 0}, &facts) && facts.event_count) {
        struct tm utc;
        time_t seconds = (time_t)(facts.events[0].at_ms / 1000);
        gmtime_r(&seconds, &utc);
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
        snprintf(whole, sizeof whole, "%s.%03dZ", text, (int)(facts.events[0].at_ms % 1000));
    }
    arena_fini(&arena);
    return json_string(whole);
}

static int print_line(json_t *line)
{
    int failed =
        !line || json_dumpf(line, stdout, JSON_COMPACT | JSON_REAL_PRECISION(17)) || putchar('\n') == EOF;
    json_decref(line);
    return failed ? offline_complain(ERROR_IO, "standard output") : 0;
}

static int print_record(const struct export *e, const struct record *record)
{
    json_t *line = json_pack("{s:I, s:I, s:I, s:I, s:o, s:o}", "seq", (json_int_t)record->first_seq, "count",
                             (json_int_t)record->count, "batch", (json_int_t)record->batch_seq, "epoch",
                             (json_int_t)record->epoch, "time", time_of(record->public_part), "chain",
                             codec_hex(record->chain, RECORD_CHAIN));
    int rc = line ? put_part(line, "public", &whistle__journal__v1__record__descriptor, record->public_part)
                  : ERROR_NO_MEMORY;
    if (!rc)
        rc = put_private(e, line, record);
    if (!rc)
        return print_line(line);
    json_decref(line);
    return offline_complain(rc, "a record of the journal");
}

static int print_records(const struct export *e, struct journal_cursor *cursor)
{
    struct journal_record record;
    struct store_error error = {0};
    int rc;
    while (!(rc = journal_cursor_next(cursor, &record, &error)))
        if (print_record(e, &record.body))
            return EXIT_FAILURE;
    return rc == ERROR_NOT_FOUND ? 0 : offline_complain(rc, error.text);
}

static int print_journal(const struct export *e, struct journal *journal)
{
    struct journal_position at;
    struct journal_cursor cursor;
    struct store_error error = {0};
    int rc = journal_first(journal, &at, &error);
    if (rc)
        return offline_complain(rc, error.text);
    rc = print_line(json_pack("{s:i, s:o, s:I, s:o}", "whistled_journal", VERSION, "id",
                              codec_hex(journal_id(journal), JOURNAL_ID), "seq", (json_int_t)at.next_seq,
                              "chain", codec_hex(at.chain, RECORD_CHAIN)));
    journal_cursor_init(&cursor, journal, &at);
    if (!rc)
        rc = print_records(e, &cursor);
    at = cursor.position;
    journal_cursor_fini(&cursor);
    if (!rc)
        rc = print_line(json_pack("{s:{s:I, s:I, s:o}}", "end", "seq", (json_int_t)at.next_seq - 1, "epoch",
                                  (json_int_t)at.epoch, "chain", codec_hex(at.chain, RECORD_CHAIN)));
    return rc || fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int offline_export(int argc, char **argv)
{
    static const struct argp argp = {
        options, parse, NULL, "Writes the journal of a stopped store, or of a backup, as lines of JSON.",
        NULL,    NULL,  NULL};
    struct export e = {.directory = "/var/lib/whistled"};
    struct stopped stopped;
    argp_parse(&argp, argc, argv, 0, NULL, &e);
    if (stopped_open(&stopped, e.directory))
        return EXIT_FAILURE;
    int status = print_journal(&e, stopped.journal);
    stopped_close(&stopped);
    return status;
}
