#include "status/rulings.h"

#include "base/error.h"
#include "store/precedents.h"

#include <stdlib.h>

// Of one instant that stays first which the store gave first.
static int newer(const void *left, const void *right)
{
    const struct precedent *a = *(const struct precedent *const *)left,
                           *b = *(const struct precedent *const *)right;
    if (a->at_ms != b->at_ms)
        return a->at_ms > b->at_ms ? -1 : 1;
    return a < b ? -1 : a > b;
}

int rulings_gather(struct inquiry *inquiry, const char *category, int64_t before_ms, struct rulings *out)
{
    struct arena *arena = &inquiry->arena;
    struct precedent *all = arena_array(arena, RULINGS_MAX, sizeof *all);
    *out = (struct rulings){.items = arena_array(arena, RULINGS_MAX, sizeof *out->items)};
    if (!all || !out->items)
        return ERROR_NO_MEMORY;
    size_t count = precedents_get(&inquiry->reader.txn, arena, category, NULL, all, RULINGS_MAX);
    out->partial = count == RULINGS_MAX;
    for (size_t i = 0; i < count; i++)
        if (all[i].at_ms < before_ms)
            out->items[out->count++] = &all[i];
    qsort(out->items, out->count, sizeof *out->items, newer);
    return inquiry->reader.txn.error;
}
