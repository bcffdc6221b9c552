// A command: what somebody, or the time, asks of the daemon. decide() answers it with events or a refusal.
#pragma once

#include "base/ulid.h"
#include "core/event.h"
#include "core/principal.h"
#include "core/whistle.h"

enum command_kind {
    COMMAND_SUBMIT,
    COMMAND_ACT,
    COMMAND_TICK,       // a due time has come for one case
    COMMAND_RESCHEDULE, // a rulebook may know a year now that one case's due times cross
};

// An act on a case; which fields count for which verb stands at proto/whistle.proto, Verb. Texts may be NULL.
struct act {
    enum verb verb;
    const char *number; // canonical
    const char *unit;
    const char *target;
    const char *reason;
    uint32_t head_count;
    int64_t eta_ms;
    int64_t arrived_ms;
    struct position *position;
    enum role role;
    int64_t due_ms;
    enum verdict verdict;
    struct attachment *attachments;
    size_t attachment_count;
    uint64_t seq;
    const char *means;
    uint32_t tries;
    const char *limit; // as people write it
    enum stage stage;
    const char *other;           // merge: number of the case that goes on
    enum satisfaction satisfied; // call back
};

struct command {
    enum command_kind kind;
    const struct principal *principal; // NULL for a tick
    struct actor actor;
    uint32_t personal;       // what came with it, enum personal_part bits
    struct whistle *whistle; // submit
    uint32_t located;        // submit: the area that the position lies in, AREA_NONE without one
    const char **flags;      // submit: words found by the rulebook
    size_t flag_count;
    bool approved;    // submit: taken for approved, to explain how a whistle went out
    struct act act;   // act
    uint64_t case_id; // tick, reschedule
    int64_t due_ms;   // tick: what has come; what falls due later waits for its own turn among all cases
    bool late;        // tick: it was due before the daemon's last stop
};
