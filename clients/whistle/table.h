// Rows whose columns line up, Chinese characters counted as two.
#pragma once

#include <stdio.h>

#include "base/arena.h"

enum { TABLE_COLUMNS = 12 };

struct table {
    struct arena *arena; // holds rows and texts
    int columns;         // 1..TABLE_COLUMNS
    const char ***rows;  // each `columns` texts
    size_t count;
    size_t capacity;
};

void table_init(struct table *t, struct arena *arena, int columns);

// One row of `columns` texts (NULL is ""), which are kept, not copied.
void table_row(struct table *t, const char *const *cells);
#define TABLE_ROW(t, ...) table_row(t, (const char *const[]){__VA_ARGS__})

// Prints it with `indent` blanks before each row, two between columns, and none at the end of a line.
void table_print(const struct table *t, FILE *out, int indent);
