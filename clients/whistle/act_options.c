#include "act_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "intl.h"
#include "times.h"

// A set of verbs; they are fewer than 64.
#define BIT(verb) (UINT64_C(1) << (VERB_##verb))
#define ALL       (~UINT64_C(0))

enum {
    KEY_UNIT = 0x100,
    KEY_TO,
    KEY_INTO,
    KEY_MEMBER,
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
    KEY_SATISFIED,
    KEY_ATTACH,
    KEY_LATE,
    KEY_FROM,
    KEY_YES,
    KEY_JSON,
};

#define BY_UNIT                                                                                              \
    (BIT(ACCEPT) | BIT(REPORT) | BIT(DECLINE) | BIT(RESOLVE) | BIT(ANSWER) | BIT(REASSIGN) | BIT(ADVANCE) |  \
     BIT(HAND_DOWN) | BIT(PROGRESS))
#define BY_MEMBER (BIT(CLAIM) | BIT(CHECK_IN) | BIT(WITHDRAW))
#define JUDGING   (BIT(EVALUATE) | BIT(VERIFY))
#define VERDICT   (JUDGING | BIT(CALL_BACK))
#define WAITING   (BIT(PAUSE) | BIT(SUSPEND))
#define STAGED    (BIT(EXTEND) | BIT(APPEAL) | BIT(CHANGE_LIMIT))
#define ASKING    (WAITING | BIT(EXTEND) | BIT(APPEAL))
#define ON_SITE   (BIT(REPORT) | BIT(CHECK_IN))
#define WITH_FILE                                                                                            \
    (BIT(RESOLVE) | BIT(COMMENT) | BIT(REPORT) | BIT(VERIFY) | BIT(FEEDBACK) | BIT(PROGRESS) | BIT(APPEAL))
#define AT_UNIT                                                                                              \
    (BIT(URGE) | BIT(SUPERVISE) | BIT(ADD_UNIT) | BIT(REASSIGN) | VERDICT | ASKING | BIT(GRANT) |            \
     BIT(REFUSE) | BIT(RESUME) | BIT(CHANGE_LIMIT) | BIT(REOPEN) | BIT(EXCUSE))

// An option that means another thing to another verb stands here twice; no verb has both.
static const struct {
    struct argp_option option;
    uint64_t verbs;
} master[] = {
    {{"unit", KEY_UNIT, N_("CODE"), 0, N_("whose summons it is, if not one's own"), 1}, BY_UNIT},
    {{"to", KEY_TO, N_("CODE"), 0, N_("the unit that it is about"), 1}, AT_UNIT},
    {{"to", KEY_TO, N_("CODE"), 0, N_("the branch that is to do it; the unit itself takes it back"), 1},
     BIT(HAND_DOWN)},
    {{"to", KEY_TO, N_("CODE"), 0, N_("an office on the way down, if not the submitting one"), 1},
     BIT(RETURN)},
    {{"into", KEY_INTO, N_("NUMBER"), 0, N_("the case that goes on"), 1}, BIT(MERGE)},
    {{"member", KEY_MEMBER, N_("CODE"), 0, N_("the member of the pool that was called"), 1}, BY_MEMBER},
    {{"reason", KEY_REASON, N_("CODE"), 0, N_("a listed reason; whistle catalog --reasons shows them"), 1},
     ALL & ~BIT(ERASE)},
    {{"reason", KEY_REASON, N_("TEXT"), 0, N_("why; it stays on record, so nothing personal"), 1},
     BIT(ERASE)},
    {{"text", KEY_TEXT, N_("TEXT"), 0, N_("what is to be said"), 1}, ALL & ~BIT(ERASE)},
    {{"person", KEY_PERSON, N_("NAME"), 0, N_("who comes"), 1}, BIT(ACCEPT) | BIT(REPORT)},
    {{"phone", KEY_PHONE, N_("NUMBER"), 0, N_("and the phone"), 1}, BIT(ACCEPT) | BIT(REPORT)},
    {{"heads", KEY_HEADS, N_("COUNT"), 0, N_("how many are on site"), 1}, BIT(REPORT)},
    {{"eta", KEY_ETA, N_("TIME"), 0, N_("will be there: 30m, 16:30"), 1}, BIT(REPORT) | BIT(ACCEPT)},
    {{"arrived", KEY_ARRIVED, N_("TIME"), 0, N_("was there at: now (0m), 16:30"), 1}, ON_SITE},
    {{"lat", KEY_LAT, N_("DEGREES"), 0, N_("latitude"), 1}, ON_SITE},
    {{"lon", KEY_LON, N_("DEGREES"), 0, N_("longitude"), 1}, ON_SITE},
    {{"role", KEY_ROLE, N_("ROLE"), 0, N_("lead or assist"), 1}, BIT(ADD_UNIT)},
    {{"due", KEY_DUE, N_("TIME"), 0, N_("to be answered by: 2h, 16:30"), 1}, BIT(SUPERVISE)},
    {{"due", KEY_DUE, N_("TIME"), 0, N_("when the joint meeting is: 2d, 2026-03-09T14:00"), 1}, BIT(CONVENE)},
    {{"limit", KEY_LIMIT, N_("LIMIT"), 0, N_("how much: 2 working-days, 4 working-hours"), 1},
     BIT(EXTEND) | BIT(CHANGE_LIMIT)},
    {{"until", KEY_UNTIL, N_("TIME"), 0, N_("goes on by itself at: 3d, 2026-03-09"), 1}, WAITING},
    {{"stage", KEY_STAGE, N_("STAGE"), 0, N_("of which clock: accept, report, resolve (the default)"), 1},
     STAGED},
    {{"solved", KEY_SOLVED, NULL, 0, N_("it is solved"), 1}, VERDICT},
    {{"not-solved", KEY_NOT_SOLVED, NULL, 0, N_("it is not: rework"), 1}, VERDICT},
    {{"satisfied", KEY_SATISFIED, N_("WORD"), 0,
      N_("what the resident says of it: satisfied, basically, dissatisfied"), 1},
     BIT(CALL_BACK)},
    {{"attach", KEY_ATTACH, N_("FILE"), 0,
      N_("a file, told by its digest, size and path; before:FILE, after:FILE: when it was taken"), 1},
     WITH_FILE},
    {{"late", KEY_LATE, NULL, 0, N_("the units whose time is over, each"), 1}, BIT(URGE)},
    {{"from", KEY_FROM, N_("FILE"), 0, N_("take numbers from a file, one a line (- is standard input)"), 2},
     ALL},
    {{"yes", KEY_YES, NULL, 0, N_("erase without asking"), 2}, BIT(ERASE)},
    {{"json", KEY_JSON, NULL, 0, N_("print each answer as JSON"), 2}, ALL},
};

enum { MASTER = sizeof master / sizeof master[0] };

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

static int parse_word(enum word_list list, const char *arg, struct argp_state *state)
{
    int value = intl_word_value(list, arg);
    if (value < 0)
        argp_error(state, "%s: %s", arg, _("no such word"));
    return value;
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
    case KEY_MEMBER:
        return &a->act.target;
    case KEY_INTO:
        return &a->act.other;
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
        a->act.role = (Whistle__V1__Role)parse_word(WORDS_ROLE, arg, state);
        return 0;
    case KEY_SATISFIED:
        a->act.satisfied = (Whistle__V1__Satisfaction)parse_word(WORDS_SATISFACTION, arg, state);
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
    case KEY_YES:
        a->yes = true;
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
        if (master[i].verbs & UINT64_C(1) << verb)
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

static bool take_times(struct act *a)
{
    return take_time(a, a->eta, &a->act.eta_ms) && take_time(a, a->arrived, &a->act.arrived_ms) &&
           take_time(a, a->due, &a->act.due_ms);
}

// ---- the whole line -----------------------------------------------------------------------------

static bool is_one_of(const struct act *a, uint64_t verbs)
{
    return (verbs & UINT64_C(1) << a->act.verb) != 0;
}

// What the verb cannot do without, as a sentence; NULL: nothing.
static const char *missing(const struct act *a)
{
    if (a->numbers.count == 0)
        return _("which cases? Give their numbers, or --from FILE");
    if (is_one_of(a, JUDGING) && !a->act.verdict)
        return _("give a verdict: --solved or --not-solved");
    if (is_one_of(a, BIT(CALL_BACK)) && !a->act.verdict != !a->act.satisfied)
        return _("give both answers, --solved or --not-solved and --satisfied, or none: not reached");
    if (is_one_of(a, BIT(MERGE)) && !*a->act.other)
        return _("into which case? Give --into NUMBER");
    if (is_one_of(a, BIT(HAND_DOWN) | BIT(EXCUSE)) && !*a->act.target)
        return _("which unit? Give --to CODE");
    if (is_one_of(a, BY_MEMBER) && !*a->act.target)
        return _("which member? Give --member CODE");
    if (is_one_of(a, BIT(ERASE)) && !*a->act.reason)
        return _("why? Give --reason TEXT");
    if (is_one_of(a, BIT(CONVENE)) && !a->due)
        return _("when is the meeting? Give --due TIME");
    return NULL;
}

static int verb_of(const char *command)
{
    char name[32];
    snprintf(name, sizeof name, "%s", command);
    for (char *at = name; *at; at++)
        *at = *at == '-' ? '_' : *at;
    return word_value(WORDS_VERB, name);
}

bool act_options_read(struct act *a, struct tool *tool, int argc, char **argv)
{
    struct argp_option options[MASTER + 1];
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .args_doc = N_("NUMBER..."),
                              .doc = N_("Prints one result a line; the exit status is 1 if any failed.")};
    *a = (struct act){.tool = tool};
    whistle__v1__act__init(&a->act);
    whistle__v1__position__init(&a->position);
    a->act.verb = (Whistle__V1__Verb)verb_of(tool->command);
    choose_options(options, (int)a->act.verb);
    if (!tool_parse(tool, &argp, argc, argv, a))
        return false;
    const char *why = missing(a);
    if (why)
        tool_usage(tool, "%s", why);
    return !why && take_times(a);
}

bool act_is_asked_for(Whistle__V1__Verb verb)
{
    return (ASKING & UINT64_C(1) << verb) != 0;
}
