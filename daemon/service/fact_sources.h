// Where the facts behind a figure come from: one source a count of it, walked one after the other.
#pragma once

#include "service/selection.h"

enum { FACT_SOURCES_MAX = POINT_RULES_MAX };

struct fact_source {
    struct rate_count count;
    uint32_t without;
    bool subtracted;               // of a rate's sum
    const struct point_rule *rule; // of the ledger of points; NULL
    int64_t from_ms;
    int64_t to_ms;
};

struct fact_sources {
    struct fact_source items[FACT_SOURCES_MAX];
    uint32_t count;
    bool left_out; // those that exclusions take out, instead of those that count
};

// Reads what is asked for: a count, a rate's id with the side that is meant, or "points". False where it is
// none of them.
bool fact_sources_init(struct fact_sources *sources, const struct selection *selection,
                       const Whistle__V1__Facts *asked);

// The rules of points for one kind of holder.
bool fact_sources_points(struct fact_sources *sources, const struct selection *selection,
                         enum point_holder holder);

// "unit" (also if empty), "branch", "member". False for anything else.
bool point_holder_from_name(const char *name, enum point_holder *out);

// The number of whoever earns the points of a source with this fact; 0: nobody does.
uint32_t fact_source_holder(const struct fact_source *source, const struct booked *fact);

// Does a fact of the source's kind and aspect belong to it, by the exclusions that concern it?
bool fact_source_has(const struct fact_sources *sources, const struct fact_source *source, uint32_t excluded);
