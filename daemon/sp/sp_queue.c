#include "sp/sp_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 8 };

struct sp_chunk *sp_chunk_create(const void *stack, size_t stack_length, const void *body, size_t length,
                                 uint64_t *held)
{
    size_t total = SP_HEAD_MAX + stack_length + length;
    struct sp_chunk *chunk = malloc(sizeof *chunk + total);
    if (!chunk)
        return NULL;
    chunk->references = 1;
    chunk->held = held;
    *held += sizeof *chunk + total;
    chunk->length = total;
    sp_frame_head(stack_length + length, chunk->bytes);
    if (stack_length)
        memcpy(chunk->bytes + SP_HEAD_MAX, stack, stack_length);
    if (length)
        memcpy(chunk->bytes + SP_HEAD_MAX + stack_length, body, length);
    return chunk;
}

void sp_chunk_drop(struct sp_chunk *chunk)
{
    if (!chunk)
        return;
    assert(chunk->references > 0);
    if (--chunk->references)
        return;
    *chunk->held -= sizeof *chunk + chunk->length;
    free(chunk);
}

void sp_queue_init(struct sp_queue *q, enum sp_transport transport)
{
    size_t skip = transport == SP_TCP ? 1 : 0;
    *q = (struct sp_queue){.skip = skip, .sent = skip};
}

static struct sp_chunk **item(const struct sp_queue *q, uint32_t index)
{
    return &q->items[(q->first + index) & (q->capacity - 1)];
}

void sp_queue_fini(struct sp_queue *q)
{
    for (uint32_t i = 0; i < q->count; i++)
        sp_chunk_drop(*item(q, i));
    free(q->items);
    *q = (struct sp_queue){0};
}

static bool grow(struct sp_queue *q)
{
    uint32_t capacity = q->capacity ? q->capacity * 2 : FIRST_CAPACITY;
    struct sp_chunk **items = malloc(capacity * sizeof *items);
    if (!items)
        return false;
    for (uint32_t i = 0; i < q->count; i++)
        items[i] = *item(q, i);
    free(q->items);
    q->items = items;
    q->capacity = capacity;
    q->first = 0;
    return true;
}

bool sp_queue_push(struct sp_queue *q, struct sp_chunk *chunk)
{
    if (q->count == q->capacity && !grow(q))
        return false;
    *item(q, q->count++) = chunk;
    chunk->references++;
    q->bytes += chunk->length - q->skip;
    return true;
}

unsigned sp_queue_gather(const struct sp_queue *q, uv_buf_t *bufs, unsigned max, size_t max_bytes,
                         size_t *bytes)
{
    unsigned filled = 0;
    size_t start = q->sent;
    *bytes = 0;
    while (filled < max && filled < q->count && *bytes < max_bytes) {
        struct sp_chunk *chunk = *item(q, filled);
        size_t length = chunk->length - start;
        bufs[filled++] = uv_buf_init((char *)chunk->bytes + start, (unsigned)length);
        *bytes += length;
        start = q->skip;
    }
    return filled;
}

// An idle peer keeps no ring.
static void shrink(struct sp_queue *q)
{
    free(q->items);
    q->items = NULL;
    q->capacity = q->first = 0;
}

void sp_queue_consume(struct sp_queue *q, size_t bytes)
{
    assert(bytes <= q->bytes);
    q->bytes -= bytes;
    q->sent += bytes;
    while (q->count && q->sent >= (*item(q, 0))->length) {
        struct sp_chunk *done = *item(q, 0);
        q->sent -= done->length - q->skip;
        q->first = (q->first + 1) & (q->capacity - 1);
        q->count--;
        sp_chunk_drop(done);
    }
    if (!q->count)
        shrink(q);
}
