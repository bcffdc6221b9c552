// whistle show: a case in the six steps, as JSON, or as a one-page slip.
#include <stdio.h>
#include <string.h>

#include "callup.h"
#include "caseview.h"
#include "clocks.h"
#include "core/case.h"
#include "intl.h"
#include "known.h"
#include "numbers.h"
#include "resident.h"
#include "slip.h"
#include "steps.h"
#include "table.h"
#include "times.h"
#include "tool.h"

struct show {
    struct tool *tool; // first, for tool_parse_init
    struct numbers numbers;
    bool json;
    bool slip;
    bool personal; // the resident whole, on record
};

static const struct argp_option options[] = {
    {"json", 'j', NULL, 0, N_("print the answer as JSON"), 1},
    {"slip", 's', NULL, 0, N_("print a dispatch slip of one page"), 1},
    {"personal", 'p', NULL, 0, N_("with the resident whole, if you handle the case; it is put on record"), 1},
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
    case 'p':
        s->personal = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// ---- the case -----------------------------------------------------------------------------------

static void put_line(const char *label, const char *text)
{
    if (text && *text)
        printf("  %s  %s\n", label, text);
}

static void put_resident(const struct show *s, const Whistle__V1__CaseView *view)
{
    struct resident resident = resident_of(s->tool, view, s->personal);
    put_line(_("resident"), resident.who);
    put_line(_("address"), resident.address);
    put_line(_("text"), resident.text);
    put_line(_("more"), resident.more);
}

// The cases that are one with this one, or made it.
static void put_others(struct tool *tool, const Whistle__V1__CaseView *view)
{
    const Whistle__V1__Case *c = view->case_;
    const char *related = "";
    put_line(_("merged into"), c->merged_into);
    for (size_t i = 0; i < c->n_joined; i++)
        put_line(_("joined by"), arena_printf(&tool->arena, "%s  %s", c->joined[i]->number,
                                              caseview_unit(view, c->joined[i]->office)));
    for (size_t i = 0; i < c->n_related; i++)
        related = arena_printf(&tool->arena, "%s%s%s", related, *related ? "  " : "", c->related[i]);
    put_line(_("whistles of this point"), related);
}

// How it ended, and whether that is final.
static void put_end(struct tool *tool, const Whistle__V1__CaseView *view)
{
    const Whistle__V1__Case *c = view->case_;
    int64_t until_ms = c->closing ? c->closing->reopen_until_ms : 0;
    if (!case_is_open((enum case_state)c->state) && *c->reason)
        put_line(_("reason"), caseview_reason(c->reason));
    if (c->state == WHISTLE__V1__CASE_STATE__CASE_STATE_CLOSED && until_ms > tool->now_ms)
        put_line(_("may be reopened until"), times_show(&tool->arena, until_ms, tool->now_ms));
}

static void put_head(const struct show *s, const Whistle__V1__CaseView *view)
{
    struct tool *tool = s->tool;
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
    put_resident(s, view);
    if (*c->charge && strcmp(c->charge, c->office) != 0)
        put_line(_("in charge"), caseview_unit(view, c->charge));
    put_line(_("promised"), times_show(&tool->arena, c->promised_ms, tool->now_ms));
    if (whistle && whistle->appointed_ms)
        put_line(_("meeting"), arena_printf(&tool->arena, "%s  %s",
                                            times_show(&tool->arena, whistle->appointed_ms, tool->now_ms),
                                            whistle->meeting_point));
    if (*view->waits) // nothing falls due
        put_line(_("waits for"), intl_word(WORDS_WAITS, word_value(WORDS_WAITS, view->waits)));
    put_others(tool, view);
    put_end(tool, view);
}

static const char *person_of(struct tool *tool, const Whistle__V1__CaseView *view,
                             const Whistle__V1__Summons *summons)
{
    const char *name = caseview_person_name(view, summons);
    const Whistle__V1__Person *person = caseview_person(view, summons->unit);
    return person && *person->phone ? arena_printf(&tool->arena, "%s %s", name, person->phone) : name;
}

// The desk holds a case as units do, without a summons.
static void put_desk(struct tool *tool, const Whistle__V1__CaseView *view, struct table *table)
{
    const char *desk = clocks_desk(view->case_);
    if (desk)
        TABLE_ROW(table, _("desk"), caseview_unit(view, desk), "", "", "", "",
                  times_span(&tool->arena, clocks_desk_held(view->case_, tool->now_ms)), "", "");
}

// 持有时长; what a ruling found wrongly dispatched stays on the record and does not count.
static const char *held_by(struct tool *tool, const Whistle__V1__Summons *summons)
{
    const char *span = times_span(&tool->arena, caseview_held(summons, tool->now_ms));
    return *summons->exempt ? arena_printf(&tool->arena, _("%s (not counted)"), span) : span;
}

static const char *verdict_on(const Whistle__V1__Summons *summons)
{
    return summons->verdict ? intl_word(WORDS_VERDICT, (int)summons->verdict) : "";
}

static bool has_verdicts(const Whistle__V1__Case *c)
{
    for (size_t i = 0; i < c->n_summons; i++)
        if (c->summons[i]->verdict)
            return true;
    return false;
}

static void put_summons(struct tool *tool, const Whistle__V1__CaseView *view, const Whistle__V1__Summons *s,
                        struct table *table)
{
    struct arena *arena = &tool->arena;
    TABLE_ROW(table, intl_word(WORDS_ROLE, (int)s->role), caseview_summoned(tool, view, s),
              intl_word(WORDS_SUMMONS_STATE, (int)s->state), times_show(arena, s->accepted_ms, tool->now_ms),
              times_show(arena, s->reported_ms, tool->now_ms), times_show(arena, s->done_ms, tool->now_ms),
              held_by(tool, s), verdict_on(s), person_of(tool, view, s));
}

static void put_units(struct tool *tool, const Whistle__V1__CaseView *view)
{
    const Whistle__V1__Case *c = view->case_;
    struct table table;
    table_init(&table, &tool->arena, 9);
    if (c->n_summons)
        TABLE_ROW(&table, _("role"), _("unit"), _("state"), _("accepted"), _("reported"), _("done"),
                  _("held"), has_verdicts(c) ? _("verdict") : "", _("person"));
    for (size_t i = 0; i < c->n_summons; i++)
        put_summons(tool, view, c->summons[i], &table);
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

static const char *agent_of(struct tool *tool, const Whistle__V1__Agent *agent)
{
    if (!agent || !*agent->staff_no)
        return agent ? agent->name : "";
    return arena_printf(&tool->arena, "%s %s", agent->name, agent->staff_no);
}

// Told to the office, the desk and the operator.
static void put_views(struct tool *tool, const Whistle__V1__CaseView *view)
{
    struct table table;
    table_init(&table, &tool->arena, 3);
    if (view->n_views)
        TABLE_ROW(&table, _("who was given what is personal"), _("person"), _("last"));
    for (size_t i = 0; i < view->n_views; i++) {
        const Whistle__V1__View *look = view->views[i];
        TABLE_ROW(&table, look->principal, agent_of(tool, look->agent),
                  times_show(&tool->arena, look->at_ms, tool->now_ms));
    }
    table_print(&table, stdout, 2);
}

static void put_case(const struct show *s, const Whistle__V1__CaseView *view)
{
    struct tool *tool = s->tool;
    put_head(s, view);
    put_units(tool, view);
    callup_print(tool, view);
    put_petitions(tool, view);
    clocks_print(tool, view, stdout);
    steps_print(tool, view);
    known_print(tool, view);
    put_views(tool, view);
}

static bool show_one(struct show *s, const char *number)
{
    Whistle__V1__Reply *reply =
        caseview_ask(s->tool, number, WHISTLE_WITH_HISTORY | (s->personal ? WHISTLE_WITH_PERSONAL : 0u));
    if (!reply)
        return false;
    if (s->json)
        tool_print_json(&reply->show->base);
    else if (s->slip)
        slip_print(s->tool, reply->show, s->personal);
    else
        put_case(s, reply->show);
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
