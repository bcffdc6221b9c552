// The lines that `whistle top` puts on the screen, as text. Pure: no terminal, no network.
//
// No line is wider than the page, Chinese characters counted as two.
#pragma once

#include "flow.h"
#include "tool.h"
#include "top_model.h"

// How a line looks; nothing means something only by its colour.
enum top_look { LOOK_PLAIN = 0, LOOK_BOLD = 1, LOOK_CHOSEN = 2, LOOK_ALARM = 4 };

struct top_line {
    const char *text;
    unsigned look; // bits
};

struct top_page {
    struct arena *arena; // holds the texts
    int rows;
    int columns;
    int used;               // lines from above
    struct top_line *lines; // `rows` of them
};

// What stands around the rows.
struct top_frame {
    const char *scope; // unit, area; ""
    const char *link;  // how the daemon is
    bool alarm;        // it is not well
};

void top_page_init(struct top_page *page, struct arena *arena, int rows, int columns);

// The next free line, cut to the page; nothing where only the bottom line is left.
void top_page_put(struct top_page *page, unsigned look, const char *text);

// The last line of the page: a message, a prompt, the keys.
void top_page_bottom(struct top_page *page, unsigned look, const char *text);

// The day's four sections below their head. Scrolls each list of the model to its selected row.
void top_page_day(struct top_page *page, struct tool *tool, struct top_model *model,
                  const struct top_frame *frame);

// Lines of a case from `*first` on, below its title; `*first` is moved to where there are lines.
void top_page_case(struct top_page *page, const char *title, const struct flow *lines, size_t *first,
                   const struct top_frame *frame);

// "12:03:20", in the city's zone.
const char *top_page_clock(struct arena *arena, int64_t ms);
