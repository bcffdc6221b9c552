// whistle show: a case in the six steps, as JSON, or as a one-page slip.
#include <stdio.h>
#include <string.h>

#include "caseview.h"
#include "clocks.h"
#include "intl.h"
#include "numbers.h"
#include "sentence.h"
#include "slip.h"
#include "table.h"
#include "times.h"
#include "tool.h"

struct show {
    struct tool *tool; // first, for tool_parse_init
    struct numbers numbers;
    bool json;
    bool slip;
};

static const struct argp_option options[] = {
    {"json", 'j', NULL, 0, N_("print the answer as JSON"), 1},
    {"slip", 's', NULL, 0, N_("print a dispatch slip of one page"), 1},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct show *s = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        tool_parse_init(state);
        return 0;
    case ARGP_KEY_ARG:
        numbers_add(s->tool, &s->numbers, arg);
        return 0;
    case 'j':
        s->json = true;
        return 0;
    case 's':
        s->slip = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// ---- the six steps ------------------------------------------------------------------------------

enum step { TAKEN_IN, ANALYSED, WORKED, FED_BACK, JUDGED, SUPERVISED, STEPS };

static const char *step_name(enum step step)
{
    static const char *const names[] = {
        [TAKEN_IN] = N_("Intake"),   [ANALYSED] = N_("Analysis"), [WORKED] = N_("Work"),
        [FED_BACK] = N_("Feedback"), [JUDGED] = N_("Evaluation"), [SUPERVISED] = N_("Supervision"),
    };
    return _(names[step]);
}

static enum step step_of(const Whistle__V1__Event *event)
{
    switch ((enum event_kind)event->kind) {
    case EVENT_FILED:
        return TAKEN_IN;
    case EVENT_DISPATCHED:
    case EVENT_REGISTERED:
    case EVENT_UNIT_ADDED:
    case EVENT_REASSIGNED:
    case EVENT_AWAITING:
        return ANALYSED;
    case EVENT_CLOSED:
    case EVENT_CANCELLED:
        return FED_BACK;
    case EVENT_EVALUATED:
    case EVENT_VERIFIED:
        return JUDGED;
    case EVENT_GRANTED:
    case EVENT_REFUSED: // without a petition it is the approval of the whistle
        return event->petition ? SUPERVISED : ANALYSED;
    case EVENT_RUNG:
    case EVENT_URGED:
    case EVENT_SUPERVISED:
    case EVENT_ANSWERED:
    case EVENT_HANDED_UP:
    case EVENT_DELIVERED:
    case EVENT_UNDELIVERED:
    case EVENT_ASKED:
    case EVENT_RESUMED:
    case EVENT_LIMIT_CHANGED:
    case EVENT_RESCHEDULED:
        return SUPERVISED;
    default:
        return WORKED;
    }
}

static void put_step(struct tool *tool, const Whistle__V1__CaseView *view, enum step step,
                     struct table *table)
{
    const char *title = step_name(step);
    for (size_t i = 0; i < view->n_happenings; i++) {
        const Whistle__V1__Happening *happening = view->happenings[i];
        if (!happening->event || step_of(happening->event) != step)
            continue;
        TABLE_ROW(table, title, times_show(&tool->arena, happening->event->at_ms, tool->now_ms),
                  sentence_of(tool, view, happening));
        title = "";
    }
    if (*title)
        TABLE_ROW(table, title, "—", "");
}

// ---- the case -----------------------------------------------------------------------------------

static void put_line(const char *label, const char *text)
{
    if (text && *text)
        printf("  %s  %s\n", label, text);
}

static void put_resident(struct tool *tool, const Whistle__V1__CaseView *view)
{
    const Whistle__V1__Personal *p = view->personal;
    if (!p)
        return;
    put_line(_("resident"),
             arena_printf(&tool->arena, "%s%s%s", p->name, *p->name && *p->phone ? "  " : "", p->phone));
    put_line(_("address"), p->address);
    put_line(_("text"), p->text);
}

static void put_head(struct tool *tool, const Whistle__V1__CaseView *view)
{
    const Whistle__V1__Case *c = view->case_;
    const Whistle__V1__Whistle *whistle = c->whistle;
    printf("%s  %s", c->number, intl_word(WORDS_CASE_STATE, (int)c->state));
    if (whistle)
        printf("  %s  %s", intl_word(WORDS_KIND, (int)whistle->kind), view->category_name);
    printf("\n");
    if (whistle)
        put_line(_("title"), whistle->title);
    put_line(_("area"), arena_printf(&tool->arena, "%s  (%s)", caseview_area(view, c->area), c->area));
    put_line(_("office"), caseview_unit(view, c->office));
    put_line(_("condition"), view->condition_text);
    put_resident(tool, view);
    if (*c->charge && strcmp(c->charge, c->office) != 0)
        put_line(_("in charge"), caseview_unit(view, c->charge));
    put_line(_("promised"), times_show(&tool->arena, c->promised_ms, tool->now_ms));
    if (whistle && whistle->appointed_ms)
        put_line(_("meeting"), arena_printf(&tool->arena, "%s  %s",
                                            times_show(&tool->arena, whistle->appointed_ms, tool->now_ms),
                                            whistle->meeting_point));
}

static const char *person_of(struct tool *tool, const Whistle__V1__CaseView *view, const char *unit)
{
    const Whistle__V1__Person *person = caseview_person(view, unit);
    if (!person)
        return "";
    return *person->phone ? arena_printf(&tool->arena, "%s %s", person->name, person->phone) : person->name;
}

// The desk holds a case as units do, without a summons.
static void put_desk(struct tool *tool, const Whistle__V1__CaseView *view, struct table *table)
{
    const char *desk = clocks_desk(view->case_);
    if (desk)
        TABLE_ROW(table, _("desk"), caseview_unit(view, desk), "", "", "", "",
                  times_span(&tool->arena, clocks_desk_held(view->case_, tool->now_ms)), "");
}

static void put_units(struct tool *tool, const Whistle__V1__CaseView *view)
{
    const Whistle__V1__Case *c = view->case_;
    struct arena *arena = &tool->arena;
    struct table table;
    table_init(&table, arena, 8);
    if (c->n_summons)
        TABLE_ROW(&table, _("role"), _("unit"), _("state"), _("accepted"), _("reported"), _("done"),
                  _("held"), _("person"));
    for (size_t i = 0; i < c->n_summons; i++) {
        const Whistle__V1__Summons *s = c->summons[i];
        TABLE_ROW(
            &table, intl_word(WORDS_ROLE, (int)s->role), caseview_unit(view, s->unit),
            intl_word(WORDS_SUMMONS_STATE, (int)s->state), times_show(arena, s->accepted_ms, tool->now_ms),
            times_show(arena, s->reported_ms, tool->now_ms), times_show(arena, s->done_ms, tool->now_ms),
            times_span(arena, caseview_held(s, tool->now_ms)), person_of(tool, view, s->unit));
    }
    put_desk(tool, view, &table);
    table_print(&table, stdout, 2);
}

// What units ask for and nobody has answered.
static void put_petitions(struct tool *tool, const Whistle__V1__CaseView *view)
{
    struct arena *arena = &tool->arena;
    struct table table;
    table_init(&table, arena, 6);
    for (size_t i = 0; i < view->case_->n_summons; i++) {
        const Whistle__V1__Summons *s = view->case_->summons[i];
        const Whistle__V1__Petition *p = s->petition;
        if (!p || !p->verb)
            continue;
        const char *until = times_show(arena, p->until_ms, tool->now_ms);
        TABLE_ROW(&table, _("to be answered"), caseview_unit(view, s->unit),
                  intl_word(WORDS_VERB, (int)p->verb),
                  *until ? arena_printf(arena, _("until %s"), until) : caseview_limit(arena, p->limit),
                  p->reason, times_show(arena, p->at_ms, tool->now_ms));
    }
    table_print(&table, stdout, 2);
}

static void put_case(struct tool *tool, const Whistle__V1__CaseView *view)
{
    struct table steps;
    put_head(tool, view);
    put_units(tool, view);
    put_petitions(tool, view);
    clocks_print(tool, view);
    table_init(&steps, &tool->arena, 3);
    for (enum step step = TAKEN_IN; step < STEPS; step++)
        put_step(tool, view, step, &steps);
    table_print(&steps, stdout, 2);
}

static bool show_one(struct show *s, const char *number)
{
    Whistle__V1__Reply *reply = caseview_ask(s->tool, number, true);
    if (!reply)
        return false;
    if (s->json)
        tool_print_json(&reply->show->base);
    else if (s->slip)
        slip_print(s->tool, reply->show);
    else
        put_case(s->tool, reply->show);
    whistle_reply_free(reply);
    return true;
}

int command_show(struct tool *tool, int argc, char **argv)
{
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .args_doc = N_("NUMBER..."),
                              .doc =
                                  N_("Shows a case: who was called and came, and each step with its time.")};
    struct show s = {.tool = tool};
    if (!tool_parse(tool, &argp, argc, argv, &s))
        return EXIT_USAGE;
    if (s.numbers.count == 0)
        return tool_usage(tool, "%s", _("which case? Give its number"));
    bool done = true;
    for (size_t i = 0; i < s.numbers.count; i++)
        done = show_one(&s, s.numbers.items[i]) && done;
    return done ? EXIT_DONE : EXIT_FAILED;
}
