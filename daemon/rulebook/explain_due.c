#include "rulebook/explain_due.h"

#include "base/error.h"
#include "base/text.h"
#include "rulebook/moment.h"

// One clock while it is told.
struct telling {
    const struct due_explainer *e;
    const struct clock *clock;
    const struct calendar *calendar;
};

static const char *say(const struct due_explainer *e, const char *english, const char *chinese)
{
    return e->chinese ? chinese : english;
}

static const char *moment(const struct due_explainer *e, int64_t at_ms, char text[MOMENT_TEXT])
{
    return moment_format(e->zone, at_ms, e->chinese, text);
}

static const char *limit_text(const struct due_explainer *e, struct limit limit, char text[LIMIT_TEXT])
{
    return e->chinese ? limit_format_zh(limit, text) : limit_format(limit, text);
}

void explain_label(const struct due_explainer *e, const char *english, const char *chinese)
{
    const char *word = say(e, english, chinese);
    int pad = 10 - (int)text_columns(word);
    buffer_printf(e->out, "%s%*s", word, pad > 0 ? pad : 1, "");
}

// ---- the steps ----------------------------------------------------------------------------------

// The name of the holiday that a day off belongs to, or "".
static const char *holiday(const struct telling *t, int64_t at_ms)
{
    const struct calendar_day *day = calendar_exception(t->calendar, calendar_day_number(t->calendar, at_ms));
    return day ? text_or_empty(day->name) : "";
}

// Why a clock begins later than it was started.
static void print_start_rule(const struct telling *t, int index)
{
    const struct start_rule *rule = &t->calendar->rules[index];
    struct buffer *out = t->e->out;
    if (rule->kind == START_DAY_OFF)
        buffer_printf(out, " (%s)", say(t->e, "day off", "非工作日"));
    else
        buffer_printf(out, " (%s %02d:%02d)",
                      rule->kind == START_FROM ? say(t->e, "from", "不早于") : say(t->e, "before", "早于"),
                      rule->minute / 60, rule->minute % 60);
}

static void print_extension(const struct telling *t, int index)
{
    const struct clock_extension *extension = &t->clock->extensions[index];
    char limit[LIMIT_TEXT];
    buffer_printf(t->e->out, " %s %s", limit_text(t->e, extension->limit, limit),
                  text_or_empty(extension->reason));
}

// The coded reason of the pause that a step is a part of.
static const char *pause_reason(const struct telling *t, const struct walk_step *step)
{
    for (size_t i = t->clock->pause_count; i-- > 0;)
        if (t->clock->pauses[i].from_ms <= step->from_ms)
            return text_or_empty(t->clock->pauses[i].reason);
    return "";
}

static void print_step(void *context, const struct walk_step *step)
{
    const struct telling *t = context;
    const struct due_explainer *e = t->e;
    char from[MOMENT_TEXT], to[MOMENT_TEXT], span[MOMENT_TEXT];
    buffer_printf(e->out, "            %s → %s  %s", moment(e, step->from_ms, from),
                  moment(e, step->to_ms, to),
                  e->chinese ? walk_note_zh(step->note) : walk_note_name(step->note));
    if (step->note == WALK_STARTED)
        print_start_rule(t, step->days);
    else if (step->note == WALK_EXTENDED)
        print_extension(t, step->days);
    else if (step->note == WALK_OFF)
        buffer_printf(e->out, " %d %s", step->days, holiday(t, step->from_ms));
    else if (step->note == WALK_DAYS || step->note == WALK_NOT_LOADED)
        buffer_printf(e->out, " %d", step->days);
    else
        buffer_printf(e->out, " %s", moment_span(step->amount_ms, span));
    if (step->note == WALK_PAUSED)
        buffer_printf(e->out, " %s", pause_reason(t, step));
    buffer_text(e->out, "\n");
}

// A pause that lasts has no length yet.
static void print_open_pause(const struct telling *t)
{
    const struct due_explainer *e = t->e;
    char from[MOMENT_TEXT], until[MOMENT_TEXT];
    if (!clock_is_paused(t->clock))
        return;
    const struct clock_pause *pause = &t->clock->pauses[t->clock->pause_count - 1];
    buffer_printf(e->out, "            %s → %s  %s %s\n", moment(e, pause->from_ms, from),
                  pause->until_ms ? moment(e, pause->until_ms, until) : "…", say(e, "paused", "暂停"),
                  text_or_empty(pause->reason));
}

// ---- the rungs ----------------------------------------------------------------------------------

static void print_acts(const struct due_explainer *e, const struct rung *rung)
{
    for (uint32_t act = ACT_TELL; act <= ACT_RECORD; act <<= 1)
        if (rung->acts & act)
            buffer_printf(e->out, " %s",
                          e->chinese ? rung_act_zh((enum rung_act)act) : rung_act_name((enum rung_act)act));
    buffer_text(e->out, rung->to_count ? " →" : "");
    for (size_t i = 0; i < rung->to_count; i++)
        buffer_printf(e->out, " %s", text_or_empty(address_format(e->arena, &rung->to[i])));
}

static void print_rung(const struct due_explainer *e, const struct clock_rung *rung)
{
    char at[MOMENT_TEXT], fired[MOMENT_TEXT];
    buffer_printf(e->out, "            %s %u  %s ", say(e, "rung", "节点"), rung->id,
                  rung->at_ms == CLOCK_NEVER ? "…" : moment(e, rung->at_ms, at));
    print_acts(e, &rung->rung);
    if (rung->fired_ms)
        buffer_printf(e->out, "  %s %s", say(e, "fired", "已执行"), moment(e, rung->fired_ms, fired));
    buffer_text(e->out, "\n");
}

// ---- the clock ----------------------------------------------------------------------------------

// What is left, or how late it is, at the moment that was asked for; or when and how it stopped.
static int print_state(const struct telling *t)
{
    const struct due_explainer *e = t->e;
    const struct clock *clock = t->clock;
    char text[MOMENT_TEXT], span[MOMENT_TEXT];
    int64_t left_ms;
    uint32_t multiple;
    if (clock->stopped_ms) {
        buffer_printf(e->out, "            %s %s%s\n", moment(e, clock->stopped_ms, text),
                      e->chinese ? clock_stop_zh(clock->stop) : clock_stop_name(clock->stop),
                      clock->exempt ? say(e, ", exempt", ",免责") : "");
        return 0;
    }
    if (!e->at_ms || e->at_ms < clock->start_ms)
        return 0;
    int error = clock_remaining(clock, t->calendar, e->at_ms, &left_ms);
    if (!error)
        error = clock_multiple(clock, t->calendar, e->at_ms, &multiple);
    if (error)
        return error;
    buffer_printf(e->out, "            %s  %s %s", moment(e, e->at_ms, text),
                  left_ms >= 0 ? say(e, "left", "剩余") : say(e, "late by", "超期"),
                  moment_span(left_ms < 0 ? -left_ms : left_ms, span));
    buffer_printf(e->out, multiple > 1 ? " ×%u\n" : "\n", multiple);
    return 0;
}

static void print_head(const struct telling *t, const char *units)
{
    const struct due_explainer *e = t->e;
    const struct clock *clock = t->clock;
    char due[MOMENT_TEXT], limit[LIMIT_TEXT];
    explain_label(e, stage_name(clock->stage), stage_zh(clock->stage));
    buffer_printf(e->out, "%s  %s%s%s → %s%s\n", units, text_or_empty(clock->step), clock->step ? " " : "",
                  limit_text(e, clock->limit, limit),
                  clock->due_ms == CLOCK_NEVER ? say(e, "paused", "暂停") : moment(e, clock->due_ms, due),
                  clock->provisional ? say(e, "  provisional", "  暂定") : "");
}

// The steps that follow, each from where the one before would end.
static void print_next_steps(const struct telling *t)
{
    char limit[LIMIT_TEXT], end[MOMENT_TEXT];
    for (size_t i = 0; i < t->clock->step_count; i++)
        buffer_printf(t->e->out, "            %s %s %s\n", say(t->e, "then", "其后"), t->clock->steps[i].name,
                      limit_text(t->e, t->clock->steps[i].limit, limit));
    if (t->clock->step_count && t->clock->promise_ms != CLOCK_NEVER)
        buffer_printf(t->e->out, "            %s %s\n", say(t->e, "all of them by", "全部办结"),
                      moment(t->e, t->clock->promise_ms, end));
}

int explain_due(const struct due_explainer *e, const struct clock *clock, const char *units)
{
    const struct calendar *calendar = rules_calendar(e->rules, clock->calendar);
    struct telling t = {e, clock, calendar ? calendar : rules_calendar(e->rules, NULL)};
    struct walk walk = {.step = print_step, .context = &t};
    char text[MOMENT_TEXT];
    int64_t due_ms;
    print_head(&t, units);
    int error = clock_due(clock, t.calendar, &due_ms, &walk);
    if (error)
        return error;
    print_open_pause(&t);
    if (due_ms != clock->due_ms && due_ms != CLOCK_NEVER)
        buffer_printf(e->out, "            %s %s\n",
                      say(e, "by today's calendar it would be", "按现行日历应为"), moment(e, due_ms, text));
    print_next_steps(&t);
    error = print_state(&t);
    for (size_t i = 0; i < clock->rung_count && !error; i++)
        print_rung(e, &clock->rungs[i]);
    return error;
}
