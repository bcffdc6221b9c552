// CSV tables: rows of cells in the order of a const table of columns, whatever order the file has them in.
//
// The header line names the columns, in English or Chinese. Lines that begin with # and rows without anything
// are passed over; so are empty cells past the last column. Every other row must have as many fields as the
// header. Cells are trimmed (also of U+00A0 and U+3000) and hold no line breaks; a number that a spreadsheet
// made of a code (4.20902E+11) is reported and counts as not given.
#pragma once

#include "rulebook/report.h"
#include "rulebook/source.h"

#include <stdbool.h>
#include <stdint.h>

struct column {
    const char *name;
    const char *chinese;
    bool required; // the file must have it, and each row must fill it
};

// A column of this name says that the file may have others too, which are passed over: a table that somebody
// else made. It is never filled.
#define TABLE_OTHERS "*"

struct table {
    const struct column *columns;
    uint32_t width; // columns
    struct cell *cells;
    uint32_t rows;
    struct cells
        dropped; // the first column of rows that are not whole: what refers to them is no fault of its own
};

// Reads the source's text; what is wrong is reported, and the rows that are whole are in `out`. False when
// the header cannot be used.
bool table_read(struct table *out, const struct source *source, const struct column *columns, uint32_t width,
                struct arena *arena, struct rulebook_report *report);

// The cell; its text is NULL where the file does not have it or it is empty. Never NULL itself.
const struct cell *table_cell(const struct table *table, uint32_t row, uint32_t column);

// A cell with several codes, between spaces, semicolons, or 、 and ；, as a list.
struct cells table_list(struct arena *arena, const struct cell *cell);
