// The stages of a case's life that have a clock, and the limits that a rulebook gives them.
//
// A resolve limit may be several successive ones 分段时限, as for an illegal building: stop 4工作时, penalise
// 7工作日, demolish 20工作日. Each step has a clock of its own, which starts when the step before is done.
#pragma once

#include "base/arena.h"
#include "core/limit.h"

// X(enumerator, value as stored, name, Chinese). An answer and a charge have their limit from the order or
// the rung; the others from the rulebook.
#define STAGES(X)                                                                                            \
    X(APPROVE, 1, "approve", "待批")   /* a whistle that needs approval 吹哨准 */                         \
    X(FILE, 2, "file", "立案")         /* from the report of a resident to the whistle */                    \
    X(DISPATCH, 3, "dispatch", "派遣") /* until a unit is called */                                          \
    X(ACCEPT, 4, "accept", "签收")                                                                           \
    X(REPORT, 5, "report", "报到")                                                                           \
    X(RESOLVE, 6, "resolve", "处置")                                                                         \
    X(VERIFY, 7, "verify", "核查")                                                                           \
    X(ARBITRATE, 8, "arbitrate", "裁定")                                                                     \
    X(ANSWER, 9, "answer", "答复")  /* to an order of supervision */                                         \
    X(CHARGE, 10, "charge", "提级") /* of the level that took charge */                                      \
    X(CLOSE, 11, "close", "结案")   /* of the office, once the work is done (and verified) */                \
    X(FILL, 12, "fill", "认领")     /* until the places of a call-up are taken */

enum stage {
    STAGE_NONE = 0,
#define X(id, value, name, zh) STAGE_##id = value,
    STAGES(X)
#undef X
};

enum { STAGE_COUNT = STAGE_FILL + 1, STAGE_MAX_STEPS = 8 };

// One of several successive limits.
struct step {
    const char *name; // "停工"
    struct limit limit;
};

// The limits that a rule, a condition, a unit or the defaults give; measure none: not given here.
struct stage_limits {
    struct limit
        of[STAGE_COUNT];      // by stage; of[STAGE_RESOLVE] is that of the first step, where there are any
    const struct step *steps; // of resolve, the first one included
    uint32_t step_count;      // 0: one limit, or none
};

// Names are stable; never NULL ("" for none). The reverse gives 0 for what is unknown.
const char *stage_name(enum stage stage);
const char *stage_zh(enum stage stage);
enum stage stage_from_name(const char *name);

// What `first` does not give is taken from `second`; the steps go with the resolve limit.
void stage_limits_fill(struct stage_limits *first, const struct stage_limits *second);

// Reads "停工4工作时;处罚7工作日" or "stop 4 working-hours; penalise 7 working-days": steps between
// semicolons, each a name and a limit; or a limit alone, which is one step without a name. `steps` has room
// for STAGE_MAX_STEPS, the names belong to the arena. Errors of limit_parse (steps[*count - 1] is the one
// that is wrong); ERROR_TOO_MANY; ERROR_MISSING for one of several that has no name; ERROR_NO_MEMORY.
int steps_parse(struct arena *arena, const char *text, const struct limit_words *words, struct step *steps,
                uint32_t *count) __attribute__((warn_unused_result));
