// What is still to be written to one peer: shared, counted chunks in order.
//
// A chunk is one frame, made once and in ipc's form; tcp begins one byte later. So a published message is
// copied once however many subscribers it goes to.
#pragma once

#include "sp/sp_frame.h"

#include <uv.h>

struct sp_chunk {
    size_t references;
    uint64_t *held; // where its memory is counted
    size_t length;  // of bytes
    uint8_t bytes[];
};

// A frame whose payload is `stack` and `body` one behind the other (either may be empty). One reference, the
// caller's. What it takes is added to `*held` as long as it lives. NULL when out of memory.
struct sp_chunk *sp_chunk_create(const void *stack, size_t stack_length, const void *body, size_t length,
                                 uint64_t *held);

// Gives up one reference; NULL is allowed.
void sp_chunk_drop(struct sp_chunk *chunk);

struct sp_queue {
    struct sp_chunk **items; // ring, owned
    uint32_t capacity;       // a power of two, or 0 while empty
    uint32_t first;          // index of the chunk that leaves next
    uint32_t count;          // chunks
    size_t sent;             // bytes of the first chunk that have left or are skipped
    size_t skip;             // leading bytes of each chunk that this peer's transport does without
    size_t bytes;            // still to be sent
};

void sp_queue_init(struct sp_queue *q, enum sp_transport transport);
void sp_queue_fini(struct sp_queue *q);

// Takes a reference of its own. False when out of memory, and nothing was changed.
bool sp_queue_push(struct sp_queue *q, struct sp_chunk *chunk) __attribute__((warn_unused_result));

// Fills up to `max` buffers, in order, until they hold `max_bytes` or more. Returns how many; `*bytes` is
// their sum. The buffers are good until consumed.
unsigned sp_queue_gather(const struct sp_queue *q, uv_buf_t *bufs, unsigned max, size_t max_bytes,
                         size_t *bytes);

// `bytes` have left, from the front.
void sp_queue_consume(struct sp_queue *q, size_t bytes);
