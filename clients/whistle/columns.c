#include "columns.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/text.h"

static int columns_here(const char *at, const char *next, uint32_t code)
{
    char one[5] = "";
    int known = MB_CUR_MAX > 1 ? wcwidth((wchar_t)code) : -1;
    memcpy(one, at, (size_t)(next - at) < sizeof one ? (size_t)(next - at) : 0);
    return known >= 0 ? known : (int)text_columns(one);
}

// The columns of the character at `*at`, which is moved behind it.
static int next_columns(const char **at)
{
    const char *from = *at;
    uint32_t code = text_next(at);
    return columns_here(from, *at, code);
}

// Moves `*at` behind its character.
static bool next_is_clean(const char **at)
{
    const char *from = *at;
    uint32_t code = text_next(at);
    return text_is_clean(from, (size_t)(*at - from), false) && !text_is_unseen(code);
}

static bool is_clean(const char *text)
{
    bool clean = true;
    while (*text && clean)
        clean = next_is_clean(&text);
    return clean;
}

const char *columns_clean(struct arena *arena, const char *text)
{
    if (is_clean(text))
        return text;
    char *out = arena_strdup(arena, text), *to = out;
    if (!out)
        return "";
    for (const char *at = text; *at;) {
        const char *from = at;
        bool clean = next_is_clean(&at);
        size_t size = (size_t)(at - from);
        memcpy(to, clean ? from : " ", clean ? size : 1);
        to += clean ? size : 1;
    }
    *to = 0;
    return out;
}

int columns_of(const char *text)
{
    int columns = 0;
    while (*text)
        columns += next_columns(&text);
    return columns;
}

size_t columns_prefix(const char *text, int most)
{
    const char *at = text;
    int columns = 0;
    while (*at) {
        const char *next = at;
        columns += next_columns(&next);
        if (columns > most)
            break;
        at = next;
    }
    return (size_t)(at - text);
}

const char *columns_cut(struct arena *arena, const char *text, int most)
{
    text = columns_clean(arena, text);
    if (columns_of(text) <= most)
        return text;
    const char *cut = most < 1 ? "" : arena_printf(arena, "%.*s…", (int)columns_prefix(text, most - 1), text);
    return text_or_empty(cut);
}

const char *columns_fill(struct arena *arena, const char *text, int width)
{
    const char *cut = columns_cut(arena, text, width);
    return text_or_empty(arena_printf(arena, "%s%*s", cut, width - columns_of(cut), ""));
}

size_t columns_break(const char *text, int most)
{
    size_t fits = columns_prefix(text, most), blank = fits;
    const char *first = text;
    if (!text[fits])
        return fits;
    while (blank > fits / 2 && text[blank] != ' ')
        blank--;
    if (blank > fits / 2)
        return blank;
    text_next(&first);
    return fits ? fits : (size_t)(first - text);
}
