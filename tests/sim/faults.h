// What goes wrong in a simulated city, and when: everything from the seed.
//
// Each kind has dice of its own, so that a life without one kind is, as far as can be, the same life with the
// others: that is how a failing seed is narrowed down.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// X(enumerator, name, how often in a short life, what it is). Those with 0 strike by chance, message by
// message.
#define SIM_FAULTS(X)                                                                                        \
    X(LATE, "late", 0, "a message that others overtake")                                                     \
    X(TWICE, "twice", 0, "a message that comes again")                                                       \
    X(LOST, "lost", 0, "a request that never comes")                                                         \
    X(UNHEARD, "unheard", 0, "an answer that never comes")                                                   \
    X(EIO, "eio", 2, "a call of the disk that fails")                                                        \
    X(FULL, "full", 2, "no room on the disk, for a while")                                                   \
    X(SHORT, "short", 3, "a read or a write cut short")                                                      \
    X(KILL, "kill", 3, "the process dies, at any call of the disk or between two batches")                   \
    X(POWER, "power", 2, "the machine stops: what was not synced is there, or not, sector by sector")        \
    X(STOP, "stop", 1, "the daemon is stopped in order")                                                     \
    X(RELOAD, "reload", 2, "another rulebook")                                                               \
    X(JUMP, "jump", 1, "the clock is set")                                                                   \
    X(GAP, "gap", 2, "nobody is there for a while")

enum sim_fault {
#define X(id, name, often, what) SIM_##id,
    SIM_FAULTS(X)
#undef X
        SIM_FAULT_COUNT
};

struct dice {
    uint64_t state;
};

static inline uint32_t dice_below(struct dice *dice, uint32_t bound)
{
    dice->state = dice->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(dice->state >> 33) % bound;
}

struct faults {
    struct dice dice[SIM_FAULT_COUNT];
    int64_t next_ms[SIM_FAULT_COUNT];
    int64_t mean_ms[SIM_FAULT_COUNT]; // between two; 0: it strikes by chance
    uint32_t without;                 // bits by kind: these never strike
    uint32_t struck[SIM_FAULT_COUNT]; // how often they did
};

// Name ↔ kind; SIM_FAULT_COUNT for a name that is none.
const char *fault_name(enum sim_fault kind);
enum sim_fault fault_of(const char *name);

// A life of `days` from `now_ms` on.
void faults_begin(struct faults *faults, uint64_t seed, uint32_t without, int64_t now_ms, int64_t days);

uint32_t faults_below(struct faults *faults, enum sim_fault kind, uint32_t bound);

// Does it strike this once? With so many chances in a hundred.
bool faults_chance(struct faults *faults, enum sim_fault kind, uint32_t percent);

// Has its time come? The next one is then set. Whoever makes it strike notes it.
bool faults_time(struct faults *faults, enum sim_fault kind, int64_t now_ms);
void faults_note(struct faults *faults, enum sim_fault kind);
