// What holds of every case of a city (city.h), whatever was done to it and when: for random lives and for the
// fuzzer. What is broken fails the test.
#pragma once

#include "city.h"

#include "codec/codec.h"

enum { TOLD_EVENTS = 8192, TOLD_KINDS = 64 };

// The events of a city as its journal would keep them, for telling its cases again.
struct told {
    struct blob events[TOLD_EVENTS]; // in the city's arena
    uint64_t cases[TOLD_EVENTS];     // that they are about
    struct actor actors[TOLD_EVENTS];
    size_t count;
    size_t rungs;                // that fired, by those who were told again
    size_t happened[TOLD_KINDS]; // by event kind
};

// As it goes over the wire or to the disk; in the city's arena.
struct blob truths_encoded(struct city *city, const struct codec_message *message, const void *core);
void truths_same(struct blob a, struct blob b);

// After each command that was done: its events can be kept, and nobody is told of one twice. They are noted
// in `told`.
void truths_of_events(struct city *city, struct told *told);

// The same, and the cases are byte for byte those that decide() promised.
void truths_of_decision(struct city *city, struct told *told);

// Between commands: whoever holds a case is on the clock, what falls due next is the first rung that has not
// fired, and mergers agree.
void truths_of_cases(const struct city *city);

// Each case, told again from its events alone, is the same; no rung fired twice.
void truths_told_again(struct city *city, struct told *told);
