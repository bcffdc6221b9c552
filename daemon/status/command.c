#include "status/command.h"

#include "base/error.h"
#include "base/text.h"
#include "status/look.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct ask {
    uv_work_t job;
    struct asker *asker;
    const struct status_command *command;
    struct inquiry inquiry;
    command_answered *answered;
    void *context;
};

struct status_command {
    const char *name;
    const char *arguments; // "": takes none
    const char *help;
    int (*look)(struct inquiry *inquiry); // in the pool, over a snapshot; NULL: none
    bool (*act)(struct ask *ask);         // on the loop, after the look; false: it answers later. NULL: none
};

static bool act_help(struct ask *ask), act_pulse(struct ask *ask), act_reload(struct ask *ask),
    act_log(struct ask *ask), act_drain(struct ask *ask);

static const struct status_command commands[] = {
    {"help", "", "this list; json before a command answers in JSON", NULL, act_help},
    {"status", "", "the daemon, its store, rulebook, engine, cases and connections", look_status, NULL},
    {"metrics", "", "the same for Prometheus", look_metrics, NULL},
    {"pulse", "[SECONDS]", "the engine's counts, and the loop's longest stall in so many seconds (60)", NULL,
     act_pulse},
    {"feeds", "", "who reads which feed, and how far he has come", look_feeds, NULL},
    {"cases", "[STATE|open]", "cases by state, and the newest", look_cases, NULL},
    {"overdue", "[N]", "what is late, by how much, and whose it is", look_overdue, NULL},
    {"show", "NUMBER", "a case with its history, without what is personal", look_show, NULL},
    {"explain", "[zh] NUMBER", "why a case went where it went, by the rulebook of the day it was placed",
     look_explain, NULL},
    {"due", "[zh] NUMBER [TIME]", "how each due time of a case comes about, as it stood or would stand then",
     look_due, NULL},
    {"precedents", "[CATEGORY [AREA]]", "what the desk ruled where a unit declined, or none was found",
     look_precedents, NULL},
    {"day", "[YYYY-MM-DD]", "a day's books, unit by unit", look_day, NULL},
    {"check", "", "the whole store against the journal, on a copy of the state", look_check, NULL},
    {"quarantine", "", "requests that were in hand when the daemon broke down, and are refused, or watched",
     look_quarantine, NULL},
    {"release", "HASH", "take a request again that is quarantined", look_release, NULL},
    {"backup", "DIR", "copy the whole store into a new directory, while it is in use", look_backup, NULL},
    {"reload", "", "check the rulebook directory and put it in force", look_reload, act_reload},
    {"log", "LEVEL", "how much is logged: error, warning, info, debug", NULL, act_log},
    {"drain", "", "stop in order: hear nobody, answer what is in hand, end", NULL, act_drain},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

// ---- the rulebook in force --------------------------------------------------------------------------------

static void note_digest(struct asker *asker, const uint8_t *digest)
{
    if (memcmp(asker->digest, digest, sizeof asker->digest) == 0)
        return;
    memcpy(asker->digest, digest, sizeof asker->digest);
    asker->seen.loaded_ms = engine_machine_now();
}

void asker_note_rules(struct asker *asker)
{
    struct rulebook *book = engine_book(service_engine(asker->options->service));
    note_digest(asker, rulebook_rules(book)->digest);
    rulebook_unref(book);
}

void asker_init(struct asker *asker, const struct status_options *options)
{
    *asker = (struct asker){.options = options};
    asker->seen.started_ms = engine_machine_now();
    asker_note_rules(asker);
}

static void set_reloading(struct asker *asker, bool reloading)
{
    const struct status_options *options = asker->options;
    asker->reloading = reloading;
    if (options->on_reloading)
        options->on_reloading(options->context, reloading);
}

// ---- from start to end ------------------------------------------------------------------------------------

static void finish(struct ask *ask)
{
    struct buffer *out = &ask->inquiry.out;
    struct asker *asker = ask->asker;
    text_tame((char *)out->bytes, out->length, true); // whatever a look wrote by itself
    buffer_text(out, out->length ? "\n" : ""); // ends the one line of JSON; behind a text an empty line
    asker->running--;
    if (ask->inquiry.seen.survey.at_ms > asker->seen.survey.at_ms)
        asker->seen.survey = ask->inquiry.seen.survey;
    ask->answered(ask->context, out);
    inquiry_fini(&ask->inquiry);
    free(ask);
}

static void look(uv_work_t *job)
{
    struct ask *ask = job->data;
    struct inquiry *inquiry = &ask->inquiry;
    store_read_begin(service_store(inquiry->options->service), &inquiry->arena, &inquiry->reader);
    int rc = inquiry->reader.txn.error;
    if (!rc)
        rc = ask->command->look(inquiry);
    if (rc)
        answer_refuse(inquiry, rc, "the store", NULL);
    store_read_end(&inquiry->reader);
}

static void act(struct ask *ask)
{
    if (!ask->command->act || ask->command->act(ask))
        finish(ask);
}

static void after_look(uv_work_t *job, int status)
{
    (void)status;
    act(job->data);
}

static void run(struct ask *ask)
{
    struct inquiry *inquiry = &ask->inquiry;
    bool reload = ask->command->look == look_reload;
    if (*inquiry->argument && !*ask->command->arguments) {
        answer_refuse(inquiry, ERROR_BAD_VALUE, ask->command->name, inquiry->argument);
        finish(ask);
    } else if (reload && ask->asker->reloading) {
        answer_refuse(inquiry, ERROR_BUSY, "1000", NULL);
        finish(ask);
    } else if (ask->command->look) {
        if (reload)
            set_reloading(ask->asker, true);
        ask->job.data = ask;
        int rc = uv_queue_work(inquiry->options->loop, &ask->job, look, after_look);
        assert(rc == 0); // it fails for a missing callback only
    } else {
        act(ask);
    }
}

// ---- reading a line ---------------------------------------------------------------------------------------

// Cuts the first word off; `*rest` is behind it and the space after it.
static const char *next_word(char *text, char **rest)
{
    char *word = text + strspn(text, " \t");
    char *end = word + strcspn(word, " \t");
    *rest = end + strspn(end, " \t");
    *end = '\0';
    return word;
}

static const struct status_command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static void trim_end(char *text)
{
    size_t length = strlen(text);
    while (length && strchr(" \t\r\n", text[length - 1]))
        text[--length] = '\0';
}

// Sets command, json and argument. False where the line asks for nothing that there is; the answer says so.
static bool read_line(struct ask *ask, char *text)
{
    struct inquiry *inquiry = &ask->inquiry;
    char *rest;
    trim_end(text);
    if (!text_is_clean(text, strlen(text), true))
        return answer_refuse(inquiry, ERROR_BAD_TEXT, "the line", NULL);
    const char *word = next_word(text, &rest);
    inquiry->json = strcmp(word, "json") == 0;
    if (inquiry->json)
        word = next_word(rest, &rest);
    inquiry->argument = rest;
    ask->command = find(word);
    if (ask->command)
        return true;
    if (!*word)
        return inquiry->json ? answer_refuse(inquiry, ERROR_MISSING, "the command", NULL) : false;
    const char *sentence = arena_printf(&inquiry->arena, "there is no command %s; help lists them", word);
    return answer_refuse_with(inquiry, ERROR_UNKNOWN_OPERATION, text_or_empty(sentence), NULL);
}

bool command_run(struct asker *asker, const char *line, size_t length, command_answered *answered,
                 void *context)
{
    struct ask *ask = calloc(1, sizeof *ask);
    if (!ask)
        return false;
    *ask = (struct ask){.asker = asker, .answered = answered, .context = context};
    asker_note_rules(asker);
    inquiry_init(&ask->inquiry, asker->options);
    ask->inquiry.seen = asker->seen;
    ask->inquiry.seen.edge = *sp_server_stats(service_edge(asker->options->service));
    service_stats(asker->options->service, &ask->inquiry.seen.service);
    asker->running++;
    bool whole = !memchr(line, '\0', length);
    char *text = whole ? arena_strndup(&ask->inquiry.arena, line, length) : NULL;
    if (text && read_line(ask, text)) {
        run(ask);
        return true;
    }
    if (!text)
        answer_refuse(&ask->inquiry, whole ? ERROR_NO_MEMORY : ERROR_BAD_TEXT, "the line", NULL);
    finish(ask);
    return true;
}

// ---- what is done on the loop -----------------------------------------------------------------------------

static const struct column help_columns[] = {
    {"name", "command", COLUMN_TEXT}, {"arguments", "", COLUMN_TEXT}, {"help", "", COLUMN_TEXT}};

static void help_text(struct inquiry *inquiry, const json_t *root)
{
    render_rows(json_object_get(root, "commands"), help_columns, sizeof help_columns / sizeof help_columns[0],
                inquiry->zone, &inquiry->out);
}

static void said_text(struct inquiry *inquiry, const json_t *root)
{
    buffer_printf(&inquiry->out, "ok %s\n", json_string_value(json_object_get(root, "text")));
}

static void say(struct inquiry *inquiry, const char *sentence)
{
    json_t *root = json_pack("{s:s, s:s}", "code", error_name(0), "text", sentence);
    if (answer_end(inquiry, root, said_text))
        answer_refuse(inquiry, ERROR_NO_MEMORY, NULL, NULL);
}

static bool act_help(struct ask *ask)
{
    json_t *list = json_array();
    for (size_t i = 0; i < COMMANDS; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", commands[i].name, "arguments",
                                              commands[i].arguments, "help", commands[i].help));
    json_t *root = json_pack("{s:s, s:o}", "code", error_name(0), "commands", list);
    if (answer_end(&ask->inquiry, root, help_text))
        answer_refuse(&ask->inquiry, ERROR_NO_MEMORY, NULL, NULL);
    return true;
}

static bool act_pulse(struct ask *ask)
{
    int rc = look_pulse(&ask->inquiry);
    if (rc)
        answer_refuse(&ask->inquiry, rc, NULL, NULL);
    return true;
}

static bool act_log(struct ask *ask)
{
    const struct status_options *options = ask->asker->options;
    const char *level = ask->inquiry.argument;
    int rc = !*level ? ERROR_MISSING : 0;
    if (!rc && options->on_log_level)
        rc = options->on_log_level(options->context, level);
    else if (!rc)
        rc = ERROR_UNKNOWN_OPERATION;
    if (rc)
        answer_refuse(&ask->inquiry, rc, rc == ERROR_UNKNOWN_OPERATION ? "log" : "the level", level);
    else
        say(&ask->inquiry, level);
    return true;
}

static bool act_drain(struct ask *ask)
{
    ask->asker->drain = true;
    say(&ask->inquiry, "stopping");
    return true;
}

// The keys that were read together with the rules.
static void swap_keys(struct inquiry *inquiry)
{
    service_swap_keys(inquiry->options->service, inquiry->fresh_keys);
    inquiry->fresh_keys = NULL;
}

static void on_swapped(void *context, int code)
{
    struct ask *ask = context;
    set_reloading(ask->asker, false);
    if (code)
        answer_refuse(&ask->inquiry, code, "a unit, which the new rulebook leaves out,", NULL);
    else
        swap_keys(&ask->inquiry);
    asker_note_rules(ask->asker);
    finish(ask);
}

// The answer stands already: that it is in force, or why it was refused. Files that are the same are in
// force.
static bool act_reload(struct ask *ask)
{
    struct inquiry *inquiry = &ask->inquiry;
    struct rulebook *fresh = inquiry->fresh;
    inquiry->fresh = NULL;
    if (!fresh || memcmp(rulebook_rules(fresh)->digest, inquiry->rules->digest, DIGEST_BYTES) == 0) {
        if (fresh)
            swap_keys(inquiry);
        rulebook_unref(fresh);
        set_reloading(ask->asker, false);
        return true;
    }
    int rc = service_swap_rules(inquiry->options->service, fresh, "reload", on_swapped, ask);
    if (!rc)
        return false;
    set_reloading(ask->asker, false);
    answer_refuse(inquiry, rc, "1000", NULL);
    return true;
}
