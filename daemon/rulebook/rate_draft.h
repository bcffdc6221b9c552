// An entry of rates.yaml, as it stands there: a rate, a score, or a rule of points.
#pragma once

#include "core/rates.h"
#include "rulebook/loader.h"

// What the three have in common, and what each has of its own.
struct rate_draft {
    struct cell id, name, from, until, of, over, on, to, points, least, by_class;
    struct cells without;
    struct yaml_pairs weights;
    struct yaml_node parts;
    struct mark at;
};

// Its name for people: its id where it has none.
const char *rate_draft_name(const struct rate_draft *draft);

// When it holds. A time that is wrong is none, so that nothing else is found to overlap with it.
struct validity rate_draft_validity(struct loader *loader, const struct rate_draft *draft);

// Reports an entry whose id and time are those of an earlier one.
void rate_draft_check(struct loader *loader, const struct rate_draft *draft, const char *earlier_id,
                      struct validity earlier, struct validity own);

// load_scores.c
void load_score(struct loader *loader, struct yaml *yaml, const struct rate_draft *draft);
