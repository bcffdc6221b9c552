#include "numbers.h"

#include <string.h>

#include "file.h"

void numbers_add(struct tool *tool, struct numbers *n, const char *number)
{
    const char **items = arena_grow(&tool->arena, n->items, n->count, &n->room, sizeof *items);
    if (!items)
        return;
    n->items = items;
    n->items[n->count++] = number;
}

bool numbers_read(struct tool *tool, struct numbers *n, const char *path)
{
    size_t length;
    char *rest = NULL, *text = file_read(&tool->arena, path, &length);
    for (char *line = text ? strtok_r(text, "\r\n", &rest) : NULL; line;
         line = strtok_r(NULL, "\r\n", &rest)) {
        line += strspn(line, " \t\xef\xbb\xbf");
        line[strcspn(line, " \t,;")] = 0;
        if (*line && *line != '#')
            numbers_add(tool, n, line);
    }
    return text != NULL;
}
