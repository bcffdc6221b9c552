// restore: a store out of a backup. journal cat: what a journal says, for a person.
#include "offline_keep.h"

#include "base/error.h"
#include "base/text.h"
#include "engine/engine.h"
#include "offline.h"
#include "store/boot.h"
#include "store/manifest.h"
#include "store/project.h"
#include "store/restore.h"

#include <argp.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { KEY_FROM = 256, KEY_TO, KEY_NO_MANIFEST };

// ---- what is stopped ----------------------------------------------------------------------------

int stopped_open(struct stopped *stopped, const char *directory)
{
    char path[4096];
    struct store_error error = {0};
    const struct journal_options options = {.directory = directory, .read_only = true};
    *stopped = (struct stopped){.lock = {-1}};
    snprintf(path, sizeof path, "%s/manifest", directory);
    int rc = access(path, F_OK) ? store_lock_take(&stopped->lock, directory, &error) : 0;
    if (!rc)
        rc = journal_open(&options, &stopped->journal, NULL, &error);
    if (!rc)
        return 0;
    offline_complain(rc, error.text);
    store_lock_release(&stopped->lock);
    return rc;
}

void stopped_close(struct stopped *stopped)
{
    journal_close(stopped->journal);
    store_lock_release(&stopped->lock);
}

// ---- restore ------------------------------------------------------------------------------------

static const struct argp_option restore_options[] = {
    {"from", KEY_FROM, "DIR", 0, "the backup", 0},
    {"data", 'd', "DIR", 0, "where the store will be: empty, or not there yet", 0},
    {"no-manifest", KEY_NO_MANIFEST, NULL, 0,
     "it is a plain copy of a stopped store: only the chain of its journal says that it is whole", 0},
    {0},
};

static error_t parse_restore(int key, char *value, struct argp_state *state)
{
    struct restore_options *o = state->input;
    switch (key) {
    case KEY_FROM:
        o->from = value;
        return 0;
    case 'd':
        o->to = value;
        return 0;
    case KEY_NO_MANIFEST:
        o->unlisted = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int offline_restore(int argc, char **argv)
{
    static const struct argp argp = {
        restore_options, parse_restore, NULL, "Makes a store of a backup, in a new epoch.", NULL, NULL, NULL};
    struct restore_options options = {.now_ms = engine_machine_now()};
    struct restore_report report;
    struct store_error error = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    if (!options.from || !options.to)
        return offline_complain(ERROR_MISSING, "usage: whistled restore --from DIR --data DIR");
    int rc = boot_id_read(options.boot_id);
    if (!rc)
        rc = store_restore(&options, &report, &error);
    if (rc)
        return offline_complain(rc, error.text[0] ? error.text : options.from);
    const struct landing_report *landing = &report.landing;
    printf("%zu files, %" PRIu64 " bytes, everything up to %" PRIu64 "/%" PRIu64 "\nepoch %" PRIu64
           " begins; case numbers jump ahead at the next start\n",
           report.files, report.bytes, landing->before.epoch, landing->before.next_seq - 1,
           landing->after.epoch);
    return EXIT_SUCCESS;
}

// ---- journal cat --------------------------------------------------------------------------------

struct cat {
    const char *directory;
    uint64_t from;
    uint64_t to;
};

static const struct argp_option cat_options[] = {
    {"data", 'd', "DIR", 0, "the store, or a backup (default /var/lib/whistled)", 0},
    {"from", KEY_FROM, "SEQ", 0, "from this event on", 0},
    {"to", KEY_TO, "SEQ", 0, "up to this event", 0},
    {0},
};

static uint64_t read_seq(struct argp_state *state, const char *value)
{
    char *end;
    uint64_t seq = strtoull(value, &end, 10);
    if (*value < '0' || *value > '9' || *end)
        argp_error(state, "%s is not the number of an event", value);
    return seq;
}

static error_t parse_cat(int key, char *value, struct argp_state *state)
{
    struct cat *cat = state->input;
    switch (key) {
    case 'd':
        cat->directory = value;
        return 0;
    case KEY_FROM:
        cat->from = read_seq(state, value);
        return 0;
    case KEY_TO:
        cat->to = read_seq(state, value);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char *dash(const char *text)
{
    return text_given(text) ? text : "-";
}

// The time is the city's, on the wall of this machine's zone (TZ).
static void print_event(const struct event *event, const struct actor *actor)
{
    char time[64];
    struct tm local;
    time_t seconds = (time_t)(event->at_ms / 1000);
    localtime_r(&seconds, &local);
    strftime(time, sizeof time, "%Y-%m-%d %H:%M:%S%z", &local);
    printf("%10" PRIu64 "  %s  %-13s  %-17s  %s\n", event->seq, time,
           word_name(WORDS_EVENT_KIND, (int)event->kind), dash(event->number), dash(actor->principal));
}

static int print_record(const struct cat *cat, const struct journal_record *record)
{
    struct record_facts facts;
    struct arena arena;
    arena_init(&arena, 0);
    int rc = facts_decode(&arena, record->body.public_part, (struct blob){NULL, 0}, &facts);
    for (size_t i = 0; !rc && i < facts.event_count; i++)
        if (facts.events[i].seq >= cat->from && facts.events[i].seq <= cat->to)
            print_event(&facts.events[i], &facts.actor);
    arena_fini(&arena);
    return rc;
}

// A private part that is damaged is told and passed over: what is printed does not stand in it.
static int print_from(const struct cat *cat, struct journal *journal, const struct journal_position *from)
{
    struct journal_cursor cursor;
    struct journal_record record;
    struct store_error error = {0};
    int rc = 0, damage = 0;
    journal_cursor_init(&cursor, journal, from);
    while (!rc && cursor.position.next_seq <= cat->to) {
        uint64_t seq = cursor.position.next_seq;
        rc = journal_cursor_next(&cursor, &record, &error);
        bool readable = !rc || (rc == ERROR_CORRUPT && cursor.position.next_seq > seq);
        if (rc && rc != ERROR_NOT_FOUND)
            damage = offline_complain(rc, error.text);
        if (readable)
            rc = print_record(cat, &record);
    }
    journal_cursor_fini(&cursor);
    return damage || (rc && rc != ERROR_NOT_FOUND) ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int print_journal(const struct cat *cat, struct journal *journal)
{
    struct journal_position first;
    struct store_error error = {0};
    int rc = journal_first(journal, &first, &error);
    if (!rc && cat->from > first.next_seq)
        rc = journal_seek(journal, cat->from, &first, &error);
    return rc ? offline_complain(rc, error.text) : print_from(cat, journal, &first);
}

int offline_journal(int argc, char **argv)
{
    static const struct argp argp = {
        cat_options, parse_cat, NULL, "Prints the events of a stopped store, or of a backup, a line each.",
        NULL,        NULL,      NULL};
    struct cat cat = {.directory = "/var/lib/whistled", .to = UINT64_MAX};
    struct stopped stopped;
    if (argc < 2 || strcmp(argv[1], "cat") != 0)
        return offline_complain(ERROR_MISSING,
                                "usage: whistled journal cat [--data DIR] [--from SEQ] [--to SEQ]");
    argp_parse(&argp, argc - 1, argv + 1, 0, NULL, &cat);
    if (stopped_open(&stopped, cat.directory))
        return EXIT_FAILURE;
    int status = print_journal(&cat, stopped.journal);
    stopped_close(&stopped);
    return status;
}
