#include "rulebook/source.h"

#include "base/error.h"
#include "base/text.h"

#include <iconv.h>
#include <string.h>

static size_t first_bad_byte(const uint8_t *bytes, size_t length)
{
    size_t at = 0;
    while (at < length) {
        size_t size = 1;
        while (size <= 4 && at + size <= length && !text_is_utf8(bytes + at, size))
            size++;
        if (size > 4 || at + size > length)
            return at;
        at += size;
    }
    return length;
}

// A character of two bytes of GB18030 has at most three in UTF-8, one of four at most four.
static int convert(struct source *source, struct arena *arena)
{
    iconv_t converter = iconv_open("UTF-8", "GB18030");
    if (converter == (iconv_t)-1)
        return ERROR_BAD_TEXT;
    size_t in_left = source->raw.length;
    size_t room = in_left * 2 + 1;
    size_t out_left = room;
    char *in = (char *)(uintptr_t)source->raw.bytes;
    char *text = arena_alloc(arena, room + 1);
    char *out = text;
    size_t done = text ? iconv(converter, &in, &in_left, &out, &out_left) : 0;
    iconv_close(converter);
    if (!text)
        return ERROR_NO_MEMORY;
    if (done == (size_t)-1 || in_left || memchr(text, 0, room - out_left))
        return ERROR_BAD_TEXT;
    source->text = text;
    source->length = room - out_left;
    source->from_gb18030 = true;
    return 0;
}

static int index_lines(struct source *source, struct arena *arena)
{
    uint32_t count = 1;
    for (size_t i = 0; i < source->length; i++)
        count += source->text[i] == '\n';
    uint32_t *lines = arena_array(arena, count, sizeof *lines);
    if (!lines)
        return ERROR_NO_MEMORY;
    uint32_t at = 1;
    for (size_t i = 0; i < source->length; i++)
        if (source->text[i] == '\n')
            lines[at++] = (uint32_t)i + 1;
    source->lines = lines;
    source->line_count = count;
    return 0;
}

int source_init(struct source *source, struct arena *arena, const char *name, struct blob raw, size_t *bad)
{
    *source = (struct source){.name = arena_strdup(arena, name), .raw = raw};
    if (raw.length > UINT32_MAX / 4)
        return ERROR_TOO_LARGE;
    size_t bom = raw.length >= 3 && memcmp(raw.bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    int error = 0;
    *bad = first_bad_byte(raw.bytes, raw.length);
    if (*bad == raw.length) {
        source->length = raw.length - bom;
        source->text = arena_strndup(arena, (const char *)raw.bytes + bom, source->length);
    } else {
        error = bom ? ERROR_BAD_TEXT : convert(source, arena);
    }
    if (error)
        return error;
    return source->name && source->text ? index_lines(source, arena) : ERROR_NO_MEMORY;
}

bool source_is_private(const char *name)
{
    static const char ending[] = ".private.csv";
    size_t length = strlen(name);
    return length >= sizeof ending - 1 && strcmp(name + length - (sizeof ending - 1), ending) == 0;
}

uint32_t mark_line(struct mark mark)
{
    if (!mark.source || !mark.source->lines)
        return 0;
    uint32_t low = 0;
    uint32_t high = mark.source->line_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (mark.source->lines[middle] <= mark.offset)
            low = middle;
        else
            high = middle;
    }
    return low + 1;
}

uint32_t mark_column(struct mark mark)
{
    uint32_t line = mark_line(mark);
    if (line == 0)
        return 0;
    uint32_t column = 1;
    for (uint32_t at = mark.source->lines[line - 1]; at < mark.offset; at++)
        column += (mark.source->text[at] & 0xc0) != 0x80;
    return column;
}

struct blob mark_text(struct mark mark)
{
    uint32_t line = mark_line(mark);
    if (line == 0)
        return (struct blob){0};
    const char *start = mark.source->text + mark.source->lines[line - 1];
    size_t length = strcspn(start, "\r\n");
    return (struct blob){.bytes = (const uint8_t *)start, .length = length};
}

struct mark source_mark(const struct source *source, int line, int column)
{
    uint32_t row = line < 1 ? 1 : (uint32_t)line > source->line_count ? source->line_count : (uint32_t)line;
    struct mark mark = {.source = source, .offset = source->lines ? source->lines[row - 1] : 0};
    const char *at = source->text + mark.offset;
    for (int i = 1; i < column && *at && *at != '\n'; i++)
        text_next(&at);
    mark.offset = (uint32_t)(at - source->text);
    return mark;
}
