// whistle: the tool for people. Finds the command and leaves the rest to it.
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "intl.h"
#include "table.h"
#include "tool.h"

static const struct command commands[] = {
    {"submit", N_("blow a whistle: report an issue and see who must come by when"), command_submit},
    {"send", N_("deliver what was kept while the daemon was away"), command_send},
    {"list", N_("list cases"), command_list},
    {"show", N_("show a case with all that happened to it"), command_show},
    {"watch", N_("follow a case, or a unit's feed"), command_watch},
    {"top", N_("see live what is due, late and silent, and act on it"), command_top},
    {"digest", N_("print a day at a glance, as a page for an e-mail"), command_digest},
    {"accept", N_("take a summons, with a person"), command_act},
    {"report", N_("report on site or in contact"), command_act},
    {"hand-down", N_("let a branch of the unit do it, or take it back"), command_act},
    {"progress", N_("say how far it is"), command_act},
    {"decline", N_("return a summons, with a listed reason"), command_act},
    {"resolve", N_("say that it is done"), command_act},
    {"advance", N_("say that this step of several is done, the next one begins"), command_act},
    {"extend", N_("ask for more time, or give it"), command_act},
    {"pause", N_("ask that a unit's clocks stand still"), command_act},
    {"suspend", N_("ask that the whole case waits until a day"), command_act},
    {"appeal", N_("ask that being late is not counted"), command_act},
    {"grant", N_("grant what a unit asks for, or approve a whistle"), command_act},
    {"refuse", N_("refuse it, with a reason"), command_act},
    {"resume", N_("let clocks that stand still go on"), command_act},
    {"change-limit", N_("give a unit another limit"), command_act},
    {"comment", N_("add a remark"), command_act},
    {"urge", N_("push a unit, on the record"), command_act},
    {"supervise", N_("order a unit to answer by a time"), command_act},
    {"answer", N_("answer an order of supervision"), command_act},
    {"hand-up", N_("hand a case to the level above"), command_act},
    {"return", N_("give a case that was handed up back, with the decision"), command_act},
    {"add-unit", N_("call one more unit"), command_act},
    {"reassign", N_("give a summons to another unit"), command_act},
    {"excuse", N_("say that an assisting unit need not come after all"), command_act},
    {"convene", N_("put who has to come to a joint meeting"), command_act},
    {"settle", N_("say that the office settled it alone"), command_act},
    {"verify", N_("say whether what is said to be done is done"), command_act},
    {"feedback", N_("put on record what the resident was told, with the evidence"), command_act},
    {"call-back", N_("put on record what the resident says, or that nobody was reached"), command_act},
    {"evaluate", N_("give the verdict on a unit"), command_act},
    {"close", N_("close a case, with a listed reason"), command_act},
    {"reopen", N_("open a closed case again, with a reason"), command_act},
    {"cancel", N_("withdraw a case"), command_act},
    {"merge", N_("let a case rest in another about the same thing"), command_act},
    {"unmerge", N_("make it a case of its own again"), command_act},
    {"erase", N_("remove what is personal of a case for good"), command_act},
    {"claim", N_("take a member's place in a call-up"), command_act},
    {"check-in", N_("say that a member has come"), command_act},
    {"withdraw", N_("give a member's place back"), command_act},
    {"import", N_("turn the rows of a CSV file into whistles"), command_import},
    {"catalog", N_("look up categories, areas, units and reasons"), command_catalog},
    {"rates", N_("show how well it goes, and the cases behind each figure"), command_rates},
    {"points", N_("rank units, branches and members by their points"), command_points},
    {"status", N_("ask the daemon on this machine how it is"), command_status},
    {"key", N_("make, show and change the keys that this machine speaks with"), command_key},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int help(struct tool *tool, FILE *out, int status)
{
    struct table table;
    table_init(&table, &tool->arena, 2);
    fprintf(out, "%s\n\n", _("Usage: whistle [COMMON OPTION...] COMMAND [OPTION...] [ARGUMENT...]"));
    for (size_t i = 0; i < COMMANDS; i++)
        TABLE_ROW(&table, commands[i].name, _(commands[i].doc));
    table_print(&table, out, 2);
    fprintf(out, "\n%s\n", _("whistle COMMAND --help tells more about each."));
    return status;
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

struct front {
    struct tool *tool; // first, for tool_parse_init
    int first;         // index of the command
};

static error_t parse_front(int key, char *arg, struct argp_state *state)
{
    struct front *front = state->input;
    (void)arg;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = front->tool;
        return 0;
    case 'V':
        puts("whistle " WHISTLED_VERSION);
        front->first = -1;
        state->next = state->argc;
        return 0;
    case 'h':
        front->first = 0;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_ARG:
        front->first = state->next - 1;
        state->next = state->argc;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// Options before the command are the common ones; -1: done, 0: no command.
static int parse_before_command(struct tool *tool, int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"version", 'V', NULL, 0, N_("show the version"), 0},
        {"help", 'h', NULL, 0, N_("show this help"), 0},
        {0},
    };
    const struct argp_child children[] = {{&tool_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {.options = options, .parser = parse_front, .children = children};
    struct front front = {.tool = tool};
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, ARGP_NO_HELP | ARGP_IN_ORDER, NULL, &front);
    return front.first;
}

static int run(struct tool *tool, int argc, char **argv)
{
    if (argc < 2)
        return help(tool, stderr, EXIT_USAGE);
    int first = parse_before_command(tool, argc, argv);
    if (first < 0)
        return EXIT_DONE;
    if (first == 0)
        return help(tool, stdout, EXIT_DONE);
    if (strcmp(argv[first], "help") == 0)
        return help(tool, stdout, EXIT_DONE);
    const struct command *command = find(argv[first]);
    if (!command)
        return tool_usage(tool, _("there is no command %s; whistle --help lists them"), argv[first]);
    tool->command = command->name;
    return command->run(tool, argc - first, argv + first);
}

int main(int argc, char **argv)
{
    static struct tool tool;
    signal(SIGPIPE, SIG_IGN);
    intl_start();
    arena_init(&tool.arena, 0);
    int status = EXIT_FAILED;
    if (sodium_init() >= 0 && settings_load(&tool.settings, &tool.arena))
        status = run(&tool, argc, argv);
    whistle_close(tool.handle);
    if (fflush(stdout) != 0 && status == EXIT_DONE)
        status = EXIT_FAILED;
    arena_fini(&tool.arena);
    return status;
}
