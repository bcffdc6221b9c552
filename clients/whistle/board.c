#include "board.h"

#include <time.h>
#include <unistd.h>

#include "callup.h"
#include "caseview.h"
#include "clocks.h"
#include "core/case.h"
#include "intl.h"
#include "table.h"
#include "times.h"
#include "watch.h"

static const char *arrival(struct tool *tool, const Whistle__V1__Summons *s)
{
    if (s->arrived_ms)
        return arena_printf(&tool->arena, _("arrived %s"),
                            times_short(&tool->arena, s->arrived_ms, tool->now_ms));
    if (s->eta_ms)
        return arena_printf(&tool->arena, _("expected %s"),
                            times_short(&tool->arena, s->eta_ms, tool->now_ms));
    return "";
}

static void put_row(struct tool *tool, struct table *table, const Whistle__V1__CaseView *view,
                    const Whistle__V1__Summons *s)
{
    const Whistle__V1__Person *person = caseview_person(view, s->unit);
    TABLE_ROW(table, intl_word(WORDS_ROLE, (int)s->role), caseview_summoned(tool, view, s),
              caseview_person_name(view, s), person ? person->phone : "",
              intl_word(WORDS_SUMMONS_STATE, (int)s->state), arrival(tool, s),
              clocks_left(tool, caseview_next_clock(view->case_, s->id)));
}

// Clocks of the case itself: its approval, the desk's, the verification, the level in charge.
static void put_own_clocks(struct tool *tool, struct table *table, const Whistle__V1__CaseView *view)
{
    for (size_t i = 0; i < view->case_->n_clocks; i++) {
        const Whistle__V1__Clock *clock = view->case_->clocks[i];
        if (!clock->summons && !clock->stopped_ms)
            TABLE_ROW(table, intl_stage((int)clock->stage), caseview_unit(view, clock->unit), "", "", "", "",
                      clocks_left(tool, clock));
    }
}

void board_print(struct tool *tool, const Whistle__V1__CaseView *view, FILE *out)
{
    const Whistle__V1__Case *c = view->case_;
    struct table table;
    table_init(&table, &tool->arena, 7);
    TABLE_ROW(&table, _("role"), _("unit"), _("person"), _("phone"), _("state"), _("on site"), _("left"));
    for (size_t i = 0; i < c->n_summons; i++)
        put_row(tool, &table, view, c->summons[i]);
    put_own_clocks(tool, &table, view);
    table_print(&table, out, 2);
}

static void put_board(struct tool *tool, const Whistle__V1__CaseView *view)
{
    const Whistle__V1__Case *c = view->case_;
    printf("%s  %s  %s  %s\n", c->number, intl_word(WORDS_CASE_STATE, (int)c->state), view->category_name,
           times_show(&tool->arena, tool->now_ms, tool->now_ms));
    board_print(tool, view, stdout);
    callup_print(tool, view);
}

static bool is_over(const Whistle__V1__Case *c)
{
    return c->closed_ms || !case_is_open((enum case_state)c->state);
}

int board_run(struct watch *w)
{
    bool live = !w->once && isatty(STDOUT_FILENO);
    for (;;) {
        struct arena kept = tool_scratch_begin(w->tool);
        Whistle__V1__Reply *reply = caseview_ask(w->tool, w->number, 0);
        if (live && reply)
            fputs("\033[H\033[2J", stdout);
        if (reply)
            put_board(w->tool, reply->show);
        bool over = reply && is_over(reply->show->case_);
        bool shown = reply != NULL;
        whistle_reply_free(reply);
        tool_scratch_end(w->tool, kept);
        fflush(stdout);
        if (!live || over)
            return shown ? EXIT_DONE : EXIT_FAILED;
        nanosleep(&(struct timespec){w->interval_s, 0}, NULL);
    }
}
