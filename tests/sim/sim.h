// A simulated city on the real core, store and batches: a virtual clock, people who are late, decline or
// vanish, and a daemon that is stopped, dies, and loses its power.
//
//     sim [--seed N] [--days N] [--a-day N] [--rules DIR] [--keep DIR]
//
// Everything follows from the seed. Each answer is held to what it promises while the city lives; at the end
// the whole store is counted again from its journal (recount.c).
#pragma once

#include "engine/batch.h"

#include <stdbool.h>
#include <stdint.h>

enum { SIM_PATH = 128, SIM_NUMBER = 24, SIM_REMEMBERED = 64 };

// A case that people still have to do with.
struct matter {
    char number[SIM_NUMBER];
    int64_t look_ms; // when somebody looks at it again
};

// A request that was answered, for sending it again.
struct answered {
    struct ulid id;
    char principal[WORK_PRINCIPAL];
    uint8_t hash[WORK_HASH];
    char part[512]; // what is private of it
    size_t part_length;
    uint8_t *reply; // owned
    size_t length;
};

struct sim {
    uint64_t random;
    char directory[SIM_PATH];
    const char *rules; // directory of the rulebook
    const char *keep;  // where the store goes at the end; NULL: it is removed
    unsigned moves;    // of the store to a copy of its directory
    uint8_t boot;
    struct rulebook *book;
    struct batcher batcher;
    int64_t now_ms;
    int64_t furthest_ms; // the latest time that the clock has shown
    int64_t next_whistle_ms;
    int64_t next_stop_ms;
    int64_t next_change_ms; // of the rulebook
    int64_t next_jump_ms;   // of the clock
    int64_t next_gap_ms;    // when the daemon is not there for a while
    uint32_t a_day;         // whistles
    struct matter *matters;
    size_t matter_count, matter_capacity;
    char (*numbers)[SIM_NUMBER]; // every number that was answered
    size_t number_count, number_capacity;
    struct answered answered[SIM_REMEMBERED];
    size_t answered_count; // ever
    // for the last line
    size_t batches, events, acts, refusals, retries, stops, deaths, power_cuts, reloads, jumps;
};

// Ends the program with a sentence when `holds` is false.
#define MUST(holds, ...) sim_must((holds), __FILE__, __LINE__, __VA_ARGS__)
void sim_must(bool holds, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

uint32_t sim_below(struct sim *sim, uint32_t bound);
static inline bool sim_chance(struct sim *sim, uint32_t percent)
{
    return sim_below(sim, 100) < percent;
}
const struct rules *sim_rules(const struct sim *sim);

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

// changes.c: the rulebook is loaded, as it is or with other calendars and limits; the clock is set.
struct work *changes_load(struct sim *sim, bool first);
void changes_jump(struct sim *sim);

// stops.c: opens the store; stops it in order, lets the process die, or cuts the power, and opens it again.
void stops_open(struct sim *sim);
void stops_happen(struct sim *sim);
void stops_close(struct sim *sim);

// recount.c: everything again, from the journal.
void recount(struct sim *sim);
