// whistle top: a live view of the day, for who has to choose what is looked at next.
#include "top.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "digest.h"
#include "intl.h"
#include "top_case.h"
#include "top_page.h"
#include "top_screen.h"

enum {
    INTERVAL_S = 5,
    MOST_INTERVAL_S = 3600,
    WAITING_SLICE_MS = 30,
    IDLE_SLICE_MS = 200,
};

static volatile sig_atomic_t stopped;

static void on_signal(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

// ---- showing ------------------------------------------------------------------------------------

static const char *link_of(const struct top *t, struct arena *arena)
{
    if (t->away_since_ms)
        return arena_printf(arena, _("no answer since %s, trying again"),
                            top_page_clock(arena, t->away_since_ms));
    if (*t->why)
        return t->why;
    return t->day ? _("connected") : _("connecting …");
}

static const char *scope_of(const struct top *t, struct arena *arena)
{
    bool both = *t->asked.unit && *t->asked.area;
    return arena_printf(arena, "%s%s%s", t->asked.unit, both ? " " : "", t->asked.area);
}

static const char *keys_of(const struct top *t)
{
    if (!t->help)
        return _("? keys  q quit");
    return *t->number ? _("up/down j k  u urge  r refresh  q Esc back")
                      : _("up/down j k  Tab 1-4 section  Enter open  u urge  / filter  r refresh  q quit");
}

static void put_bottom(struct top *t, struct top_page *page)
{
    struct arena *arena = page->arena;
    if (t->prompt == TOP_FILTERING)
        top_page_bottom(page, LOOK_BOLD, arena_printf(arena, "/%s_", t->typed));
    else if (t->prompt == TOP_URGING)
        top_page_bottom(page, LOOK_BOLD,
                        arena_printf(arena, _("urge all units of %s that are not done? y/n"), t->urged));
    else if (*t->message)
        top_page_bottom(page, LOOK_BOLD, t->message);
    else
        top_page_bottom(page, LOOK_PLAIN, keys_of(t));
}

static void put_case(struct top *t, struct top_page *page, const struct top_frame *frame)
{
    struct flow lines;
    flow_init(&lines, page->arena, page->columns);
    const Whistle__V1__CaseView *view = t->case_ ? t->case_->show : NULL;
    const char *state = view ? intl_word(WORDS_CASE_STATE, (int)view->case_->state) : "…";
    if (view)
        top_case_lines(t->tool, view, &lines);
    top_page_case(page, text_or_empty(arena_printf(page->arena, "%s  %s", t->number, state)), &lines,
                  &t->case_first, frame);
}

static void draw(struct top *t)
{
    struct arena kept = tool_scratch_begin(t->tool), *arena = &t->tool->arena;
    struct top_page page;
    int rows, columns;
    top_screen_size(&rows, &columns);
    t->tool->now_ms = top_now(t);
    struct top_frame frame = {text_or_empty(scope_of(t, arena)), text_or_empty(link_of(t, arena)),
                              t->away_since_ms || *t->why};
    top_page_init(&page, arena, rows, columns);
    if (*t->number)
        put_case(t, &page, &frame);
    else
        top_page_day(&page, t->tool, &t->model, &frame);
    put_bottom(t, &page);
    top_screen_draw(&page);
    tool_scratch_end(t->tool, kept);
    t->changed = false;
}

// ---- the loop -----------------------------------------------------------------------------------

static void loop(struct top *t)
{
    int64_t second = 0;
    while (!stopped && !t->quit) {
        top_ask_due(t);
        top_listen(t);
        if (t->changed || top_now(t) / 1000 != second)
            draw(t);
        second = top_now(t) / 1000;
        int wait_ms = top_is_waiting(t) ? WAITING_SLICE_MS : IDLE_SLICE_MS;
        for (int key = top_screen_key(wait_ms); key != TOP_KEY_NONE && !t->quit; key = top_screen_key(0))
            top_key(t, key);
    }
}

static void on_signals(void)
{
    const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction action = {.sa_handler = on_signal};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i], &action, NULL);
}

static int run(struct top *t)
{
    on_signals(); // before ncurses looks whether it has to have some of its own
    if (!talk_open(&t->talk, t->tool))
        return EXIT_FAILED;
    if (!top_screen_open()) {
        const char *terminal = getenv("TERM");
        fprintf(stderr, "whistle top: %s: %s\n", text_or_empty(terminal),
                _("no known kind of terminal (TERM); whistle digest prints one page"));
        talk_close(&t->talk);
        return EXIT_FAILED;
    }
    loop(t);
    top_screen_close();
    talk_close(&t->talk);
    top_close_case(t);
    whistle_reply_free(t->day);
    return EXIT_DONE;
}

// ---- the command --------------------------------------------------------------------------------

enum { KEY_UNIT = 0x100, KEY_AREA, KEY_INTERVAL };

static const struct argp_option options[] = {
    {"unit", KEY_UNIT, N_("CODE"), 0, N_("of this unit"), 1},
    {"area", KEY_AREA, N_("CODE"), 0, N_("in this area and below"), 1},
    {"interval", KEY_INTERVAL, N_("SECONDS"), 0, N_("ask again after so long (5)"), 2},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct top *t = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        tool_parse_init(state);
        return 0;
    case KEY_UNIT:
        t->asked.unit = arg;
        return 0;
    case KEY_AREA:
        t->asked.area = arg;
        return 0;
    case KEY_INTERVAL:
        t->interval_s = digest_number(arg, MOST_INTERVAL_S, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int command_top(struct tool *tool, int argc, char **argv)
{
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .doc = N_("Shows live what is due next, what is late, which units are silent, and the day's figures; "
                  "where it does not stand on a terminal it prints one page, as whistle digest.")};
    static struct top t; // large
    t.tool = tool;
    t.interval_s = INTERVAL_S;
    whistle__v1__digest__init(&t.asked);
    if (!tool_parse(tool, &argp, argc, argv, &t))
        return EXIT_USAGE;
    if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
        return digest_run(tool, &t.asked, false);
    t.asked.max = TOP_ROWS;
    return run(&t);
}
