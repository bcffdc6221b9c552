// Short pieces of text that fill lines, as words fill a paragraph.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct flow {
    struct arena *arena; // holds the lines
    int width;           // columns of a line
    const char **lines;
    size_t count;
    size_t capacity;
    bool fresh; // the next piece begins a line
};

void flow_init(struct flow *flow, struct arena *arena, int width);

// Adds a piece to the last line where it fits, else on a new one; a piece wider than a line is cut.
void flow_add(struct flow *flow, const char *piece);

// The next piece begins a line.
void flow_begin_line(struct flow *flow);

// Text that may be longer than a line, on lines of its own; what goes on is indented by four blanks.
void flow_wrap(struct flow *flow, const char *text);
