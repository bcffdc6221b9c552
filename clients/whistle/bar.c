#include "bar.h"

#include <langinfo.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { COLUMNS = 10, EIGHTHS = 8 };

bool bar_is_possible(void)
{
    return isatty(STDOUT_FILENO) && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

const char *bar_text(struct arena *arena, double value, double full)
{
    static const char *const blocks[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
    double part = full > 0 ? fmin(fmax(value / full, 0), 1) : 0;
    int left = (int)lround(part * COLUMNS * EIGHTHS);
    const char *bar = "";
    for (int i = 0; i < COLUMNS; i++, left -= EIGHTHS) {
        int here = left < 0 ? 0 : left > EIGHTHS ? EIGHTHS : left;
        bar = arena_printf(arena, "%s%s", bar, blocks[here]);
    }
    return bar;
}
