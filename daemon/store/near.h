// What lies near a place: the cases of a class by area and, where they have a position, by the square of the
// map that they lie in, so that a question looks at a few squares and not at the city.
//
// All cases stay in the index, the closed ones too, since a point repeats over weeks; imported history does
// not enter it.
#pragma once

#include "base/arena.h"
#include "core/view.h"
#include "store/db.h"

// Enters the case as it stands, after it was `before` (NULL: new). Writes only what changed.
void near_put(struct db_txn *txn, const struct casefile *before, const struct casefile *after);

// As `view_ops.near` asks. Gives up behind some thousand entries that are not meant.
size_t near_get(struct db_txn *txn, struct arena *arena, const struct near_query *query,
                struct candidate *out, size_t max);
