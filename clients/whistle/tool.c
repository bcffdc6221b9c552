#include "tool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "intl.h"
#include "key_file.h"
#include "times.h"

// ---- options that every command takes -----------------------------------------------------------

enum { KEY_URL = 0x1000, KEY_PRINCIPAL, KEY_AGENT, KEY_STAFF, KEY_TIMEOUT, KEY_FILE, KEY_HELP, KEY_USAGE };

static const struct argp_option shared_options[] = {
    {NULL, 0, NULL, 0, N_("Common options:"), 100},
    {"url", KEY_URL, N_("ADDRESS"), 0, N_("the daemon: tcp://HOST:PORT or ipc://PATH (WHISTLE_URL)"), 100},
    {"principal", KEY_PRINCIPAL, N_("NAME"), 0,
     N_("who asks: an organisation or a program (WHISTLE_PRINCIPAL)"), 100},
    {"agent-name", KEY_AGENT, N_("NAME"), 0, N_("the person who acts (WHISTLE_AGENT_NAME)"), 100},
    {"staff-no", KEY_STAFF, N_("NUMBER"), 0, N_("and the staff number (WHISTLE_STAFF_NO)"), 100},
    {"timeout", KEY_TIMEOUT, N_("SECONDS"), 0, N_("give up a request after so long (20)"), 100},
    {"key-file", KEY_FILE, N_("FILE"), 0, N_("keys to seal messages with (WHISTLE_KEY_FILE)"), 100},
    {"help", KEY_HELP, NULL, 0, N_("show this help"), 101},
    {"usage", KEY_USAGE, NULL, 0, N_("show the options in short"), 101},
    {0},
};

static error_t parse_shared(int key, char *arg, struct argp_state *state)
{
    struct tool *tool = state->input;
    switch (key) {
    case KEY_URL:
        tool->settings.url = arg;
        return 0;
    case KEY_PRINCIPAL:
        tool->settings.principal = arg;
        return 0;
    case KEY_AGENT:
        tool->settings.agent_name = arg;
        return 0;
    case KEY_STAFF:
        tool->settings.staff_no = arg;
        return 0;
    case KEY_TIMEOUT:
        tool->settings.timeout = arg;
        return 0;
    case KEY_FILE:
        tool->settings.key_file = arg;
        return 0;
    case KEY_HELP:
        argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
        return 0;
    case KEY_USAGE:
        argp_state_help(state, stdout, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp tool_argp = {.options = shared_options, .parser = parse_shared};

void tool_parse_init(struct argp_state *state)
{
    state->child_inputs[0] = *(struct tool **)state->input;
}

bool tool_parse(struct tool *tool, const struct argp *argp, int argc, char **argv, void *input)
{
    struct argp_child children[3] = {{&tool_argp, 0, NULL, 0}};
    struct argp whole = *argp;
    if (argp->children)
        children[1] = argp->children[0];
    whole.children = children;
    char *own = argv[0];
    argv[0] = arena_printf(&tool->arena, "whistle %s", own);
    argp_err_exit_status = EXIT_USAGE;
    bool parsed = argp_parse(&whole, argc, argv, ARGP_NO_HELP, NULL, input) == 0;
    argv[0] = own;
    return parsed;
}

// ---- talking to the daemon ----------------------------------------------------------------------

struct whistle *tool_connect(struct tool *tool)
{
    const struct settings *s = &tool->settings;
    struct whistle_options options = WHISTLE_OPTIONS_INIT;
    double seconds = s->timeout ? strtod(s->timeout, NULL) : 20;
    options.address = s->url;
    options.principal = s->principal ? s->principal : "";
    options.agent_name = s->agent_name;
    options.staff_no = s->staff_no;
    options.deadline_ms = (uint32_t)((seconds > 0.1 && seconds < 86400 ? seconds : 20) * 1000);
    options.attempt_ms = options.deadline_ms / 4;
    struct whistle *w;
    if (!key_file_for_calls(tool, &options.keyring))
        return NULL;
    tool->sealed = options.keyring != NULL;
    options.known_keys = tool->sealed ? settings_known_keys(&tool->arena) : NULL;
    int result = whistle_open(&options, &w);
    if (result != WHISTLE_OK)
        fprintf(stderr, "whistle: %s: %s\n", s->url, _("the address of the daemon cannot be used"));
    return w;
}

struct whistle *tool_handle(struct tool *tool)
{
    if (!tool->handle)
        tool->handle = tool_connect(tool);
    return tool->handle;
}

static void set_zone(const char *zone)
{
    const char *now = getenv("TZ");
    if (now && strcmp(now, zone) == 0)
        return;
    setenv("TZ", zone, 1);
    tzset();
}

// The C library opens what TZ names as a file, and a hook inherits it: of an answer it is taken where it can
// be nothing but the name of a zone.
static bool is_zone(const char *name)
{
    size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/");
    return length && !name[length] && name[0] != '/';
}

static void set_zone_of(const Whistle__V1__Reply *reply)
{
    if (reply->result_case == WHISTLE__V1__REPLY__RESULT_CATALOG && is_zone(reply->catalog->zone))
        set_zone(reply->catalog->zone);
}

// A category that no rulebook has keeps the answer short.
static void ask_zone(struct tool *tool)
{
    Whistle__V1__Catalog asked = WHISTLE__V1__CATALOG__INIT;
    Whistle__V1__Reply *reply = NULL;
    struct whistle *w = tool_handle(tool);
    asked.category = tool_text("~");
    if (w && whistle_catalog(w, &asked, &reply) == WHISTLE_OK)
        set_zone_of(reply);
    whistle_reply_free(reply);
}

// Before the first time is shown.
static void learn_zone(struct tool *tool, const Whistle__V1__Reply *reply)
{
    if (tool->knows_zone)
        return;
    tool->knows_zone = true;
    if (tool->settings.zone)
        set_zone(tool->settings.zone);
    else if (reply->result_case == WHISTLE__V1__REPLY__RESULT_CATALOG)
        set_zone_of(reply);
    else
        ask_zone(tool);
}

void tool_heard(struct tool *tool, const Whistle__V1__Reply *reply)
{
    if (!reply)
        return;
    if (reply->now_ms)
        tool->now_ms = reply->now_ms;
    if (strcmp(reply->code, "ok") == 0)
        learn_zone(tool, reply);
}

bool tool_city_now(struct tool *tool)
{
    if (tool->now_ms)
        return true;
    struct whistle *w = tool_handle(tool);
    Whistle__V1__List one = WHISTLE__V1__LIST__INIT;
    Whistle__V1__Reply *reply = NULL;
    one.max = 1;
    if (!w || whistle_list(w, &one, &reply) != WHISTLE_OK) {
        if (w)
            tool_failed(tool, reply);
        return false;
    }
    tool_heard(tool, reply);
    whistle_reply_free(reply);
    return true;
}

// The arguments of a refusal; what was too late was so at a time, which is Unix milliseconds on the wire.
static char **arguments_of(struct tool *tool, const Whistle__V1__Reply *reply)
{
    char **out = arena_array(&tool->arena, reply->n_arguments + 1, sizeof *out);
    bool late = strcmp(reply->code, "too_late") == 0;
    for (size_t i = 0; out && i < reply->n_arguments; i++) {
        const char *text = reply->arguments[i];
        bool time = late && strlen(text) == 13 && strspn(text, "0123456789") == 13;
        if (time)
            learn_zone(tool, reply);
        out[i] = tool_text(time ? times_show(&tool->arena, strtoll(text, NULL, 10), tool->now_ms) : text);
    }
    return out ? out : reply->arguments;
}

// Why the daemon believes nobody is not told to whom it does not believe; it is likely one of these.
static const char *why_refused(const struct tool *tool)
{
    return tool->sealed
               ? _("the daemon does not know this key (yet), or not this principal; whistle key show "
                   "tells which key it is")
               : _("the daemon does not believe who asks: from another machine a key is needed "
                   "(whistle key new), on its own a user whom the rulebook lets speak");
}

const char *tool_why(struct tool *tool, struct whistle *w, const Whistle__V1__Reply *reply)
{
    struct buffer out;
    buffer_init(&out);
    if (reply && strcmp(reply->code, "refused") == 0)
        buffer_text(&out, why_refused(tool));
    else if (reply)
        intl_refusal(&out, reply->code, arguments_of(tool, reply), reply->n_arguments, reply->text);
    else
        intl_refusal(&out, whistle_code(w), NULL, 0, whistle_text(w));
    if (reply && *reply->field)
        buffer_printf(&out, " [%s]", reply->field);
    if (reply && whistle_is_unsealed(w))
        buffer_printf(&out, " (%s)",
                      _("the answer was not sealed, so anybody in between may have written it"));
    const char *why = arena_strdup(&tool->arena, buffer_string(&out));
    buffer_fini(&out);
    return why ? why : "";
}

int tool_failed(struct tool *tool, Whistle__V1__Reply *reply)
{
    fprintf(stderr, "whistle: %s\n", tool_why(tool, tool->handle, reply));
    whistle_reply_free(reply);
    return EXIT_FAILED;
}

int tool_usage(struct tool *tool, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "whistle %s: ", tool->command ? tool->command : "");
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return EXIT_USAGE;
}

void tool_print_json(const ProtobufCMessage *message)
{
    char *text = whistle_json(message, WHISTLE_JSON_LOCAL_TIMES);
    puts(text ? text : "null");
    free(text);
}

struct arena tool_scratch_begin(struct tool *tool)
{
    struct arena kept = tool->arena;
    arena_init(&tool->arena, 0);
    return kept;
}

void tool_scratch_end(struct tool *tool, struct arena kept)
{
    arena_fini(&tool->arena);
    tool->arena = kept;
}

const char *tool_name_or_code(const char *name, const char *code)
{
    return name && *name ? name : code;
}

char *tool_text(const char *text)
{
    return (char *)(uintptr_t)text;
}
