// Subscribers that have fallen silent: who once read a feed and has not asked for it for too long, while it
// may have something for him. Each silence is told once.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct silence_entry;

enum { SILENCE_MAX = 65536 };

struct silence {
    struct silence_entry *by_recipient; // uthash
    size_t count;
};

void silence_init(struct silence *silence);
void silence_fini(struct silence *silence);

// `recipient` has asked at `now_ms`. Past SILENCE_MAX, or without memory, a new one is not watched.
void silence_heard(struct silence *silence, const char *recipient, int64_t now_ms);

// Calls `tell` for each recipient that was heard of last more than `silent_ms` ago and was not told of since.
void silence_look(struct silence *silence, int64_t now_ms, int64_t silent_ms,
                  bool (*tell)(void *context, const char *recipient), void *context);

// How many are silent now.
size_t silence_count(const struct silence *silence);
