// What falls due: rungs, planned ends of pauses, digests; and due times that are to be looked at again.
// Internal to the engine. Errors go to `run->error`; a full batch is none, the next one goes on.
#pragma once

#include "engine/run.h"

// Does what is due up to `until_ms`, in due order, BATCH_MAX_TICKS entries at most.
void due_fire(struct run *run, int64_t until_ms);

// What is due in the very case that an act is about fires before it, however many others wait: an act stops
// clocks, and a stopped clock's rungs fire no more. 0, or the error of the store (ERROR_TOO_LARGE: the batch
// is full).
int due_fire_case(struct run *run, const struct work *work);

// Looks again at the due times that cross a year which was not loaded, some of them in each batch.
void due_recheck(struct run *run);

// All of them are to be looked at, from the first on: the rulebook may be another one.
void due_look_again(struct batcher *batcher);
