// Commands that do not run the daemon: they read a rulebook or a stopped store, or ask a daemon that runs,
// print, and end.
#pragma once

#include "rulebook/rulebook.h"
#include "rulebook/rulings.h"

#include <stdbool.h>
#include <stdint.h>

// Prints "whistled: code: what" to standard error; returns EXIT_FAILURE.
int offline_complain(int code, const char *what);

// The year of an instant (UTC is near enough for a year's calendar).
int offline_year(int64_t ms);

// Loads and checks a rulebook for a year; what is wrong goes to standard error, with `verbose` all findings
// to standard output. NULL when it cannot be used.
struct rulebook *offline_load_rules(const char *directory, int year, bool verbose);

// Whether the user reads Chinese.
bool offline_wants_chinese(void);

// What the desk of the daemon at `path` ruled of this category ("": of all), in the arena. What was wrong is
// said on standard error: ERROR_IO, ERROR_REFUSED, ERROR_MALFORMED, ERROR_NO_MEMORY.
int offline_rulings(const char *path, const char *category, struct arena *arena, struct told_rulings *out)
    __attribute__((warn_unused_result));

int offline_check(int argc, char **argv);
int offline_explain(int argc, char **argv);
int offline_precedents(int argc, char **argv);
int offline_init(int argc, char **argv);
int offline_verify(int argc, char **argv);
int offline_rebuild(int argc, char **argv);

// offline_keep.c, offline_export.c, offline_import.c
int offline_restore(int argc, char **argv);
int offline_journal(int argc, char **argv);
int offline_export(int argc, char **argv);
int offline_import(int argc, char **argv);
