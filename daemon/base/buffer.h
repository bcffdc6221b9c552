// A growing run of bytes on the heap, for output that is built up piece by piece.
//
// Errors stick: once memory ran out, further appends do nothing and `failed` stays true; check once at the
// end.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    uint8_t *bytes;  // owned
    size_t length;   // bytes in use
    size_t capacity; // bytes allocated
    bool failed;     // memory ran out
};

void buffer_init(struct buffer *b);
void buffer_fini(struct buffer *b);

// Forgets the content, keeps the memory.
void buffer_clear(struct buffer *b);

// Room for `length` more bytes at the end, counted as used; the caller fills them. NULL when out of memory.
// The pointer is good until the next append.
uint8_t *buffer_extend(struct buffer *b, size_t length);

void buffer_append(struct buffer *b, const void *bytes, size_t length);
void buffer_text(struct buffer *b, const char *text);
void buffer_printf(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

// The content as a C string (a NUL is kept behind it); "" where nothing was written or memory ran out.
const char *buffer_string(struct buffer *b);
