#include "rulebook/explain.h"

#include "base/error.h"
#include "base/text.h"
#include "core/decide.h"
#include "rulebook/explain_due.h"
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
};

// ---- a world of rulings alone -------------------------------------------------------------------

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

static size_t nothing_near(void *ctx, const struct near_query *query, struct candidate *out, size_t max)
{
    (void)ctx, (void)query, (void)out, (void)max;
    return 0;
}

static size_t precedents_given(void *ctx, const char *category, const char *area, struct precedent *out,
                               size_t max)
{
    const struct explain_query *query = ((const struct explaining *)ctx)->query;
    size_t count = 0;
    for (size_t i = 0; i < query->precedent_count && count < max; i++)
        if (text_same(query->precedents[i].category, category) &&
            area_path_within(area, query->precedents[i].area))
            out[count++] = query->precedents[i];
    return count;
}

static uint32_t no_notices(void *ctx, const char *recipient, int64_t *since_ms)
{
    (void)ctx, (void)recipient;
    *since_ms = 0;
    return 0;
}

static enum reach reached_nobody(void *ctx, uint64_t case_id, uint64_t seq, const char *recipient)
{
    (void)ctx, (void)case_id, (void)seq, (void)recipient;
    return REACH_NONE;
}

static const struct view_ops world_ops = {
    .by_number = no_case_of_number,
    .by_id = no_case_of_id,
    .by_source = no_source,
    .day_count = no_count,
    .next_seq = first_seq,
    .notices = no_notices,
    .reach = reached_nobody,
    .near = nothing_near,
    .precedents = precedents_given,
};

// The office that would whistle: the one that is given, else that of the area or the nearest above it.
static uint32_t office_of(const struct explaining *e)
{
    uint32_t area = area_find(&e->rules->areas, e->query->whistle.area);
    uint32_t given = e->query->office ? unit_find(&e->rules->units, e->query->office) : UNIT_NONE;
    area = area == AREA_NONE ? e->located : area;
    if (given != UNIT_NONE)
        return given;
    return area == AREA_NONE ? UNIT_NONE : rules_office_above(e->rules, area, 0);
}

// Who may whistle anything, history too.
static struct principal asker(const struct explaining *e)
{
    return (struct principal){
        .code = "explain",
        .name = "explain",
        .duties = UINT32_C(1) << DUTY_OFFICE | UINT32_C(1) << DUTY_SUPERVISOR | UINT32_C(1) << DUTY_IMPORT,
        .area = AREA_NONE,
        .unit = office_of(e),
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
        .approved = e->query->approved,
    };
    struct view view = {.ops = &world_ops, .ctx = e};
    return decide(e->arena, e->rules, &view, &command, e->query->at_ms, &e->decision);
}

// ---- printing -----------------------------------------------------------------------------------

static const char *say(const struct explaining *e, const char *english, const char *chinese)
{
    return e->chinese ? chinese : english;
}

static struct due_explainer due_explainer(const struct explaining *e)
{
    return (struct due_explainer){
        .rules = e->rules, .zone = &e->book->zone, .out = e->out, .arena = e->arena, .chinese = e->chinese};
}

static void label(struct explaining *e, const char *english, const char *chinese)
{
    struct due_explainer explainer = due_explainer(e);
    explain_label(&explainer, english, chinese);
}

static const char *moment(const struct explaining *e, int64_t at_ms, char text[MOMENT_TEXT])
{
    return moment_format(&e->book->zone, at_ms, e->chinese, text);
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

// ---- precedents ---------------------------------------------------------------------------------

static void print_precedent(struct explaining *e, const struct precedent *precedent)
{
    const char *reason = reason_text(&e->rules->decline_reasons, precedent->reason);
    char text[MOMENT_TEXT];
    label(e, "precedent", "先例");
    buffer_printf(e->out, "%s  %s  %s  %s → %s", precedent->number, moment(e, precedent->at_ms, text),
                  word(e, WORDS_RULING, (int)precedent->ruling),
                  precedent->from ? precedent->from : say(e, "nobody", "无"),
                  precedent->to ? precedent->to : say(e, "nobody", "无"));
    buffer_printf(e->out, "%s%s%s%s\n", precedent->reason ? "  " : "", text_or_empty(precedent->reason),
                  reason ? " " : "", text_or_empty(reason));
}

static void print_precedents(struct explaining *e)
{
    for (size_t i = 0; i < e->decision.precedent_count; i++)
        print_precedent(e, &e->decision.precedents[i]);
}

// ---- clocks -------------------------------------------------------------------------------------

static bool same_course(const struct clock *a, const struct clock *b)
{
    return a->stage == b->stage && a->due_ms == b->due_ms && limit_same(a->limit, b->limit) &&
           text_same(a->calendar, b->calendar) && text_same(a->ladder, b->ladder);
}

// The units whose clock runs as this one does; the first of them stands for all.
static const char *runners(struct explaining *e, size_t index)
{
    const struct casefile *file = e->decision.file;
    const char *units = text_or_empty(file->clocks[index].unit);
    for (size_t i = index + 1; i < file->clock_count && units; i++)
        if (same_course(&file->clocks[index], &file->clocks[i]))
            units = arena_printf(e->arena, "%s %s", units, text_or_empty(file->clocks[i].unit));
    return text_or_empty(units);
}

static bool stands_above(const struct explaining *e, size_t index)
{
    const struct casefile *file = e->decision.file;
    for (size_t i = 0; i < index; i++)
        if (same_course(&file->clocks[index], &file->clocks[i]))
            return true;
    return false;
}

static int print_clocks(struct explaining *e)
{
    struct due_explainer explainer = due_explainer(e);
    int error = 0;
    for (size_t i = 0; i < e->decision.file->clock_count && !error; i++)
        if (!stands_above(e, i))
            error = explain_due(&explainer, &e->decision.file->clocks[i], runners(e, i));
    return error;
}

// ---- the rules above ----------------------------------------------------------------------------

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

// What was found when it was filed.
static int take_words(struct explaining *e)
{
    const struct explain_query *query = e->query;
    e->flags = arena_memdup(e->arena, query->flags, query->flag_count * sizeof *query->flags);
    e->flag_count = query->flag_count;
    return e->flags ? 0 : ERROR_NO_MEMORY;
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
    int error = e->query->filed ? take_words(e) : find_words(e);
    if (!error)
        error = ask(e);
    if (error) {
        print_refusal(e);
        return error;
    }
    print_whistle(e);
    print_rule(e);
    if (!e->query->due_only) {
        print_units(e);
        print_precedents(e);
    }
    error = print_clocks(e);
    if (!e->query->due_only)
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
