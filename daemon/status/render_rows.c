#include "status/render.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS_MAX = 24 };

static bool is_empty(const json_t *value)
{
    return !value || json_is_null(value) || (json_is_string(value) && !*json_string_value(value));
}

// What stands in a cell; `space` is for values that have to be made.
static const char *cell(const json_t *row, const struct column *column, const struct zone *zone,
                        char space[RENDER_VALUE])
{
    const json_t *value = json_object_get(row, column->key);
    if (is_empty(value))
        return "";
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_boolean(value))
        return json_is_true(value) ? "yes" : "no";
    if (column->kind == COLUMN_TIME)
        render_time(json_integer_value(value), zone, space);
    else if (column->kind == COLUMN_SPAN)
        render_span(json_integer_value(value), space);
    else
        snprintf(space, RENDER_VALUE, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return space;
}

static bool is_right(const struct column *column)
{
    return column->kind == COLUMN_NUMBER || column->kind == COLUMN_SPAN;
}

static void pad(struct buffer *out, size_t columns)
{
    buffer_printf(out, "%*s", (int)columns, "");
}

static void write_cell(const char *text, size_t width, bool right, bool last, struct buffer *out)
{
    size_t has = text_columns(text), missing = width > has ? width - has : 0;
    if (right)
        pad(out, missing);
    render_text(text, out);
    if (!last)
        pad(out, (right ? 0 : missing) + 2);
}

struct layout {
    const struct column *columns;
    const struct zone *zone;
    size_t widths[COLUMNS_MAX]; // 0: left out
    size_t last;                // the last one that is not left out
};

static void measure(struct layout *layout, size_t count, const json_t *rows)
{
    for (size_t c = 0; c < count; c++) {
        const struct column *column = &layout->columns[c];
        size_t widest = 0, i;
        const json_t *row;
        char space[RENDER_VALUE];
        json_array_foreach(rows, i, row)
        {
            size_t has = text_columns(cell(row, column, layout->zone, space));
            widest = has > widest ? has : widest;
        }
        size_t title = text_columns(column->title);
        layout->widths[c] = !widest ? 0 : widest > title ? widest : title;
        layout->last = widest ? c : layout->last;
    }
}

// A row; NULL for the titles.
static void write_row(const struct layout *layout, size_t count, const json_t *row, struct buffer *out)
{
    for (size_t c = 0; c < count; c++) {
        const struct column *column = &layout->columns[c];
        char space[RENDER_VALUE];
        if (layout->widths[c])
            write_cell(row ? cell(row, column, layout->zone, space) : column->title, layout->widths[c],
                       is_right(column), c == layout->last, out);
    }
    while (out->length && out->bytes[out->length - 1] == ' ')
        out->length--;
    buffer_text(out, "\n");
}

void render_rows(const json_t *rows, const struct column *columns, size_t count, const struct zone *zone,
                 struct buffer *out)
{
    struct layout layout = {.columns = columns, .zone = zone};
    const json_t *row;
    size_t i;
    count = count < COLUMNS_MAX ? count : COLUMNS_MAX;
    if (!json_array_size(rows)) {
        buffer_text(out, "none\n");
        return;
    }
    measure(&layout, count, rows);
    write_row(&layout, count, NULL, out);
    json_array_foreach(rows, i, row)
    {
        write_row(&layout, count, row, out);
    }
}

void render_object(const json_t *object, const struct column *columns, size_t count, const struct zone *zone,
                   struct buffer *out)
{
    size_t begun = out->length;
    for (size_t c = 0; c < count; c++) {
        char space[RENDER_VALUE];
        const char *text = cell(object, &columns[c], zone, space);
        if (!*text)
            continue;
        if (*columns[c].title)
            buffer_printf(out, "%s%-14s ", out->length > begun ? "\n" : "", columns[c].title);
        else
            buffer_text(out, "  ");
        render_text(text, out);
    }
    buffer_text(out, out->length > begun ? "\n" : "");
}
