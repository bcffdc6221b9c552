// What `whistle watch` can do: show a board of one case, or follow a feed.
#pragma once

#include "tool.h"

struct watch {
    struct tool *tool;    // first, for tool_parse_init
    const char *number;   // a board of this case
    const char *unit;     // or the feed of this unit
    const char *contact;  // of its contact A or B
    const char *area;     // or all of this area
    const char *consumer; // the name of the cursor
    const char *exec;     // command for each event; NULL: print
    const char *means;    // what deliveries are reported as; NULL: they are not, but for contacts
    unsigned tries;       // of the command for one event
    unsigned jobs;        // commands at a time
    unsigned exec_timeout_s;
    unsigned interval_s; // of the board
    bool once;           // one look, or until the feed is empty
    bool json;
    bool personal; // of a feed: what is personal, whole, on record
};

int board_run(struct watch *w);
int follow_run(struct watch *w);
