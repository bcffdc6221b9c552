#include "window.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_PAUSE_MS = 1000, LONGEST_PAUSE_MS = 300000 };

static void item_fini(struct item *item)
{
    free(item->number);
    free(item->event);
    free(item->json);
    free(item->recipient);
}

void window_clear(struct window *w)
{
    for (size_t i = 0; i < w->count; i++)
        item_fini(&w->items[i]);
    w->count = 0;
    w->last_seq = w->drained = 0;
}

void window_fini(struct window *w)
{
    window_clear(w);
    free(w->items);
    *w = (struct window){0};
}

static bool reserve(struct window *w)
{
    if (w->count < w->room)
        return true;
    size_t room = w->room ? w->room * 2 : 64;
    struct item *items = realloc(w->items, room * sizeof *items);
    if (!items)
        return false;
    w->items = items;
    w->room = room;
    return true;
}

bool window_add(struct window *w, uint64_t seq, const char *number, const char *event, const char *json,
                const char *recipient)
{
    if (seq <= w->last_seq || !reserve(w))
        return false;
    struct item item = {.seq = seq,
                        .number = strdup(number),
                        .event = strdup(event),
                        .json = strdup(json),
                        .recipient = strdup(recipient)};
    if (!item.number || !item.event || !item.json || !item.recipient) {
        item_fini(&item);
        return false;
    }
    w->items[w->count++] = item;
    w->last_seq = seq;
    return true;
}

// An earlier event of the same case that is not done holds this one up.
static bool is_held_up(const struct window *w, size_t index)
{
    for (size_t i = 0; *w->items[index].number && i < index; i++)
        if (!w->items[i].done && strcmp(w->items[i].number, w->items[index].number) == 0)
            return true;
    return false;
}

struct item *window_ready(struct window *w, int64_t now_ms)
{
    for (size_t i = 0; i < w->count; i++) {
        struct item *item = &w->items[i];
        if (!item->done && !item->settled && !item->pid && item->not_before_ms <= now_ms && !is_held_up(w, i))
            return item;
    }
    return NULL;
}

size_t window_running(const struct window *w)
{
    size_t running = 0;
    for (size_t i = 0; i < w->count; i++)
        running += w->items[i].pid != 0;
    return running;
}

bool window_failed(struct item *item, unsigned tries, int64_t now_ms)
{
    int64_t pause = FIRST_PAUSE_MS;
    item->pid = 0;
    item->tries++;
    for (unsigned i = 1; i < item->tries && pause < LONGEST_PAUSE_MS; i++)
        pause *= 2;
    item->not_before_ms = now_ms + (pause < LONGEST_PAUSE_MS ? pause : LONGEST_PAUSE_MS);
    return item->tries < tries;
}

uint64_t window_drain(struct window *w)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->count; i++) {
        if (w->items[i].done)
            item_fini(&w->items[i]);
        else
            w->items[kept++] = w->items[i];
    }
    w->count = kept;
    uint64_t upto = kept ? w->items[0].seq - 1 : w->last_seq;
    bool moved = upto > w->drained;
    w->drained = moved ? upto : w->drained;
    return moved ? upto : 0;
}
