// whistle digest: the daily page of a unit, of an office, of all that the asker sees.
#include "digest.h"

#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "digest_page.h"
#include "intl.h"

struct digest {
    struct tool *tool; // first, for tool_parse_init
    Whistle__V1__Digest asked;
    bool json;
};

enum { KEY_UNIT = 0x100, KEY_AREA, KEY_DAY, KEY_MAX, KEY_JSON, MOST_ROWS = 100 };

static const struct argp_option options[] = {
    {"unit", KEY_UNIT, N_("CODE"), 0, N_("of this unit"), 1},
    {"area", KEY_AREA, N_("CODE"), 0, N_("in this area and below"), 1},
    {"day", KEY_DAY, N_("DATE"), 0, N_("what happened on that day: 2026-11-25 (today, with what is open)"),
     1},
    {"max", KEY_MAX, N_("COUNT"), 0, N_("at most so many rows of each part (10)"), 2},
    {"json", KEY_JSON, NULL, 0, N_("print the answer as JSON"), 2},
    {0},
};

unsigned digest_number(const char *arg, unsigned most, struct argp_state *state)
{
    char *end;
    unsigned long number = strtoul(arg, &end, 10);
    if (end == arg || *end || number == 0 || number > most)
        argp_error(state, "%s: %s", arg, _("not a number in range"));
    return (unsigned)number;
}

static void set_day(struct digest *d, char *arg, struct argp_state *state)
{
    struct civil_date date;
    if (strlen(arg) != 10 || !civil_parse(arg, &date) || !civil_is_valid(date))
        argp_error(state, "%s: %s", arg, _("not a date, as 2026-11-25"));
    d->asked.day = arg;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct digest *d = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        tool_parse_init(state);
        return 0;
    case KEY_UNIT:
        d->asked.unit = arg;
        return 0;
    case KEY_AREA:
        d->asked.area = arg;
        return 0;
    case KEY_DAY:
        set_day(d, arg, state);
        return 0;
    case KEY_MAX:
        d->asked.max = digest_number(arg, MOST_ROWS, state);
        return 0;
    case KEY_JSON:
        d->json = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int digest_run(struct tool *tool, const Whistle__V1__Digest *asked, bool json)
{
    struct whistle *w = tool_handle(tool);
    Whistle__V1__Reply *reply;
    if (!w)
        return EXIT_FAILED;
    int result = whistle_digest(w, asked, &reply);
    if (result != WHISTLE_OK || reply->result_case != WHISTLE__V1__REPLY__RESULT_DIGEST)
        return tool_failed(tool, reply);
    tool_heard(tool, reply);
    if (json)
        tool_print_json(&reply->digest->base);
    else
        digest_page_print(tool, reply->digest, asked, stdout);
    whistle_reply_free(reply);
    return EXIT_DONE;
}

int command_digest(struct tool *tool, int argc, char **argv)
{
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .doc =
            N_("Prints a day at a glance: due, late, silent units, what happened, the figures of the day.")};
    struct digest d = {.tool = tool};
    whistle__v1__digest__init(&d.asked);
    if (!tool_parse(tool, &argp, argc, argv, &d))
        return EXIT_USAGE;
    return digest_run(tool, &d.asked, d.json);
}
