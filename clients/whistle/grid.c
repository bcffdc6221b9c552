#include "grid.h"

#include <assert.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"
#include "table.h"

enum { GAP = 2, USUAL_WIDTH = 80 };

void grid_init(struct grid *g, struct arena *arena, size_t rows)
{
    *g = (struct grid){.arena = arena, .rows = rows};
}

const char **grid_column(struct grid *g)
{
    const char ***columns = arena_grow(g->arena, g->columns, g->count, &g->capacity, sizeof *columns);
    const char **column = arena_array(g->arena, g->rows, sizeof *column);
    if (!columns || !column)
        return NULL;
    for (size_t i = 0; i < g->rows; i++)
        column[i] = "";
    g->columns = columns;
    g->columns[g->count++] = column;
    return column;
}

static size_t width_of(const struct grid *g, const char *const *column)
{
    size_t width = 0;
    for (size_t i = 0; i < g->rows; i++) {
        size_t columns = text_columns(column[i]);
        width = columns > width ? columns : width;
    }
    return width;
}

void grid_align_right(const struct grid *g, const char **column)
{
    size_t width = width_of(g, column);
    for (size_t i = 0; i < g->rows; i++)
        if (*column[i])
            column[i] =
                arena_printf(g->arena, "%*s%s", (int)(width - text_columns(column[i])), "", column[i]);
}

static void print_block(const struct grid *g, FILE *out, size_t stays, size_t first, size_t count)
{
    struct table table;
    const char *cells[TABLE_COLUMNS];
    table_init(&table, g->arena, (int)(stays + count));
    for (size_t row = 0; row < g->rows; row++) {
        for (size_t i = 0; i < stays; i++)
            cells[i] = g->columns[i][row];
        for (size_t i = 0; i < count; i++)
            cells[stays + i] = g->columns[first + i][row];
        table_row(&table, cells);
    }
    table_print(&table, out, 0);
}

// One always does: a column that is too wide alone cannot be helped.
static size_t how_many_fit(const struct grid *g, size_t stays, size_t first, size_t width)
{
    size_t count = 0, used = 0;
    for (size_t i = 0; i < stays; i++)
        used += width_of(g, g->columns[i]) + GAP;
    for (; first + count < g->count && stays + count < TABLE_COLUMNS; count++) {
        used += width_of(g, g->columns[first + count]);
        if (count && width && used > width)
            break;
        used += GAP;
    }
    return count;
}

void grid_print(const struct grid *g, FILE *out, size_t stays, size_t width)
{
    size_t first = stays;
    assert(stays < TABLE_COLUMNS && stays <= g->count);
    do {
        size_t count = how_many_fit(g, stays, first, width);
        if (first > stays)
            fputc('\n', out);
        print_block(g, out, stays, first, count);
        first += count;
    } while (first < g->count);
}

size_t grid_terminal_width(void)
{
    struct winsize size = {0};
    if (!isatty(STDOUT_FILENO))
        return 0;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : USUAL_WIDTH;
}
