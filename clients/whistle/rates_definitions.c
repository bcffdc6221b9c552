#include <stdio.h>
#include <string.h>

#include "intl.h"
#include "rates_print.h"
#include "table.h"

enum { DIGEST_SHOWN = 4 }; // bytes, as elsewhere where a rulebook is named

static const char *exclusions(struct arena *arena, const Whistle__V1__RateDefinition *definition)
{
    const char *all = "";
    for (size_t i = 0; i < definition->n_without; i++)
        all = arena_printf(arena, "%s%s%s", all, i ? ", " : "", intl_exclusion(definition->without[i]));
    return *all ? arena_printf(arena, _("without: %s"), all) : "";
}

// A sum is put in parentheses where it is divided.
static const char *term(struct arena *arena, const char *counts)
{
    return strchr(counts, ' ') ? arena_printf(arena, "(%s)", counts) : counts;
}

static const char *formula(struct arena *arena, const Whistle__V1__RateDefinition *definition)
{
    if (!*definition->over)
        return definition->of;
    return arena_printf(arena, "%s / %s", term(arena, definition->of), term(arena, definition->over));
}

static void print_rulebook(const ProtobufCBinaryData *digest)
{
    if (!digest->len)
        return;
    printf("%s ", _("Rulebook"));
    for (size_t i = 0; i < digest->len && i < DIGEST_SHOWN; i++)
        printf("%02x", digest->data[i]);
    puts("");
}

void rates_print_definitions(const struct rates_view *v)
{
    struct table table;
    table_init(&table, v->arena, 4);
    for (size_t i = 0; i < v->count; i++) {
        const Whistle__V1__RateDefinition *d = v->columns[i].definition;
        if (!d)
            continue;
        TABLE_ROW(&table, d->id, d->name, formula(v->arena, d), exclusions(v->arena, d));
    }
    printf("\n%s\n", _("How they are counted:"));
    table_print(&table, stdout, 2);
    print_rulebook(&v->answer->rulebook);
}
