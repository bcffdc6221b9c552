// The commands that act on cases: one loop over the numbers.
#include <stdio.h>
#include <string.h>

#include "act_options.h"
#include "ask.h"
#include "intl.h"
#include "receipt.h"

// What a unit asks for is not granted yet; with a target it is a supervisor's own doing.
static const char *done_of(struct act *a)
{
    const char *verb = intl_word(WORDS_VERB, (int)a->act.verb);
    if (!act_is_asked_for(a->act.verb) || *a->act.target)
        return verb;
    return arena_printf(&a->tool->arena, _("%s: %s"), intl_word(WORDS_EVENT_KIND, EVENT_ASKED), verb);
}

static void print_done(struct act *a, const char *number, const Whistle__V1__Receipt *receipt)
{
    if (a->json)
        tool_print_json(&receipt->base);
    else if (receipt->n_called)
        receipt_print(a->tool, receipt, false);
    else
        printf("%s  %s%s%s\n", *receipt->number ? receipt->number : number, done_of(a),
               receipt->state ? " · " : "",
               receipt->state ? intl_word(WORDS_CASE_STATE, (int)receipt->state) : "");
}

static bool act_once(struct act *a, const char *number)
{
    struct whistle *w = tool_handle(a->tool);
    Whistle__V1__Reply *reply;
    if (!w)
        return false;
    a->act.number = tool_text(number);
    int result = whistle_act(w, NULL, &a->act, &reply);
    bool done = result == WHISTLE_OK && reply->result_case == WHISTLE__V1__REPLY__RESULT_RECEIPT;
    tool_heard(a->tool, reply);
    if (done)
        print_done(a, number, reply->receipt);
    else
        printf("%s: %s\n", number, tool_why(a->tool, w, reply));
    whistle_reply_free(reply);
    return done;
}

static bool is_late(const Whistle__V1__Clock *clock, int64_t now_ms)
{
    return *clock->unit && clock->stopped_ms == 0 && clock->due_ms && clock->due_ms < now_ms;
}

// Urges each unit that has a clock beyond its time, once.
static bool urge_late(struct act *a, const char *number, const Whistle__V1__Case *c)
{
    bool done = true;
    int urged = 0;
    for (size_t i = 0; i < c->n_clocks; i++) {
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again |=
                is_late(c->clocks[k], a->tool->now_ms) && strcmp(c->clocks[k]->unit, c->clocks[i]->unit) == 0;
        if (again || !is_late(c->clocks[i], a->tool->now_ms))
            continue;
        a->act.target = c->clocks[i]->unit;
        done = act_once(a, number) && done;
        urged++;
    }
    if (!urged)
        printf(_("%s  nobody is late\n"), number);
    return done;
}

static bool act_late(struct act *a, const char *number)
{
    struct whistle *w = tool_handle(a->tool);
    Whistle__V1__Reply *reply;
    if (!w)
        return false;
    int result = whistle_show(w, number, 0, &reply);
    tool_heard(a->tool, reply);
    bool shown =
        result == WHISTLE_OK && reply->result_case == WHISTLE__V1__REPLY__RESULT_SHOW && reply->show->case_;
    if (!shown)
        printf("%s: %s\n", number, tool_why(a->tool, w, reply));
    bool done = shown && urge_late(a, number, reply->show->case_);
    whistle_reply_free(reply);
    return done;
}

// What is erased never comes back, so it is asked for once more.
static bool is_meant(struct act *a, const char *number)
{
    if (a->act.verb != WHISTLE__V1__VERB__VERB_ERASE || a->yes)
        return true;
    const char *question = arena_printf(
        &a->tool->arena, _("What is personal goes for good, in all records of %s. Erase it"), number);
    if (ask_yes(a->tool, question))
        return true;
    printf(_("%s  nothing was erased\n"), number);
    return false;
}

static bool act_on(struct act *a, const char *number)
{
    return is_meant(a, number) && (a->late ? act_late : act_once)(a, number);
}

int command_act(struct tool *tool, int argc, char **argv)
{
    struct act a;
    if (!act_options_read(&a, tool, argc, argv))
        return EXIT_USAGE;
    bool done = true;
    for (size_t i = 0; i < a.numbers.count; i++)
        done = act_on(&a, a.numbers.items[i]) && done;
    return done ? EXIT_DONE : EXIT_FAILED;
}
