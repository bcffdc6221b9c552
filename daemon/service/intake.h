// From a request on the wire to work for the engine: what is personal is set apart, what comes from the
// rulebook's own look-ups (position → area, words → flags) is put on the command, and everything is hashed.
#pragma once

#include "core/principal.h"
#include "engine/work.h"
#include "whistle.pb-c.h"

// Makes work of a submit or an act of `principal`. `request` lives in `work->arena` already. `random` is the
// salt of the private part. 0; ERROR_MALFORMED, ERROR_NO_MEMORY.
int intake_work(struct work *work, const Whistle__V1__Request *request, const struct principal *principal,
                const struct rulebook *book, const uint8_t random[16]) __attribute__((warn_unused_result));

// Fills the command of a whistle alone: for submit and for preview.
int intake_whistle(struct arena *arena, const Whistle__V1__Whistle *whistle, const struct rulebook *book,
                   struct command *command) __attribute__((warn_unused_result));
