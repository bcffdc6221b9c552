// A simulated city on the real core, store and batches: a virtual clock, a virtual network, a virtual disk,
// people who are late, decline or vanish, and a daemon that is stopped, dies, and loses its power.
//
//     sim                         the seeds of the test run: fixed ones, new ones, and a year of the whole
//     city sim --seed N [--days N] [--a-day N] [--streets N] [--steps N] [--without KIND,…] [--rules DIR]
//     [--keep DIR] sim --seeds FROM..TO [the same]
//
// Everything follows from the seed. Each answer is held to what it promises while the city lives; at the end
// the whole store is counted again from its journal (recount.c). A seed that fails is narrowed down
// (shrink.c), and how to run it again is printed.
#pragma once

#include "shelf.h"
#include "clients.h"
#include "disk.h"
#include "engine/batch.h"
#include "faults.h"
#include "witness.h"

#include <stdbool.h>
#include <stdint.h>

// Where the stores lie, each in a directory of its process.
extern const char *sim_place;

enum { SIM_PATH = 128, SIM_NUMBER = 24 };

struct sim_options {
    uint64_t seed;
    int64_t days;
    uint32_t a_day;   // whistles
    uint32_t streets; // of the city; 0: all
    size_t steps;     // batches after which it ends; 0: at the end of its days
    uint32_t without; // bits by enum sim_fault
    const char *keep; // where the store goes at the end; NULL: it is removed
    bool quiet;
    bool whole; // if it fails it is not narrowed down
};

// For the last line; the parent of the lives reads it.
struct sim_totals {
    uint64_t seeds, whistles, requests, refusals, again, batches, refused, events, rungs, starts, archived;
    uint64_t struck[SIM_FAULT_COUNT];
    int64_t lived_ms;
};

// A case that people still have to do with.
struct matter {
    char number[SIM_NUMBER];
    int64_t look_ms; // when somebody looks at it again
};

struct sim {
    const struct sim_options *options;
    struct sim_totals *totals;
    struct dice people;
    struct faults faults;
    struct shelf *shelf;
    unsigned book; // in force, of the shelf
    char directory[SIM_PATH];
    uint8_t boot;
    struct disk disk;
    struct clients clients;
    struct witness witness;
    struct batcher batcher;
    struct work_list left; // found no room in the last batch
    int64_t now_ms;
    int64_t furthest_ms; // the latest time that the clock has shown
    int64_t next_whistle_ms;
    struct matter *matters;
    size_t matter_count, matter_capacity;
    char (*numbers)[SIM_NUMBER]; // every number that was answered
    size_t number_count, number_capacity;
    bool reload;      // a rulebook is to be loaded
    bool over;        // nobody does anything new
    size_t steps;     // batches so far
    size_t *progress; // the same, for the parent
    int waited;       // batches since all that is due was done
};

// Ends the program with a sentence when `holds` is false.
#define MUST(holds, ...) sim_must((holds), __FILE__, __LINE__, __VA_ARGS__)
void sim_must(bool holds, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static inline uint32_t sim_below(struct sim *sim, uint32_t bound)
{
    return dice_below(&sim->people, bound);
}

static inline bool sim_chance(struct sim *sim, uint32_t percent)
{
    return sim_below(sim, 100) < percent;
}

const struct rules *sim_rules(const struct sim *sim);

// Room for one more in an array that doubles; ends the program where there is none.
void *sim_grown(void *items, size_t count, size_t *capacity, size_t size);

// sim.c: the seed that is lived from now on, for what sim_must says.
void sim_name(uint64_t seed);

// life.c: a city from its first day to the recount. `progress` is the number of batches so far, for the
// parent.
void life(const struct sim_options *options, struct shelf *shelf, struct sim_totals *totals,
          size_t *progress);

// Somebody has to do with this case from now on.
void life_take_up(struct sim *sim, const char *number);

// people.c: the next whistle; what somebody does about a matter (NULL: nobody does anything), and when they
// look again. A matter that is over has look_ms CLOCK_NEVER.
struct work *people_whistle(struct sim *sim);
struct work *people_act(struct sim *sim, struct matter *matter);

// petitions.c: what somebody asks for, grants, or orders about the time of a case, or NULL.
struct work *petitions_act(struct sim *sim, const struct matter *matter, const struct casefile *file);

// endings.c: how a case that is worked comes to its end; what becomes of one that is over; what members do;
// what happens beside the units' work. Each may be NULL.
struct work *endings_act(struct sim *sim, const struct matter *matter, const struct casefile *file);
struct work *endings_again(struct sim *sim, const struct matter *matter, const struct casefile *file);
struct work *endings_member(struct sim *sim, const struct matter *matter, const struct casefile *file);
struct work *endings_beside(struct sim *sim, const struct matter *matter, const struct casefile *file);

// residents.c: somebody looks at what is personal of a case, or it is erased; and at the end, from the
// journal: what was to go is gone and nothing else, and no look is on record twice. How many pairs of a case
// and who looked at it there are.
struct work *residents_act(struct sim *sim, const struct matter *matter, const struct casefile *file);
size_t residents_recount(struct sim *sim, struct store_reader *reader);

// people.c, for petitions.c, endings.c and residents.c: an act of a principal; who speaks for a unit; the
// desk.
struct work *people_act_of(struct sim *sim, const struct matter *matter, const char *principal,
                           struct act act);
const char *people_speaker(const struct sim *sim, const char *unit);
const char *people_desk(const struct sim *sim);

// stops.c: opens a new store; stops the daemon in order, or between two batches, and opens it again; comes
// back after a batch that the process did not outlive (`power`: nor the machine); closes the store for good.
void stops_open(struct sim *sim);
void stops_happen(struct sim *sim);
void stops_died(struct sim *sim, bool power);
void stops_close(struct sim *sim);

// recount.c: `due` holds exactly what waits, and each case is whole; everything again, from the journal.
void recount_cases(struct sim *sim);
void recount(struct sim *sim);

// damage.c: one changed byte of the journal below `directory` is found and named.
void damage(struct sim *sim, const char *directory);

// files.c: directories, without a process for each.
void files_copy(const char *from, const char *to);
void files_remove(const char *path);

// shrink.c: the least of a life that failed which still fails, and how to run it. `steps` is how far it came.
void shrink(const struct sim_options *failed, struct shelf *shelf, size_t steps);
