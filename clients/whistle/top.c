// whistle top: a live view of the day, for who has to choose what is looked at next.
//
// Nothing here waits for the daemon: a request goes out, and each turn of the loop looks whether its answer
// is there, so that keys work while the daemon is away.
#include "top.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "digest.h"
#include "intl.h"
#include "times.h"
#include "top_case.h"
#include "top_page.h"
#include "top_screen.h"

enum {
    INTERVAL_S = 5,
    MOST_INTERVAL_S = 3600,
    PATIENCE_MS = 3000, // a daemon that is there answers long before
    WAITING_SLICE_MS = 30,
    IDLE_SLICE_MS = 200,
};

static volatile sig_atomic_t stopped;

static void on_signal(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

void top_say(struct top *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(t->message, sizeof t->message, format, args);
    va_end(args);
    t->changed = true;
}

// The city's clock; before the first answer this machine's.
static int64_t city_now(const struct top *t)
{
    if (t->city_ms)
        return t->city_ms + times_monotonic() - t->heard_at;
    return (int64_t)time(NULL) * 1000;
}

// ---- asking -------------------------------------------------------------------------------------

// The zone is asked for once and first, so that no time is shown in another.
static void ask_day(struct top *t)
{
    if (t->tool->knows_zone || t->tool->settings.zone)
        talk_day(&t->talk, &t->asked);
    else
        talk_zone(&t->talk);
    t->next_day_at = times_monotonic() + (int64_t)t->interval_s * 1000;
}

static void ask_case(struct top *t)
{
    talk_case(&t->talk, t->number);
    t->next_case_at = times_monotonic() + (int64_t)t->interval_s * 1000;
}

void top_ask_now(struct top *t)
{
    ask_day(t);
    if (*t->number)
        ask_case(t);
}

static void ask_what_is_due(struct top *t)
{
    int64_t now = times_monotonic();
    if (now >= t->next_day_at && !talk_is_out(&t->talk, TALK_DAY))
        ask_day(t);
    if (*t->number && now >= t->next_case_at && !talk_is_out(&t->talk, TALK_CASE))
        ask_case(t);
}

void top_open_case(struct top *t, const char *number)
{
    top_close_case(t);
    snprintf(t->number, sizeof t->number, "%s", number);
    ask_case(t);
}

void top_close_case(struct top *t)
{
    whistle_reply_free(t->case_);
    t->case_ = NULL;
    *t->number = 0;
    t->case_first = 0;
}

void top_urge(struct top *t, const char *number)
{
    talk_urge(&t->talk, number);
    top_say(t, _("%s: urging …"), number);
}

// ---- listening ----------------------------------------------------------------------------------

static void hear(struct top *t, const Whistle__V1__Reply *reply)
{
    if (!reply || !reply->now_ms)
        return;
    t->city_ms = reply->now_ms;
    t->heard_at = times_monotonic();
    tool_heard(t->tool, reply);
}

static void note_silence(struct top *t, int64_t waited_ms)
{
    if (t->away_since_ms)
        return;
    t->away_since_ms = city_now(t) - waited_ms;
    t->changed = true;
}

static void take_day(struct top *t, Whistle__V1__Reply *reply)
{
    top_model_take(&t->model, reply->digest);
    whistle_reply_free(t->day);
    t->day = reply;
    t->away_since_ms = 0;
    *t->why = 0;
}

// The zone's answer, whatever it says, lets the day be asked for.
static void take_zone(struct top *t, Whistle__V1__Reply *reply)
{
    t->tool->knows_zone = true;
    t->next_day_at = 0;
    whistle_reply_free(reply);
}

static void fail_day(struct top *t, int result, Whistle__V1__Reply *reply, int64_t waited_ms)
{
    if (result == WHISTLE_NO_ANSWER) {
        note_silence(t, waited_ms);
        t->next_day_at = 0;
    } else {
        t->away_since_ms = 0;
        snprintf(t->why, sizeof t->why, "%s", talk_why(&t->talk, TALK_DAY, reply));
    }
    whistle_reply_free(reply);
}

static bool names_zone(const Whistle__V1__Reply *reply)
{
    return reply && reply->result_case == WHISTLE__V1__REPLY__RESULT_CATALOG && *reply->catalog->zone;
}

static void listen_day(struct top *t)
{
    Whistle__V1__Reply *reply;
    int64_t waited_ms = talk_waited(&t->talk, TALK_DAY);
    bool zone = !t->tool->knows_zone && !t->tool->settings.zone;
    int result = talk_take(&t->talk, TALK_DAY, &reply);
    if (result == WHISTLE_NOTHING) {
        if (waited_ms > PATIENCE_MS)
            note_silence(t, waited_ms);
        return;
    }
    t->changed = true;
    zone = zone && result != WHISTLE_NO_ANSWER;
    t->tool->knows_zone |= zone && !names_zone(reply); // tool_heard would ask again, and wait for it
    hear(t, reply);
    if (zone)
        take_zone(t, reply);
    else if (result == WHISTLE_OK && reply->result_case == WHISTLE__V1__REPLY__RESULT_DIGEST)
        take_day(t, reply);
    else
        fail_day(t, result, reply, waited_ms);
}

static void listen_case(struct top *t)
{
    Whistle__V1__Reply *reply;
    int result = talk_take(&t->talk, TALK_CASE, &reply);
    if (result == WHISTLE_NOTHING)
        return;
    t->changed = true;
    hear(t, reply);
    bool shown =
        result == WHISTLE_OK && reply->result_case == WHISTLE__V1__REPLY__RESULT_SHOW && reply->show->case_;
    if (shown && strcmp(reply->show->case_->number, t->number) == 0) {
        whistle_reply_free(t->case_);
        t->case_ = reply;
        return;
    }
    if (!shown && *t->number)
        top_say(t, "%s: %s", t->number, talk_why(&t->talk, TALK_CASE, reply));
    whistle_reply_free(reply);
}

static void listen_act(struct top *t)
{
    Whistle__V1__Reply *reply;
    int result = talk_take(&t->talk, TALK_ACT, &reply);
    if (result == WHISTLE_NOTHING)
        return;
    hear(t, reply);
    const char *verb = intl_word(WORDS_VERB, VERB_URGE);
    if (result != WHISTLE_OK || reply->result_case != WHISTLE__V1__REPLY__RESULT_RECEIPT)
        top_say(t, "%s: %s", t->urged, talk_why(&t->talk, TALK_ACT, reply));
    else
        top_say(t, "%s  %s · %s", t->urged, verb, intl_word(WORDS_CASE_STATE, (int)reply->receipt->state));
    whistle_reply_free(reply);
    if (result == WHISTLE_OK)
        top_ask_now(t);
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
    t->tool->now_ms = city_now(t);
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

static bool waits(const struct top *t)
{
    return talk_is_out(&t->talk, TALK_DAY) || talk_is_out(&t->talk, TALK_CASE) ||
           talk_is_out(&t->talk, TALK_ACT);
}

static void listen_all(struct top *t)
{
    struct arena kept = tool_scratch_begin(t->tool);
    listen_day(t);
    listen_case(t);
    listen_act(t);
    tool_scratch_end(t->tool, kept);
}

static void loop(struct top *t)
{
    int64_t second = 0;
    while (!stopped && !t->quit) {
        ask_what_is_due(t);
        listen_all(t);
        if (t->changed || city_now(t) / 1000 != second)
            draw(t);
        second = city_now(t) / 1000;
        int wait_ms = waits(t) ? WAITING_SLICE_MS : IDLE_SLICE_MS;
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
