// import-journal: a store out of what export wrote. Each record is the same again, byte for byte, and its
// chain is held to the one that stands beside it.
#include "base/error.h"
#include "codec/codec.h"
#include "codec/json.h"
#include "engine/engine.h"
#include "journal.pb-c.h"
#include "offline.h"
#include "store/boot.h"
#include "store/landing.h"

#include <argp.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// One batch of the journal, as it was written: several lines.
struct import {
    struct landing landing;
    struct store_io io;
    struct journal *journal;
    uint64_t line; // of the input
    bool ended;    // its last line was read

    struct arena arena; // of the batch
    struct journal_entry *entries;
    bool *erased; // each entry's private part is to be erased, again
    size_t count, capacity, erased_capacity;
    uint64_t batch, epoch;
    uint8_t chain[RECORD_CHAIN]; // after the last entry, as the line says
};

static int bad_line(const struct import *in, const char *what)
{
    char text[256];
    snprintf(text, sizeof text, "line %" PRIu64 ": %s", in->line, what);
    offline_complain(ERROR_MALFORMED, text);
    return ERROR_MALFORMED;
}

static int complain(int rc, const char *text)
{
    offline_complain(rc, text);
    return rc;
}

// ---- what a line says ---------------------------------------------------------------------------

static uint64_t number_of(const json_t *line, const char *name)
{
    json_int_t value = json_integer_value(json_object_get(line, name));
    return value > 0 ? (uint64_t)value : 0;
}

static bool bytes_of(const json_t *line, const char *name, uint8_t *out, size_t length)
{
    const char *hex = json_string_value(json_object_get(line, name)), *end;
    size_t read;
    return hex && strlen(hex) == 2 * length &&
           !sodium_hex2bin(out, length, hex, 2 * length, NULL, &read, &end) && read == length;
}

static int read_raw(struct import *in, const json_t *json, struct blob *out)
{
    const char *hex = json_string_value(json), *end;
    size_t length = json_string_length(json) / 2, read;
    uint8_t *bytes = arena_alloc(&in->arena, length + 1);
    if (!bytes)
        return complain(ERROR_NO_MEMORY, "a record");
    if (sodium_hex2bin(bytes, length, hex, 2 * length, NULL, &read, &end) || *end)
        return bad_line(in, "what should be hex digits is not");
    *out = (struct blob){bytes, read};
    return 0;
}

static int read_part(struct import *in, const json_t *line, const char *name,
                     const ProtobufCMessageDescriptor *type, struct blob *out)
{
    char raw_name[32];
    const char *field;
    snprintf(raw_name, sizeof raw_name, "%s_bytes_hex", name);
    const json_t *raw = json_object_get(line, raw_name), *json = json_object_get(line, name);
    if (json_is_string(raw))
        return read_raw(in, raw, out);
    const ProtobufCMessage *message = codec_from_json(&in->arena, type, json, &field);
    if (message)
        return codec_pack(&in->arena, message, out) ? complain(ERROR_NO_MEMORY, "a record") : 0;
    return bad_line(in, field ? field : name);
}

// Erased once more when it is there, so that zeros of the right length do.
static int read_private(struct import *in, const json_t *line, struct journal_entry *entry, bool *erased)
{
    size_t length = (size_t)number_of(line, "private_bytes");
    *erased =
        json_is_true(json_object_get(line, "erased")) || json_is_true(json_object_get(line, "left_out"));
    if (!length)
        return 0;
    if (!*erased)
        return read_part(in, line, "private", &whistle__journal__v1__private__descriptor,
                         &entry->private_part);
    if (length > RECORD_MAX_PART)
        return bad_line(in, "private_bytes");
    entry->private_part = (struct blob){arena_alloc(&in->arena, length), length};
    return entry->private_part.bytes ? 0 : complain(ERROR_NO_MEMORY, "a record");
}

// ---- a batch ------------------------------------------------------------------------------------

static int erase_again(struct import *in)
{
    for (size_t i = 0; i < in->count; i++)
        if (in->erased[i] && journal_erase_at(in->journal, in->entries[i].place))
            return complain(journal_error(in->journal)->code, journal_error(in->journal)->text);
    return 0;
}

static int write_batch(struct import *in)
{
    struct journal_position head;
    int rc = 0;
    if (!in->count)
        return 0;
    journal_head(in->journal, &head);
    if (head.epoch < in->epoch)
        rc = journal_begin_epoch(in->journal, in->epoch);
    journal_head(in->journal, &head);
    if (!rc && (head.epoch != in->epoch || head.next_seq != in->batch))
        return bad_line(in, "the batch before it does not follow what came before");
    if (!rc)
        rc = journal_append(in->journal, &head, in->entries, in->count);
    if (rc)
        return complain(rc, journal_error(in->journal)->text);
    journal_head(in->journal, &head);
    if (memcmp(head.chain, in->chain, RECORD_CHAIN) != 0)
        return bad_line(in, "the chain of the batch before it does not fit");
    rc = erase_again(in);
    in->count = in->capacity = in->erased_capacity = 0;
    in->entries = NULL;
    in->erased = NULL;
    arena_fini(&in->arena);
    return rc;
}

static struct journal_entry *add_entry(struct import *in)
{
    struct journal_entry *entries =
        arena_grow(&in->arena, in->entries, in->count, &in->capacity, sizeof *entries);
    bool *erased = arena_grow(&in->arena, in->erased, in->count, &in->erased_capacity, sizeof *erased);
    if (!entries || !erased)
        return NULL;
    in->entries = entries;
    in->erased = erased;
    entries[in->count] = (struct journal_entry){0};
    return &entries[in->count++];
}

static int take_record(struct import *in, const json_t *line)
{
    uint64_t batch = number_of(line, "batch"), count = number_of(line, "count");
    int rc = in->count && batch != in->batch ? write_batch(in) : 0;
    if (rc)
        return rc;
    in->batch = batch;
    in->epoch = number_of(line, "epoch");
    uint64_t seq = batch;
    for (size_t i = 0; i < in->count; i++)
        seq += in->entries[i].count;
    if (!batch || number_of(line, "seq") != seq || !in->epoch || !count || count > UINT32_MAX ||
        !bytes_of(line, "chain", in->chain, RECORD_CHAIN))
        return bad_line(in, "it is no record: seq, count, batch, epoch, chain");
    struct journal_entry *entry = add_entry(in);
    if (!entry)
        return complain(ERROR_NO_MEMORY, "a record");
    entry->count = (uint32_t)count;
    rc = read_part(in, line, "public", &whistle__journal__v1__record__descriptor, &entry->public_part);
    return rc ? rc : read_private(in, line, entry, &in->erased[in->count - 1]);
}

// ---- the input ----------------------------------------------------------------------------------

// Nothing is told to anybody before the end, where all of it is synced: not one sync a batch.
static int no_sync(void *context, int fd)
{
    (void)context;
    (void)fd;
    return 0;
}

static int begin_journal(struct import *in, const json_t *line)
{
    struct store_error error = {0};
    struct journal_options options = {.directory = in->landing.side, .io = &in->io};
    if (json_integer_value(json_object_get(line, "whistled_journal")) != 1 ||
        !bytes_of(line, "id", options.id, sizeof options.id))
        return bad_line(in, "it is not the first line of an exported journal");
    if (number_of(line, "seq") != 1)
        return bad_line(in, "the journal does not begin with its first event");
    in->io = store_io_system;
    in->io.fdatasync = no_sync;
    int rc = journal_open(&options, &in->journal, NULL, &error);
    return rc ? complain(rc, error.text) : 0;
}

static int end_journal(struct import *in, const json_t *end)
{
    struct journal_position head;
    uint8_t chain[RECORD_CHAIN];
    int rc = write_batch(in);
    if (rc)
        return rc;
    journal_head(in->journal, &head);
    if (number_of(end, "epoch") > head.epoch) // one that began behind its last record
        rc = journal_begin_epoch(in->journal, number_of(end, "epoch"));
    if (rc)
        return complain(rc, journal_error(in->journal)->text);
    if (!bytes_of(end, "chain", chain, sizeof chain) || memcmp(chain, head.chain, sizeof chain) != 0 ||
        number_of(end, "seq") != head.next_seq - 1)
        return bad_line(in, "the journal does not end as it should");
    in->ended = true;
    return 0;
}

static int take_line(struct import *in, const char *text, size_t length)
{
    json_error_t fault;
    json_t *line = json_loadb(text, length, JSON_REJECT_DUPLICATES, &fault);
    int rc;
    if (!line)
        rc = bad_line(in, fault.text);
    else if (in->ended)
        rc = bad_line(in, "there is more behind the end");
    else if (!in->journal)
        rc = begin_journal(in, line);
    else if (json_object_get(line, "end"))
        rc = end_journal(in, json_object_get(line, "end"));
    else
        rc = take_record(in, line);
    json_decref(line);
    return rc;
}

static int read_all(struct import *in, FILE *from)
{
    char *text = NULL;
    size_t room = 0;
    ssize_t length;
    int rc = 0;
    while (!rc && (length = getline(&text, &room, from)) > 0) {
        in->line++;
        rc = take_line(in, text, (size_t)length);
    }
    free(text);
    return rc || in->ended ? rc : bad_line(in, "the export is cut off: its last line is missing");
}

// ---- all of it ----------------------------------------------------------------------------------

// The files of the journal, whose syncs were left out.
static int sync_files(const struct import *in)
{
    int fd = open(in->landing.side, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = fd < 0 || syncfs(fd);
    if (fd >= 0)
        close(fd);
    return failed ? complain(ERROR_IO, in->landing.side) : 0;
}

static int settle(struct import *in, struct landing_report *report)
{
    struct store_error error = {0};
    struct landing_terms terms = {.now_ms = engine_machine_now()};
    int rc = boot_id_read(terms.boot_id);
    if (!rc)
        rc = landing_settle(&in->landing, &terms, report, &error);
    return rc ? complain(rc, error.text) : 0;
}

static int import(struct import *in, const char *directory)
{
    struct store_error error = {0};
    struct landing_report report;
    int rc = landing_begin(&in->landing, directory, &error);
    if (rc)
        complain(rc, error.text);
    else
        rc = read_all(in, stdin);
    journal_close(in->journal);
    arena_fini(&in->arena);
    if (!rc)
        rc = sync_files(in);
    if (!rc)
        rc = settle(in, &report);
    landing_end(&in->landing);
    if (rc)
        return EXIT_FAILURE;
    printf("everything up to %" PRIu64 "/%" PRIu64 "\nepoch %" PRIu64
           " begins; case numbers jump ahead at the next start\n",
           report.before.epoch, report.before.next_seq - 1, report.after.epoch);
    return EXIT_SUCCESS;
}

static const struct argp_option options[] = {
    {"data", 'd', "DIR", 0, "where the store will be: empty, or not there yet", 0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    if (key != 'd')
        return ARGP_ERR_UNKNOWN;
    *(const char **)state->input = value;
    return 0;
}

int offline_import(int argc, char **argv)
{
    static const struct argp argp = {
        options, parse, NULL, "Makes a store of an exported journal, read from standard input.",
        NULL,    NULL,  NULL};
    struct import in = {0};
    const char *directory = NULL;
    argp_parse(&argp, argc, argv, 0, NULL, &directory);
    if (!directory)
        return offline_complain(ERROR_MISSING, "usage: whistled import-journal --data DIR < FILE");
    arena_init(&in.arena, 0);
    in.landing.directory = -1;
    return import(&in, directory);
}
