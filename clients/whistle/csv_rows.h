// The rows of a CSV file, one after the other, with the line on which each begins.
//
// UTF-8 with or without a byte order mark; else GB18030, which is said on standard error.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"

struct csv_row {
    unsigned long line;  // of its first character, from 1
    const char **fields; // in the arena of the reader, until the next row
    size_t count;
};

// Called for each row, the head included; false stops the reading.
typedef bool csv_row_function(void *context, const struct csv_row *row);

struct csv_file {
    char *text;
    size_t length;
    size_t position; // bytes read so far, for progress
};

// Reads the file ("-": standard input) whole. `encoding` NULL: found out. False after a message.
bool csv_open(struct csv_file *file, struct arena *arena, const char *path, const char *encoding);

// Calls `row` for each row. False after a message about a quote that is never closed.
bool csv_each(struct csv_file *file, char delimiter, csv_row_function *row, void *context);

// Writes one row as it is, quoted where needed.
void csv_put_row(FILE *out, const char *const *fields, size_t count, char delimiter);

// Prints a row for somebody's spreadsheet: a text that it would take for a formula (it begins with = + - @,
// as they are or in full width, a tab or a carriage return, and is no number) gets an apostrophe in front,
// with which it stays text.
void csv_print_row(const char *const *fields, size_t count);
