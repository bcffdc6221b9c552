// A small city in code, and an array of its cases as a view: decide() is asked, and what it decided is
// applied, as the store would do it, but without a store, a rulebook file or a clock.
//
//     420900 city > 420902 district > 420902001, 420902002 streets > two communities each
//
// Offices of the areas bear the areas' codes (centre is the district's); departments are cg scj jj xf yj
// water; zd1 is the branch stationed in the first street, river the one of the second; joint1 is the first
// street's standing joint office, with the branches zd2 and zd3 in it; school is a resident organisation.
// Every principal bears its unit's code. Time stands still until a test moves it.
#pragma once

#include "base/error.h"
#include "core/decide.h"

#include "city_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { CITY_CASES = 512, CITY_RECIPIENTS = 128, CITY_PRECEDENTS = 64 };

struct city_notices {
    const char *recipient;
    int64_t since_ms;
    uint32_t told;
};

struct city_told {
    uint64_t case_id, seq;
    const char *recipient;
    bool unreached;
};

struct city {
    struct arena arena;
    struct rules rules;
    bool borrowed; // the rules are somebody else's
    struct view view;
    struct casefile *cases[CITY_CASES];
    size_t case_count;
    uint64_t next_seq;
    int64_t now_ms;
    struct city_notices notices[CITY_RECIPIENTS];
    struct city_told *told;
    size_t told_count, told_room;
    struct precedent precedents[CITY_PRECEDENTS];
    size_t precedent_count;
    void (*watch)(void *ctx, const struct event *event); // sees each event; NULL: nobody does
    void *watcher;
    uint32_t personal;        // what comes with each command, enum personal_part bits
    struct command command;   // the last one
    struct decision decision; // its answer
};

void city_open(struct city *city, const char *now);
// Likewise by other rules, which must outlive it: its places and people are theirs.
void city_open_by(struct city *city, const struct rules *rules, int64_t now_ms);
void city_close(struct city *city);

// Decides and, unless it was refused, applies; each case is checked after it (case_check, and that the events
// give the very case that decide() promised). A refusal is checked to have changed nothing.
struct decision *city_run(struct city *city, const struct command *command);

// What most tests say. A whistle without category, area, kind is one of garbage in the first community; an
// act without number is about the latest case.
struct decision *city_submit(struct city *city, const char *principal, struct whistle whistle);
struct decision *city_act(struct city *city, const char *principal, struct act act);
struct decision *city_verb(struct city *city, const char *principal, enum verb verb);
struct decision *city_tick(struct city *city, uint64_t case_id);

// Moves the time to an instant, firing what falls due on the way, one tick a due entry, in order of time.
// Returns the number of rungs that fired.
size_t city_until(struct city *city, const char *time);

// Whistles as an office of a community that calls up members for a matter of its own.
struct decision *city_call_up(struct city *city, struct whistle whistle);

// The latest case, its summons for a unit (any state), its running clock (or its last one).
struct casefile *city_case(struct city *city);

const struct summons *city_summons(struct city *city, const char *unit);
const struct clock *city_clock(struct city *city, enum stage stage, const char *unit);

// Of all cases the one whose due time comes first; NULL where none has one.
const struct casefile *city_first_due(const struct city *city);

// Of the last decision: its only or last event; who was told of it.
const struct event *city_event(struct city *city);
bool city_told(const struct event *event, const char *recipient, enum why why);
bool city_told_any(const struct event *event, const char *recipient);

// Sets back the last decision of a test to "done" or fails it.
#define done(decision)                     assert_int_equal_named((decision)->code, 0, __FILE__, __LINE__)
#define refused(decision, error, at_field) city_refused((decision), (error), (at_field), __FILE__, __LINE__)
void assert_int_equal_named(int got, int want, const char *file, int line);
void city_refused(const struct decision *decision, int error, const char *field, const char *file, int line);
