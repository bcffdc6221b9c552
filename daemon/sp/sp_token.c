#include "sp/sp_token.h"

#include <assert.h>
#include <stdlib.h>

enum { BLOCK = 64 };

void sp_table_init(struct sp_table *t)
{
    *t = (struct sp_table){0};
}

void sp_table_fini(struct sp_table *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        free(t->blocks[i]);
    free(t->blocks);
    sp_table_init(t);
}

static bool grow(struct sp_table *t)
{
    struct sp_open **blocks = realloc(t->blocks, (t->count + 1) * sizeof *blocks);
    if (!blocks)
        return false;
    t->blocks = blocks;
    struct sp_open *block = calloc(BLOCK, sizeof *block);
    if (!block)
        return false;
    for (uint32_t i = BLOCK; i-- > 0;) {
        block[i].slot = t->count * BLOCK + i;
        LIST_INSERT_HEAD(&t->free, &block[i], of_conn);
    }
    blocks[t->count++] = block;
    return true;
}

struct sp_open *sp_table_take(struct sp_table *t)
{
    if (LIST_EMPTY(&t->free) && !grow(t))
        return NULL;
    struct sp_open *open = LIST_FIRST(&t->free);
    LIST_REMOVE(open, of_conn);
    *open = (struct sp_open){.serial = ++t->serial, .slot = open->slot};
    return open;
}

void sp_table_give(struct sp_table *t, struct sp_open *open)
{
    assert(open->serial);
    open->serial = 0;
    LIST_INSERT_HEAD(&t->free, open, of_conn);
}

struct sp_open *sp_table_find(const struct sp_table *t, struct sp_token token)
{
    if (!token.serial || token.slot / BLOCK >= t->count)
        return NULL;
    struct sp_open *open = &t->blocks[token.slot / BLOCK][token.slot % BLOCK];
    return open->serial == token.serial ? open : NULL;
}

struct sp_token sp_token_of(const struct sp_open *open)
{
    return (struct sp_token){.serial = open->serial, .slot = open->slot};
}
