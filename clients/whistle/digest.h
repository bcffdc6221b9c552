// The question for a day at a glance, as two commands ask it.
#pragma once

#include "tool.h"

// A count of 1..most out of an option's argument; says what is wrong and exits where it is none.
unsigned digest_number(const char *arg, unsigned most, struct argp_state *state);

// Asks and prints the page, or JSON. An exit status.
int digest_run(struct tool *tool, const Whistle__V1__Digest *asked, bool json);
