// What a list is asked for, in the words of the options of `whistle list`: so that it can be kept and used
// again, also on another day and in another language.
#pragma once

#include "tool.h"

struct filter_entry {
    const char *option; // "area"
    const char *value;  // NULL: the option takes none
};

struct filter {
    struct arena *arena; // holds entries and what is made of texts
    struct filter_entry *entries;
    size_t count;
    size_t capacity;
};

void filter_init(struct filter *f, struct arena *arena);

// Adds an option; states add up, of any other the later one counts. What is wrong with it, in the reader's
// language, or NULL; out of memory the arena has failed. Texts are shared.
const char *filter_put(struct filter *f, const char *option, const char *value);

// Adds all of another one.
void filter_add(struct filter *f, const struct filter *other);

// Fills the request; a span of time begins at the city's now, which may have to be asked for: false after a
// message. Texts are shared.
bool filter_apply(const struct filter *f, struct tool *tool, Whistle__V1__List *list);

// As it is typed: "--overdue --area 420902001", words quoted for a shell where they need it.
const char *filter_text(const struct filter *f);

// One word as a shell takes it.
const char *filter_shell_word(struct arena *arena, const char *word);
