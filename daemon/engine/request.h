// Requests over retries: the same id gets the same answer, and an id that is too old or too new changes
// nothing.
#pragma once

#include "engine/work.h"
#include "store/store.h"

// Answers the work without deciding it, when its id is remembered (the stored answer, or id_reused), or when
// the id's own time is not within 48 h back and 5 min ahead of machine time, or the client's clock is off by
// more than 5 min, or it was sealed and came before, or may have. False: it is new and is to be decided.
bool request_known(struct store *store, struct work *work, int64_t now_ms);

// Was it sent within 5 minutes of `received_ms` by its sender's clock? `*skew_ms` is by how much that clock
// is behind. A message that `must` say when it was sent is not fresh without; others are.
bool request_is_fresh(int64_t received_ms, int64_t sent_ms, bool must, int64_t *skew_ms);

// False when it may have come before it is known what came (salts_unknown_until); 0: it is plain, and nobody
// asks.
bool request_is_surely_new(int64_t sent_ms, int64_t unknown_until_ms);

// The epoch of the journal.
uint32_t request_epoch(struct store *store);

// Serialises the files of a rulebook for the journal; not the private ones, which must not outlive
// themselves. 0 or ERROR_NO_MEMORY.
int request_rulebook_files(struct arena *arena, const struct rulebook *book, struct blob *out)
    __attribute__((warn_unused_result));
