#include "engine/work.h"

#include <stdlib.h>

struct work *work_create(enum work_kind kind, size_t max_bytes)
{
    struct work *work = calloc(1, sizeof *work);
    if (!work)
        return NULL;
    work->kind = kind;
    arena_init(&work->arena, max_bytes);
    return work;
}

const char *work_holder(const char *principal, bool replayed)
{
    return replayed ? " replayed" : principal;
}

size_t work_bytes(const struct work *work)
{
    return sizeof *work + work->arena.held;
}

void work_destroy(struct work *work)
{
    if (!work)
        return;
    rulebook_unref(work->book);
    arena_fini(&work->arena);
    free(work);
}
