// The place that a page of a list ended at, as the client carries it to the next page.
//
// It is all that is kept of a list between two pages: no page needs what an earlier one left in memory, so a
// token is good after a restart too. A token that was not made for the same filter, or was cut or changed on
// its way, does not read, nor does one that somebody made up (service/token.h).
//
//     version 1, part 1, epoch 8, since 8, then the last key of the walk or two sequence numbers
#pragma once

#include "base/arena.h"
#include "service/token.h"
#include "store/key.h"

#include <stdbool.h>
#include <stdint.h>

enum { LIST_DIGEST = 16, LIST_KEY_MAX = 32 };

enum list_part {
    LIST_WALK,  // what has not changed since the first page
    LIST_MOVED, // what has
};

struct list_place {
    enum list_part part;
    uint64_t epoch; // of the journal: after a restore, its numbers mean other events
    uint64_t since; // the last event that the first page knew of
    struct key at;  // LIST_WALK: the last key that was looked at; length 0: none yet
    uint64_t seq;   // LIST_MOVED: the last event that was looked at
    uint64_t upto;  // LIST_MOVED: the last event there is to look at
};

// The token of a place in the list of the filter with this digest, in hex. NULL: out of memory.
char *list_token_make(struct arena *arena, const struct token_key *key, const struct list_place *place,
                      const uint8_t filter[LIST_DIGEST]);

// False where `text` is no token of this filter; whether its numbers can be true is for the caller to see.
bool list_token_read(const struct token_key *key, const char *text, const uint8_t filter[LIST_DIGEST],
                     struct list_place *place);
