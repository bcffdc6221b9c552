// The log: one line a transition, on standard error, with the level in front as journald reads it ("<6>…").
//
// Only the edge logs; the core emits facts. Lines are key=value behind a few words. What is not clean text in
// them (base/text.h) is written as "?", so that nobody from outside can forge a line, its level, or what a
// terminal does with it.
#pragma once

// X(enumerator, level as in syslog(3), name)
#define LOG_LEVELS(X)                                                                                        \
    X(CRITICAL, 2, "critical")                                                                               \
    X(ERROR, 3, "error")                                                                                     \
    X(WARNING, 4, "warning")                                                                                 \
    X(INFO, 6, "info")                                                                                       \
    X(DEBUG, 7, "debug")

enum log_level {
#define X(id, level, name) LOG_##id = level,
    LOG_LEVELS(X)
#undef X
};

// Writes a line, of at most 1023 bytes, if the level is at least as grave as the one that is set (info, at
// the start). Any thread.
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Sets what is written from now on, by name. 0, or ERROR_BAD_VALUE for a name that is none.
int log_set_level(const char *name);
