// The command line of the commands that act on cases: which verb takes which options, and what it cannot do
// without.
#pragma once

#include "numbers.h"
#include "tool.h"

struct act {
    struct tool *tool; // first, for tool_parse_init
    Whistle__V1__Act act;
    Whistle__V1__Position position; // act points to it: do not move the struct
    size_t attachments_room;
    struct numbers numbers;
    const char *eta, *arrived, *due; // as typed, in the order of the options; act has the times
    bool late;                       // urge each unit whose time is over
    bool yes;                        // erase without asking
    bool json;
};

// Reads what stands behind the command, whose name is a verb. Times that are typed as spans rest on the
// city's clock, which is asked for. False after a message: exit with EXIT_USAGE.
bool act_options_read(struct act *a, struct tool *tool, int argc, char **argv);

// A called unit asks for it, and a supervisor may give it without being asked.
bool act_is_asked_for(Whistle__V1__Verb verb);
