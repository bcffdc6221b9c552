#include "table.h"

#include <assert.h>

#include "base/text.h"
#include "columns.h"

void table_init(struct table *t, struct arena *arena, int columns)
{
    assert(columns > 0 && columns <= TABLE_COLUMNS);
    *t = (struct table){.arena = arena, .columns = columns};
}

void table_row(struct table *t, const char *const *cells)
{
    const char ***rows = arena_grow(t->arena, t->rows, t->count, &t->capacity, sizeof *rows);
    const char **row = arena_array(t->arena, (size_t)t->columns, sizeof *row);
    if (!rows || !row)
        return;
    for (int i = 0; i < t->columns; i++)
        row[i] = columns_clean(t->arena, text_or_empty(cells[i]));
    t->rows = rows;
    t->rows[t->count++] = row;
}

static void measure(const struct table *t, size_t *widths)
{
    for (size_t i = 0; i < t->count; i++)
        for (int c = 0; c < t->columns; c++) {
            size_t width = text_columns(t->rows[i][c]);
            widths[c] = width > widths[c] ? width : widths[c];
        }
}

static int last_filled(const char *const *row, int columns)
{
    while (columns > 0 && !*row[columns - 1])
        columns--;
    return columns;
}

static void print_row(const char *const *row, int columns, const size_t *widths, FILE *out)
{
    int last = last_filled(row, columns);
    for (int c = 0; c < last; c++) {
        int pad = c + 1 < last ? (int)(widths[c] - text_columns(row[c])) + 2 : 0;
        fprintf(out, "%s%*s", row[c], widths[c] || !pad ? pad : 0, "");
    }
    fputc('\n', out);
}

void table_print(const struct table *t, FILE *out, int indent)
{
    size_t widths[TABLE_COLUMNS] = {0};
    measure(t, widths);
    for (size_t i = 0; i < t->count; i++) {
        fprintf(out, "%*s", indent, "");
        print_row(t->rows[i], t->columns, widths, out);
    }
}
