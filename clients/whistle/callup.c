#include "callup.h"

#include <stdio.h>
#include <string.h>

#include "caseview.h"
#include "intl.h"
#include "table.h"
#include "times.h"

// Code, and who it is where the answer says so.
static const char *who(struct tool *tool, const Whistle__V1__CaseView *view, const char *code)
{
    for (size_t i = 0; i < view->n_members; i++) {
        const Whistle__V1__MemberView *member = view->members[i];
        if (strcmp(member->code, code) == 0)
            return arena_printf(&tool->arena, "%s %s%s%s", code, member->name, *member->phone ? " " : "",
                                member->phone);
    }
    return code;
}

static void put_claims(struct tool *tool, const Whistle__V1__CaseView *view)
{
    const Whistle__V1__OpenCall *call = view->case_->open_call;
    struct table table;
    table_init(&table, &tool->arena, 5);
    if (call->n_claims)
        TABLE_ROW(&table, _("member"), _("unit"), _("state"), _("claimed"), _("on site"));
    for (size_t i = 0; i < call->n_claims; i++) {
        const Whistle__V1__Claim *claim = call->claims[i];
        TABLE_ROW(&table, who(tool, view, claim->member), caseview_unit(view, claim->unit),
                  intl_word(WORDS_CLAIM_STATE, (int)claim->state),
                  times_show(&tool->arena, claim->claimed_ms, tool->now_ms),
                  times_show(&tool->arena, claim->arrived_ms, tool->now_ms));
    }
    table_print(&table, stdout, 2);
}

void callup_print(struct tool *tool, const Whistle__V1__CaseView *view)
{
    const Whistle__V1__OpenCall *call = view->case_->open_call;
    if (!call)
        return;
    printf("  %s  %s", arena_printf(&tool->arena, _("pool %s"), call->pool), caseview_area(view, call->area));
    if (*call->skill)
        printf("  %s", arena_printf(&tool->arena, _("skill %s"), call->skill));
    printf("  %s", caseview_places(&tool->arena, call));
    if (call->filled_ms)
        printf("  %s", arena_printf(&tool->arena, _("full since %s"),
                                    times_show(&tool->arena, call->filled_ms, tool->now_ms)));
    printf("\n");
    put_claims(tool, view);
}
