#include "rulebook/names.h"

void names_add(struct buffer *text, const char *name, const char *separator, uint32_t *count)
{
    if (*count < NAMES_MAX)
        buffer_printf(text, "%s%s", *count ? separator : "", name);
    ++*count;
}

void names_end(struct buffer *text, uint32_t count)
{
    if (count > NAMES_MAX)
        buffer_printf(text, " 等 %u and %u more", count, count - NAMES_MAX);
}

void names_of_areas(struct buffer *text, const struct area_tree *areas, const bool *leaves, bool *in)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < areas->count; i++)
        in[i] = !leaves[i] || in[i];
    for (uint32_t i = areas->count; i-- > 0;)
        if (!in[i] && areas->areas[i].parent != AREA_NONE)
            in[areas->areas[i].parent] = false;
    for (uint32_t i = 0; i < areas->count; i++) {
        uint32_t parent = areas->areas[i].parent;
        if (in[i] && (parent == AREA_NONE || !in[parent]))
            names_add(text, areas->areas[i].name, "、", &count);
    }
    names_end(text, count);
}
