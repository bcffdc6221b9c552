#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_SEPARATE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_SEPARATE 1
#endif
#endif
#ifndef ARENA_SEPARATE
#define ARENA_SEPARATE 0
#endif

enum { LEAST_BLOCK = 4 << 10, MOST_BLOCK = 64 << 10 };

struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    _Alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *a, size_t max_bytes)
{
    *a = (struct arena){.max_bytes = max_bytes};
}

void arena_fini(struct arena *a)
{
    while (a->blocks) {
        struct arena_block *next = a->blocks->next;
        free(a->blocks);
        a->blocks = next;
    }
    arena_init(a, a->max_bytes);
}

// As much again as there is, within bounds: a long answer is a few blocks, and freed quickly by whichever
// thread has it then.
static size_t block_room(const struct arena *a, size_t size)
{
    size_t room = a->held < LEAST_BLOCK ? LEAST_BLOCK : a->held > MOST_BLOCK ? MOST_BLOCK : a->held;
    return ARENA_SEPARATE || size > room ? size : room;
}

static struct arena_block *block_add(struct arena *a, size_t size)
{
    size_t room = block_room(a, size);
    struct arena_block *block = calloc(1, sizeof *block + room);
    if (!block)
        return NULL;
    a->held += sizeof *block + room;
    block->size = room;
    block->next = a->blocks;
    a->blocks = block;
    return block;
}

static void *refuse(struct arena *a)
{
    a->failed = true;
    return NULL;
}

void *arena_alloc(struct arena *a, size_t size)
{
    const size_t align = sizeof(max_align_t);
    if (size > SIZE_MAX / 2)
        return refuse(a);
    size_t rounded = (size + align - 1) / align * align;
    if (a->max_bytes && rounded > a->max_bytes - a->used)
        return refuse(a);
    struct arena_block *block = a->blocks;
    if (ARENA_SEPARATE || !block || block->size - block->used < rounded)
        block = block_add(a, ARENA_SEPARATE ? size : rounded);
    if (!block)
        return refuse(a);
    void *piece = block->bytes + block->used;
    block->used += ARENA_SEPARATE ? size : rounded;
    a->used += rounded;
    return piece;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return refuse(a);
    return arena_alloc(a, bytes);
}

void *arena_memdup(struct arena *a, const void *bytes, size_t length)
{
    void *copy = arena_alloc(a, length);
    if (copy && length)
        memcpy(copy, bytes, length);
    return copy;
}

char *arena_strndup(struct arena *a, const char *text, size_t length)
{
    char *copy = arena_alloc(a, length + 1);
    if (copy && length)
        memcpy(copy, text, length);
    return copy;
}

char *arena_strdup(struct arena *a, const char *text)
{
    return text ? arena_strndup(a, text, strlen(text)) : NULL;
}

char *arena_vprintf(struct arena *a, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    char *text = length < 0 ? NULL : arena_alloc(a, (size_t)length + 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(a, format, args);
    va_end(args);
    return text;
}

bool arena_failed(const struct arena *a)
{
    return a->failed;
}

void *arena_grow(struct arena *a, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    size_t more = *capacity ? *capacity * 2 : 8;
    void *moved = arena_array(a, more, size);
    if (!moved)
        return NULL;
    if (count)
        memcpy(moved, items, count * size);
    *capacity = more;
    return moved;
}
