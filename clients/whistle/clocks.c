#include "clocks.h"

#include "caseview.h"
#include "intl.h"
#include "table.h"
#include "times.h"

const char *clocks_pause(struct tool *tool, const Whistle__V1__Clock *clock)
{
    const Whistle__V1__Pause *last = clock->n_pauses ? clock->pauses[clock->n_pauses - 1] : NULL;
    if (clock->stopped_ms || clock->due_ms != INT64_MAX)
        return "";
    if (!last || last->to_ms || !last->until_ms)
        return _("paused");
    return arena_printf(&tool->arena, _("paused until %s"),
                        times_show(&tool->arena, last->until_ms, tool->now_ms));
}

const char *clocks_left(struct tool *tool, const Whistle__V1__Clock *clock)
{
    if (!clock || !clock->due_ms)
        return "";
    if (clock->due_ms == INT64_MAX)
        return clocks_pause(tool, clock);
    const char *span = times_span(&tool->arena, clock->due_ms - tool->now_ms);
    return *span == '-' ? arena_printf(&tool->arena, _("%s late"), span + 1) : span;
}

// ---- how it stands ------------------------------------------------------------------------------

static const char *also(struct arena *arena, const char *text, const char *more)
{
    if (!*more)
        return text;
    return *text ? arena_printf(arena, "%s, %s", text, more) : more;
}

// Late it is or was when it stopped, by so many times its limit.
static const char *lateness(struct tool *tool, const Whistle__V1__Clock *clock)
{
    int64_t until_ms = clock->stopped_ms ? clock->stopped_ms : tool->now_ms;
    if (!clock->due_ms || clock->due_ms >= until_ms)
        return "";
    return clock->multiple > 1 ? arena_printf(&tool->arena, _("late ×%u"), clock->multiple) : _("late");
}

static const char *standing(struct tool *tool, const Whistle__V1__Clock *clock)
{
    struct arena *arena = &tool->arena;
    const char *late = lateness(tool, clock), *text = clocks_pause(tool, clock);
    if (clock->stopped_ms)
        text = intl_stop((int)clock->stop);
    else if (!*text && !*late)
        text = _("running");
    text = also(arena, text, late);
    if (*clock->exempt)
        text = also(arena, text, arena_printf(arena, _("exempt: %s"), clock->exempt));
    return also(arena, text, clock->provisional ? _("provisional") : "");
}

// ---- the table ----------------------------------------------------------------------------------

static const char *limit_of(struct arena *arena, const Whistle__V1__Clock *clock)
{
    const char *text = caseview_limit(arena, clock->limit);
    for (size_t i = 0; i < clock->n_extensions; i++)
        text = arena_printf(arena, "%s + %s", text, caseview_limit(arena, clock->extensions[i]->limit));
    return text;
}

static bool has_steps(const Whistle__V1__Case *c)
{
    for (size_t i = 0; i < c->n_clocks; i++)
        if (*c->clocks[i]->step)
            return true;
    return false;
}

void clocks_print(struct tool *tool, const Whistle__V1__CaseView *view, FILE *out)
{
    const Whistle__V1__Case *c = view->case_;
    struct table table;
    table_init(&table, &tool->arena, 6);
    if (c->n_clocks)
        TABLE_ROW(&table, _("clock"), _("unit"), has_steps(c) ? _("step") : "", _("limit"), _("due"),
                  _("state"));
    for (size_t i = 0; i < c->n_clocks; i++) {
        const Whistle__V1__Clock *clock = c->clocks[i];
        bool known = clock->due_ms != INT64_MAX;
        TABLE_ROW(&table, intl_stage((int)clock->stage), caseview_unit(view, clock->unit), clock->step,
                  limit_of(&tool->arena, clock),
                  known ? times_show(&tool->arena, clock->due_ms, tool->now_ms) : "", standing(tool, clock));
    }
    table_print(&table, out, 2);
}

// ---- the desk -----------------------------------------------------------------------------------

static bool is_desks(const Whistle__V1__Clock *clock)
{
    return clock->stage == WHISTLE__V1__STAGE__STAGE_ARBITRATE;
}

int64_t clocks_desk_held(const Whistle__V1__Case *c, int64_t now_ms)
{
    int64_t held_ms = 0;
    for (size_t i = 0; i < c->n_clocks; i++)
        if (is_desks(c->clocks[i]))
            held_ms +=
                (c->clocks[i]->stopped_ms ? c->clocks[i]->stopped_ms : now_ms) - c->clocks[i]->start_ms;
    return held_ms;
}

const char *clocks_desk(const Whistle__V1__Case *c)
{
    for (size_t i = c->n_clocks; i-- > 0;)
        if (is_desks(c->clocks[i]))
            return c->clocks[i]->unit;
    return NULL;
}
