// The books: every fact of every case (core/fact.h), by kind and time, and the exclusions beside them.
//
// A figure is a walk over the facts of its kinds in its period; nothing is added up beforehand, so a figure
// and the list of its cases are the same walk. Units, areas and categories are stored as numbers of `names`.
#pragma once

#include "core/fact.h"
#include "store/db.h"

// Writing about one case: what is looked up for one of its facts serves the others.
struct books {
    struct db_txn *txn;
    uint32_t area; // numbers of its area and category; 0: not looked up yet
    uint32_t category;
    const char *unit; // the last one, and its number
    uint32_t unit_number;
};

void books_init(struct books *books, struct db_txn *txn);

// Adds what an event of the case adds (arguments as facts_of_event).
void books_event(struct books *books, const struct casefile *before, const struct casefile *file,
                 const struct event *event);

// Moves the limits and exclusions of the case from before (NULL: it is new) to after.
void books_case(struct books *books, const struct casefile *before, const struct casefile *after);

// A fact as it stands in the books; names are numbers, 0 for none.
struct booked {
    enum fact_kind kind;
    int64_t at_ms;
    uint32_t unit;
    uint32_t area; // of its path: areas that are no more lie in one that is
    uint32_t category;
    uint64_t case_id;
    uint32_t part;
    uint32_t summons;
    uint32_t flags;
    uint32_t branch;
    uint32_t member;
    int64_t took_ms;
};

enum { BOOKED_KEY_BYTES = 1 + 8 + 8 + 2 * 4 };

// Walks the facts of one kind from `from_ms` on and before `to_ms`, in order of time. Opened, it stands
// before the first; with `after` (a key that books_place gave) behind that one. Close it.
struct books_walk {
    struct db_cursor cursor;
    enum fact_kind kind;
    int64_t to_ms;
    bool found; // the cursor stands on a fact
    bool fresh; // which was not given yet
};

void books_open(struct books_walk *walk, struct db_txn *txn, enum fact_kind kind, int64_t from_ms,
                int64_t to_ms, const uint8_t *after);
bool books_next(struct books_walk *walk, struct booked *out);
void books_close(struct books_walk *walk);

// The key of the fact that books_next gave last.
void books_place(const struct books_walk *walk, uint8_t key[BOOKED_KEY_BYTES]);

// Could a walk of this kind and span have given this key? (For what a stranger sends as `after`.)
bool books_is_place(const uint8_t key[BOOKED_KEY_BYTES], enum fact_kind kind, int64_t from_ms, int64_t to_ms);

// All exclusions of the store, for looking up many, or those of one case: sorted, in the arena.
struct books_exclusions {
    struct books_exclusion {
        uint64_t case_id;
        uint32_t about;
        uint8_t exclusion;
    } * items;
    size_t count;
};

// False without memory.
bool books_exclusions(struct db_txn *txn, struct arena *arena, struct books_exclusions *out);
bool books_exclusions_of(struct db_txn *txn, struct arena *arena, uint64_t case_id,
                         struct books_exclusions *out);

// EXCLUDED_BIT of each exclusion that concerns a fact.
uint32_t books_excluded(const struct books_exclusions *exclusions, const struct booked *fact);
