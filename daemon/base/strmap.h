// A map from text to a small number: code → index in a table. Built once, then only read.
#pragma once

#include <stdint.h>

struct strmap_entry;

struct strmap {
    struct strmap_entry *head; // owned
};

#define STRMAP_NONE UINT32_MAX

void strmap_init(struct strmap *m);
void strmap_fini(struct strmap *m);

// Adds `key` (copied) → `value`. 0; ERROR_IN_USE when the key is there already; ERROR_NO_MEMORY.
int strmap_add(struct strmap *m, const char *key, uint32_t value) __attribute__((warn_unused_result));

// The value, or STRMAP_NONE. NULL finds nothing. Reading is safe from several threads.
uint32_t strmap_find(const struct strmap *m, const char *key);
