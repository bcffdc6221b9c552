// Where a recount stands: as of which event and moment, and which event of the journal is next.
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct recount_place {
    uint64_t end_seq; // events before it count
    int64_t now_ms;   // when the figures were asked for
    uint64_t next_seq;
};

// As text for a client, in the arena; NULL without memory. The reverse is false for what is none.
char *recount_place_text(struct arena *arena, const struct recount_place *place);
bool recount_place_read(const char *text, struct recount_place *out);
