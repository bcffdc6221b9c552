// Asks a running daemon: one line to its status socket, the whole answer back.
#pragma once

#include "base/buffer.h"

#include <stdbool.h>

// The socket's path: the given one, else WHISTLE_STATUS, else where it is by default.
const char *ask_path(const char *given);

// Whether --status or WHISTLE_STATUS names a daemon.
bool ask_is_wanted(const char *given);

// Appends the answer to `line` (printf) to `answer`. Otherwise complains to standard error and returns an
// error: ERROR_IO, ERROR_TOO_LONG, ERROR_NO_MEMORY.
int ask_daemon(const char *path, struct buffer *answer, const char *line, ...)
    __attribute__((format(printf, 3, 4), warn_unused_result));

// Whether a text answer is a refusal.
bool ask_is_refusal(struct buffer *answer);

// Passes a text answer on to standard output, a refusal to standard error. True for an answer.
bool ask_relay(struct buffer *answer);
