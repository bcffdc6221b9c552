// What a decision says to whom asked: the Reply on the wire.
#pragma once

#include "base/ulid.h"
#include "core/decide.h"

// Serialises the answer to a decision into the arena: a receipt, or a refusal with its code, arguments,
// sentence and field. `epoch` is the journal's. 0 or ERROR_NO_MEMORY.
int answer_decision(struct arena *arena, const struct ulid *id, const struct decision *decision,
                    uint32_t epoch, int64_t now_ms, struct blob *out) __attribute__((warn_unused_result));

// The English sentence of a refusal, its places filled: "there is no area {0}" → "there is no area 42".
// Arguments may be NULL; NULL when memory ran out.
char *answer_sentence(struct arena *arena, int code, const char *const arguments[REFUSAL_MAX_ARGUMENTS]);

// A refusal without a decision. Arguments may be NULL.
int answer_refusal(struct arena *arena, const struct ulid *id, int code, const char *field,
                   const char *argument0, const char *argument1, int64_t now_ms, struct blob *out)
    __attribute__((warn_unused_result));
