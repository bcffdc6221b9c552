// One run of a command for one event: the event's JSON is its standard input.
//
// posix_spawn, not fork: nanomsg's worker thread does not live through a fork. The input is a memory file, so
// that a command which does not read holds up nobody.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct hook {
    const char *command; // for /bin/sh -c
    const char *json;
    const char *number;
    const char *event; // name of the event's kind
    uint64_t seq;
    unsigned attempt; // from 1
};

// Starts it in a process group of its own; its pid, or -1 with errno.
pid_t hook_start(const struct hook *hook);

// True when it ended; `*good` when with status 0, else `*why` says how (a static buffer).
bool hook_ended(pid_t pid, bool *good, const char **why);

// Kills it and what it started.
void hook_kill(pid_t pid);
