// The case numbers of a command: its arguments, and the lines of --from FILE ("-": standard input).
#pragma once

#include "tool.h"

struct numbers {
    const char **items;
    size_t count;
    size_t room;
};

void numbers_add(struct tool *tool, struct numbers *n, const char *number);

// One number a line, its first word; empty lines and those that begin with # are skipped. False after a
// message.
bool numbers_read(struct tool *tool, struct numbers *n, const char *path);
