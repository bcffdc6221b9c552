// A ladder 逐级督办链: what happens as a clock runs out, rung by rung. Here it is only when and what; who an
// address resolves to is decided where the units and areas are known.
#pragma once

#include "base/arena.h"
#include "core/limit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct calendar;
struct clock;

// X(enumerator, value as stored, name, Chinese)
#define RUNG_WHENS(X)                                                                                        \
    X(SHARE, 1, "share", "按比例") /* of the limit's own time; above 1000 ‰ it is overdue */               \
    X(BEFORE_DUE, 2, "before_due", "到期前")                                                                 \
    X(AFTER_DUE, 3, "after_due", "超期后")                                                                   \
    X(AFTER_START, 4, "after_start", "开始后")

enum rung_when {
    RUNG_NONE = 0,
#define X(id, value, name, zh) RUNG_##id = value,
    RUNG_WHENS(X)
#undef X
};

// X(enumerator, bit, name, Chinese)
#define RUNG_ACTS(X)                                                                                         \
    X(TELL, 1, "tell", "提醒")           /* a notice */                                                      \
    X(CALL, 2, "call", "加派")           /* adds a summons, with a clock of its own */                       \
    X(HAND_UP, 4, "hand_up", "提级")     /* the level above takes charge */                                  \
    X(SUPERVISE, 8, "supervise", "督办") /* an order that must be answered in time */                        \
    X(RECORD, 16, "record", "记录")      /* puts it down, and tells nobody */

enum rung_act {
#define X(id, bit, name, zh) ACT_##id = bit,
    RUNG_ACTS(X)
#undef X
};

// Whom a rung concerns, seen from its clock. X(enumerator, value as stored, name, Chinese)
#define ADDRESS_KINDS(X)                                                                                     \
    X(UNIT, 1, "unit", "责任单位")     /* the one on the clock */                                            \
    X(CONTACT, 2, "contact", "联系人") /* its contact: level 1 = A, 2 = B (AB岗) */                         \
    X(BLOCK, 3, "block", "块")         /* `level` levels above in area */                                    \
    X(LINE, 4, "line", "条")           /* `level` superiors up */                                            \
    X(ROLE, 5, "role", "角色")         /* the unit with role `name` that serves the area */                  \
    X(LEADER, 6, "leader", "挂点领导") /* liaison leader of the area */                                      \
    X(NAMED, 7, "named", "指定单位")   /* the unit `name` */                                                 \
    X(OFFICE, 8, "office", "吹哨单位") /* the submitting office */                                           \
    X(DESK, 9, "desk", "裁定台")       /* the supervisor's desk, `name` where there are several */

enum address_kind {
    ADDRESS_NONE = 0,
#define X(id, value, name, zh) ADDRESS_##id = value,
    ADDRESS_KINDS(X)
#undef X
};

struct address {
    enum address_kind kind;
    int level;        // BLOCK, LINE: 1..9; CONTACT: 1 A, 2 B
    const char *name; // ROLE, NAMED; DESK may have one; else NULL
};

struct rung {
    uint32_t id;              // unique in its ladder, as written; equal times fire in order of it
    enum rung_when when;      //
    int share;                // SHARE: per mille, 1..10000
    struct limit by;          // BEFORE_DUE, AFTER_DUE, AFTER_START; MEASURE_NONE = at that very time
    struct limit every;       // repeated at this distance; MEASURE_NONE = once
    uint32_t cap;             // how often in all when repeated, at least 2
    bool in_hours;            // outside working time it waits for the next working instant
    uint32_t acts;            // enum rung_act, at least one
    bool urgent;              //
    const struct address *to; // at least one, but for a rung that only records
    size_t to_count;          //
    struct limit limit;       // of the new clock of call, hand-up, supervise; MEASURE_NONE = by the rules
    const char *ladder;       // of the new clock; NULL = none
};

struct ladder {
    const char *code;
    const struct rung *rungs;
    size_t count;
};

enum { CLOCK_MAX_RUNGS = 16, ADDRESS_MAX_LEVEL = 9 };

const char *rung_when_name(enum rung_when when);
const char *rung_act_name(enum rung_act act);
const char *rung_act_zh(enum rung_act act);
enum rung_act rung_act_from_name(const char *name); // 0 where unknown
const char *address_kind_name(enum address_kind kind);
const char *address_kind_zh(enum address_kind kind);

// Reads "unit", "contact A", "B", "block+1", "line+2", "role:water", "leader", "unit:D02", "office", "desk",
// "desk:NAME". `block` and `line` alone are +1. The name is copied into the arena. ERROR_ADDRESS,
// ERROR_NO_MEMORY.
int address_parse(struct arena *arena, const char *text, struct address *out)
    __attribute__((warn_unused_result));

// As address_parse reads it; NULL without memory.
const char *address_format(struct arena *arena, const struct address *address);

// 0, or ERROR_BAD_VALUE for a rung out of range, ERROR_IN_USE for an id that occurs twice, ERROR_TOO_MANY
// when the repetitions give more than CLOCK_MAX_RUNGS, ERROR_MISSING for a rung without act or address.
// `*bad` (may be NULL) is the index of the rung.
int ladder_check(const struct ladder *ladder, size_t *bad) __attribute__((warn_unused_result));

// Copies the rungs into the clock, repetitions expanded, addresses and names too, with their times; sorted by
// time, then id, then turn. The clock must have its limit and start; its due time is computed on the way.
// `ladder` NULL or empty leaves none. ERROR_TOO_MANY, ERROR_NO_MEMORY and the errors of clock_due.
int ladder_schedule(struct arena *arena, const struct ladder *ladder, struct clock *clock,
                    const struct calendar *calendar) __attribute__((warn_unused_result));
