// Acknowledgements, gathered: cursors move lazily, one event a second carries them all, and a lost one only
// repeats a delivery.
//
// What is here is ahead of the state: a fetch looks here first, so that nothing comes again that was
// acknowledged a moment ago. An entry stays for the life of the process, so that the consumers of a recipient
// can be counted; those of before are put in at the start.
#pragma once

#include "engine/work.h"

#include <stdbool.h>
#include <stdint.h>

struct ack_entry;

enum {
    ACKS_MAX = 65536,      // cursors in all
    ACKS_CONSUMERS = 8,    // named cursors of a recipient
    ACKS_CODE_BYTES = 128, // of a recipient's code, and of a consumer's name
};

struct acks {
    struct ack_entry *by_key; // uthash by recipient, NUL, consumer
    size_t count;
    size_t waiting; // entries that are ahead of what was sent to the engine
    bool flying;    // the engine has some in hand
};

void acks_init(struct acks *acks);
void acks_fini(struct acks *acks);

// Puts in a cursor that the state has already.
void acks_known(struct acks *acks, const char *recipient, const char *consumer, uint64_t upto);

// Notes that `consumer` has everything of `recipient` up to `upto`; the highest counts. ERROR_BUSY past
// ACKS_MAX, ERROR_TOO_MANY past ACKS_CONSUMERS, ERROR_TOO_LONG, ERROR_NO_MEMORY.
int acks_note(struct acks *acks, const char *recipient, const char *consumer, uint64_t upto)
    __attribute__((warn_unused_result));

// How far the consumer has come; 0 when it is not known.
uint64_t acks_upto(const struct acks *acks, const char *recipient, const char *consumer);

// Makes work of what was noted; NULL when there is nothing, while the last one is not settled, or without
// memory (then it is kept).
struct work *acks_take(struct acks *acks);

// The work that was taken is on disk, or is not and goes again.
void acks_settle(struct acks *acks, bool done);
