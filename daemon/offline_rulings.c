// precedents: what the desk of a running daemon ruled, as rules to be put into the rulebook.
#include "ask.h"
#include "offline.h"

#include "base/error.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

int offline_rulings(const char *path, const char *category, struct arena *arena, struct told_rulings *out)
{
    struct buffer answer;
    const char *refusal = "";
    buffer_init(&answer);
    int rc = ask_daemon(path, &answer, "json precedents %s\n", category);
    if (!rc) {
        rc = rulings_read(buffer_string(&answer), arena, out, &refusal);
        if (rc)
            offline_complain(rc, *refusal ? refusal : path);
    }
    buffer_fini(&answer);
    return rc;
}

enum { KEY_STATUS = 256 };

static const struct argp_option options[] = {
    {"status", KEY_STATUS, "PATH", 0,
     "the daemon's status socket (WHISTLE_STATUS, /run/whistled/status.sock)", 0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    if (key != KEY_STATUS)
        return ARGP_ERR_UNKNOWN;
    *(const char **)state->input = value;
    return 0;
}

int offline_precedents(int argc, char **argv)
{
    static const struct argp argp = {
        options, parse,
        "",      "Writes what the desk of the running daemon ruled as proposed rules for rules.yaml.",
        NULL,    NULL,
        NULL};
    const char *status = NULL;
    struct told_rulings rulings = {0};
    struct arena arena;
    struct buffer text;
    argp_parse(&argp, argc, argv, 0, NULL, &status);
    arena_init(&arena, 0);
    buffer_init(&text);
    int rc = offline_rulings(ask_path(status), "", &arena, &rulings);
    if (!rc) {
        rulings_propose(&rulings, offline_wants_chinese(), &text);
        rc = text.failed ? offline_complain(ERROR_NO_MEMORY, "precedents") : 0;
    }
    if (!rc)
        fputs(buffer_string(&text), stdout);
    buffer_fini(&text);
    arena_fini(&arena);
    return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
