// From a record of the journal to the tables of the state: the only place that writes them.
//
// The same function serves a batch that was just decided and a record that is read again after a stop. It
// needs neither a rulebook nor a clock; what expires, expires by the record's own time. Run again from the
// first record it gives the same tables, record for record.
#pragma once

#include "base/arena.h"
#include "core/event.h"
#include "store/db.h"

// What a record says, as the core sees it.
struct record_facts {
    struct actor actor;
    struct event *events;
    size_t event_count;
    struct blob request_id;     // 16 bytes, or empty
    struct blob operation_hash; // 32 bytes, or empty
    struct blob answer;
    struct blob private_hash; // 32 bytes, or empty
    struct blob rulebook;     // digest
    int64_t received_ms;
    struct blob files; // of rules_loaded with a new digest: a serialised RulebookFiles
};

// Reads a record. What of its events stands in the private part (PERSONAL_PLACE) is missing where that is
// empty: erased, or not for who reads. Records of before it stood there have it in the public part.
// ERROR_CORRUPT, ERROR_NO_MEMORY.
int facts_decode(struct arena *arena, struct blob public_part, struct blob private_part,
                 struct record_facts *out) __attribute__((warn_unused_result));

// Makes the public part of a record. ERROR_NO_MEMORY.
int facts_encode(struct arena *arena, const struct record_facts *facts, struct blob *out)
    __attribute__((warn_unused_result));

// Writes the tables. Errors stick in the transaction. Scratch memory comes from `arena`.
void project(struct db_txn *txn, struct arena *arena, const struct record_facts *facts);
