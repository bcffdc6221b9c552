// What every command of `whistle` shares: settings, the handle, the city's clock, and how refusals are told.
#pragma once

#include <argp.h>
#include <stdbool.h>

#include "base/arena.h"
#include "settings.h"
#include "whistle.h"

// Exit statuses.
enum {
    EXIT_DONE = 0,
    EXIT_FAILED = 1, // refused, or one of several was
    EXIT_USAGE = 2,  // the command line is wrong
    EXIT_KEPT = 75,  // the daemon is away; kept for `whistle send` (EX_TEMPFAIL)
};

struct tool {
    struct settings settings;
    struct arena arena;     // lives as long as the program
    struct whistle *handle; // opened by the first call
    const char *command;    // the subcommand's name
    bool sealed;            // the last handle that was opened speaks with a key
    bool knows_zone;        // the process's zone is the city's, or the one asked for
    int64_t now_ms;         // the city's clock at the last answer; before it, the machine's
};

struct command {
    const char *name;
    const char *doc; // one line
    int (*run)(struct tool *tool, int argc, char **argv);
};

// The options that every command takes, as a child of its argp; the child's input is the tool.
extern const struct argp tool_argp;

// Parses a command's arguments; `input` starts with a `struct tool *`. The argp may have one child, whose
// input the command's parser puts into state->child_inputs[1]. False: exit with EXIT_USAGE.
bool tool_parse(struct tool *tool, const struct argp *argp, int argc, char **argv, void *input);

// For parsers: hands the tool on to the shared options at ARGP_KEY_INIT.
void tool_parse_init(struct argp_state *state);

// Opens a handle with the settings (more than one for pipelining). NULL after a message.
struct whistle *tool_connect(struct tool *tool);

// The tool's own handle, opened on first use; NULL after a message.
struct whistle *tool_handle(struct tool *tool);

// Takes the city's clock from an answer; the first time it also asks for the city's zone, so that a clerk far
// away reads due times as the city does. `reply` may be NULL.
void tool_heard(struct tool *tool, const Whistle__V1__Reply *reply);

// The city's clock now, asked for when no answer has told it yet. False after a message.
bool tool_city_now(struct tool *tool);

// The refusal or failure of the last call on `w` as one sentence, in the tool's arena. `reply` may be NULL.
const char *tool_why(struct tool *tool, struct whistle *w, const Whistle__V1__Reply *reply);

// Prints "whistle: SENTENCE" on standard error and frees the reply; returns EXIT_FAILED.
int tool_failed(struct tool *tool, Whistle__V1__Reply *reply);

// Says on standard error what is wrong with the command line; returns EXIT_USAGE.
int tool_usage(struct tool *tool, const char *format, ...) __attribute__((format(printf, 2, 3)));

// A message as a line of JSON on standard output.
void tool_print_json(const ProtobufCMessage *message);

// Between the two, texts go into an arena of their own that the end lets go: for what is done again and
// again.
struct arena tool_scratch_begin(struct tool *tool);
void tool_scratch_end(struct tool *tool, struct arena kept);

// What people call it, or its code where there is no name.
const char *tool_name_or_code(const char *name, const char *code);

// protobuf-c's structs take char *, and read only.
char *tool_text(const char *text);

// ---- the commands -------------------------------------------------------------------------------

int command_submit(struct tool *tool, int argc, char **argv);
int command_send(struct tool *tool, int argc, char **argv);
int command_act(struct tool *tool, int argc, char **argv);
int command_list(struct tool *tool, int argc, char **argv);
int command_show(struct tool *tool, int argc, char **argv);
int command_watch(struct tool *tool, int argc, char **argv);
int command_import(struct tool *tool, int argc, char **argv);
int command_catalog(struct tool *tool, int argc, char **argv);
int command_rates(struct tool *tool, int argc, char **argv);
int command_points(struct tool *tool, int argc, char **argv);
int command_top(struct tool *tool, int argc, char **argv);
int command_digest(struct tool *tool, int argc, char **argv);
int command_status(struct tool *tool, int argc, char **argv);
int command_key(struct tool *tool, int argc, char **argv);
