#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_init(struct buffer *b)
{
    *b = (struct buffer){0};
}

void buffer_fini(struct buffer *b)
{
    free(b->bytes);
    buffer_init(b);
}

void buffer_clear(struct buffer *b)
{
    b->length = 0;
    b->failed = false;
}

static bool reserve(struct buffer *b, size_t more)
{
    size_t needed;
    if (b->failed || __builtin_add_overflow(b->length, more, &needed)) {
        b->failed = true;
        return false;
    }
    if (needed <= b->capacity)
        return true;
    size_t capacity = b->capacity ? b->capacity : 256;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    uint8_t *moved = realloc(b->bytes, capacity);
    if (!moved) {
        b->failed = true;
        return false;
    }
    b->bytes = moved;
    b->capacity = capacity;
    return true;
}

uint8_t *buffer_extend(struct buffer *b, size_t length)
{
    if (!reserve(b, length))
        return NULL;
    uint8_t *room = b->bytes + b->length;
    b->length += length;
    return room;
}

void buffer_append(struct buffer *b, const void *bytes, size_t length)
{
    uint8_t *room = length ? buffer_extend(b, length) : NULL;
    if (room)
        memcpy(room, bytes, length);
}

void buffer_text(struct buffer *b, const char *text)
{
    buffer_append(b, text, strlen(text));
}

void buffer_printf(struct buffer *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    if (length >= 0 && reserve(b, (size_t)length + 1)) {
        vsnprintf((char *)b->bytes + b->length, (size_t)length + 1, format, again);
        b->length += (size_t)length;
    }
    va_end(again);
    va_end(args);
}

const char *buffer_string(struct buffer *b)
{
    if (!reserve(b, 1))
        return "";
    b->bytes[b->length] = 0;
    return (const char *)b->bytes;
}
