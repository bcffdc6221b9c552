// whistle list: cases page by page, by filters that are given or were kept.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filters.h"
#include "intl.h"
#include "facts.h"
#include "list_more.h"
#include "list_rows.h"
#include "table.h"

enum { NAMES_MAX = 8, FILTER_OPTIONS = 9, PAGE = 200 };

struct list {
    struct tool *tool; // first, for tool_parse_init
    int argc;
    char **argv;
    struct filter given;          // on the command line
    const char *names[NAMES_MAX]; // @NAME, of kept ones
    size_t name_count;
    const char *save;
    const char *forget;
    bool show_filters;
    const char *after;
    unsigned long most; // rows; 0: all
    enum list_form form;
};

// What can stand in a filter has the first places among the options, and keys from KEY_FILTER on.
enum {
    KEY_MAX = 0x100,
    KEY_AFTER,
    KEY_CSV,
    KEY_JSON,
    KEY_SAVE,
    KEY_FORGET,
    KEY_FILTERS,
    KEY_FILTER = 0x200,
};

static const struct argp_option options[] = {
    {"mine", KEY_FILTER, NULL, 0, N_("cases of the asker's unit"), 1},
    {"unit", KEY_FILTER + 1, N_("CODE"), 0, N_("in which this unit has a summons"), 1},
    {"area", KEY_FILTER + 2, N_("CODE"), 0, N_("in this area and below"), 1},
    {"category", KEY_FILTER + 3, N_("CODE"), 0, N_("of this category or class"), 1},
    {"search", KEY_FILTER + 4, N_("TEXT"), 0, N_("with all of these words in the title"), 1},
    {"state", KEY_FILTER + 5, N_("STATE"), 0, N_("in this state; may be given several times"), 1},
    {"open", KEY_FILTER + 6, NULL, 0, N_("that are not closed"), 1},
    {"overdue", KEY_FILTER + 7, NULL, 0, N_("whose time is over"), 1},
    {"due-within", KEY_FILTER + 8, N_("SPAN"), 0, N_("that fall due within 30m, 2h, 3d"), 1},
    {"max", KEY_MAX, N_("COUNT"), 0, N_("at most so many"), 2},
    {"after", KEY_AFTER, N_("TOKEN"), 0, N_("go on where a list was cut"), 2},
    {"csv", KEY_CSV, NULL, 0, N_("print CSV, with a byte order mark for spreadsheets"), 2},
    {"json", KEY_JSON, NULL, 0, N_("print JSON, one case a line"), 2},
    {"save", KEY_SAVE, N_("NAME"), 0, N_("keep the filter that is given, for @NAME"), 3},
    {"filters", KEY_FILTERS, NULL, 0, N_("show the filters that are kept"), 3},
    {"forget", KEY_FORGET, N_("NAME"), 0, N_("keep this filter no longer"), 3},
    {0},
};

// ---- the command line ---------------------------------------------------------------------------

static void put_filter(struct list *l, int key, const char *arg, struct argp_state *state)
{
    const char *wrong = filter_put(&l->given, options[key - KEY_FILTER].name, arg);
    if (wrong)
        argp_error(state, "%s: %s", arg, wrong);
}

static const char *name_of(const char *arg, struct argp_state *state)
{
    const char *name = *arg == '@' ? arg + 1 : arg;
    if (!filters_is_name(name))
        argp_error(state, "%s: %s", arg, _("not a name for a filter"));
    return name;
}

static void put_name(struct list *l, const char *arg, struct argp_state *state)
{
    if (*arg != '@')
        argp_error(state, "%s: %s", arg, _("a filter that is kept is @NAME"));
    if (l->name_count == NAMES_MAX)
        argp_error(state, "%s: %s", arg, _("too many"));
    l->names[l->name_count++] = name_of(arg, state);
}

static error_t parse_manage(struct list *l, int key, char *arg, struct argp_state *state)
{
    switch (key) {
    case KEY_SAVE:
        l->save = name_of(arg, state);
        return 0;
    case KEY_FORGET:
        l->forget = name_of(arg, state);
        return 0;
    case KEY_FILTERS:
        l->show_filters = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct list *l = state->input;
    if (key >= KEY_FILTER && key < KEY_FILTER + FILTER_OPTIONS) {
        put_filter(l, key, arg, state);
        return 0;
    }
    switch (key) {
    case ARGP_KEY_INIT:
        tool_parse_init(state);
        return 0;
    case ARGP_KEY_ARG:
        put_name(l, arg, state);
        return 0;
    case KEY_MAX:
        l->most = facts_parse_most(arg, state);
        return 0;
    case KEY_AFTER:
        l->after = arg;
        return 0;
    case KEY_CSV:
        l->form = LIST_CSV;
        return 0;
    case KEY_JSON:
        l->form = LIST_JSON;
        return 0;
    default:
        return parse_manage(l, key, arg, state);
    }
}

// ---- filters that are kept ----------------------------------------------------------------------

// The kept ones that are named, and over them what the command line says. An exit status, EXIT_DONE: go on.
static int gather(struct list *l, const struct filters *kept, struct filter *whole)
{
    filter_init(whole, &l->tool->arena);
    for (size_t i = 0; i < l->name_count; i++) {
        const struct filter *named = filters_find(kept, l->names[i]);
        if (!named)
            return tool_usage(l->tool, _("there is no filter @%s; --filters shows those there are"),
                              l->names[i]);
        filter_add(whole, named);
    }
    filter_add(whole, &l->given);
    return EXIT_DONE;
}

static int save(struct list *l, struct filters *kept)
{
    struct filter whole;
    int status = gather(l, kept, &whole);
    if (status != EXIT_DONE)
        return status;
    if (whole.count == 0)
        return tool_usage(l->tool, "%s", _("--save needs something to keep, as --overdue"));
    filters_put(kept, l->save, &whole);
    if (!filters_write(kept))
        return EXIT_FAILED;
    printf("@%s: %s\n", l->save, filter_text(&whole));
    return EXIT_DONE;
}

static int forget(struct list *l, struct filters *kept)
{
    if (!filters_remove(kept, l->forget))
        return tool_usage(l->tool, _("there is no filter @%s; --filters shows those there are"), l->forget);
    return filters_write(kept) ? EXIT_DONE : EXIT_FAILED;
}

static int show_filters(struct list *l, const struct filters *kept)
{
    struct table table;
    table_init(&table, &l->tool->arena, 2);
    for (size_t i = 0; i < kept->count; i++)
        TABLE_ROW(&table, arena_printf(&l->tool->arena, "@%s", kept->kept[i].name),
                  filter_text(&kept->kept[i].filter));
    table_print(&table, stdout, 0);
    if (kept->count == 0)
        puts(_("no filter is kept"));
    return EXIT_DONE;
}

// What is done with kept filters themselves.
static int manage(struct list *l)
{
    struct filters kept;
    if (!!l->save + !!l->forget + l->show_filters > 1)
        return tool_usage(l->tool, "%s", _("one of --save, --filters and --forget at a time"));
    if (l->save && (l->most || l->after || l->form != LIST_TABLE))
        return tool_usage(l->tool, "%s",
                          _("--save keeps filters alone, not --max, --after, --csv or --json"));
    int status = EXIT_FAILED;
    if (filters_open(&kept, l->tool, !l->show_filters))
        status = l->save ? save(l, &kept) : l->forget ? forget(l, &kept) : show_filters(l, &kept);
    filters_close(&kept);
    return status;
}

// ---- pages --------------------------------------------------------------------------------------

static bool is_done(const struct list *l, const struct list_rows *rows)
{
    return l->most && rows->shown >= l->most;
}

static int put_pages(struct list *l, Whistle__V1__List *asked)
{
    struct list_rows rows = {.tool = l->tool, .form = l->form, .of_one_unit = *asked->unit || asked->mine};
    struct whistle *w = tool_handle(l->tool);
    if (!w)
        return EXIT_FAILED;
    list_rows_begin(&rows);
    do { // a page may be empty and not the last
        Whistle__V1__Reply *reply;
        asked->max = l->most && l->most - rows.shown < PAGE ? (uint32_t)(l->most - rows.shown) : PAGE;
        int result = whistle_list(w, asked, &reply);
        if (result != WHISTLE_OK || reply->result_case != WHISTLE__V1__REPLY__RESULT_LIST)
            return tool_failed(l->tool, reply);
        tool_heard(l->tool, reply);
        list_rows_page(&rows, reply->list);
        asked->after = arena_strdup(&l->tool->arena, reply->list->next_after);
        whistle_reply_free(reply);
    } while (*asked->after && !is_done(l, &rows));
    list_rows_end(&rows);
    if (*asked->after)
        list_more(l->tool, l->argc, l->argv, l->after, asked->after);
    return EXIT_DONE;
}

static int list_cases(struct list *l)
{
    struct filters kept = {.lock = -1};
    struct filter whole;
    Whistle__V1__List asked = WHISTLE__V1__LIST__INIT;
    if (l->name_count && !filters_open(&kept, l->tool, false))
        return EXIT_FAILED;
    int status = gather(l, &kept, &whole);
    if (status != EXIT_DONE)
        return status;
    if (!filter_apply(&whole, l->tool, &asked))
        return EXIT_FAILED;
    asked.after = tool_text(l->after ? l->after : "");
    return put_pages(l, &asked);
}

int command_list(struct tool *tool, int argc, char **argv)
{
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .args_doc = N_("[@NAME...]"),
                              .doc = N_("Lists cases by their next due time.")};
    struct list l = {.tool = tool, .argc = argc, .argv = argv};
    filter_init(&l.given, &tool->arena);
    if (!tool_parse(tool, &argp, argc, argv, &l))
        return EXIT_USAGE;
    return l.save || l.forget || l.show_filters ? manage(&l) : list_cases(&l);
}
