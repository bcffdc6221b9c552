#include "base/strmap.h"

#include "base/error.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->failed = true)
#include <uthash.h>

struct strmap_entry {
    UT_hash_handle hh;
    uint32_t value;
    bool failed; // set by uthash when it had no memory to add this entry
    char key[];
};

void strmap_init(struct strmap *m)
{
    m->head = NULL;
}

void strmap_fini(struct strmap *m)
{
    struct strmap_entry *entry, *next;
    HASH_ITER (hh, m->head, entry, next) {
        HASH_DEL(m->head, entry);
        free(entry);
    }
}

int strmap_add(struct strmap *m, const char *key, uint32_t value)
{
    if (strmap_find(m, key) != STRMAP_NONE)
        return ERROR_IN_USE;
    size_t length = strlen(key);
    struct strmap_entry *entry = calloc(1, sizeof *entry + length + 1);
    if (!entry)
        return ERROR_NO_MEMORY;
    memcpy(entry->key, key, length);
    entry->value = value;
    HASH_ADD_KEYPTR(hh, m->head, entry->key, (unsigned)length, entry);
    if (entry->failed) {
        free(entry);
        return ERROR_NO_MEMORY;
    }
    return 0;
}

uint32_t strmap_find(const struct strmap *m, const char *key)
{
    struct strmap_entry *entry = NULL;
    if (key && m->head)
        HASH_FIND(hh, m->head, key, (unsigned)strlen(key), entry);
    return entry ? entry->value : STRMAP_NONE;
}
