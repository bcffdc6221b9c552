// whistle rates: how well it goes, in the rulebook's figures, and the cases behind each of them.
#include <stdio.h>
#include <string.h>

#include "bar.h"
#include "by.h"
#include "facts.h"
#include "intl.h"
#include "rates_print.h"
#include "recount.h"
#include "selection.h"
#include "tool.h"

struct rates {
    struct tool *tool; // first, for tool_parse_init
    struct selection selection;
    Whistle__V1__Rates asked;
    struct facts facts; // --cases
    const char **only;  // the ids of --rate, ended by NULL
    size_t n_only;
    const char *of_figures; // the first option that goes with figures alone
    const char *of_cases;   // that goes with --cases alone
    bool bars;
    bool definitions;
    bool recount;
    bool csv;
    bool json;
};

enum {
    KEY_BY = 0x100,
    KEY_COMPARE,
    KEY_RATE,
    KEY_BARS,
    KEY_DEFINITIONS,
    KEY_RECOUNT,
    KEY_CASES,
    KEY_OVER,
    KEY_LEFT_OUT,
    KEY_MAX,
    KEY_CSV,
    KEY_JSON,
};

static const struct argp_option options[] = {
    {"by", KEY_BY, N_("WORD"), 0,
     N_("a row for each unit, branch, area, category, day or month; without: the whole alone"), 2},
    {"compare", KEY_COMPARE, NULL, 0, N_("with the period before: how each figure changed"), 2},
    {"rate", KEY_RATE, N_("ID"), 0, N_("this rate or score alone; may be given several times"), 2},
    {"bars", KEY_BARS, NULL, 0, N_("draw bars, which a UTF-8 terminal has anyway"), 2},
    {"definitions", KEY_DEFINITIONS, NULL, 0, N_("say how each rate is counted"), 2},
    {"recount", KEY_RECOUNT, NULL, 0,
     N_("let the daemon count all of it again from its journal, and compare"), 2},
    {"cases", KEY_CASES, N_("WHAT"), 0,
     N_("the cases behind a count (resolve.overdue) or what a rate counts (its id); with / behind it: what "
        "it is divided by"),
     3},
    {"over", KEY_OVER, NULL, 0, N_("with --cases: what the rate is divided by"), 3},
    {"left-out", KEY_LEFT_OUT, NULL, 0, N_("with --cases: what its exclusions take out"), 3},
    {"max", KEY_MAX, N_("COUNT"), 0, N_("with --cases: at most so many"), 3},
    {"csv", KEY_CSV, NULL, 0, N_("print CSV, with a byte order mark for spreadsheets"), 4},
    {"json", KEY_JSON, NULL, 0, N_("print JSON; of cases, one a line"), 4},
    {0},
};

static const char *const rows[] = {"unit", "branch", "area", "category", "day", "month", NULL};

// "closed_rate/" asks for what the rate is divided by.
static void set_cases(struct rates *r, char *what, struct argp_state *state)
{
    size_t length = strlen(what);
    bool over = length && what[length - 1] == '/';
    char *of = arena_strndup(&r->tool->arena, what, length - over);
    if (!of || !*of)
        argp_error(state, "--cases: %s", _("no figure is named"));
    r->facts.asked.of = of;
    r->facts.asked.over = r->facts.asked.over || over;
}

static error_t parse_figures(struct rates *r, int key, char *arg, struct argp_state *state)
{
    static const char *const names[] = {"--by",   "--compare",     "--rate",
                                        "--bars", "--definitions", "--recount"};
    if (key < KEY_BY || key > KEY_RECOUNT)
        return ARGP_ERR_UNKNOWN;
    r->of_figures = r->of_figures ? r->of_figures : names[key - KEY_BY];
    if (key == KEY_BY)
        r->asked.by = tool_text(by_parse(rows, arg, state));
    else if (key == KEY_RATE)
        r->only[r->n_only++] = arg;
    r->asked.compare = r->asked.compare || key == KEY_COMPARE;
    r->bars = r->bars || key == KEY_BARS;
    r->definitions = r->definitions || key == KEY_DEFINITIONS;
    r->recount = r->recount || key == KEY_RECOUNT;
    return 0;
}

static error_t parse_cases(struct rates *r, int key, char *arg, struct argp_state *state)
{
    static const char *const names[] = {"--over", "--left-out", "--max"};
    if (key == KEY_CASES) {
        set_cases(r, arg, state);
        return 0;
    }
    if (key < KEY_OVER || key > KEY_MAX)
        return ARGP_ERR_UNKNOWN;
    r->of_cases = r->of_cases ? r->of_cases : names[key - KEY_OVER];
    r->facts.asked.over = r->facts.asked.over || key == KEY_OVER;
    r->facts.asked.left_out = r->facts.asked.left_out || key == KEY_LEFT_OUT;
    if (key == KEY_MAX)
        r->facts.most = facts_parse_most(arg, state);
    return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct rates *r = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        tool_parse_init(state);
        state->child_inputs[1] = &r->selection;
        return 0;
    case KEY_CSV:
        r->csv = true;
        return 0;
    case KEY_JSON:
        r->json = true;
        return 0;
    default:
        return parse_figures(r, key, arg, state) == 0 ? 0 : parse_cases(r, key, arg, state);
    }
}

// What does not go together is said, not passed over: nobody should take one figure for another.
static int check(const struct rates *r)
{
    bool cases = *r->facts.asked.of;
    if (cases && r->of_figures)
        return tool_usage(r->tool, _("%s and %s do not go together"), "--cases", r->of_figures);
    if (!cases && r->of_cases)
        return tool_usage(r->tool, _("%s needs %s"), r->of_cases, "--cases");
    if (r->facts.asked.over && r->facts.asked.left_out)
        return tool_usage(r->tool, _("%s and %s do not go together"), "--over", "--left-out");
    bool in_time = strcmp(r->asked.by, "day") == 0 || strcmp(r->asked.by, "month") == 0;
    if (r->asked.compare && in_time) // each row is a period itself
        return tool_usage(r->tool, _("%s and %s do not go together"), "--compare", "--by day|month");
    if (r->csv && r->json)
        return tool_usage(r->tool, _("%s and %s do not go together"), "--csv", "--json");
    if (r->csv && r->definitions)
        return tool_usage(r->tool, _("%s and %s do not go together"), "--csv", "--definitions");
    return EXIT_DONE;
}

static void print_for_people(const struct rates *r, const struct rates_view *view)
{
    const Whistle__V1__RatesView *answer = view->answer;
    selection_print_period(answer->period, view->compare ? answer->period_before : NULL,
                           answer->to_ms > r->tool->now_ms);
    if (*r->asked.by)
        rates_print_table(view, r->bars || bar_is_possible());
    else
        rates_print_whole(view);
    if (r->definitions)
        rates_print_definitions(view);
}

static int print_figures(struct rates *r, const Whistle__V1__RatesView *answer)
{
    struct rates_view view;
    if (!rates_view_init(&view, r->tool, &r->asked, answer, r->only))
        return EXIT_USAGE;
    if (r->json)
        tool_print_json(&answer->base);
    else if (r->csv)
        rates_print_csv(&view);
    else
        print_for_people(r, &view);
    return EXIT_DONE;
}

static int ask_figures(struct rates *r)
{
    Whistle__V1__Reply *reply;
    struct whistle *w = tool_handle(r->tool);
    if (!w)
        return EXIT_FAILED;
    if (whistle_rates(w, &r->asked, &reply) != WHISTLE_OK ||
        reply->result_case != WHISTLE__V1__REPLY__RESULT_RATES)
        return tool_failed(r->tool, reply);
    tool_heard(r->tool, reply);
    int status = print_figures(r, reply->rates);
    if (status == EXIT_DONE && r->recount) // what programs read stays clean
        status = recount_run(r->tool, reply->rates, &r->selection.wire, r->csv || r->json ? stderr : stdout);
    whistle_reply_free(reply);
    return status;
}

static int ask_cases(struct rates *r)
{
    r->facts.tool = r->tool;
    r->facts.asked.selection = &r->selection.wire;
    r->facts.csv = r->csv;
    r->facts.json = r->json;
    return facts_print(&r->facts);
}

int command_rates(struct tool *tool, int argc, char **argv)
{
    const struct argp_child children[] = {{&selection_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .children = children,
                              .doc = N_("Shows the rates of the rulebook, with what they are made of.")};
    struct rates r = {.tool = tool};
    whistle__v1__rates__init(&r.asked);
    whistle__v1__facts__init(&r.facts.asked);
    selection_init(&r.selection);
    r.asked.selection = &r.selection.wire;
    r.only = arena_array(&tool->arena, (size_t)argc, sizeof *r.only);
    if (!r.only || !tool_parse(tool, &argp, argc, argv, &r) || check(&r) != EXIT_DONE)
        return EXIT_USAGE;
    return *r.facts.asked.of ? ask_cases(&r) : ask_figures(&r);
}
