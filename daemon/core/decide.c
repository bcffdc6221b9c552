#include "core/decide.h"

#include "base/error.h"
#include "core/draft.h"

typedef void handler(struct draft *draft);

static handler *const handlers[] = {
    [COMMAND_SUBMIT] = decide_submit,
    [COMMAND_ACT] = decide_act,
    [COMMAND_TICK] = decide_tick,
    [COMMAND_RESCHEDULE] = decide_reschedule,
};

// Who acted stays on record for ever.
static bool check_agent(struct draft *draft)
{
    const struct actor *actor = &draft->command->actor;
    const struct text_bound bounds[] = {
        {actor->agent_name, "agent.name", "agent name", AGENT_MAX_CHARACTERS},
        {actor->staff_no, "agent.staff_no", "staff_no", AGENT_MAX_CHARACTERS}};
    return draft_within(draft, bounds, sizeof bounds / sizeof bounds[0]);
}

int decide(struct arena *arena, const struct rules *rules, const struct view *view,
           const struct command *command, int64_t now_ms, struct decision *out)
{
    *out = (struct decision){0};
    struct draft draft = {
        .arena = arena,
        .rules = rules,
        .view = view,
        .command = command,
        .now_ms = now_ms,
        .out = out,
        .file = arena_alloc(arena, sizeof *draft.file),
        .area = AREA_NONE,
        .calendar = rules_calendar(rules, NULL),
        .first_seq = view->ops->next_seq(view->ctx),
    };
    if (draft.file && check_agent(&draft))
        handlers[command->kind](&draft);
    if (draft.error || arena_failed(arena))
        draft_refuse(&draft, draft.error ? draft.error : ERROR_NO_MEMORY, NULL, NULL, NULL);
    out->file = out->code ? NULL : draft.file;
    return out->code;
}

const struct casefile *decision_case(const struct decision *decision, const struct event *event)
{
    for (size_t i = 0; i < decision->other_count; i++)
        if (decision->others[i]->id == event->case_id)
            return decision->others[i];
    return decision->file;
}
