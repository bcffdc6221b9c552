// The tables of a state as digests, to tell whether two states are the same, record for record.
#pragma once

#include "store/store.h"

enum { DUMP_DIGEST = 32 };

struct store_dump {
    uint8_t digest[DB_TABLE_COUNT][DUMP_DIGEST];
    uint64_t records[DB_TABLE_COUNT];
};

// Every key and value of every table. False when the state could not be read.
bool store_dump(struct store *store, struct store_dump *out);

// The name of the first table that differs, or NULL.
const char *store_dump_difference(const struct store_dump *a, const struct store_dump *b);
