// Commands that need no running daemon: they read a rulebook or a stopped store, print, and end.
#pragma once

#include "rulebook/rulebook.h"

#include <stdbool.h>
#include <stdint.h>

// Prints "whistled: code: what" to standard error; returns EXIT_FAILURE.
int offline_complain(int code, const char *what);

// The year of an instant (UTC is near enough for a year's calendar).
int offline_year(int64_t ms);

// Loads and checks a rulebook for a year; what is wrong goes to standard error, with `verbose` all findings
// to standard output. NULL when it cannot be used.
struct rulebook *offline_load_rules(const char *directory, int year, bool verbose);

int offline_check(int argc, char **argv);
int offline_explain(int argc, char **argv);
int offline_init(int argc, char **argv);
int offline_verify(int argc, char **argv);
