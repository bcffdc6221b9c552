// A case 案件: one whistle's life. Its state is a pure function of its events.
//
// `case_apply` is total: it takes any event that `decide` can make, asserts that the move is one of the
// table, and changes nothing else than what the event names. After each event `case_check` must hold.
#pragma once

#include "base/arena.h"
#include "core/event.h"

#include <stdbool.h>
#include <stdint.h>

struct casefile {
    uint64_t id; // 0: not filed yet
    const char *number;
    enum case_state state;
    struct whistle *whistle;
    const char *area;      // path
    const char *office;    // unit of the submitting office
    const char *principal; // who submitted
    const char *agent;
    struct summons *summons; // by id
    size_t summons_count;
    struct clock *clocks; // by id
    size_t clock_count;
    struct rule_ref *rule;
    const char *charge; // unit in charge
    int64_t filed_ms;
    int64_t updated_ms;
    int64_t closed_ms;
    int64_t promised_ms; // as case_promised; stays when the clocks that promised it are cancelled
    int64_t next_due_ms; // 0: none
    uint64_t last_seq;
    uint32_t declines;
    uint32_t urges;
    uint32_t reworks;
    uint32_t levels_up;
    uint32_t rungs_fired;
    bool history;
    bool erased;
    const char *reason;
    const char **flags;
    size_t flag_count;
    struct closing *closing;     // NULL: nothing of it has happened, nothing is needed
    struct open_call *open_call; // NULL: not a call-up
    struct joined *joined;       // cases that were merged into this one
    size_t joined_count;
    const char *merged_into; // number; NULL: it was not
    const char **related;    // of a repeated point: the numbers of its whistles
    size_t related_count;
    const char *category_class; // as event.category_class
    const char
        *unreasonable; // coded: a demand that no rate counts 不合理诉求, as was proved; NULL: it is not
};

// May a case go from one state to another (staying is always allowed)? From 0 only to filed.
bool case_may_move(enum case_state from, enum case_state to);

// May a summons go from one state to another (staying is always allowed)? From 0 only to called.
bool summons_may_move(enum summons_state from, enum summons_state to);

// The case is neither closed nor put aside for good.
bool case_is_open(enum case_state state);

// The summons still has to be worked: called, accepted or reported.
bool summons_is_open(enum summons_state state);

// Makes the case as it stands after `event`. New arrays belong to `arena`, texts are shared with the event:
// both must outlive the case. `actor` is read for the first event only. 0 or ERROR_NO_MEMORY (the case is
// then to be thrown away).
int case_apply(struct arena *arena, struct casefile *file, const struct event *event,
               const struct actor *actor) __attribute__((warn_unused_result));

// A copy that case_apply on the other leaves as it is, as far as its summonses go. NULL when memory ran out.
struct casefile *case_before(struct arena *arena, const struct casefile *file);

// A copy whose arrays are its own (texts are shared). NULL when memory ran out.
struct casefile *case_copy(struct arena *arena, const struct casefile *file);

// The first broken invariant as a sentence, or NULL: every summons has a unit and a legal state, a closed
// case has no running clock, next_due_ms is that of its clocks, a call-up has no more members than places,
// only a merged case is part of another. That an open case has a next due time or a reason why not
// (case_waits) holds after a command, not after each of its events.
const char *case_check(const struct casefile *file);

struct summons *case_summons(const struct casefile *file, uint32_t id);

// The unit's latest summons that is not excused, or NULL.
struct summons *case_summons_of(const struct casefile *file, const char *unit);

// The unit that leads 主办: the latest one that was not excused; "" where there is none.
const char *case_lead(const struct casefile *file);

// The unit's own summons as case_summons_of, or one that was handed down to it.
struct summons *case_summons_in_hand(const struct casefile *file, const char *unit);

// The running clock of this stage and summons, or NULL.
struct clock *case_clock(const struct casefile *file, enum stage stage, uint32_t summons);

// The earliest rung over all running clocks, or planned end of a pause; 0 when there is none.
int64_t case_next_due(const struct casefile *file);

// Why nothing falls due in an open case; 0 where something does, or the case is over. After a command there
// is the one or the other.
enum waits case_waits(const struct casefile *file);

// The latest due time of the resolve clocks, running or met: what was promised to the office. 0: none.
int64_t case_promised(const struct casefile *file);

// Every summons that counts (not excused, not declined) is done, and there is one.
bool case_all_done(const struct casefile *file);
