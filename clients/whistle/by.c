#include "by.h"

#include <stdio.h>
#include <string.h>

#include "intl.h"

static const char *const words[] = {
    NC_("by", "unit"), NC_("by", "branch"), NC_("by", "area"),   NC_("by", "category"),
    NC_("by", "day"),  NC_("by", "month"),  NC_("by", "member"),
};

const char *by_head(const char *by)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], by) == 0)
            return intl_in_context("by", by);
    return by;
}

static void list_words(const char *const *allowed, char *out, size_t room)
{
    size_t used = 0;
    for (*out = 0; *allowed && used < room; allowed++)
        used += (size_t)snprintf(out + used, room - used, "%s%s", used ? ", " : "", *allowed);
}

const char *by_parse(const char *const *allowed, const char *typed, struct argp_state *state)
{
    char all[120];
    for (const char *const *word = allowed; *word; word++)
        if (strcmp(*word, typed) == 0 || strcmp(by_head(*word), typed) == 0)
            return *word;
    list_words(allowed, all, sizeof all);
    argp_error(state, "--by %s: %s: %s", typed, _("it is one of these"), all);
    return "";
}
