// Which part of the books a figure counts, as options of a command: a period, and filters.
//
//     const struct argp_child children[] = {{&selection_argp, 0, NULL, 0}, {0}};
//
// as the children of the command's argp, whose parser hands the struct on at ARGP_KEY_INIT:
// state->child_inputs[1] = &selection.
#pragma once

#include <argp.h>
#include <stdbool.h>

#include "whistle.h"

struct selection {
    Whistle__V1__Selection wire; // to be sent; whole once the command line is parsed
    char period[32];             // what wire.period points to, unless it is empty: this month
    const char *from;            // as typed
    const char *to;
};

extern const struct argp selection_argp;

// No period and no filter.
void selection_init(struct selection *s);

// A line that says of which period the figures are, and of which they were compared with (NULL: none);
// `running`: it is not over yet, so that they will change.
void selection_print_period(const char *period, const char *before, bool running);
