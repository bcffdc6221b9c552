// An arena: memory that is given out piece by piece and taken back all at once.
//
// One arena per incoming message, per decision, per query. Pieces are aligned for any type and are zeroed.
// A cap bounds what one message can make the daemon hold; past it, or when malloc fails, the allocation
// returns NULL and the arena remembers that (`arena_failed`), so that a long construction may be checked once
// at its end. Under AddressSanitizer each piece is a malloc of its own, so that overruns are seen.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; // newest first, owned
    size_t used;                // bytes given out
    size_t held;                // bytes of the blocks: what it takes of the machine
    size_t max_bytes;           // cap; 0 means none
    bool failed;                // an allocation was refused
};

// `max_bytes` 0 means no cap.
void arena_init(struct arena *a, size_t max_bytes);

// Frees every piece; the arena may be used again.
void arena_fini(struct arena *a);

// Zeroed memory, or NULL past the cap or out of memory (and `arena_failed` is then true).
void *arena_alloc(struct arena *a, size_t size);

// An array of `count` zeroed items; an overflow of count × size fails like the cap.
void *arena_array(struct arena *a, size_t count, size_t size);

// Copies; NULL in gives NULL out.
char *arena_strdup(struct arena *a, const char *text);
char *arena_strndup(struct arena *a, const char *text, size_t length);
void *arena_memdup(struct arena *a, const void *bytes, size_t length);

// printf into the arena; NULL on failure.
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

// True once an allocation was refused.
bool arena_failed(const struct arena *a);

// Makes room for one more item in an array of the arena that doubles: `items` is grown when `count` reaches
// `*capacity`. Returns the array to use (maybe moved), or NULL.
void *arena_grow(struct arena *a, void *items, size_t count, size_t *capacity, size_t size);
