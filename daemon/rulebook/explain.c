#include "rulebook/explain.h"

#include "base/error.h"
#include "base/text.h"
#include "core/decide.h"
#include "rulebook/loader.h"
#include "rulebook/moment.h"

struct explaining {
    const struct rulebook *book;
    const struct rules *rules;
    const struct explain_query *query;
    struct buffer *out;
    struct arena *arena;
    bool chinese;
    uint32_t located;
    const char **flags;
    uint32_t flag_count;
    struct decision decision;
    const struct calendar *calendar; // of the clock in hand
};

// ---- an empty world
// ----------------------------------------------------------------------------------------

static struct casefile *no_case_of_number(void *ctx, const char *number)
{
    (void)ctx, (void)number;
    return NULL;
}

static struct casefile *no_case_of_id(void *ctx, uint64_t id)
{
    (void)ctx, (void)id;
    return NULL;
}

static const char *no_source(void *ctx, const char *source, const char *source_no)
{
    (void)ctx, (void)source, (void)source_no;
    return NULL;
}

static uint32_t no_count(void *ctx, int32_t local_day)
{
    (void)ctx, (void)local_day;
    return 0;
}

static uint64_t first_seq(void *ctx)
{
    (void)ctx;
    return 1;
}

static size_t no_recent(void *ctx, const char *category, int64_t since_ms, struct candidate *out, size_t max)
{
    (void)ctx, (void)category, (void)since_ms, (void)out, (void)max;
    return 0;
}

static uint32_t no_notices(void *ctx, const char *recipient, int64_t *since_ms)
{
    (void)ctx, (void)recipient;
    *since_ms = 0;
    return 0;
}

static const struct view_ops empty_ops = {
    .by_number = no_case_of_number,
    .by_id = no_case_of_id,
    .by_source = no_source,
    .day_count = no_count,
    .next_seq = first_seq,
    .notices = no_notices,
    .recent = no_recent,
};

// The office that would whistle: that of the area, or the nearest above it.
static struct principal asker(const struct explaining *e)
{
    uint32_t area = area_find(&e->rules->areas, e->query->whistle.area);
    area = area == AREA_NONE ? e->located : area;
    return (struct principal){
        .code = "explain",
        .name = "explain",
        .duties = UINT32_C(1) << DUTY_OFFICE | UINT32_C(1) << DUTY_SUPERVISOR,
        .area = AREA_NONE,
        .unit = area == AREA_NONE ? UNIT_NONE : rules_office_above(e->rules, area, 0),
    };
}

static int ask(struct explaining *e)
{
    struct principal principal = asker(e);
    struct whistle *whistle = arena_memdup(e->arena, &e->query->whistle, sizeof *whistle);
    if (!whistle)
        return ERROR_NO_MEMORY;
    struct command command = {
        .kind = COMMAND_SUBMIT,
        .principal = &principal,
        .whistle = whistle,
        .located = e->located,
        .flags = e->flags,
        .flag_count = e->flag_count,
    };
    struct view view = {.ops = &empty_ops};
    return decide(e->arena, e->rules, &view, &command, e->query->at_ms, &e->decision);
}

// ---- printing
// ----------------------------------------------------------------------------------------------

static const char *say(const struct explaining *e, const char *english, const char *chinese)
{
    return e->chinese ? chinese : english;
}

static void label(struct explaining *e, const char *english, const char *chinese)
{
    const char *word = say(e, english, chinese);
    int pad = 10 - (int)text_columns(word);
    buffer_printf(e->out, "%s%*s", word, pad > 0 ? pad : 1, "");
}

static const char *moment(const struct explaining *e, int64_t at_ms, char text[MOMENT_TEXT])
{
    return moment_format(&e->book->zone, at_ms, e->chinese, text);
}

static const char *limit_text(const struct explaining *e, struct limit limit, char text[LIMIT_TEXT])
{
    return e->chinese ? limit_format_zh(limit, text) : limit_format(limit, text);
}

static const char *word(const struct explaining *e, enum word_list list, int value)
{
    return e->chinese ? word_chinese(list, value) : word_name(list, value);
}

static void print_whistle(struct explaining *e)
{
    const struct casefile *file = e->decision.file;
    const struct whistle *whistle = file->whistle;
    const struct category *category =
        &e->rules->categories.categories[category_find(&e->rules->categories, whistle->category)];
    const struct condition *condition = category_condition(category, whistle->condition);
    char text[MOMENT_TEXT];
    label(e, "when", "时间");
    buffer_printf(e->out, "%s (%s)\n", moment(e, e->query->at_ms, text), e->book->zone.name);
    label(e, "kind", "哨类");
    buffer_printf(e->out, "%s\n", word(e, WORDS_KIND, (int)whistle->kind));
    label(e, "area", "辖区");
    buffer_printf(e->out, "%s %s\n", file->area,
                  e->rules->areas.areas[area_find(&e->rules->areas, whistle->area)].name);
    label(e, "category", "类别");
    buffer_printf(e->out, "%s %s%s%s %s\n", category->code, category->name, condition ? " / " : "",
                  condition ? condition->code : "", condition ? condition->text : "");
    if (!e->flag_count)
        return;
    label(e, "words", "词");
    for (uint32_t i = 0; i < e->flag_count; i++)
        buffer_printf(e->out, "%s%s", e->flags[i], i + 1 < e->flag_count ? " " : "\n");
}

static void print_rule(struct explaining *e)
{
    const struct rule_ref *rule = e->decision.file->rule;
    label(e, "rule", "依据");
    if (rule && rule->id)
        buffer_printf(e->out, "%s  %s:%u\n", rule->id, text_or_empty(rule->file), rule->line);
    else
        buffer_printf(e->out, "%s\n", say(e, "no rule places it", "没有规则"));
    if (!e->decision.reason)
        return;
    label(e, "so", "结果");
    buffer_printf(e->out, "%s (%s)\n", e->decision.reason,
                  word(e, WORDS_CASE_STATE, (int)e->decision.file->state));
}

static void print_units(struct explaining *e)
{
    const struct casefile *file = e->decision.file;
    for (size_t i = 0; i < file->summons_count; i++) {
        const struct summons *summons = &file->summons[i];
        const struct unit *unit = &e->rules->units.units[unit_find(&e->rules->units, summons->unit)];
        const struct contact *contact = unit_contact(unit, summons->contact);
        label(e, word_name(WORDS_ROLE, (int)summons->role), word_chinese(WORDS_ROLE, (int)summons->role));
        buffer_printf(e->out, "%s %s", unit->code, unit->name);
        if (contact)
            buffer_printf(e->out, "  %s %s %s", contact->code, contact->name, text_or_empty(contact->phone));
        buffer_text(e->out, "\n");
    }
}

// ---- clocks
// ------------------------------------------------------------------------------------------------

// The name of the holiday that a day off belongs to, or "".
static const char *holiday(const struct explaining *e, int64_t at_ms)
{
    const struct calendar_day *day = calendar_exception(e->calendar, calendar_day_number(e->calendar, at_ms));
    return day ? text_or_empty(day->name) : "";
}

static void print_step(void *context, const struct walk_step *step)
{
    struct explaining *e = context;
    char from[MOMENT_TEXT], to[MOMENT_TEXT], span[MOMENT_TEXT];
    const char *note = e->chinese ? walk_note_zh(step->note) : walk_note_name(step->note);
    buffer_printf(e->out, "            %s → %s  ", moment(e, step->from_ms, from),
                  moment(e, step->to_ms, to));
    if (step->note == WALK_OFF)
        buffer_printf(e->out, "%s %d %s\n", note, step->days, holiday(e, step->from_ms));
    else if (step->note == WALK_DAYS || step->note == WALK_NOT_LOADED)
        buffer_printf(e->out, "%s %d\n", note, step->days);
    else if (step->note == WALK_STARTED)
        buffer_printf(e->out, "%s\n", note);
    else
        buffer_printf(e->out, "%s %s\n", note, moment_span(step->amount_ms, span));
}

static void print_acts(struct explaining *e, const struct rung *rung)
{
    static const enum rung_act acts[] = {ACT_TELL, ACT_CALL, ACT_HAND_UP, ACT_SUPERVISE};
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (rung->acts & (uint32_t)acts[i])
            buffer_printf(e->out, " %s", e->chinese ? rung_act_zh(acts[i]) : rung_act_name(acts[i]));
    buffer_text(e->out, " →");
    for (size_t i = 0; i < rung->to_count; i++)
        buffer_printf(e->out, " %s", text_or_empty(address_format(e->arena, &rung->to[i])));
}

static void print_rungs(struct explaining *e, const struct clock *clock)
{
    for (size_t i = 0; i < clock->rung_count; i++) {
        char at[MOMENT_TEXT];
        buffer_printf(e->out, "            %s %u  %s ", say(e, "rung", "节点"), clock->rungs[i].id,
                      moment(e, clock->rungs[i].at_ms, at));
        print_acts(e, &clock->rungs[i].rung);
        buffer_text(e->out, "\n");
    }
}

static bool same_course(const struct clock *a, const struct clock *b)
{
    return a->stage == b->stage && a->due_ms == b->due_ms && limit_same(a->limit, b->limit) &&
           text_same(a->calendar, b->calendar) && text_same(a->ladder, b->ladder);
}

// The units whose clock runs as this one does; the first of them stands for all.
static void print_runners(struct explaining *e, size_t index)
{
    const struct casefile *file = e->decision.file;
    for (size_t i = index; i < file->clock_count; i++)
        if (same_course(&file->clocks[index], &file->clocks[i]))
            buffer_printf(e->out, "%s ", text_or_empty(file->clocks[i].unit));
}

static bool stands_above(const struct explaining *e, size_t index)
{
    const struct casefile *file = e->decision.file;
    for (size_t i = 0; i < index; i++)
        if (same_course(&file->clocks[index], &file->clocks[i]))
            return true;
    return false;
}

static int print_clock(struct explaining *e, size_t index)
{
    const struct clock *clock = &e->decision.file->clocks[index];
    char due[MOMENT_TEXT], limit[LIMIT_TEXT];
    struct walk walk = {.step = print_step, .context = e};
    int64_t due_ms;
    e->calendar = rules_calendar(e->rules, clock->calendar);
    label(e, stage_name(clock->stage), stage_zh(clock->stage));
    print_runners(e, index);
    buffer_printf(e->out, " %s → %s%s%s\n", limit_text(e, clock->limit, limit), moment(e, clock->due_ms, due),
                  clock->provisional ? "  " : "", clock->provisional ? say(e, "provisional", "暂定") : "");
    int error = clock_due(clock, e->calendar, &due_ms, &walk);
    if (!error)
        print_rungs(e, clock);
    return error;
}

static int print_clocks(struct explaining *e)
{
    int error = 0;
    for (size_t i = 0; i < e->decision.file->clock_count && !error; i++)
        if (!stands_above(e, i))
            error = print_clock(e, i);
    return error;
}

// ---- the rules above
// ---------------------------------------------------------------------------------------

enum { REASONS = 8 };

static const char *const reasons[REASONS][2] = {
    {"kind", "哨类"},          {"nature", "诉求性质"}, {"severity", "等级"}, {"category", "类别"},
    {"condition", "立案条件"}, {"area", "辖区"},       {"words", "词"},      {"attributes", "属性"},
};

static struct route_query route_query(const struct explaining *e, const char ***attributes)
{
    const struct whistle *whistle = e->decision.file->whistle;
    *attributes = arena_array(e->arena, 2 * whistle->attribute_count + 1, sizeof **attributes);
    for (size_t i = 0; *attributes && i < whistle->attribute_count; i++) {
        (*attributes)[2 * i] = whistle->attributes[i].name;
        (*attributes)[2 * i + 1] = whistle->attributes[i].value;
    }
    return (struct route_query){
        .kind = whistle->kind,
        .nature = whistle->nature,
        .severity = whistle->severity,
        .category = category_find(&e->rules->categories, whistle->category),
        .condition = whistle->condition,
        .area = area_find(&e->rules->areas, whistle->area),
        .flags = e->flags,
        .flag_count = e->flag_count,
        .attributes = *attributes,
        .attribute_count = *attributes ? (uint32_t)whistle->attribute_count : 0,
    };
}

static int reason_index(const char *mismatch)
{
    for (int i = 0; i < REASONS; i++)
        if (text_same(reasons[i][0], mismatch))
            return i;
    return 0;
}

// Rules for another category are only counted: the others are the ones that somebody expected.
static void print_others(struct explaining *e)
{
    const char **attributes;
    struct route_query query = route_query(e, &attributes);
    const struct routing *routing = &e->rules->routing;
    uint32_t counted = 0;
    for (uint32_t i = 0; i < routing->count; i++) {
        const char *mismatch =
            rule_mismatch(&routing->rules[i], &e->rules->areas, &e->rules->categories, &query);
        if (!mismatch)
            break;
        if (text_same(mismatch, "category")) {
            counted++;
            continue;
        }
        label(e, "not", "不符");
        buffer_printf(e->out, "%s  %s:%u  %s\n", routing->rules[i].id, routing->rules[i].file,
                      routing->rules[i].line, reasons[reason_index(mismatch)][e->chinese]);
    }
    if (!counted)
        return;
    label(e, "not", "不符");
    if (e->chinese)
        buffer_printf(e->out, "前面另有 %u 条规则属于其他类别\n", counted);
    else
        buffer_printf(e->out, "%u rules above are for other categories\n", counted);
}

static void print_refusal(struct explaining *e)
{
    const struct decision *d = &e->decision;
    label(e, "refused", "拒绝");
    buffer_printf(e->out, "%s", error_name(d->code));
    for (int i = 0; i < REFUSAL_MAX_ARGUMENTS && d->arguments[i]; i++)
        buffer_printf(e->out, " %s", d->arguments[i]);
    buffer_printf(e->out, "%s%s\n", d->field ? "  " : "", text_or_empty(d->field));
}

static int find_words(struct explaining *e)
{
    const struct explain_query *query = e->query;
    const char **texts = arena_array(e->arena, query->text_count + 1, sizeof *texts);
    if (!texts)
        return ERROR_NO_MEMORY;
    texts[0] = query->whistle.title;
    for (size_t i = 0; i < query->text_count; i++)
        texts[i + 1] = query->texts[i];
    return rulebook_flags(e->book, e->arena, texts, query->text_count + 1, &e->flags, &e->flag_count);
}

static int explain(struct explaining *e)
{
    const struct position *position = e->query->whistle.position;
    e->located = position ? rulebook_place(e->book, position->latitude, position->longitude, position->datum)
                          : AREA_NONE;
    int error = find_words(e);
    if (!error)
        error = ask(e);
    if (error) {
        print_refusal(e);
        return error;
    }
    print_whistle(e);
    print_rule(e);
    print_units(e);
    error = print_clocks(e);
    print_others(e);
    return error;
}

int rulebook_explain(const struct rulebook *book, const struct explain_query *query, bool chinese,
                     struct buffer *out)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct explaining e = {
        .book = book,
        .rules = &book->rules,
        .query = query,
        .out = out,
        .arena = &arena,
        .chinese = chinese,
    };
    int error = explain(&e);
    if (!error && out->failed)
        error = ERROR_NO_MEMORY;
    arena_fini(&arena);
    return error;
}
