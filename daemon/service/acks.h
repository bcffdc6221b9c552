// Acknowledgements, gathered: cursors move lazily, one event a second carries them all, and a lost one only
// repeats a delivery.
#pragma once

#include "engine/work.h"

#include <stdint.h>

struct ack_entry;

enum { ACKS_MAX = 4096 };

struct acks {
    struct ack_entry *by_key; // uthash by recipient, NUL, consumer
    size_t count;
};

void acks_init(struct acks *acks);
void acks_fini(struct acks *acks);

// Notes that `consumer` has everything of `recipient` up to `upto`; the highest counts. ERROR_BUSY past
// ACKS_MAX, ERROR_NO_MEMORY.
int acks_note(struct acks *acks, const char *recipient, const char *consumer, uint64_t upto)
    __attribute__((warn_unused_result));

// Makes work of what was noted and forgets it; NULL when there is nothing, or no memory (then it is kept).
struct work *acks_take(struct acks *acks);
