#include "offline.h"

#include "ask.h"
#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "engine/city_clock.h"
#include "engine/engine.h"
#include "rulebook/check.h"
#include "rulebook/explain.h"
#include "rulebook/init.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int offline_complain(int code, const char *what)
{
    fprintf(stderr, "whistled: %s: %s\n", error_name(code), what);
    return EXIT_FAILURE;
}

int offline_year(int64_t ms)
{
    return civil_from_days((int32_t)floor_div(ms, DAY_MS)).year;
}

// The keyring beside the rulebook; one that may not be read is its user's to check.
static int check_keys(const char *directory, const struct rulebook *book, struct rulebook_report *report)
{
    char path[4096];
    struct keyring *keys = NULL;
    struct keyring_fault fault;
    snprintf(path, sizeof path, "%s/keyring", directory);
    int rc = keyring_look(path, &keys, &fault);
    if (rc)
        offline_complain(rc, fault.text);
    else
        rulebook_check_keys(book, keys, engine_machine_now(), report);
    keyring_destroy(keys);
    return rc == ERROR_IO ? 0 : rc;
}

struct rulebook *offline_load_rules(const char *directory, int year, bool verbose)
{
    struct rulebook *book = NULL;
    struct rulebook_report report;
    struct buffer text;
    rulebook_report_init(&report);
    buffer_init(&text);
    int rc = rulebook_load(directory, &book, &report);
    if (!rc)
        rc = rulebook_check(book, year, &report);
    if (!rc && verbose)
        rc = check_keys(directory, book, &report);
    rulebook_report_text(&report, &text);
    if (report.errors || verbose)
        fputs(buffer_string(&text), verbose ? stdout : stderr);
    buffer_fini(&text);
    rulebook_report_fini(&report);
    if (!rc && !report.errors)
        return book;
    rulebook_unref(book);
    return NULL;
}

// ---- check --------------------------------------------------------------------------------------

int offline_check(int argc, char **argv)
{
    if (argc != 2)
        return offline_complain(ERROR_MISSING, "usage: whistled check DIR");
    struct rulebook *book = offline_load_rules(argv[1], offline_year(engine_machine_now()), true);
    rulebook_unref(book);
    return book ? EXIT_SUCCESS : EXIT_FAILURE;
}

// ---- explain ------------------------------------------------------------------------------------

struct explain {
    const char *directory;
    struct explain_query query;
    struct position position;
    const char *text;
    const char *number; // --case
    const char *at;     // as given
    const char *status;
};

enum { KEY_KIND = 256, KEY_SEVERITY, KEY_LAT, KEY_LON, KEY_AT, KEY_TEXT, KEY_DUE, KEY_CASE, KEY_STATUS };

static const struct argp_option explain_options[] = {
    {"kind", KEY_KIND, "KIND", 0, "issue, joint, emergency, priority", 0},
    {"category", 'c', "CODE", 0, "what", 0},
    {"condition", 'n', "CODE", 0, "filing condition", 0},
    {"area", 'a', "CODE", 0, "where", 0},
    {"lat", KEY_LAT, "DEGREES", 0, "latitude", 0},
    {"lon", KEY_LON, "DEGREES", 0, "longitude", 0},
    {"severity", KEY_SEVERITY, "N", 0, "1 gravest to 4", 0},
    {"text", KEY_TEXT, "TEXT", 0, "searched for the rulebook's words", 0},
    {"at", KEY_AT, "TIME", 0,
     "when it would come in, as 2026-02-13T16:50+08:00 (default: now); with --case, when it is looked at", 0},
    {"due", KEY_DUE, NULL, 0, "only its due times, each step of the arithmetic with its dates", 0},
    {"case", KEY_CASE, "NUMBER", 0,
     "a case of a running daemon, by the rulebook of the day it was placed, and its due times", 0},
    {"status", KEY_STATUS, "PATH", 0,
     "the daemon's status socket (WHISTLE_STATUS; with --case else /run/whistled/status.sock), whose rulings "
     "are "
     "cited",
     0},
    {0},
};

static error_t parse_time(struct argp_state *state, const char *value, int64_t *out)
{
    struct city_clock clock;
    if (!city_clock_parse(value, 0, &clock))
        argp_error(state, "%s is not a time like 2026-02-13T16:50+08:00", value);
    *out = clock.city_ms;
    return 0;
}

static error_t parse_explain(int key, char *value, struct argp_state *state)
{
    struct explain *e = state->input;
    struct whistle *whistle = &e->query.whistle;
    int kind;
    switch (key) {
    case KEY_KIND:
        kind = word_value(WORDS_KIND, value);
        if (kind < 0)
            argp_error(state, "there is no kind %s", value);
        whistle->kind = (enum kind)kind;
        return 0;
    case 'c':
        whistle->category = value;
        return 0;
    case 'n':
        whistle->condition = value;
        return 0;
    case 'a':
        whistle->area = value;
        return 0;
    case KEY_LAT:
        e->position.latitude = atof(value);
        whistle->position = &e->position;
        return 0;
    case KEY_LON:
        e->position.longitude = atof(value);
        whistle->position = &e->position;
        return 0;
    case KEY_SEVERITY:
        whistle->severity = (uint32_t)atoi(value);
        return 0;
    case KEY_TEXT:
        e->text = value;
        return 0;
    case KEY_AT:
        e->at = value;
        return e->number ? 0 : parse_time(state, value, &e->query.at_ms);
    case KEY_DUE:
        e->query.due_only = true;
        return 0;
    case KEY_CASE:
        e->number = value;
        return 0;
    case KEY_STATUS:
        e->status = value;
        return 0;
    case ARGP_KEY_ARG:
        e->directory = value;
        return state->arg_num ? ARGP_ERR_UNKNOWN : 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

bool offline_wants_chinese(void)
{
    const char *language = getenv("LANGUAGE");
    if (!language || !*language)
        language = getenv("LC_ALL");
    if (!language || !*language)
        language = getenv("LANG");
    return language && strncmp(language, "zh", 2) == 0;
}

// Asks about the case; what it asks about a time comes last.
static int ask_about(const struct explain *e, const char *command, const char *at, struct buffer *answer)
{
    return ask_daemon(ask_path(e->status), answer, "%s %s%s %s\n", command,
                      offline_wants_chinese() ? "zh " : "", e->number, text_or_empty(at));
}

// The rulebook of then may be gone: the due times are told all the same.
static bool tell_why(const struct explain *e)
{
    struct buffer answer;
    buffer_init(&answer);
    bool told = !ask_about(e, "explain", NULL, &answer) && ask_relay(&answer);
    buffer_fini(&answer);
    return told;
}

// The case, its rulebook and its calendars are with the daemon. What is wrong with the question shows in the
// due times, and is said once.
static int explain_case(const struct explain *e)
{
    struct buffer due;
    buffer_init(&due);
    bool told = !ask_about(e, "due", e->at, &due);
    if (told && !e->query.due_only && !ask_is_refusal(&due))
        told = tell_why(e);
    told &= due.length && ask_relay(&due);
    buffer_fini(&due);
    return told ? EXIT_SUCCESS : EXIT_FAILURE;
}

// ---- of a whistle -------------------------------------------------------------------------------

// What the desk ruled, if there is a daemon to ask. Only who names one himself is stopped by its silence;
// that it does not know the category yet stops nobody.
static int cite(struct explain *e, struct arena *arena)
{
    struct told_rulings rulings = {0};
    if (!ask_is_wanted(e->status))
        return 0;
    int rc = offline_rulings(ask_path(e->status), text_or_empty(e->query.whistle.category), arena, &rulings);
    struct precedent *precedents = rc ? NULL : arena_array(arena, rulings.count + 1, sizeof *precedents);
    for (size_t i = 0; precedents && i < rulings.count; i++)
        precedents[i] = rulings.items[i].precedent;
    e->query.precedents = precedents;
    e->query.precedent_count = precedents ? rulings.count : 0;
    return e->status && rc != ERROR_REFUSED ? rc : 0;
}

static int explain_whistle(struct explain *e)
{
    struct arena arena;
    struct buffer text;
    struct rulebook *book = offline_load_rules(e->directory, offline_year(e->query.at_ms), false);
    if (!book)
        return offline_complain(ERROR_BAD_RULEBOOK, e->directory);
    e->query.texts = &e->text;
    e->query.text_count = 1;
    arena_init(&arena, 0);
    buffer_init(&text);
    int rc = cite(e, &arena);
    if (!rc)
        rc = rulebook_explain(book, &e->query, offline_wants_chinese(), &text);
    fputs(buffer_string(&text), stdout);
    buffer_fini(&text);
    arena_fini(&arena);
    rulebook_unref(book);
    return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}

int offline_explain(int argc, char **argv)
{
    static const struct argp argp = {
        explain_options,
        parse_explain,
        "DIR\n--case NUMBER",
        "Tells what the rulebook in DIR would do with a whistle, and why; or why a case of the "
        "running daemon went where it went, and how its due times come about.",
        NULL,
        NULL,
        NULL};
    struct explain e = {.query = {.at_ms = engine_machine_now()}};
    argp_parse(&argp, argc, argv, 0, NULL, &e);
    if (e.number)
        return explain_case(&e);
    if (!e.directory)
        return offline_complain(ERROR_MISSING, "usage: whistled explain DIR --category CODE --area CODE");
    return explain_whistle(&e);
}

// ---- init ---------------------------------------------------------------------------------------

struct init {
    const char *directory;
    const char *codes;
    const char *zone;
};

enum { KEY_ZONE = 256 };

static const struct argp_option init_options[] = {
    {"codes", 'c', "FILE.csv", 0, "the district's areas: code,level,name,parent", 0},
    {"zone", KEY_ZONE, "ZONE", 0, "time zone (default Asia/Shanghai)", 0},
    {0},
};

static error_t parse_init(int key, char *value, struct argp_state *state)
{
    struct init *init = state->input;
    switch (key) {
    case 'c':
        init->codes = value;
        return 0;
    case KEY_ZONE:
        init->zone = value;
        return 0;
    case ARGP_KEY_ARG:
        init->directory = value;
        return state->arg_num ? ARGP_ERR_UNKNOWN : 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int offline_init(int argc, char **argv)
{
    static const struct argp argp = {
        init_options, parse_init, "DIR", "Writes a rulebook for one's own district into DIR.",
        NULL,         NULL,       NULL};
    struct init init = {0};
    struct rulebook_report report;
    struct buffer text;
    argp_parse(&argp, argc, argv, 0, NULL, &init);
    if (!init.directory || !init.codes)
        return offline_complain(ERROR_MISSING, "usage: whistled init DIR --codes FILE.csv");
    rulebook_report_init(&report);
    buffer_init(&text);
    int rc =
        rulebook_init(init.directory, init.codes, init.zone, offline_year(engine_machine_now()), &report);
    rulebook_report_text(&report, &text);
    fputs(buffer_string(&text), rc ? stderr : stdout);
    buffer_fini(&text);
    rulebook_report_fini(&report);
    return rc ? offline_complain(rc, init.directory) : EXIT_SUCCESS;
}
