#include "service/recount_place.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_LENGTH = 3 * 16 };

char *recount_place_text(struct arena *arena, const struct recount_place *place)
{
    return arena_printf(arena, "%016" PRIx64 "%016" PRIx64 "%016" PRIx64, place->end_seq,
                        (uint64_t)place->now_ms, place->next_seq);
}

bool recount_place_read(const char *text, struct recount_place *out)
{
    uint64_t now_ms;
    int end = 0;
    if (strlen(text) != TEXT_LENGTH || strspn(text, "0123456789abcdef") != TEXT_LENGTH)
        return false;
    if (sscanf(text, "%16" SCNx64 "%16" SCNx64 "%16" SCNx64 "%n", &out->end_seq, &now_ms, &out->next_seq,
               &end) != 3 ||
        end != TEXT_LENGTH)
        return false;
    out->now_ms = (int64_t)now_ms;
    return true;
}
