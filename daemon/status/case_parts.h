// What `show` tells of a case beside its summonses and clocks, as JSON: how it is brought to its end, its
// open call, and the other cases that it has to do with. Members are told by their codes alone.
#pragma once

#include "status/inquiry.h"

// null for a time that is none, or never comes.
json_t *case_time_json(int64_t ms);

// {"needs": "feedback call_back", "fed_back_ms": …}; null where nothing of it has happened or is needed.
json_t *case_closing_json(const struct casefile *file);

// {"pool": …, "places": 3, "claims": [{"member": …}]}; null where it is no call-up.
json_t *case_open_call_json(struct inquiry *inquiry, const struct casefile *file);

// {"merged_into": …, "joined": [{"number", "office"}], "related": ["…"]}; null where there are none.
json_t *case_others_json(struct inquiry *inquiry, const struct casefile *file);

// The three as people read them, those that are there.
void case_closing_text(struct inquiry *inquiry, const json_t *closing);
void case_open_call_text(struct inquiry *inquiry, const json_t *call);
void case_others_text(struct inquiry *inquiry, const json_t *others);
