// The commands that act on cases: one table of verbs, one of options, one loop over the numbers.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "intl.h"
#include "numbers.h"
#include "receipt.h"
#include "times.h"
#include "tool.h"

#define BIT(verb) (1u << (VERB_##verb))
#define ALL       (~0u)

enum {
    KEY_UNIT = 0x100,
    KEY_TO,
    KEY_REASON,
    KEY_TEXT,
    KEY_PERSON,
    KEY_PHONE,
    KEY_HEADS,
    KEY_ETA,
    KEY_ARRIVED,
    KEY_LAT,
    KEY_LON,
    KEY_ROLE,
    KEY_DUE,
    KEY_LIMIT,
    KEY_UNTIL,
    KEY_STAGE,
    KEY_SOLVED,
    KEY_NOT_SOLVED,
    KEY_ATTACH,
    KEY_LATE,
    KEY_FROM,
    KEY_JSON,
};

#define BY_UNIT                                                                                              \
    (BIT(ACCEPT) | BIT(REPORT) | BIT(DECLINE) | BIT(RESOLVE) | BIT(ANSWER) | BIT(REASSIGN) | BIT(ADVANCE))
#define VERDICT (BIT(EVALUATE) | BIT(VERIFY))
#define WAITING (BIT(PAUSE) | BIT(SUSPEND))
#define STAGED  (BIT(EXTEND) | BIT(APPEAL) | BIT(CHANGE_LIMIT))
#define ASKING  (WAITING | BIT(EXTEND) | BIT(APPEAL))
#define AT_UNIT                                                                                              \
    (BIT(URGE) | BIT(SUPERVISE) | BIT(ADD_UNIT) | BIT(REASSIGN) | VERDICT | ASKING | BIT(GRANT) |            \
     BIT(REFUSE) | BIT(RESUME) | BIT(CHANGE_LIMIT))

static const struct {
    struct argp_option option;
    unsigned verbs;
} master[] = {
    {{"unit", KEY_UNIT, N_("CODE"), 0, N_("whose summons it is, if not one's own"), 1}, BY_UNIT},
    {{"to", KEY_TO, N_("CODE"), 0, N_("the unit that it is about"), 1}, AT_UNIT},
    {{"reason", KEY_REASON, N_("CODE"), 0, N_("a listed reason; whistle catalog --reasons shows them"), 1},
     ALL},
    {{"text", KEY_TEXT, N_("TEXT"), 0, N_("what is to be said"), 1}, ALL},
    {{"person", KEY_PERSON, N_("NAME"), 0, N_("who comes"), 1}, BIT(ACCEPT) | BIT(REPORT)},
    {{"phone", KEY_PHONE, N_("NUMBER"), 0, N_("and the phone"), 1}, BIT(ACCEPT) | BIT(REPORT)},
    {{"heads", KEY_HEADS, N_("COUNT"), 0, N_("how many are on site"), 1}, BIT(REPORT)},
    {{"eta", KEY_ETA, N_("TIME"), 0, N_("will be there: 30m, 16:30"), 1}, BIT(REPORT) | BIT(ACCEPT)},
    {{"arrived", KEY_ARRIVED, N_("TIME"), 0, N_("was there at: now (0m), 16:30"), 1}, BIT(REPORT)},
    {{"lat", KEY_LAT, N_("DEGREES"), 0, N_("latitude"), 1}, BIT(REPORT)},
    {{"lon", KEY_LON, N_("DEGREES"), 0, N_("longitude"), 1}, BIT(REPORT)},
    {{"role", KEY_ROLE, N_("ROLE"), 0, N_("lead or assist"), 1}, BIT(ADD_UNIT)},
    {{"due", KEY_DUE, N_("TIME"), 0, N_("to be answered by: 2h, 16:30"), 1}, BIT(SUPERVISE)},
    {{"limit", KEY_LIMIT, N_("LIMIT"), 0, N_("how much: 2 working-days, 4 working-hours"), 1},
     BIT(EXTEND) | BIT(CHANGE_LIMIT)},
    {{"until", KEY_UNTIL, N_("TIME"), 0, N_("goes on by itself at: 3d, 2026-03-09"), 1}, WAITING},
    {{"stage", KEY_STAGE, N_("STAGE"), 0, N_("of which clock: accept, report, resolve (the default)"), 1},
     STAGED},
    {{"solved", KEY_SOLVED, NULL, 0, N_("it is solved"), 1}, VERDICT},
    {{"not-solved", KEY_NOT_SOLVED, NULL, 0, N_("it is not: rework"), 1}, VERDICT},
    {{"attach", KEY_ATTACH, N_("FILE"), 0, N_("a file, told by its digest, size and path"), 1},
     BIT(RESOLVE) | BIT(COMMENT) | BIT(REPORT) | BIT(VERIFY)},
    {{"late", KEY_LATE, NULL, 0, N_("the units whose time is over, each"), 1}, BIT(URGE)},
    {{"from", KEY_FROM, N_("FILE"), 0, N_("take numbers from a file, one a line (- is standard input)"), 2},
     ALL},
    {{"json", KEY_JSON, NULL, 0, N_("print each answer as JSON"), 2}, ALL},
};

enum { MASTER = sizeof master / sizeof master[0] };

struct act {
    struct tool *tool; // first, for tool_parse_init
    Whistle__V1__Act act;
    Whistle__V1__Position position;
    size_t attachments_room;
    struct numbers numbers;
    const char *eta, *arrived, *due; // read when the city's clock is known
    bool late;
    bool json;
};

static bool degrees(const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    return end != text && !*end && *out >= -180 && *out <= 180;
}

static void parse_position(struct act *a, int key, const char *arg, struct argp_state *state)
{
    a->act.position = &a->position;
    if (!degrees(arg, key == KEY_LAT ? &a->position.latitude : &a->position.longitude))
        argp_error(state, "%s: %s", arg, _("not degrees in range"));
}

static void parse_count(struct act *a, const char *arg, struct argp_state *state)
{
    char *end;
    unsigned long count = strtoul(arg, &end, 10);
    if (end == arg || *end || count > 100000)
        argp_error(state, "%s: %s", arg, _("not a number in range"));
    a->act.head_count = (uint32_t)count;
}

static void parse_role(struct act *a, const char *arg, struct argp_state *state)
{
    int role = intl_word_value(WORDS_ROLE, arg);
    if (role < 0)
        argp_error(state, "%s: %s", arg, _("no such word"));
    a->act.role = (Whistle__V1__Role)role;
}

static void parse_stage(struct act *a, const char *arg, struct argp_state *state)
{
    int stage = intl_stage_value(arg);
    if (stage < 0)
        argp_error(state, "%s: %s", arg, _("no such word"));
    a->act.stage = (Whistle__V1__Stage)stage;
}

// Texts that are kept as they are.
static char **text_of(struct act *a, int key)
{
    switch (key) {
    case KEY_UNIT:
        return &a->act.unit;
    case KEY_TO:
        return &a->act.target;
    case KEY_REASON:
        return &a->act.reason;
    case KEY_TEXT:
        return &a->act.text;
    case KEY_PERSON:
        return &a->act.person;
    case KEY_PHONE:
        return &a->act.phone;
    case KEY_ETA:
        return (char **)(void *)&a->eta;
    case KEY_ARRIVED:
        return (char **)(void *)&a->arrived;
    case KEY_LIMIT:
        return &a->act.limit;
    case KEY_DUE:
    case KEY_UNTIL:
        return (char **)(void *)&a->due;
    default:
        return NULL;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct act *a = state->input;
    char **text = text_of(a, key);
    if (text) {
        *text = arg;
        return 0;
    }
    switch (key) {
    case ARGP_KEY_INIT:
        tool_parse_init(state);
        return 0;
    case ARGP_KEY_ARG:
        numbers_add(a->tool, &a->numbers, arg);
        return 0;
    case KEY_HEADS:
        parse_count(a, arg, state);
        return 0;
    case KEY_LAT:
    case KEY_LON:
        parse_position(a, key, arg, state);
        return 0;
    case KEY_ROLE:
        parse_role(a, arg, state);
        return 0;
    case KEY_STAGE:
        parse_stage(a, arg, state);
        return 0;
    case KEY_SOLVED:
        a->act.verdict = WHISTLE__V1__VERDICT__VERDICT_SOLVED;
        return 0;
    case KEY_NOT_SOLVED:
        a->act.verdict = WHISTLE__V1__VERDICT__VERDICT_NOT_SOLVED;
        return 0;
    case KEY_ATTACH:
        if (!attach_file(&a->tool->arena, arg, &a->act.attachments, &a->act.n_attachments,
                         &a->attachments_room))
            exit(EXIT_FAILED);
        return 0;
    case KEY_LATE:
        a->late = true;
        return 0;
    case KEY_FROM:
        if (!numbers_read(a->tool, &a->numbers, arg))
            exit(EXIT_FAILED);
        return 0;
    case KEY_JSON:
        a->json = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// The options that the verb takes, out of the master table.
static void choose_options(struct argp_option *out, int verb)
{
    for (int i = 0; i < MASTER; i++)
        if (master[i].verbs & 1u << verb)
            *out++ = master[i].option;
    *out = (struct argp_option){0};
}

static bool take_time(struct act *a, const char *text, int64_t *ms)
{
    if (!text)
        return true;
    if (!tool_city_now(a->tool))
        return false;
    if (times_parse(text, a->tool->now_ms, ms))
        return true;
    tool_usage(a->tool, "%s: %s", text, _("not a time"));
    return false;
}

// ---- one case -----------------------------------------------------------------------------------

// What a unit asks for is not granted yet; with a target it is a supervisor's own doing.
static const char *done_of(struct act *a)
{
    const char *verb = intl_word(WORDS_VERB, (int)a->act.verb);
    if (!(1u << a->act.verb & ASKING) || *a->act.target)
        return verb;
    return arena_printf(&a->tool->arena, _("%s: %s"), intl_word(WORDS_EVENT_KIND, EVENT_ASKED), verb);
}

static void print_done(struct act *a, const char *number, const Whistle__V1__Receipt *receipt)
{
    if (a->json)
        tool_print_json(&receipt->base);
    else if (receipt->n_called)
        receipt_print(a->tool, receipt, false);
    else
        printf("%s  %s%s%s\n", *receipt->number ? receipt->number : number, done_of(a),
               receipt->state ? " · " : "",
               receipt->state ? intl_word(WORDS_CASE_STATE, (int)receipt->state) : "");
}

static bool act_once(struct act *a, const char *number)
{
    struct whistle *w = tool_handle(a->tool);
    Whistle__V1__Reply *reply;
    if (!w)
        return false;
    a->act.number = tool_text(number);
    int result = whistle_act(w, NULL, &a->act, &reply);
    bool done = result == WHISTLE_OK && reply->result_case == WHISTLE__V1__REPLY__RESULT_RECEIPT;
    tool_heard(a->tool, reply);
    if (done)
        print_done(a, number, reply->receipt);
    else
        printf("%s: %s\n", number, tool_why(a->tool, w, reply));
    whistle_reply_free(reply);
    return done;
}

static bool is_late(const Whistle__V1__Clock *clock, int64_t now_ms)
{
    return *clock->unit && clock->stopped_ms == 0 && clock->due_ms && clock->due_ms < now_ms;
}

// Urges each unit that has a clock beyond its time, once.
static bool urge_late(struct act *a, const char *number, const Whistle__V1__Case *c)
{
    bool done = true;
    int urged = 0;
    for (size_t i = 0; i < c->n_clocks; i++) {
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again |=
                is_late(c->clocks[k], a->tool->now_ms) && strcmp(c->clocks[k]->unit, c->clocks[i]->unit) == 0;
        if (again || !is_late(c->clocks[i], a->tool->now_ms))
            continue;
        a->act.target = c->clocks[i]->unit;
        done = act_once(a, number) && done;
        urged++;
    }
    if (!urged)
        printf(_("%s  nobody is late\n"), number);
    return done;
}

static bool act_late(struct act *a, const char *number)
{
    struct whistle *w = tool_handle(a->tool);
    Whistle__V1__Reply *reply;
    if (!w)
        return false;
    int result = whistle_show(w, number, 0, &reply);
    tool_heard(a->tool, reply);
    bool shown =
        result == WHISTLE_OK && reply->result_case == WHISTLE__V1__REPLY__RESULT_SHOW && reply->show->case_;
    if (!shown)
        printf("%s: %s\n", number, tool_why(a->tool, w, reply));
    bool done = shown && urge_late(a, number, reply->show->case_);
    whistle_reply_free(reply);
    return done;
}

static int verb_of(const char *command)
{
    char name[32];
    snprintf(name, sizeof name, "%s", command);
    for (char *at = name; *at; at++)
        *at = *at == '-' ? '_' : *at;
    return word_value(WORDS_VERB, name);
}

int command_act(struct tool *tool, int argc, char **argv)
{
    struct argp_option options[MASTER + 1];
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .args_doc = N_("NUMBER..."),
                              .doc = N_("Prints one result a line; the exit status is 1 if any failed.")};
    struct act a = {.tool = tool};
    int verb = verb_of(tool->command);
    choose_options(options, verb);
    whistle__v1__act__init(&a.act);
    whistle__v1__position__init(&a.position);
    a.act.verb = (Whistle__V1__Verb)verb;
    if (!tool_parse(tool, &argp, argc, argv, &a))
        return EXIT_USAGE;
    if (a.numbers.count == 0)
        return tool_usage(tool, "%s", _("which cases? Give their numbers, or --from FILE"));
    if ((1u << verb & VERDICT) && !a.act.verdict)
        return tool_usage(tool, "%s", _("give a verdict: --solved or --not-solved"));
    if (!take_time(&a, a.eta, &a.act.eta_ms) || !take_time(&a, a.arrived, &a.act.arrived_ms) ||
        !take_time(&a, a.due, &a.act.due_ms))
        return EXIT_USAGE;
    bool done = true;
    for (size_t i = 0; i < a.numbers.count; i++)
        done = (a.late ? act_late : act_once)(&a, a.numbers.items[i]) && done;
    return done ? EXIT_DONE : EXIT_FAILED;
}
