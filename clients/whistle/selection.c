#include "selection.h"

#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "intl.h"

enum {
    KEY_MONTH = 0x2000,
    KEY_DAY,
    KEY_YEAR,
    KEY_FROM,
    KEY_TO,
    KEY_UNIT,
    KEY_BRANCH,
    KEY_AREA,
    KEY_CATEGORY
};

static const struct argp_option options[] = {
    {"month", KEY_MONTH, N_("YYYY-MM"), 0, N_("of this month; without any period: of the month that runs"),
     1},
    {"day", KEY_DAY, N_("DATE"), 0, N_("of this day"), 1},
    {"year", KEY_YEAR, N_("YYYY"), 0, N_("of this year"), 1},
    {"from", KEY_FROM, N_("DATE"), 0, N_("from this day on; goes with --to"), 1},
    {"to", KEY_TO, N_("DATE"), 0, N_("until this day, which belongs to it"), 1},
    {"unit", KEY_UNIT, N_("CODE"), 0, N_("of this unit alone"), 1},
    {"branch", KEY_BRANCH, N_("CODE"), 0, N_("of what this branch or unit had in hand itself"), 1},
    {"area", KEY_AREA, N_("CODE"), 0, N_("of this area and below"), 1},
    {"category", KEY_CATEGORY, N_("CODE"), 0, N_("of this category or class"), 1},
    {0},
};

void selection_init(struct selection *s)
{
    *s = (struct selection){0};
    whistle__v1__selection__init(&s->wire);
}

void selection_print_period(const char *period, const char *before, bool running)
{
    printf(_("Period: %s"), period);
    if (before)
        printf(_(", compared with %s"), before);
    if (running)
        fputs(_(" (not over yet)"), stdout);
    puts("");
}

// A date of the calendar, once `rest` has made it whole.
static bool is_date(const char *text, size_t length, const char *rest)
{
    char whole[16];
    struct civil_date date;
    if (strlen(text) != length)
        return false;
    snprintf(whole, sizeof whole, "%s%s", text, rest);
    return civil_parse(whole, &date);
}

static void set_period(struct selection *s, const char *text, struct argp_state *state)
{
    if (*s->period)
        argp_error(state, "%s", _("only one period can be asked for"));
    snprintf(s->period, sizeof s->period, "%s", text);
    s->wire.period = s->period;
}

static const char *checked_day(const char *arg, struct argp_state *state)
{
    if (!is_date(arg, 10, ""))
        argp_error(state, "%s: %s", arg, _("not a day, as 2026-11-26"));
    return arg;
}

static void set_month(struct selection *s, const char *arg, struct argp_state *state)
{
    if (!is_date(arg, 7, "-01"))
        argp_error(state, "%s: %s", arg, _("not a month, as 2026-11"));
    set_period(s, arg, state);
}

static void set_year(struct selection *s, const char *arg, struct argp_state *state)
{
    if (!is_date(arg, 4, "-01-01"))
        argp_error(state, "%s: %s", arg, _("not a year, as 2026"));
    set_period(s, arg, state);
}

// Two days are a period; they compare as text.
static void join_days(struct selection *s, struct argp_state *state)
{
    char both[sizeof s->period];
    if (!s->from && !s->to)
        return;
    if (!s->from || !s->to)
        argp_error(state, "%s", _("--from and --to go together"));
    if (strcmp(s->from, s->to) > 0)
        argp_error(state, "%s: %s", s->to, _("that is before --from"));
    snprintf(both, sizeof both, "%s..%s", s->from, s->to);
    set_period(s, both, state);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct selection *s = state->input;
    switch (key) {
    case KEY_MONTH:
        set_month(s, arg, state);
        return 0;
    case KEY_DAY:
        set_period(s, checked_day(arg, state), state);
        return 0;
    case KEY_YEAR:
        set_year(s, arg, state);
        return 0;
    case KEY_FROM:
        s->from = checked_day(arg, state);
        return 0;
    case KEY_TO:
        s->to = checked_day(arg, state);
        return 0;
    case KEY_BRANCH:
        s->wire.branch = arg;
        return 0;
    case KEY_UNIT:
        s->wire.unit = arg;
        return 0;
    case KEY_AREA:
        s->wire.area = arg;
        return 0;
    case KEY_CATEGORY:
        s->wire.category = arg;
        return 0;
    case ARGP_KEY_END:
        join_days(s, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp selection_argp = {.options = options, .parser = parse};
