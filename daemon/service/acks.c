#include "service/acks.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->failed = true)
#include <uthash.h>

// A recipient has one entry more, with the empty consumer, which counts its consumers in `upto`.
struct ack_entry {
    UT_hash_handle hh;
    uint64_t upto;
    uint64_t sent; // to the engine
    uint64_t done; // on disk
    size_t recipient_length;
    bool failed;
    char key[]; // recipient, NUL, consumer, NUL
};

enum { KEY_BYTES = 2 * ACKS_CODE_BYTES + 2, ACKS_AT_ONCE = 1024 };

void acks_init(struct acks *acks)
{
    *acks = (struct acks){0};
}

void acks_fini(struct acks *acks)
{
    struct ack_entry *entry, *next;
    HASH_ITER (hh, acks->by_key, entry, next) {
        HASH_DEL(acks->by_key, entry);
        free(entry);
    }
    acks_init(acks);
}

// Without the last NUL; 0 when it is too long.
static size_t make_key(const char *recipient, const char *consumer, char key[KEY_BYTES])
{
    size_t first = strlen(recipient), second = strlen(consumer);
    if (first > ACKS_CODE_BYTES || second > ACKS_CODE_BYTES)
        return 0;
    memcpy(key, recipient, first + 1);
    memcpy(key + first + 1, consumer, second + 1);
    return first + 1 + second;
}

static struct ack_entry *find(const struct acks *acks, const char *recipient, const char *consumer)
{
    char key[KEY_BYTES];
    struct ack_entry *entry = NULL;
    size_t length = make_key(recipient, consumer, key);
    HASH_FIND(hh, acks->by_key, key, (unsigned)length, entry);
    return length ? entry : NULL;
}

static struct ack_entry *create(struct acks *acks, const char *recipient, const char *consumer)
{
    char key[KEY_BYTES];
    size_t length = make_key(recipient, consumer, key);
    struct ack_entry *entry = calloc(1, sizeof *entry + length + 1);
    if (!entry)
        return NULL;
    memcpy(entry->key, key, length + 1);
    entry->recipient_length = strlen(recipient);
    HASH_ADD_KEYPTR(hh, acks->by_key, entry->key, (unsigned)length, entry);
    if (!entry->failed)
        return entry;
    free(entry);
    return NULL;
}

static int add(struct acks *acks, const char *recipient, const char *consumer, struct ack_entry **out)
{
    struct ack_entry *consumers = find(acks, recipient, "");
    if (!consumers)
        consumers = create(acks, recipient, "");
    *out = consumers ? create(acks, recipient, consumer) : NULL;
    if (!*out)
        return ERROR_NO_MEMORY;
    consumers->upto++;
    acks->count++;
    return 0;
}

void acks_known(struct acks *acks, const char *recipient, const char *consumer, uint64_t upto)
{
    struct ack_entry *entry;
    char key[KEY_BYTES];
    if (!*consumer || !make_key(recipient, consumer, key) || find(acks, recipient, consumer) ||
        add(acks, recipient, consumer, &entry))
        return;
    entry->upto = entry->sent = entry->done = upto;
}

static int find_or_add(struct acks *acks, const char *recipient, const char *consumer, struct ack_entry **out)
{
    char key[KEY_BYTES];
    if (!*consumer || !make_key(recipient, consumer, key))
        return ERROR_TOO_LONG;
    *out = find(acks, recipient, consumer);
    if (*out)
        return 0;
    const struct ack_entry *consumers = find(acks, recipient, "");
    if (consumers && consumers->upto >= ACKS_CONSUMERS)
        return ERROR_TOO_MANY;
    return acks->count >= ACKS_MAX ? ERROR_BUSY : add(acks, recipient, consumer, out);
}

int acks_note(struct acks *acks, const char *recipient, const char *consumer, uint64_t upto)
{
    struct ack_entry *entry;
    int rc = find_or_add(acks, recipient, consumer, &entry);
    if (rc || upto <= entry->upto)
        return rc;
    acks->waiting += entry->upto == entry->sent;
    entry->upto = upto;
    return 0;
}

uint64_t acks_upto(const struct acks *acks, const char *recipient, const char *consumer)
{
    const struct ack_entry *entry = *consumer ? find(acks, recipient, consumer) : NULL;
    return entry ? entry->upto : 0;
}

static bool is_waiting(const struct ack_entry *entry)
{
    return entry->key[entry->recipient_length + 1] && entry->upto != entry->sent;
}

// Takes what waits, but not more than one event should carry.
static void put_moves(struct acks *acks, struct work *work)
{
    struct ack_entry *entry, *next;
    HASH_ITER (hh, acks->by_key, entry, next) {
        if (!is_waiting(entry))
            continue;
        if (work->cursor_count == ACKS_AT_ONCE)
            break;
        struct cursor_move *move = &work->cursors[work->cursor_count++];
        move->recipient = arena_strdup(&work->arena, entry->key);
        move->consumer = arena_strdup(&work->arena, entry->key + entry->recipient_length + 1);
        move->upto = entry->sent = entry->upto;
    }
    acks->waiting -= work->cursor_count;
    acks->flying = true;
}

struct work *acks_take(struct acks *acks)
{
    if (!acks->waiting || acks->flying)
        return NULL;
    struct work *work = work_create(WORK_ACKS, 0);
    if (!work)
        return NULL;
    work->cursors = arena_array(&work->arena, ACKS_AT_ONCE, sizeof *work->cursors);
    if (work->cursors)
        put_moves(acks, work);
    if (!arena_failed(&work->arena))
        return work;
    acks_settle(acks, false);
    work_destroy(work);
    return NULL;
}

void acks_settle(struct acks *acks, bool done)
{
    struct ack_entry *entry, *next;
    acks->flying = false;
    acks->waiting = 0;
    HASH_ITER (hh, acks->by_key, entry, next) {
        if (done)
            entry->done = entry->sent;
        else
            entry->sent = entry->done;
        acks->waiting += is_waiting(entry);
    }
}
