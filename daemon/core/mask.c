#include "core/mask.h"

#include "base/text.h"

#include <ctype.h>
#include <string.h>

enum { SHOWN = 4, LEAST = 8 };

char *mask_name(struct arena *arena, const char *name)
{
    size_t first = 1;
    if (!text_given(name))
        return arena_strdup(arena, "");
    while (((unsigned char)name[first] & 0xc0) == 0x80) // the rest of a character
        first++;
    return arena_printf(arena, "%.*s**", (int)first, name);
}

char *mask_phone(struct arena *arena, const char *phone)
{
    char *masked = arena_alloc(arena, strlen(text_or_empty(phone)) + 1);
    size_t digits = 0, at = 0;
    for (const char *c = text_or_empty(phone); *c; c++)
        digits += isdigit((unsigned char)*c) != 0;
    for (const char *c = text_or_empty(phone); masked && *c; c++) {
        if (!isdigit((unsigned char)*c))
            continue;
        masked[at] = digits >= LEAST && at >= digits - SHOWN ? *c : '*';
        at++;
    }
    return masked;
}
