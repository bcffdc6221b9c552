// What the public feed tells of an event: number, state, category, the area as far as its category allows,
// unit, due time. Nothing personal, never finer than community.
#pragma once

#include "core/decide.h"

// The payload of PUB: area code, "/", NUL, then the Notice. Empty where the event has nothing for the public.
// 0 or ERROR_NO_MEMORY.
int notice_make(struct arena *arena, const struct rules *rules, const struct casefile *file,
                const struct event *event, uint32_t epoch, bool demo, struct blob *out)
    __attribute__((warn_unused_result));

// A heartbeat: the head of the journal, so that every subscriber is a witness of it.
int notice_heartbeat(struct arena *arena, uint32_t epoch, uint64_t head_seq, struct blob head_chain,
                     int64_t now_ms, bool demo, struct blob *out) __attribute__((warn_unused_result));

// Where in a payload the Notice begins: behind the NUL.
size_t notice_offset(struct blob payload);
