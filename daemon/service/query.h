// Questions that read and change nothing: show, list, catalog, preview, and one look at a feed.
//
// They run in the uv pool on a snapshot of the state, so that no cold page ever holds up the loop. A query
// function gets everything it may need, and fills a Reply.
#pragma once

#include "rulebook/rulebook.h"
#include "store/store.h"
#include "whistle.pb-c.h"

struct query {
    struct arena *arena;
    struct store_reader *reader;
    const struct rulebook *book;
    const struct principal *principal; // of that rulebook
    const Whistle__V1__Request *request;
    int64_t now_ms; // city time
    uint64_t acked; // fetch: how far the consumer has come, where the loop knows it
    bool demo;
    Whistle__V1__Reply *reply; // out: what it refers to lives in the arena or in the rulebook
    bool empty;                // out, fetch: there is nothing yet, the poll may wait
    uint64_t *views;           // out: cases of which the answer holds what is personal, not on record today
    size_t view_count;
    size_t view_capacity;
};

// Answers `query->request`. Refusals are in the reply. 0, or ERROR_NO_MEMORY or an error of the store.
int query_run(struct query *query) __attribute__((warn_unused_result));

// One a kind of question (query_show.c, …).
int query_show(struct query *query);
int query_list(struct query *query);
int query_catalog(struct query *query);
int query_rates(struct query *query);
int query_facts(struct query *query);
int query_points(struct query *query);
int query_digest(struct query *query);
int query_recount(struct query *query);
int query_preview(struct query *query);
int query_fetch(struct query *query);

// Puts a refusal into the reply; returns 0, since a refusal is an answer.
int query_refuse(struct query *query, int code, const char *field, const char *argument0,
                 const char *argument1);

// The same where a number of another epoch was given: tells where the journal is now.
int query_refuse_epoch(struct query *query, const char *field, const struct journal_position *now);

// The answer holds what is personal of this case: who reads it is to be put on record, once a day. Without
// memory the query's arena has failed.
void query_note_view(struct query *query, uint64_t case_id);

// The name of an area, category, unit for people; "" where the rulebook does not know it (any more).
const char *query_area_name(const struct query *query, const char *path);
const char *query_category_name(const struct query *query, const char *code);
const char *query_condition_text(const struct query *query, const char *category, const char *condition);

// The index of the area at the end of a path, AREA_NONE where the rulebook does not know it.
uint32_t query_area(const struct query *query, const char *path);

// Units with their names, each once.
struct query_names {
    struct query *query;
    Whistle__V1__Name **names;
    size_t count;
    size_t capacity;
};

// Adds a unit, without a name where the rulebook does not know it (any more). Without memory the query's
// arena has failed.
void query_name(struct query_names *names, const char *code);

// Adds the units that are summoned in a case, those that still work on it first.
void query_name_summoned(struct query_names *names, const struct casefile *file);
