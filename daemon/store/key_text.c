#include "store/key_text.h"

#include "store/key.h"

#include <inttypes.h>
#include <stdio.h>

// What the bytes of a key are, in order: 1 4 8 numbers of so many bytes, t a time, i an id of 16 bytes, c one
// character, s text with NULs between its parts. What is left is hex.
static const char *const shapes[DB_TABLE_COUNT] = {
    [DB_META] = "s",         [DB_AT] = "8",          [DB_CASES] = "8",        [DB_HISTORY] = "88",
    [DB_DUE] = "t18",        [DB_PROVISIONAL] = "8", [DB_NOTICES] = "4",      [DB_FEEDS] = "48",
    [DB_CURSORS] = "s",      [DB_REQUESTS] = "is",   [DB_SOURCES] = "s",      [DB_NUMBERS] = "44",
    [DB_NAMES] = "c",        [DB_OPEN] = "t8",       [DB_UNIT_OPEN] = "4t8",  [DB_NEAR] = "4144t8",
    [DB_PRECEDENTS] = "448", [DB_FACTS] = "1t844",   [DB_EXCLUSIONS] = "814", [DB_VIEWED] = "84",
    [DB_RULEBOOKS] = "",
};

struct pen {
    struct blob left;
    char *out;
    size_t used;
};

static void write_text(struct pen *pen, const char *text)
{
    int wrote = snprintf(pen->out + pen->used, KEY_TEXT - pen->used, "%s", text);
    pen->used = pen->used + (size_t)wrote < KEY_TEXT ? pen->used + (size_t)wrote : KEY_TEXT - 1;
}

static void step(struct pen *pen, size_t bytes)
{
    pen->left.bytes += bytes;
    pen->left.length -= bytes;
}

static void write_hex(struct pen *pen, size_t bytes)
{
    char two[3];
    for (size_t i = 0; i < bytes && i < pen->left.length; i++) {
        snprintf(two, sizeof two, "%02x", pen->left.bytes[i]);
        write_text(pen, two);
    }
    step(pen, bytes < pen->left.length ? bytes : pen->left.length);
}

static void write_characters(struct pen *pen, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        char one[2] = {(char)pen->left.bytes[i], '\0'};
        write_text(pen, one[0] ? one : "/");
    }
    step(pen, bytes);
}

static size_t bytes_of(char shape)
{
    return shape == 't' ? 8 : shape == 'i' ? 16 : shape == 'c' ? 1 : (size_t)(shape - '0');
}

static void write_number(struct pen *pen, char shape)
{
    char digits[24];
    uint64_t value = shape == '1'   ? pen->left.bytes[0]
                     : shape == '4' ? key_get_u32(pen->left, 0)
                                    : key_get_u64(pen->left, 0);
    if (shape == 't')
        snprintf(digits, sizeof digits, "%" PRId64, key_get_time(pen->left, 0));
    else
        snprintf(digits, sizeof digits, "%" PRIu64, value);
    write_text(pen, digits);
    step(pen, bytes_of(shape));
}

static void write_part(struct pen *pen, char shape)
{
    if (shape == 's')
        write_characters(pen, pen->left.length);
    else if (shape == 'c')
        write_characters(pen, 1);
    else if (shape == 'i')
        write_hex(pen, 16);
    else
        write_number(pen, shape);
}

// Behind its first letter a code is text, and a number is a number.
static const char *shape_of(enum db_table table, struct blob key)
{
    if (table == DB_NAMES && key.length > 1)
        return key.bytes[0] == 'c' ? "cs" : key.bytes[0] == 'n' ? "c4" : "";
    return shapes[table];
}

void key_describe(enum db_table table, struct blob key, char out[KEY_TEXT])
{
    struct pen pen = {.left = key, .out = out};
    const char *shape = shape_of(table, key);
    out[0] = '\0';
    for (; *shape && pen.left.length && (*shape == 's' || bytes_of(*shape) <= pen.left.length); shape++) {
        write_text(&pen, pen.used ? " " : "");
        write_part(&pen, *shape);
    }
    write_text(&pen, pen.used && pen.left.length ? " " : "");
    write_hex(&pen, pen.left.length);
}
