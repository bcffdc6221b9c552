#include "list_more.h"

#include <stdio.h>
#include <string.h>

#include "filter.h"
#include "intl.h"

// An option's value is a word of its own or the end of one; argp shortens option names, so this is surer than
// to look for theirs.
static bool holds(const char *word, const char *value)
{
    return value && value >= word && value <= word + strlen(word);
}

void list_more(struct tool *tool, int argc, char **argv, const char *before, const char *token)
{
    struct arena *arena = &tool->arena;
    const char *words = "";
    for (int i = 1; i < argc; i++) {
        bool is_option_of_it = i + 1 < argc && argv[i + 1] == before;
        if (!is_option_of_it && !holds(argv[i], before))
            words = arena_printf(arena, "%s%s ", words, filter_shell_word(arena, argv[i]));
    }
    fprintf(stderr, _("more: %s\n"), arena_printf(arena, "whistle list %s--after %s", words, token));
}
