#include "steps.h"

#include <stdio.h>
#include <string.h>

#include "caseview.h"
#include "core/case.h"
#include "intl.h"
#include "sentence.h"
#include "table.h"
#include "times.h"

enum life_step { TAKEN_IN, ANALYSED, WORKED, FED_BACK, JUDGED, SUPERVISED, STEPS, ELSEWHERE };

static const char *step_name(enum life_step step)
{
    static const char *const names[] = {
        [TAKEN_IN] = N_("Intake"),   [ANALYSED] = N_("Analysis"), [WORKED] = N_("Work"),
        [FED_BACK] = N_("Feedback"), [JUDGED] = N_("Evaluation"), [SUPERVISED] = N_("Supervision"),
    };
    return _(names[step]);
}

// What is not here is work.
static const struct {
    enum event_kind kind;
    enum life_step step;
} places[] = {
    {EVENT_FILED, TAKEN_IN},         {EVENT_DISPATCHED, ANALYSED},   {EVENT_REGISTERED, ANALYSED},
    {EVENT_AWAITING, ANALYSED},      {EVENT_GRANTED, ANALYSED},      {EVENT_REFUSED, ANALYSED},
    {EVENT_UNIT_ADDED, ANALYSED},    {EVENT_REASSIGNED, ANALYSED},   {EVENT_EXCUSED, ANALYSED},
    {EVENT_OPEN_CALL, ANALYSED},     {EVENT_MERGED, ANALYSED},       {EVENT_JOINED, ANALYSED},
    {EVENT_UNMERGED, ANALYSED},      {EVENT_PARTED, ANALYSED},       {EVENT_FED_BACK, FED_BACK},
    {EVENT_CLOSED, FED_BACK},        {EVENT_CANCELLED, FED_BACK},    {EVENT_CALLED_BACK, JUDGED},
    {EVENT_EVALUATED, JUDGED},       {EVENT_VERIFIED, JUDGED},       {EVENT_RUNG, SUPERVISED},
    {EVENT_URGED, SUPERVISED},       {EVENT_SUPERVISED, SUPERVISED}, {EVENT_ANSWERED, SUPERVISED},
    {EVENT_HANDED_UP, SUPERVISED},   {EVENT_RETURNED, SUPERVISED},   {EVENT_CONVENED, SUPERVISED},
    {EVENT_ASKED, SUPERVISED},       {EVENT_RESUMED, SUPERVISED},    {EVENT_LIMIT_CHANGED, SUPERVISED},
    {EVENT_RESCHEDULED, SUPERVISED}, {EVENT_ERASED, SUPERVISED},     {EVENT_DELIVERED, ELSEWHERE},
    {EVENT_UNDELIVERED, ELSEWHERE},
};

// The answer to a petition, and the settling of a quarrel, are supervision; without them it is the approval
// of the whistle, and a change of units.
static enum life_step step_of(const Whistle__V1__Event *event)
{
    if ((event->petition && event->petition->verb) || event->ruling)
        return SUPERVISED;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if ((int)places[i].kind == (int)event->kind)
            return places[i].step;
    return WORKED;
}

// ---- evidence -----------------------------------------------------------------------------------

static const char *phase_name(const char *phase)
{
    if (strcmp(phase, "before") == 0)
        return _("before the work");
    if (strcmp(phase, "after") == 0)
        return _("after the work");
    return phase;
}

// Enough of the digest to tell files apart; whoever has the file can compare the whole one (--json).
static const char *short_digest(struct arena *arena, const Whistle__V1__Attachment *file)
{
    const uint8_t *digest = file->sha256.data;
    return file->sha256.len < 4
               ? ""
               : arena_printf(arena, "%02x%02x%02x%02x", digest[0], digest[1], digest[2], digest[3]);
}

static const char *evidence(struct arena *arena, const Whistle__V1__Attachment *file)
{
    const char *parts[] = {phase_name(file->phase), short_digest(arena, file), file->uri};
    const char *text = "";
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (*parts[i])
            text = arena_printf(arena, "%s%s%s", text, *text ? "  " : "", parts[i]);
    return arena_printf(arena, "· %s", text);
}

static void put_evidence(struct tool *tool, const Whistle__V1__Event *event, struct table *table)
{
    for (size_t i = 0; event->whistle && i < event->whistle->n_attachments; i++)
        TABLE_ROW(table, "", "", evidence(&tool->arena, event->whistle->attachments[i]));
    for (size_t i = 0; i < event->n_attachments; i++)
        TABLE_ROW(table, "", "", evidence(&tool->arena, event->attachments[i]));
}

// ---- a step -------------------------------------------------------------------------------------

// What has to be done in this step before the case can be closed; "" for nothing.
static const char *still_needed(const Whistle__V1__Case *c, enum life_step step)
{
    const Whistle__V1__Closing *closing = c->closing;
    if (!closing || !case_is_open((enum case_state)c->state))
        return "";
    if (step == FED_BACK && (closing->needs & CLOSING_FEEDBACK) && !closing->fed_back_ms)
        return _("the resident is still to be told");
    if (step == JUDGED && (closing->needs & CLOSING_CALL_BACK) && !closing->called_back_ms)
        return _("the resident is still to be called back");
    return "";
}

static void put_step(struct tool *tool, const Whistle__V1__CaseView *view, enum life_step step,
                     struct table *table)
{
    const char *title = step_name(step), *needed = still_needed(view->case_, step);
    for (size_t i = 0; i < view->n_happenings; i++) {
        const Whistle__V1__Happening *happening = view->happenings[i];
        if (!happening->event || step_of(happening->event) != step)
            continue;
        TABLE_ROW(table, title, times_show(&tool->arena, happening->event->at_ms, tool->now_ms),
                  sentence_of(tool, view, happening));
        put_evidence(tool, happening->event, table);
        title = "";
    }
    if (*title || *needed)
        TABLE_ROW(table, title, "—", needed);
}

void steps_print(struct tool *tool, const Whistle__V1__CaseView *view)
{
    struct table table;
    if (view->earlier)
        printf("  %s %u\n", _("earlier events that are not shown:"), view->earlier);
    table_init(&table, &tool->arena, 3);
    for (enum life_step step = TAKEN_IN; step < STEPS; step++)
        put_step(tool, view, step, &table);
    table_print(&table, stdout, 2);
}
