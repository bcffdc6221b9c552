// whistle submit: from options or questions to a case number, or into the spool.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "base/ulid.h"
#include "draft.h"
#include "intl.h"
#include "receipt.h"
#include "spool.h"
#include "tool.h"

struct submit {
    struct tool *tool; // first, for tool_parse_init
    struct draft draft;
    bool any; // a field was given: no questions
    bool yes;
    bool json;
    bool preview;
    const char *appointed; // read when the city's clock is known
    const char *reported;
};

enum { KEY_ATTR = 0x100, KEY_ATTACH, KEY_JSON, KEY_PREVIEW, KEY_FIELD };

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, N_("What it is about:"), 1},
    {"kind", KEY_FIELD, N_("KIND"), 0, N_("issue joint emergency priority callup"), 1},
    {"category", KEY_FIELD + 1, N_("CODE"), 0, N_("the category; whistle catalog finds it"), 1},
    {"condition", KEY_FIELD + 2, N_("CODE"), 0, N_("the filing condition"), 1},
    {"nature", KEY_FIELD + 3, N_("NATURE"), 0, N_("complaint request report consultation suggestion thanks"),
     1},
    {"severity", KEY_FIELD + 4, "1-4", 0, N_("1 is the gravest"), 1},
    {"title", KEY_FIELD + 5, N_("TEXT"), 0, N_("up to 40 characters, nothing personal"), 1},
    {"text", KEY_FIELD + 6, N_("TEXT"), 0, N_("the full text"), 1},
    {"attr", KEY_ATTR, N_("NAME=VALUE"), 0, N_("an attribute that the rulebook knows"), 1},
    {"attach", KEY_ATTACH, N_("FILE"), 0,
     N_("a file, told by its digest, size and path; before:FILE, after:FILE: when it was taken"), 1},
    {"category-standard", KEY_FIELD + 7, N_("NAME"), 0, N_("the standard of the code, as GB/T 30428.2-2013"),
     1},
    {NULL, 0, NULL, 0, N_("Where and whose:"), 2},
    {"area", KEY_FIELD + 8, N_("CODE"), 0, N_("the area; may be left out with a position"), 2},
    {"lat", KEY_FIELD + 9, N_("DEGREES"), 0, N_("latitude"), 2},
    {"lon", KEY_FIELD + 10, N_("DEGREES"), 0, N_("longitude"), 2},
    {"datum", KEY_FIELD + 11, N_("DATUM"), 0, N_("wgs84 cgcs2000 gcj02 bd09"), 2},
    {"name", KEY_FIELD + 12, N_("NAME"), 0, N_("the resident"), 2},
    {"phone", KEY_FIELD + 13, N_("NUMBER"), 0, N_("the resident's phone"), 2},
    {"address", KEY_FIELD + 14, N_("TEXT"), 0, N_("the exact address"), 2},
    {"confidential", KEY_FIELD + 15, NULL, 0, N_("hide the contact from the called units too"), 2},
    {"on-behalf-of", KEY_FIELD + 16, N_("NAME"), 0, N_("submitted for somebody else"), 2},
    {NULL, 0, NULL, 0, N_("When and from where:"), 3},
    {"appointed", KEY_FIELD + 17, N_("TIME"), 0,
     N_("when the units are to meet: 2h, 09:00, 2026-02-14T09:00"), 3},
    {"meeting-point", KEY_FIELD + 18, N_("TEXT"), 0, N_("and where"), 3},
    {"reported", KEY_FIELD + 19, N_("TIME"), 0, N_("when it was reported, if not now"), 3},
    {"source", KEY_FIELD + 20, N_("NAME"), 0, N_("where it came from, as 12345"), 3},
    {"source-no", KEY_FIELD + 21, N_("NUMBER"), 0, N_("its number there: the same pair is the same whistle"),
     3},
    {NULL, 0, NULL, 0, N_("Of a call-up:"), 4},
    {"places", KEY_FIELD + 22, N_("COUNT"), 0, N_("how many are needed, if not as the rule says"), 4},
    {"skill", KEY_FIELD + 23, N_("WORD"), 0, N_("what they must be able to do"), 4},
    {NULL, 0, NULL, 0, N_("How to go on:"), 5},
    {"yes", 'y', NULL, 0, N_("submit without asking"), 5},
    {"preview", KEY_PREVIEW, NULL, 0, N_("only show who would come"), 5},
    {"json", KEY_JSON, NULL, 0, N_("print the answer as JSON"), 5},
    {0},
};

static const char *option_name(int key)
{
    for (const struct argp_option *o = options; o->name || o->doc; o++)
        if (o->name && o->key == key)
            return o->name;
    return NULL;
}

static void set_field(struct submit *s, const char *name, const char *value, struct argp_state *state)
{
    s->any = true;
    if (strcmp(name, "appointed") == 0)
        s->appointed = value;
    else if (strcmp(name, "reported") == 0)
        s->reported = value;
    else {
        const char *wrong = draft_set(&s->draft, name, value ? value : "1", 0);
        if (wrong)
            argp_error(state, "--%s: %s", name, wrong);
    }
}

static void set_attribute(struct submit *s, char *pair, struct argp_state *state)
{
    char *equals = strchr(pair, '=');
    if (!equals)
        argp_error(state, "--attr: NAME=VALUE");
    *equals = 0;
    if (!draft_attribute(&s->draft, pair, equals + 1))
        argp_failure(state, EXIT_FAILED, ENOMEM, "--attr");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct submit *s = state->input;
    if (key >= KEY_FIELD && key < KEY_FIELD + 64 && option_name(key)) {
        set_field(s, option_name(key), arg, state);
        return 0;
    }
    switch (key) {
    case ARGP_KEY_INIT:
        tool_parse_init(state);
        return 0;
    case KEY_ATTR:
        set_attribute(s, arg, state);
        return 0;
    case KEY_ATTACH:
        if (!draft_attach(&s->draft, arg))
            exit(EXIT_FAILED);
        return 0;
    case KEY_JSON:
        s->json = true;
        return 0;
    case KEY_PREVIEW:
        s->preview = true;
        return 0;
    case 'y':
        s->yes = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = N_("Reports an issue. Without arguments it asks; before it submits it shows who would come.\v"
              "When the daemon is away, the whistle is kept (exit status 75) and whistle send delivers it."),
};

// ---- sending ------------------------------------------------------------------------------------

// A pair that no other whistle has makes a retry safe for ever, not only while the daemon remembers the id.
static void set_source(struct submit *s, const uint8_t id[16])
{
    struct ulid ulid;
    char text[ULID_TEXT + 1];
    if (*s->draft.whistle.source || *s->draft.whistle.source_no)
        return;
    memcpy(ulid.bytes, id, sizeof ulid.bytes);
    ulid_format(&ulid, text);
    s->draft.whistle.source = tool_text("whistle");
    s->draft.whistle.source_no = arena_strdup(&s->tool->arena, text);
}

static int keep(struct submit *s, const uint8_t id[16], const char *why)
{
    if (!spool_keep(s->tool, id, &s->draft.whistle))
        return EXIT_FAILED;
    fprintf(stderr, _("whistle: %s\nIt is kept; whistle send delivers it.\n"), why);
    return EXIT_KEPT;
}

static int print_receipt(struct submit *s, const Whistle__V1__Receipt *receipt, bool preview)
{
    if (s->json)
        tool_print_json(&receipt->base);
    else
        receipt_print(s->tool, receipt, preview);
    return EXIT_DONE;
}

static int submit(struct submit *s)
{
    uint8_t id[16];
    struct whistle *w = tool_handle(s->tool);
    Whistle__V1__Reply *reply;
    if (!w)
        return EXIT_FAILED;
    whistle_make_id(id);
    set_source(s, id);
    int result = whistle_submit(w, id, &s->draft.whistle, &reply);
    tool_heard(s->tool, reply);
    if (spool_is_passing(result, reply)) {
        const char *why = tool_why(s->tool, w, reply);
        whistle_reply_free(reply);
        return keep(s, id, why);
    }
    if (result != WHISTLE_OK || reply->result_case != WHISTLE__V1__REPLY__RESULT_RECEIPT)
        return tool_failed(s->tool, reply);
    int status = print_receipt(s, reply->receipt, false);
    whistle_reply_free(reply);
    return status;
}

// Shows who would come. *go_on: the person (or --yes) wants it submitted.
static int preview(struct submit *s, bool *go_on)
{
    struct whistle *w = tool_handle(s->tool);
    Whistle__V1__Reply *reply;
    int result = w ? whistle_preview(w, &s->draft.whistle, &reply) : WHISTLE_BAD_ADDRESS;
    *go_on = false;
    if (!w)
        return EXIT_FAILED;
    tool_heard(s->tool, reply);
    if (spool_is_passing(result, reply) && !s->preview) {
        tool_failed(s->tool, reply);
        *go_on = ask_yes(s->tool, _("Try all the same, and keep it if need be"));
        return EXIT_FAILED;
    }
    if (result != WHISTLE_OK || reply->result_case != WHISTLE__V1__REPLY__RESULT_RECEIPT)
        return tool_failed(s->tool, reply);
    print_receipt(s, reply->receipt, true);
    whistle_reply_free(reply);
    *go_on = !s->preview && ask_yes(s->tool, _("Blow the whistle"));
    return s->preview ? EXIT_DONE : EXIT_FAILED;
}

static bool take_times(struct submit *s)
{
    const struct {
        const char *field;
        const char *text;
    } times[] = {{"appointed", s->appointed}, {"reported", s->reported}};
    for (size_t i = 0; i < 2; i++) {
        if (!times[i].text)
            continue;
        const char *wrong = tool_city_now(s->tool) ? NULL : "";
        wrong = wrong ? wrong : draft_set(&s->draft, times[i].field, times[i].text, s->tool->now_ms);
        if (wrong && *wrong)
            tool_usage(s->tool, "--%s: %s", times[i].field, wrong);
        if (wrong)
            return false;
    }
    return true;
}

int command_submit(struct tool *tool, int argc, char **argv)
{
    struct submit s = {.tool = tool};
    draft_init(&s.draft, &tool->arena);
    if (!tool_parse(tool, &argp, argc, argv, &s))
        return EXIT_USAGE;
    if (!s.any && !ask_whistle(tool, &s.draft))
        return EXIT_FAILED;
    if (!s.draft.whistle.kind)
        s.draft.whistle.kind = WHISTLE__V1__KIND__KIND_ISSUE;
    if (!*s.draft.whistle.area && !s.draft.whistle.position && tool->settings.area)
        s.draft.whistle.area = tool_text(tool->settings.area);
    if (!take_times(&s))
        return EXIT_FAILED;
    bool go_on = s.yes && !s.preview;
    int status = go_on ? EXIT_DONE : preview(&s, &go_on);
    return go_on ? submit(&s) : status;
}
