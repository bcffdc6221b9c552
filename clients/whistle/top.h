// `whistle top`: what its parts share. top.c is the loop, top_ask.c asks and listens, top_keys.c does what
// keys say, top_page.c says what stands on the screen, top_screen.c puts it there.
#pragma once

#include "flow.h"
#include "top_model.h"
#include "top_talk.h"
#include "tool.h"

enum top_prompt { TOP_NO_PROMPT, TOP_FILTERING, TOP_URGING };

struct top {
    struct tool *tool;         // first, for tool_parse_init
    Whistle__V1__Digest asked; // unit, area
    unsigned interval_s;
    struct talk talk;
    int64_t city_ms;  // the city's clock at the last answer; 0: none yet
    int64_t heard_at; // when that was, monotonic

    struct top_model model;
    Whistle__V1__Reply *day; // owned: what the model shows
    int64_t next_day_at;     // monotonic
    int64_t away_since_ms;   // the city's clock when the first request that has no answer went out; 0: none
    char why[256];           // why the day was refused; ""

    char number[TOP_NUMBER];   // of the case that is open; "": none
    Whistle__V1__Reply *case_; // owned; NULL: not answered yet
    int64_t next_case_at;
    size_t case_first; // the first line that is shown

    enum top_prompt prompt;
    char typed[TOP_FILTER]; // into the prompt
    char urged[TOP_NUMBER]; // whom the prompt is about, later whose answer is waited for
    char message[512];      // until the next key
    bool help;
    bool quit;
    bool changed; // the screen is no longer what it should be
};

// What one key does.
void top_key(struct top *t, int key);

// Opens a case, or goes back to the day.
void top_open_case(struct top *t, const char *number);
void top_close_case(struct top *t);

// The city's clock; before the first answer this machine's.
int64_t top_now(const struct top *t);

// Sends what it is time for; takes what answers there are.
void top_ask_due(struct top *t);
void top_listen(struct top *t);

// An answer is still to come.
bool top_is_waiting(const struct top *t);

// Asks at once, also where an answer is still waited for.
void top_ask_now(struct top *t);

// Sends the urge and says so.
void top_urge(struct top *t, const char *number);

// What the last line says until the next key.
void top_say(struct top *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
