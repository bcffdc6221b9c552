#include "service/silence.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->failed = true)
#include <uthash.h>

struct silence_entry {
    UT_hash_handle hh;
    int64_t heard_ms;
    bool told;
    bool failed;
    char recipient[];
};

void silence_init(struct silence *silence)
{
    *silence = (struct silence){0};
}

void silence_fini(struct silence *silence)
{
    struct silence_entry *entry, *next;
    HASH_ITER (hh, silence->by_recipient, entry, next) {
        HASH_DEL(silence->by_recipient, entry);
        free(entry);
    }
    silence->count = 0;
}

static struct silence_entry *create(struct silence *silence, const char *recipient)
{
    size_t length = strlen(recipient);
    struct silence_entry *entry = silence->count < SILENCE_MAX ? calloc(1, sizeof *entry + length + 1) : NULL;
    if (!entry)
        return NULL;
    memcpy(entry->recipient, recipient, length);
    HASH_ADD_KEYPTR(hh, silence->by_recipient, entry->recipient, (unsigned)length, entry);
    if (entry->failed) {
        free(entry);
        return NULL;
    }
    silence->count++;
    return entry;
}

void silence_heard(struct silence *silence, const char *recipient, int64_t now_ms)
{
    struct silence_entry *entry = NULL;
    HASH_FIND(hh, silence->by_recipient, recipient, (unsigned)strlen(recipient), entry);
    if (!entry)
        entry = create(silence, recipient);
    if (!entry)
        return;
    entry->heard_ms = now_ms;
    entry->told = false;
}

void silence_look(struct silence *silence, int64_t now_ms, int64_t silent_ms,
                  bool (*tell)(void *context, const char *recipient), void *context)
{
    struct silence_entry *entry, *next;
    HASH_ITER (hh, silence->by_recipient, entry, next) {
        if (!entry->told && now_ms - entry->heard_ms > silent_ms)
            entry->told = tell(context, entry->recipient);
    }
}

size_t silence_count(const struct silence *silence)
{
    struct silence_entry *entry, *next;
    size_t count = 0;
    HASH_ITER (hh, silence->by_recipient, entry, next) {
        count += entry->told;
    }
    return count;
}
