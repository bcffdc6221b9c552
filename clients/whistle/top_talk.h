// What `whistle top` asks the daemon, without ever waiting for it: three lines, each with one request out at
// most, so that an urge does not stand behind an answer that does not come.
#pragma once

#include "tool.h"

enum talk_line { TALK_DAY, TALK_CASE, TALK_ACT, TALK_LINES };

struct talk_call {
    struct whistle *w;
    bool out;        // a request waits for its answer
    int failed;      // it could not even be sent: what the next take tells; 0: it could
    int64_t sent_at; // monotonic
};

struct talk {
    struct tool *tool;
    struct talk_call calls[TALK_LINES];
};

// False after a message.
bool talk_open(struct talk *t, struct tool *tool);
void talk_close(struct talk *t);

// They send and return. A request of the same line that is still out is given up: it may or may not be done.
void talk_zone(struct talk *t); // on TALK_DAY; its answer tells the city's zone
void talk_day(struct talk *t, const Whistle__V1__Digest *asked);
void talk_case(struct talk *t, const char *number);
void talk_urge(struct talk *t, const char *number);

bool talk_is_out(const struct talk *t, enum talk_line line);

// How long the request of this line has been out; 0 where none is.
int64_t talk_waited(const struct talk *t, enum talk_line line);

// A result as whistle_finish gives it; WHISTLE_NOTHING: none is out, or it is not answered yet. Takes a few
// milliseconds at most.
int talk_take(struct talk *t, enum talk_line line, Whistle__V1__Reply **reply);

// Why the last take of this line failed, as a sentence in the tool's arena.
const char *talk_why(struct talk *t, enum talk_line line, const Whistle__V1__Reply *reply);
