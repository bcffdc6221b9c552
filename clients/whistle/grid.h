// A table made of columns, with numbers that end at one line, and cut into blocks where it is too wide.
//
// The first columns stand in each block. The text is that of the cells, which are kept, not copied.
#pragma once

#include <stdio.h>

#include "base/arena.h"

struct grid {
    struct arena *arena;
    size_t rows;           // the head included
    const char ***columns; // each `rows` texts
    size_t count;
    size_t capacity;
};

void grid_init(struct grid *g, struct arena *arena, size_t rows);

// A further column, to be filled in; each cell is "". NULL when memory ran out.
const char **grid_column(struct grid *g);

// Puts blanks before the cells of a column, so that they end where the widest does.
void grid_align_right(const struct grid *g, const char **column);

// Prints it: the first `stays` columns and as many of the others as fit into `width` (0: no bound), and
// again, until none is left.
void grid_print(const struct grid *g, FILE *out, size_t stays, size_t width);

// The columns of the terminal that standard output is; 0 when it is none.
size_t grid_terminal_width(void);
