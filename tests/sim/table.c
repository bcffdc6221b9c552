#include "sim.h"

#include <stdlib.h>

struct table_place {
    uint64_t key;
    size_t index;
};

// Where the key stands, or would.
static struct table_place *place_of(const struct table *table, uint64_t key)
{
    size_t at = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (table->room - 1);
    while (table->places[at].key && table->places[at].key != key)
        at = (at + 1) & (table->room - 1);
    return &table->places[at];
}

static void grow(struct table *table)
{
    struct table old = *table;
    table->room = old.room ? 2 * old.room : 64;
    table->places = calloc(table->room, sizeof *table->places);
    MUST(table->places != NULL, "no memory");
    for (size_t i = 0; i < old.room; i++)
        if (old.places[i].key)
            *place_of(table, old.places[i].key) = old.places[i];
    free(old.places);
}

bool table_add(struct table *table, uint64_t key, size_t index)
{
    if (2 * table->count >= table->room)
        grow(table);
    struct table_place *place = place_of(table, key);
    if (place->key)
        return false;
    *place = (struct table_place){key, index};
    table->count++;
    return true;
}

size_t table_find(const struct table *table, uint64_t key)
{
    const struct table_place *place = table->room ? place_of(table, key) : NULL;
    return place && place->key ? place->index : TABLE_NONE;
}

void table_fini(struct table *table)
{
    free(table->places);
    *table = (struct table){0};
}
