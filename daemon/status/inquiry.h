// A command under way: what was asked, over which snapshot, and the answer that grows.
//
// It is made on the loop, worked in the uv pool, and finished on the loop; only one of the threads holds it
// at a time. An answer is written down once, as JSON, and a text for people is made of that (or of the
// facts).
#pragma once

#include "rulebook/rulebook.h"
#include "status/render.h"
#include "status/status.h"

// Counted by walking over open cases and cursors, so not always anew.
struct survey {
    int64_t at_ms;   // machine time; 0: never yet
    int64_t took_ms; //
    uint64_t looked;
    uint64_t overdue;
    uint64_t provisional; // clocks whose due time crosses a year that is not loaded
    uint64_t undelivered; // tries to tell somebody that failed, in open cases
    uint64_t consumers;
    uint64_t lagging; // consumers with entries waiting that acknowledged nothing for the rulebook's `silent`
    bool partial;     // it gave up after SURVEY_MAX cases
};

// What only the loop's thread can see, copied when the command begins.
struct seen {
    struct sp_stats edge;
    struct service_stats service;
    struct survey survey; // the last one
    int64_t started_ms;   // machine time
    int64_t loaded_ms;    // machine time: since when the rulebook is in force, as far as was seen
    uint32_t sessions;
};

struct inquiry {
    const struct status_options *options;
    bool json;
    const char *argument; // the rest of the line, "" for none; in the arena
    struct arena arena;
    struct seen seen;
    struct rulebook *book; // a reference, in force when the command began
    const struct rules *rules;
    const struct zone *zone; // the city's
    int64_t now_ms;          // city time
    int64_t machine_ms;
    struct store_reader reader; // while a look runs
    struct rulebook *fresh;     // `reload`: a reference to what was loaded; NULL when it was refused
    struct keyring *fresh_keys; // and the keys, likewise
    struct buffer out;          // the answer
};

void inquiry_init(struct inquiry *inquiry, const struct status_options *options);
void inquiry_fini(struct inquiry *inquiry);

// {"code": "ok"}, to be filled; NULL without memory.
json_t *answer_begin(void);

// Writes the answer down, as JSON or by `text`, and takes `root` over. NULL is ERROR_NO_MEMORY.
int answer_end(struct inquiry *inquiry, json_t *root,
               void (*text)(struct inquiry *inquiry, const json_t *root)) __attribute__((warn_unused_result));

// Throws away what was written and writes a refusal down. Returns 0, since a refusal is an answer.
int answer_refuse(struct inquiry *inquiry, int code, const char *argument0, const char *argument1);

// The same with a sentence of its own and more for JSON (taken over; may be NULL).
int answer_refuse_with(struct inquiry *inquiry, int code, const char *sentence, json_t *more);

// A number argument from 1 to `max`; `otherwise` where there is none. False when it is not such a number.
bool inquiry_number(const struct inquiry *inquiry, uint64_t otherwise, uint64_t max, uint64_t *out);

// Names for people; "" (never NULL) where the rulebook does not know the code.
const char *inquiry_area_name(const struct inquiry *inquiry, const char *path);
const char *inquiry_category_name(const struct inquiry *inquiry, const char *code);
const char *inquiry_unit_name(const struct inquiry *inquiry, const char *code);

// Takes down how a backup or a check ended (store/care.h). Blocks; what cannot be kept is logged.
void inquiry_note(const struct inquiry *inquiry, enum care_kind kind, const struct care_run *run);

// 64 hex digits of 32 bytes, in the arena.
const char *inquiry_hex(struct inquiry *inquiry, const uint8_t bytes[32]);
