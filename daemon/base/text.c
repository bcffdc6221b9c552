#include "base/text.h"

#include <string.h>

// One well-formed code point at bytes[0..length), or 0 bytes (RFC 3629, section 4).
static size_t decode(const uint8_t *s, size_t length, uint32_t *code)
{
    if (length == 0)
        return 0;
    if (s[0] < 0x80) {
        *code = s[0];
        return 1;
    }
    size_t size = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (s[0] < 0xc2 || s[0] > 0xf4 || length < size)
        return 0;
    uint32_t value = s[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (s[i] & 0x3fu);
    }
    if (value < least[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *code = value;
    return size;
}

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

// What a reader's program may begin a new line at.
static bool is_line_break(uint32_t c)
{
    return c == 0x2028 || c == 0x2029;
}

bool text_is_unseen(uint32_t code)
{
    return code >= 0x200b && code <= 0x200f;
}

bool text_is_utf8(const void *bytes, size_t length)
{
    const uint8_t *s = bytes;
    uint32_t code;
    for (size_t at = 0, size; at < length; at += size) {
        size = decode(s + at, length - at, &code);
        if (size == 0 || code == 0)
            return false;
    }
    return true;
}

// The bytes of the character at s[0..length), and whether it is clean. What is ill-formed is one byte.
static size_t judge(const uint8_t *s, size_t length, bool lines, uint32_t *code, bool *clean)
{
    size_t size = decode(s, length, code);
    *clean = size && (lines ? !is_control(*code) || *code == '\n' || *code == '\t'
                            : !is_control(*code) && !is_line_break(*code));
    return size ? size : 1;
}

bool text_is_clean(const char *text, size_t length, bool lines)
{
    bool clean = true;
    uint32_t code;
    for (size_t at = 0; at < length && clean;)
        at += judge((const uint8_t *)text + at, length - at, lines, &code, &clean);
    return clean;
}

void text_tame(char *text, size_t length, bool lines)
{
    bool clean;
    uint32_t code;
    for (size_t at = 0, size; at < length; at += size) {
        size = judge((const uint8_t *)text + at, length - at, lines, &code, &clean);
        if (!clean || (!lines && text_is_unseen(code)))
            memset(text + at, '?', size);
    }
}

uint32_t text_next(const char **at)
{
    uint32_t code;
    size_t size = decode((const uint8_t *)*at, strnlen(*at, 4), &code);
    if (size == 0) {
        *at += **at ? 1 : 0;
        return 0xfffd;
    }
    *at += size;
    return code;
}

size_t text_characters(const char *text)
{
    size_t count = 0;
    while (*text) {
        text_next(&text);
        count++;
    }
    return count;
}

// The wide blocks of Unicode's EastAsianWidth that city text uses.
static bool is_wide(uint32_t c)
{
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf && c != 0x303f) ||
           (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) ||
           (c >= 0xff00 && c <= 0xff60) || (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) ||
           (c >= 0x20000 && c <= 0x3fffd);
}

static bool is_combining(uint32_t c)
{
    return (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) || (c >= 0xfe00 && c <= 0xfe0f);
}

size_t text_columns(const char *text)
{
    size_t columns = 0;
    while (*text) {
        uint32_t code = text_next(&text);
        columns += is_wide(code) ? 2 : is_combining(code) ? 0 : 1;
    }
    return columns;
}

size_t text_prefix(const char *text, size_t characters)
{
    const char *at = text;
    while (*at && characters-- > 0)
        text_next(&at);
    return (size_t)(at - text);
}

bool text_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

bool text_same(const char *a, const char *b)
{
    return strcmp(text_or_empty(a), text_or_empty(b)) == 0;
}
