#include "flow.h"

#include "base/text.h"
#include "columns.h"

void flow_init(struct flow *flow, struct arena *arena, int width)
{
    *flow = (struct flow){.arena = arena, .width = width, .fresh = true};
}

void flow_begin_line(struct flow *flow)
{
    flow->fresh = true;
}

static void put_line(struct flow *flow, const char *text)
{
    const char **lines =
        arena_grow(flow->arena, flow->lines, flow->count, &flow->capacity, sizeof *flow->lines);
    if (!lines || !text)
        return;
    flow->lines = lines;
    flow->lines[flow->count++] = text;
}

void flow_add(struct flow *flow, const char *piece)
{
    piece = columns_cut(flow->arena, piece, flow->width);
    const char *last = flow->fresh || !flow->count ? "" : flow->lines[flow->count - 1];
    bool fits = *last && columns_of(last) + 3 + columns_of(piece) <= flow->width;
    if (fits)
        flow->lines[flow->count - 1] = text_or_empty(arena_printf(flow->arena, "%s · %s", last, piece));
    else
        put_line(flow, piece);
    flow->fresh = false;
}

void flow_wrap(struct flow *flow, const char *text)
{
    int indent = 0, most = flow->width > 12 ? flow->width : 12;
    text = columns_clean(flow->arena, text);
    do {
        size_t end = columns_break(text, most - indent);
        put_line(flow, arena_printf(flow->arena, "%*s%.*s", indent, "", (int)end, text));
        text += end;
        while (*text == ' ')
            text++;
        indent = 4;
    } while (*text);
    flow->fresh = true;
}
