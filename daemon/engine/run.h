// A batch while it runs: what its parts share, and what each of them takes down and gives out. Internal to
// the engine's batch.c and due.c.
#pragma once

#include "engine/batch.h"

struct run {
    struct batcher *batcher;
    struct batch_result *result;
    int64_t now_ms;   // of the work in hand
    int64_t batch_ms; // of the batch
    int64_t machine_ms;
    int error;               // that spoils the batch
    struct rulebook *before; // in force when it began, a reference: put back when it is spoilt
};

// The rulebook in force at this point of the batch.
const struct rules *run_rules(const struct run *run);

// An event of the daemon's own, at the time of the work in hand.
struct event run_event(const struct run *run, enum event_kind kind, const char *detail);

// What the store takes down: the events of `work`, or of the time (NULL).
struct store_record run_record(const struct run *run, const struct work *work, const struct actor *actor,
                               struct event *events, size_t count);

// Wakes the long polls of a recipient, or of an area, after the commit; NULL is neither. Memory that runs out
// is passed over: a poll that is not woken ends at its own time.
void run_wake(struct batch_result *result, const char *recipient, const char *area);

// Wakes whom the decision's events are for, and tells the public.
void run_note_events(struct run *run, const struct decision *decision);
