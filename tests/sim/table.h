// A set of numbers with an index each, for what must not come twice: open addressing, never 0 as a key.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_NONE SIZE_MAX

struct table {
    struct table_place *places; // owned
    size_t room, count;
};

// False when the key is there already. Ends the program where there is no memory.
bool table_add(struct table *table, uint64_t key, size_t index);

// The index, or TABLE_NONE.
size_t table_find(const struct table *table, uint64_t key);

void table_fini(struct table *table);
