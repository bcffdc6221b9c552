// whistle import: rows of a CSV file become whistles, several on their way at a time, counted in order.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "csv_rows.h"
#include "draft.h"
#include "file.h"
#include "intl.h"
#include "mapping.h"
#include "spool.h"
#include "times.h"
#include "tool.h"

enum { MOST_SLOTS = 64 };

// One row on its way. Each has a handle of its own, since a REQ socket carries one request.
struct slot {
    struct whistle *handle;
    struct arena arena; // of the row and its whistle
    struct csv_row row;
    struct draft draft;
    bool busy;
};

struct import {
    struct tool *tool; // first, for tool_parse_init
    const char *path;
    const char *map_path;
    const char *refused_path;
    unsigned jobs;
    unsigned long most; // rows; 0: all
    bool dry_run;
    bool json;
    struct mapping *mapping;
    struct csv_file file;
    struct csv_row head; // copied
    FILE *refused_file;  // opened at the first refusal
    struct slot slots[MOST_SLOTS];
    unsigned turn; // the slot that is next
    unsigned long rows, added, existed, refused, skipped;
    bool aborted;
    bool shows_progress;
    int64_t started_ms, shown_ms;
};

enum { KEY_MAP = 0x100, KEY_REFUSED, KEY_JOBS, KEY_LIMIT, KEY_DRY_RUN, KEY_JSON };

static const struct argp_option options[] = {
    {"map", KEY_MAP, N_("FILE"), 0, N_("what the columns mean (YAML)"), 1},
    {"refused", KEY_REFUSED, N_("FILE"), 0, N_("where refused rows go, with the reason (FILE.refused.csv)"),
     1},
    {"dry-run", KEY_DRY_RUN, NULL, 0, N_("only map the rows, ask no daemon"), 1},
    {"limit", KEY_LIMIT, N_("COUNT"), 0, N_("only the first so many rows"), 1},
    {"jobs", KEY_JOBS, N_("COUNT"), 0, N_("so many rows on their way at a time (32)"), 1},
    {"json", KEY_JSON, NULL, 0, N_("print the counts as JSON"), 1},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct import *m = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        tool_parse_init(state);
        return 0;
    case ARGP_KEY_ARG:
        m->path = arg;
        return 0;
    case KEY_MAP:
        m->map_path = arg;
        return 0;
    case KEY_REFUSED:
        m->refused_path = arg;
        return 0;
    case KEY_JOBS:
        m->jobs = (unsigned)strtoul(arg, NULL, 10);
        return 0;
    case KEY_LIMIT:
        m->most = strtoul(arg, NULL, 10);
        return 0;
    case KEY_DRY_RUN:
        m->dry_run = true;
        return 0;
    case KEY_JSON:
        m->json = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// ---- progress -----------------------------------------------------------------------------------

static void show_progress(struct import *m, bool last)
{
    int64_t now = times_monotonic();
    if (!m->shows_progress || (!last && now - m->shown_ms < 200))
        return;
    m->shown_ms = now;
    size_t percent = m->file.length ? m->file.position * 100 / m->file.length : 100;
    double seconds = (double)(now - m->started_ms) / 1000;
    fprintf(stderr, _("\r%3zu %%  %lu rows  %.0f/s "), percent, m->rows,
            seconds > 0 ? (double)m->rows / seconds : 0);
    if (last)
        fputc('\n', stderr);
}

// ---- refused rows -------------------------------------------------------------------------------

static void put_refused_row(struct import *m, const struct csv_row *row, const char *why)
{
    const char **fields = calloc(row->count + 1, sizeof *fields);
    if (!fields)
        return;
    memcpy(fields, row->fields, row->count * sizeof *fields);
    fields[row->count] = why;
    csv_put_row(m->refused_file, fields, row->count + 1, mapping_delimiter(m->mapping));
    free(fields);
}

static void open_refused_file(struct import *m)
{
    bool standard = strcmp(m->path, "-") == 0;
    if (!m->refused_path)
        m->refused_path = arena_printf(&m->tool->arena, "%s.refused.csv", standard ? "import" : m->path);
    m->refused_file = file_open_private(m->refused_path);
    if (!m->refused_file) {
        fprintf(stderr, _("cannot write %s: %s\n"), m->refused_path, strerror(errno));
        return;
    }
    fputs("\xef\xbb\xbf", m->refused_file);
    put_refused_row(m, &m->head, "refusal");
}

static void refuse(struct import *m, const struct csv_row *row, const char *why)
{
    fprintf(stderr, _("%s:%lu: %s\n"), m->path, row->line, why);
    if (m->refused++ == 0)
        open_refused_file(m);
    if (m->refused_file)
        put_refused_row(m, row, why);
}

// ---- on the way ---------------------------------------------------------------------------------

static void abort_import(struct import *m, const struct slot *slot, const char *why)
{
    if (!m->aborted)
        fprintf(stderr, _("%s:%lu: %s\nStopped here. Run it again: what is there already is not doubled.\n"),
                m->path, slot->row.line, why);
    m->aborted = true;
}

static void take_answer(struct import *m, struct slot *slot, int result, const Whistle__V1__Reply *reply)
{
    bool done = result == WHISTLE_OK && reply->result_case == WHISTLE__V1__REPLY__RESULT_RECEIPT;
    if (done && reply->receipt->existed)
        m->existed++;
    else if (done)
        m->added++;
    else if (result == WHISTLE_REFUSED && !spool_is_passing(result, reply))
        refuse(m, &slot->row, tool_why(m->tool, slot->handle, reply));
    else
        abort_import(m, slot, tool_why(m->tool, slot->handle, reply));
}

static void finish(struct import *m, struct slot *slot)
{
    Whistle__V1__Reply *reply;
    if (slot->busy) {
        int result = whistle_finish(slot->handle, UINT32_MAX, &reply);
        take_answer(m, slot, result, reply);
        whistle_reply_free(reply);
    }
    slot->busy = false;
    arena_fini(&slot->arena);
}

static bool begin(struct import *m, struct slot *slot)
{
    Whistle__V1__Submit submit = WHISTLE__V1__SUBMIT__INIT;
    Whistle__V1__Request request = WHISTLE__V1__REQUEST__INIT;
    submit.whistle = &slot->draft.whistle;
    request.op_case = WHISTLE__V1__REQUEST__OP_SUBMIT;
    request.submit = &submit;
    if (!slot->handle && !(slot->handle = tool_connect(m->tool)))
        return false;
    int result = whistle_begin(slot->handle, &request);
    slot->busy = result == WHISTLE_OK;
    if (result == WHISTLE_TOO_LARGE)
        refuse(m, &slot->row, tool_why(m->tool, slot->handle, NULL));
    else if (result != WHISTLE_OK)
        abort_import(m, slot, tool_why(m->tool, slot->handle, NULL));
    return !m->aborted;
}

// ---- rows ---------------------------------------------------------------------------------------

static void copy_row(struct arena *arena, struct csv_row *to, const struct csv_row *from)
{
    *to = (struct csv_row){.line = from->line, .count = from->count};
    to->fields = arena_array(arena, from->count, sizeof *to->fields);
    for (size_t i = 0; to->fields && i < from->count; i++)
        to->fields[i] = arena_strdup(arena, from->fields[i]);
}

static bool take_row(struct import *m, struct slot *slot, const struct csv_row *row)
{
    const char *why = "";
    copy_row(&slot->arena, &slot->row, row);
    draft_init(&slot->draft, &slot->arena);
    switch (mapping_apply(m->mapping, &slot->row, &slot->draft, &why)) {
    case MAPPED_SKIP:
        m->skipped++;
        return true;
    case MAPPED_WRONG:
        refuse(m, &slot->row, why);
        return true;
    case MAPPED:
        break;
    }
    if (!slot->draft.whistle.kind)
        slot->draft.whistle.kind = WHISTLE__V1__KIND__KIND_ISSUE;
    return m->dry_run || begin(m, slot);
}

static bool on_row(void *context, const struct csv_row *row)
{
    struct import *m = context;
    if (!m->head.fields) {
        copy_row(&m->tool->arena, &m->head, row);
        m->aborted = !mapping_bind(m->mapping, &m->head);
        return !m->aborted;
    }
    struct slot *slot = &m->slots[m->turn++ % m->jobs];
    finish(m, slot);
    show_progress(m, false);
    if (m->aborted || (m->most && m->rows == m->most))
        return false;
    m->rows++;
    return take_row(m, slot, row);
}

static void finish_all(struct import *m)
{
    for (unsigned i = 0; i < m->jobs; i++) {
        struct slot *slot = &m->slots[m->turn++ % m->jobs];
        finish(m, slot);
        whistle_close(slot->handle);
    }
}

static void put_counts(const struct import *m)
{
    if (m->json)
        printf("{\"rows\":%lu,\"new\":%lu,\"existed\":%lu,\"refused\":%lu,\"skipped\":%lu,\"complete\":%s}\n",
               m->rows, m->added, m->existed, m->refused, m->skipped, m->aborted ? "false" : "true");
    else
        printf(_("rows %lu, new %lu, there already %lu, refused %lu, left out %lu\n"), m->rows, m->added,
               m->existed, m->refused, m->skipped);
    if (m->refused && m->refused_path && !m->json)
        printf(_("refused rows: %s\n"), m->refused_path);
}

// Times in the file are read in the map's zone, or the city's, which must be known before the first row.
static bool settle_zone(struct import *m)
{
    const char *zone = mapping_zone(m->mapping);
    if (!zone)
        return m->dry_run || tool_city_now(m->tool);
    m->tool->settings.zone = zone;
    setenv("TZ", zone, 1);
    tzset();
    return true;
}

static int run(struct import *m)
{
    if (!csv_open(&m->file, &m->tool->arena, m->path, mapping_encoding(m->mapping)))
        return EXIT_FAILED;
    m->started_ms = times_monotonic();
    m->shows_progress = isatty(STDERR_FILENO) && !m->json;
    if (!settle_zone(m))
        return EXIT_FAILED;
    bool good = csv_each(&m->file, mapping_delimiter(m->mapping), on_row, m);
    finish_all(m);
    show_progress(m, true);
    if (m->refused_file && fclose(m->refused_file) != 0)
        good = false;
    put_counts(m);
    return good && !m->aborted && !m->refused ? EXIT_DONE : EXIT_FAILED;
}

int command_import(struct tool *tool, int argc, char **argv)
{
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = N_("FILE.csv"),
        .doc = N_("Turns the rows of a file (- is standard input) into whistles, as the map says.\v"
                  "Each row is known by its source and source-no, so that a second run adds nothing.")};
    static struct import m;
    m = (struct import){.tool = tool, .jobs = 32};
    if (!tool_parse(tool, &argp, argc, argv, &m))
        return EXIT_USAGE;
    if (!m.path || !m.map_path)
        return tool_usage(tool, "%s", _("which file, and which --map?"));
    if (m.jobs < 1 || m.jobs > MOST_SLOTS)
        return tool_usage(tool, _("--jobs: 1 to %d"), MOST_SLOTS);
    m.mapping = mapping_load(&tool->arena, m.map_path);
    int status = m.mapping ? run(&m) : EXIT_FAILED;
    mapping_free(m.mapping);
    return status;
}
