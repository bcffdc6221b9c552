// whistle catalog: the codes that the other commands take.
#include <stdio.h>

#include "intl.h"
#include "table.h"
#include "tool.h"

struct catalog {
    struct tool *tool; // first, for tool_parse_init
    Whistle__V1__Catalog catalog;
    bool json;
};

static const struct argp_option options[] = {
    {"category", 'c', N_("PREFIX"), 0, N_("categories whose code begins so"), 1},
    {"area", 'a', N_("CODE"), 0, N_("this area and those right below it"), 1},
    {"units", 'u', NULL, 0, N_("the units"), 1},
    {"reasons", 'r', NULL, 0, N_("the reasons that an act may give, verb by verb"), 1},
    {"json", 'j', NULL, 0, N_("print the answer as JSON"), 2},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct catalog *c = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        tool_parse_init(state);
        return 0;
    case ARGP_KEY_ARG:
        c->catalog.search = arg;
        return 0;
    case 'c':
        c->catalog.category = arg;
        return 0;
    case 'a':
        c->catalog.area = arg;
        return 0;
    case 'u':
        c->catalog.units = 1;
        return 0;
    case 'r':
        c->catalog.reasons = 1;
        return 0;
    case 'j':
        c->json = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void put_names(struct tool *tool, const char *title, Whistle__V1__Name *const *names, size_t count)
{
    struct table table;
    table_init(&table, &tool->arena, 2);
    if (count)
        printf("%s\n", title);
    for (size_t i = 0; i < count; i++)
        TABLE_ROW(&table, names[i]->code, names[i]->name);
    table_print(&table, stdout, 2);
}

static void put_categories(struct tool *tool, const Whistle__V1__CatalogView *view)
{
    struct table table;
    table_init(&table, &tool->arena, 4);
    if (view->n_categories)
        printf("%s\n", _("Categories:"));
    for (size_t i = 0; i < view->n_categories; i++) {
        const Whistle__V1__CategoryView *category = view->categories[i];
        TABLE_ROW(&table, category->code, category->name, category->class_name, "");
        for (size_t k = 0; k < category->n_conditions; k++)
            TABLE_ROW(&table, "", category->conditions[k]->code, category->conditions[k]->text,
                      category->conditions[k]->limit);
    }
    table_print(&table, stdout, 2);
}

static void put_areas(struct tool *tool, const Whistle__V1__CatalogView *view)
{
    struct table table;
    table_init(&table, &tool->arena, 3);
    if (view->n_areas)
        printf("%s\n", _("Areas:"));
    for (size_t i = 0; i < view->n_areas; i++)
        TABLE_ROW(&table, view->areas[i]->code, view->areas[i]->name, view->areas[i]->level);
    table_print(&table, stdout, 2);
}

static void put_reasons(struct tool *tool, const Whistle__V1__CatalogView *view)
{
    for (size_t i = 0; i < view->n_reasons; i++) {
        const Whistle__V1__ReasonList *list = view->reasons[i];
        int verb = word_value(WORDS_VERB, list->verb);
        put_names(tool,
                  arena_printf(&tool->arena, _("Reasons to %s:"),
                               verb > 0 ? intl_word(WORDS_VERB, verb) : list->verb),
                  list->reasons, list->n_reasons);
    }
    if (!view->n_reasons) // an older daemon
        put_names(tool, _("Reasons for a decline:"), view->decline_reasons, view->n_decline_reasons);
}

static void put_view(struct tool *tool, const Whistle__V1__CatalogView *view)
{
    put_categories(tool, view);
    put_areas(tool, view);
    put_names(tool, _("Units:"), view->units, view->n_units);
    put_reasons(tool, view);
    if (view->more)
        puts(_("There is more; ask for less at once."));
}

int command_catalog(struct tool *tool, int argc, char **argv)
{
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = N_("[TEXT]"),
        .doc = N_("Looks up the codes of the rulebook; TEXT searches the names of categories.")};
    struct catalog c = {.tool = tool};
    Whistle__V1__Reply *reply;
    whistle__v1__catalog__init(&c.catalog);
    if (!tool_parse(tool, &argp, argc, argv, &c))
        return EXIT_USAGE;
    struct whistle *w = tool_handle(tool);
    if (!w)
        return EXIT_FAILED;
    if (whistle_catalog(w, &c.catalog, &reply) != WHISTLE_OK ||
        reply->result_case != WHISTLE__V1__REPLY__RESULT_CATALOG)
        return tool_failed(tool, reply);
    tool_heard(tool, reply);
    if (c.json)
        tool_print_json(&reply->catalog->base);
    else
        put_view(tool, reply->catalog);
    whistle_reply_free(reply);
    return EXIT_DONE;
}
