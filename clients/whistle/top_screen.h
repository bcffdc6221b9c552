// The terminal: lines onto it, keys from it. Behind it, and behind top_terminal.h, is ncurses, and nowhere
// else.
#pragma once

#include <stdbool.h>

#include "top_page.h"

// Keys beside characters, which are their code points.
enum top_key {
    TOP_KEY_NONE = -1, // nothing within the time, or only a new size
    TOP_KEY_GONE = -2, // the terminal is no longer there
    TOP_KEY_OTHER = -3,
    TOP_KEY_UP = -4,
    TOP_KEY_DOWN = -5,
    TOP_KEY_PAGE_UP = -6,
    TOP_KEY_PAGE_DOWN = -7,
    TOP_KEY_HOME = -8,
    TOP_KEY_END = -9,
    TOP_KEY_ENTER = -10,
    TOP_KEY_ESCAPE = -11,
    TOP_KEY_TAB = -12,
    TOP_KEY_BACK_TAB = -13,
    TOP_KEY_BACKSPACE = -14,
    TOP_KEY_RESIZED = -15,
};

// False: the kind of terminal (TERM) is not known, or cannot be written on at any place. The terminal is then
// as it was. It is given back at the program's exit at the latest.
bool top_screen_open(void);

// Gives the terminal back as it was; does nothing where that is done.
void top_screen_close(void);

void top_screen_size(int *rows, int *columns);
void top_screen_draw(const struct top_page *page);

// Draws all of it anew at the next top_screen_draw, whatever stands there.
void top_screen_spoilt(void);

// The next key within `wait_ms`; a signal ends the wait.
int top_screen_key(int wait_ms);
