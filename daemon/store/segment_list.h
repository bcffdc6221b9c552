// The first seqs of the segments that are in the directory, in order.
#pragma once

#include "store/store_error.h"

#include <stddef.h>
#include <stdint.h>

struct segment_list {
    uint64_t *firsts; // ascending, owned
    size_t count;
    size_t capacity;
};

void segment_list_init(struct segment_list *list);
void segment_list_fini(struct segment_list *list);

// Reads the directory; what is not named like a segment is left alone. ERROR_IO, ERROR_NO_MEMORY.
int segment_list_load(struct segment_list *list, int directory, struct store_error *error)
    __attribute__((warn_unused_result));

// Puts in front what `older` has from before the first of `list`, which is not empty. ERROR_NO_MEMORY.
int segment_list_prepend(struct segment_list *list, const struct segment_list *older, size_t *added)
    __attribute__((warn_unused_result));

// Room for one more, so that the add after it cannot fail. ERROR_NO_MEMORY.
int segment_list_reserve(struct segment_list *list) __attribute__((warn_unused_result));

// Adds at the end, in reserved room; the last one again changes nothing.
void segment_list_add(struct segment_list *list, uint64_t first_seq);

// Index of the segment in which `seq` would be: the last that begins at or before it. −1: before all.
ptrdiff_t segment_list_find(const struct segment_list *list, uint64_t seq);
