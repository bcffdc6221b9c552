// Questions for `whistle submit` without arguments: what, where, whose.
#pragma once

#include "draft.h"
#include "tool.h"

// One line from the terminal, without its end; NULL at the end of input. `preset` is shown and taken for "".
const char *ask_line(struct tool *tool, const char *question, const char *preset);

// Yes or no; the end of input is no.
bool ask_yes(struct tool *tool, const char *question);

// Fills what the draft lacks. False when input ended, or after a message.
bool ask_whistle(struct tool *tool, struct draft *draft);
