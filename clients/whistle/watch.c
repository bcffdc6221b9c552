// whistle watch: its options; board.c and follow.c do the work.
#include "watch.h"

#include <stdlib.h>

#include "intl.h"

enum {
    KEY_FOR = 0x100,
    KEY_CONTACT,
    KEY_AREA,
    KEY_CONSUMER,
    KEY_EXEC,
    KEY_MEANS,
    KEY_TRIES,
    KEY_JOBS,
    KEY_LIMIT,
    KEY_INTERVAL,
    KEY_ONCE,
    KEY_JSON,
    KEY_PERSONAL,
};

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, N_("A board of one case:"), 1},
    {"interval", KEY_INTERVAL, N_("SECONDS"), 0, N_("look again after so long (2)"), 1},
    {"once", KEY_ONCE, NULL, 0, N_("look once; of a feed: until it is empty"), 1},
    {NULL, 0, NULL, 0, N_("The feed of a unit:"), 2},
    {"for", KEY_FOR, N_("UNIT"), 0, N_("what this unit is told"), 2},
    {"contact", KEY_CONTACT, "A|B", 0, N_("what this contact of it is told"), 2},
    {"area", KEY_AREA, N_("CODE"), 0, N_("all that happens in this area (supervisors)"), 2},
    {"consumer", KEY_CONSUMER, N_("NAME"), 0,
     N_("the name under which it is remembered how far this got (watch)"), 2},
    {"json", KEY_JSON, NULL, 0, N_("print JSON, one event a line"), 2},
    {"personal", KEY_PERSONAL, NULL, 0,
     N_("with the residents whole, of the cases that you handle; it is put on record"), 2},
    {"exec", KEY_EXEC, N_("COMMAND"), 0, N_("run this for each event, which is JSON on its standard input"),
     3},
    {"tries", KEY_TRIES, N_("COUNT"), 0, N_("how often, before it is put on record as undelivered (5)"), 3},
    {"jobs", KEY_JOBS, N_("COUNT"), 0, N_("commands at a time, never two of one case (4)"), 3},
    {"exec-timeout", KEY_LIMIT, N_("SECONDS"), 0, N_("a command is killed after so long (60)"), 3},
    {"means", KEY_MEANS, N_("WORD"), 0, N_("put each delivery on record, by these means: sms, radio"), 3},
    {0},
};

static unsigned number_of(const char *arg, struct argp_state *state)
{
    char *end;
    unsigned long number = strtoul(arg, &end, 10);
    if (end == arg || *end || number == 0 || number > 86400)
        argp_error(state, "%s: %s", arg, _("not a number in range"));
    return (unsigned)number;
}

static const char **text_of(struct watch *w, int key)
{
    switch (key) {
    case KEY_FOR:
        return &w->unit;
    case KEY_CONTACT:
        return &w->contact;
    case KEY_AREA:
        return &w->area;
    case KEY_CONSUMER:
        return &w->consumer;
    case KEY_EXEC:
        return &w->exec;
    case KEY_MEANS:
        return &w->means;
    case ARGP_KEY_ARG:
        return &w->number;
    default:
        return NULL;
    }
}

static unsigned *number_at(struct watch *w, int key)
{
    switch (key) {
    case KEY_TRIES:
        return &w->tries;
    case KEY_JOBS:
        return &w->jobs;
    case KEY_LIMIT:
        return &w->exec_timeout_s;
    case KEY_INTERVAL:
        return &w->interval_s;
    default:
        return NULL;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct watch *w = state->input;
    if (text_of(w, key)) {
        *text_of(w, key) = arg;
        return 0;
    }
    if (number_at(w, key)) {
        *number_at(w, key) = number_of(arg, state);
        return 0;
    }
    switch (key) {
    case ARGP_KEY_INIT:
        tool_parse_init(state);
        return 0;
    case KEY_ONCE:
        w->once = true;
        return 0;
    case KEY_JSON:
        w->json = true;
        return 0;
    case KEY_PERSONAL:
        w->personal = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int command_watch(struct tool *tool, int argc, char **argv)
{
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = N_("NUMBER\n--for UNIT | --area CODE"),
        .doc = N_(
            "Follows a case on a board, or a feed event by event.\v"
            "An event counts as received once it is printed, or its COMMAND ended with 0; the next run goes "
            "on "
            "behind it. WHISTLE_NUMBER, WHISTLE_SEQ, WHISTLE_EVENT and WHISTLE_TRY are in the environment of "
            "COMMAND. What fails is tried again with growing pauses; only later events of the same case "
            "wait.")};
    struct watch w = {
        .tool = tool, .consumer = "watch", .tries = 5, .jobs = 4, .exec_timeout_s = 60, .interval_s = 2};
    if (!tool_parse(tool, &argp, argc, argv, &w))
        return EXIT_USAGE;
    if (!w.number == !(w.unit || w.area || w.contact))
        return tool_usage(tool, "%s", _("watch what? Give a number, or --for UNIT, or --area CODE"));
    if (w.number && w.personal)
        return tool_usage(tool, "%s", _("--personal needs --for or --area; of one case it is whistle show"));
    if (w.contact && !w.unit)
        return tool_usage(tool, "%s", _("--contact needs --for"));
    return w.number ? board_run(&w) : follow_run(&w);
}
