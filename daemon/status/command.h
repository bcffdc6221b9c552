// The commands: a table of them, and the way of one line from the loop to the pool and back.
#pragma once

#include "status/inquiry.h"

// What all commands of one daemon share. The loop's alone.
struct asker {
    const struct status_options *options;
    struct seen seen;             // kept up to date; each inquiry takes a copy
    uint8_t digest[DIGEST_BYTES]; // of the rulebook that seen.loaded_ms is about
    size_t running;               // commands under way
    bool reloading;
    bool drain; // asked for; on_drain is to be called once the answer is written
};

void asker_init(struct asker *asker, const struct status_options *options);

// Looks whether another rulebook is in force, whoever put it there.
void asker_note_rules(struct asker *asker);

// Gets an answer, with its end mark; empty for an empty line. Good during the call.
typedef void command_answered(void *context, struct buffer *answer);

// Runs the command in `line` (copied). `answered` is called once, on the loop, maybe before this returns.
// False without memory: it is never called.
bool command_run(struct asker *asker, const char *line, size_t length, command_answered *answered,
                 void *context) __attribute__((warn_unused_result));
