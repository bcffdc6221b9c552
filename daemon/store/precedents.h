// What the desk ruled, by category: who had to come where a unit declined, or where no unit was found.
#pragma once

#include "base/arena.h"
#include "core/view.h"
#include "store/db.h"

// Keeps the ruling of this event (event->ruling is set) on a case as it stands after it.
void precedent_put(struct db_txn *txn, struct arena *arena, const struct casefile *file,
                   const struct event *event);

// The rulings of one category (code; NULL: of all), newest first in each area; with an area (a path, and a
// category), those of this area first, then those of each that holds it. How many; they belong to the arena.
size_t precedents_get(struct db_txn *txn, struct arena *arena, const char *category, const char *area,
                      struct precedent *out, size_t max);
