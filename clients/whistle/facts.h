// The facts behind a figure, page by page: the cases of a count or a rate, or the entries of the ledger of
// points.
#pragma once

#include <stdbool.h>

#include "tool.h"

struct facts {
    struct tool *tool;
    Whistle__V1__Facts asked; // selection, of, over, left_out
    unsigned long most;       // rows; 0: all
    bool ledger;              // show rules and points instead of how long a case took
    bool csv;                 // else a table
    bool json;                // one row a line
};

// Asks for all pages and prints their rows. CSV and JSON are printed as they come, the table at the end,
// since its columns are as wide as all rows need; what came before a failure is printed too. Returns the
// exit status.
int facts_print(struct facts *f);

// For parsers: a number of rows, at least 1; else the program ends with a message.
unsigned long facts_parse_most(const char *arg, struct argp_state *state);
