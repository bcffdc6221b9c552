#include "top_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "board.h"
#include "caseview.h"
#include "clocks.h"
#include "intl.h"
#include "resident.h"
#include "sentence.h"
#include "times.h"

static void put(FILE *out, const char *label, const char *text)
{
    if (text_given(text))
        fprintf(out, "  %s  %s\n", label, text);
}

static void put_head(struct tool *tool, const Whistle__V1__CaseView *view, FILE *out)
{
    const Whistle__V1__Case *c = view->case_;
    const struct resident resident = resident_of(tool, view, false);
    put(out, _("title"), c->whistle ? c->whistle->title : "");
    put(out, _("category"), view->category_name);
    put(out, _("area"), caseview_area(view, c->area));
    put(out, _("office"), caseview_unit(view, c->office));
    put(out, _("in charge"), strcmp(c->charge, c->office) ? caseview_unit(view, c->charge) : "");
    put(out, _("promised"), times_show(&tool->arena, c->promised_ms, tool->now_ms));
    put(out, _("waits for"),
        *view->waits ? intl_word(WORDS_WAITS, word_value(WORDS_WAITS, view->waits)) : "");
    put(out, _("resident"), resident.who);
    put(out, _("text"), resident.text);
    put(out, _("more"), resident.more);
}

static void put_happenings(struct tool *tool, const Whistle__V1__CaseView *view, FILE *out)
{
    for (size_t i = view->n_happenings; i-- > 0;) {
        const Whistle__V1__Happening *happening = view->happenings[i];
        if (happening->event)
            fprintf(out, "  %s  %s\n", times_show(&tool->arena, happening->event->at_ms, tool->now_ms),
                    sentence_of(tool, view, happening));
    }
    if (view->earlier)
        fprintf(out, "  %s %u\n", _("earlier events that are not shown:"), view->earlier);
}

static void put_case(struct tool *tool, const Whistle__V1__CaseView *view, FILE *out)
{
    put_head(tool, view, out);
    fputc('\n', out);
    board_print(tool, view, out);
    fputc('\n', out);
    clocks_print(tool, view, out);
    fputc('\n', out);
    put_happenings(tool, view, out);
}

void top_case_lines(struct tool *tool, const Whistle__V1__CaseView *view, struct flow *flow)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return;
    put_case(tool, view, out);
    char *rest = fclose(out) == 0 ? text : NULL;
    while (rest && *rest)
        flow_wrap(flow, strsep(&rest, "\n"));
    free(text);
}
