#include "service/acks.h"

#include "base/error.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->failed = true)
#include <uthash.h>

struct ack_entry {
    UT_hash_handle hh;
    uint64_t upto;
    size_t recipient_length;
    bool failed;
    char key[]; // recipient, NUL, consumer, NUL
};

void acks_init(struct acks *acks)
{
    *acks = (struct acks){0};
}

static void drop(struct acks *acks, struct ack_entry *entry)
{
    HASH_DEL(acks->by_key, entry);
    free(entry);
    acks->count--;
}

void acks_fini(struct acks *acks)
{
    struct ack_entry *entry, *next;
    HASH_ITER (hh, acks->by_key, entry, next) {
        drop(acks, entry);
    }
}

static struct ack_entry *create(const char *recipient, const char *consumer, size_t *length)
{
    size_t first = strlen(recipient), second = strlen(consumer);
    struct ack_entry *entry = calloc(1, sizeof *entry + first + second + 2);
    if (!entry)
        return NULL;
    memcpy(entry->key, recipient, first);
    memcpy(entry->key + first + 1, consumer, second);
    entry->recipient_length = first;
    *length = first + second + 1;
    return entry;
}

int acks_note(struct acks *acks, const char *recipient, const char *consumer, uint64_t upto)
{
    size_t length;
    struct ack_entry *found = NULL, *entry = create(recipient, consumer, &length);
    if (!entry)
        return ERROR_NO_MEMORY;
    HASH_FIND(hh, acks->by_key, entry->key, (unsigned)length, found);
    if (found) {
        found->upto = upto > found->upto ? upto : found->upto;
        free(entry);
        return 0;
    }
    if (acks->count >= ACKS_MAX) {
        free(entry);
        return ERROR_BUSY;
    }
    entry->upto = upto;
    HASH_ADD_KEYPTR(hh, acks->by_key, entry->key, (unsigned)length, entry);
    if (entry->failed) {
        free(entry);
        return ERROR_NO_MEMORY;
    }
    acks->count++;
    return 0;
}

struct work *acks_take(struct acks *acks)
{
    if (!acks->count)
        return NULL;
    struct work *work = work_create(WORK_ACKS, 0);
    struct ack_entry *entry, *next;
    if (!work)
        return NULL;
    work->cursors = arena_array(&work->arena, acks->count, sizeof *work->cursors);
    HASH_ITER (hh, acks->by_key, entry, next) {
        if (!work->cursors)
            break;
        struct cursor_move *move = &work->cursors[work->cursor_count++];
        move->recipient = arena_strdup(&work->arena, entry->key);
        move->consumer = arena_strdup(&work->arena, entry->key + entry->recipient_length + 1);
        move->upto = entry->upto;
    }
    if (arena_failed(&work->arena)) {
        work_destroy(work);
        return NULL;
    }
    acks_fini(acks);
    return work;
}
