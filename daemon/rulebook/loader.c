#include "rulebook/loader.h"

#include "base/error.h"
#include "base/text.h"
#include "core/event.h"
#include "rulebook/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct source *loader_source(struct loader *loader, const char *name)
{
    size_t stem = strlen(name);
    if (stem > 5 && strcmp(name + stem - 5, ".yaml") == 0)
        stem -= 5;
    for (size_t i = 0; i < loader->book->source_count; i++) {
        struct source *source = &loader->book->sources[i];
        bool yml = !name[stem]
                       ? false
                       : strncmp(source->name, name, stem) == 0 && strcmp(source->name + stem, ".yml") == 0;
        if (yml || text_same(source->name, name)) {
            source->used = true;
            return source->text ? source : NULL;
        }
    }
    return NULL;
}

struct source *loader_named_source(struct loader *loader, const struct cell *cell)
{
    struct source *source = loader_source(loader, cell->text);
    if (!source)
        report_add(loader->report, FINDING_MISSING_FILE, cell->at, "the rulebook has no file %s", cell->text);
    else if (source_is_private(source->name))
        report_add(loader->report, FINDING_BAD_VALUE, cell->at,
                   "%s is private and not kept with the rulebook: nothing rests on it", cell->text);
    else
        return source;
    return NULL;
}

bool loader_table(struct loader *loader, const char *name, bool required, const struct column *columns,
                  uint32_t width, struct table *out)
{
    *out = (struct table){.columns = columns, .width = width};
    const struct source *source = loader_source(loader, name);
    if (source) {
        bool usable = table_read(out, source, columns, width, loader->arena, loader->report);
        for (uint32_t i = 0; i < out->dropped.count; i++)
            if (strmap_add(&loader->dropped, out->dropped.items[i].text, 0) == ERROR_NO_MEMORY)
                loader->arena->failed = true;
        return usable;
    }
    if (required && loader->report->errors == 0)
        report_file(loader->report, FINDING_MISSING_FILE, name, 0, 0, "the rulebook has no file %s", name);
    return false;
}

struct directory {
    const char *noun;
    const struct strmap *map;
    uint32_t count;
    suggest_at *code;
    suggest_at *name; // may be NULL
};

static const char *area_code(const void *rules, uint32_t i)
{
    return ((const struct rules *)rules)->areas.areas[i].code;
}

static const char *area_name(const void *rules, uint32_t i)
{
    return ((const struct rules *)rules)->areas.areas[i].name;
}

static const char *unit_code(const void *rules, uint32_t i)
{
    return ((const struct rules *)rules)->units.units[i].code;
}

static const char *unit_name(const void *rules, uint32_t i)
{
    return ((const struct rules *)rules)->units.units[i].name;
}

static const char *category_code(const void *rules, uint32_t i)
{
    return ((const struct rules *)rules)->categories.categories[i].code;
}

static const char *category_name(const void *rules, uint32_t i)
{
    return ((const struct rules *)rules)->categories.categories[i].name;
}

static const char *ladder_code(const void *rules, uint32_t i)
{
    return ((const struct rules *)rules)->ladders[i].code;
}

static const char *calendar_name(const void *rules, uint32_t i)
{
    return ((const struct rules *)rules)->calendars[i].name;
}

static const char *member_code(const void *rules, uint32_t i)
{
    return ((const struct rules *)rules)->members.members[i].code;
}

static struct directory directory(const struct loader *loader, enum reference reference)
{
    const struct rules *rules = loader->rules;
    switch (reference) {
    case REFERENCE_AREA:
        return (struct directory){"area 辖区", &rules->areas.by_code, rules->areas.count, area_code,
                                  area_name};
    case REFERENCE_UNIT:
        return (struct directory){"unit 单位", &rules->units.by_code, rules->units.count, unit_code,
                                  unit_name};
    case REFERENCE_CATEGORY:
        return (struct directory){"category 类别", &rules->categories.by_code, rules->categories.count,
                                  category_code, category_name};
    case REFERENCE_LADDER:
        return (struct directory){"ladder 督办链", &loader->ladders, rules->ladder_count, ladder_code, NULL};
    case REFERENCE_MEMBER:
        return (struct directory){"member 队员", &rules->members.by_code, rules->members.count, member_code,
                                  NULL};
    case REFERENCE_CALENDAR:
        break;
    }
    return (struct directory){"calendar 日历", &loader->calendars, rules->calendar_count, calendar_name,
                              NULL};
}

// Somebody who writes a name where a code is expected is told the code.
static const char *code_of_name(const struct loader *loader, const struct directory *d, const char *text)
{
    for (uint32_t i = 0; d->name && i < d->count; i++)
        if (text_same(d->name(loader->rules, i), text))
            return d->code(loader->rules, i);
    return NULL;
}

uint32_t loader_refer(struct loader *loader, enum reference reference, const struct cell *cell)
{
    if (!cell->text)
        return STRMAP_NONE;
    struct directory d = directory(loader, reference);
    uint32_t index = strmap_find(d.map, cell->text);
    bool unread = d.count == 0 && loader->report->errors > 0; // a table that could not be read
    bool consequence = unread || strmap_find(&loader->dropped, cell->text) != STRMAP_NONE;
    if (index != STRMAP_NONE || consequence)
        return index;
    const char *near = code_of_name(loader, &d, cell->text);
    if (!near)
        near = suggest_nearest(cell->text, d.code, loader->rules, d.count);
    report_add(loader->report, FINDING_UNKNOWN_REFERENCE, cell->at, "there is no %s %s%s%s%s", d.noun,
               cell->text, near ? "; did you mean " : "", text_or_empty(near), near ? "?" : "");
    return STRMAP_NONE;
}

bool loader_enter(struct loader *loader, struct strmap *map, const struct cell *code, uint32_t index,
                  const struct mark *marks)
{
    if (!code->text) {
        report_add(loader->report, FINDING_MISSING_KEY, code->at, "a code is missing here");
        return false;
    }
    int error = strmap_add(map, code->text, index);
    if (error == ERROR_NO_MEMORY)
        loader->arena->failed = true;
    if (error != ERROR_IN_USE)
        return error == 0;
    struct mark first = marks[strmap_find(map, code->text)];
    report_add(loader->report, FINDING_DUPLICATE, code->at, "%s stands in line %u of %s already", code->text,
               mark_line(first), first.source ? first.source->name : "");
    return false;
}

bool loader_enter_code(struct loader *loader, struct strmap *map, const struct cell *code, uint32_t index,
                       const struct mark *marks)
{
    if (code->text && strpbrk(code->text, "/ \t")) {
        report_add(loader->report, FINDING_BAD_VALUE, code->at, "a code holds neither / nor blanks");
        return false;
    }
    return loader_enter(loader, map, code, index, marks);
}

static void report_limit(struct loader *loader, const struct cell *cell, int error)
{
    struct rulebook_report *report = loader->report;
    if (error == ERROR_AMBIGUOUS)
        report_add(
            report, FINDING_BARE_LIMIT, cell->at,
            "\"%s\" may be working or natural time; write 工作日, 自然日, 工作时, 紧急工作时 …, or set "
            "plain_day: and plain_hour: in rulebook.yaml",
            cell->text);
    else if (error == ERROR_BAD_VALUE)
        report_add(report, FINDING_BAD_LIMIT, cell->at, "the limit \"%s\" is 0, too long, or too fine",
                   cell->text);
    else
        report_add(report, FINDING_BAD_LIMIT, cell->at,
                   "\"%s\" is no limit: a number and 紧急工作时, 紧急工作日, 工作时, 工作日, 自然日 or 分钟, "
                   "and nothing else",
                   cell->text);
}

void loader_limit(struct loader *loader, const struct cell *cell, struct limit *out)
{
    if (!cell->text)
        return;
    struct limit limit;
    int error = limit_parse(cell->text, &loader->book->words, &limit);
    if (error)
        report_limit(loader, cell, error);
    else
        *out = limit;
}

void loader_steps(struct loader *loader, const struct cell *cell, struct stage_limits *limits)
{
    struct step *steps = arena_array(loader->arena, STAGE_MAX_STEPS, sizeof *steps);
    uint32_t count;
    if (!cell->text || !steps)
        return;
    int error = steps_parse(loader->arena, cell->text, &loader->book->words, steps, &count);
    if (error == ERROR_MISSING && count > 1)
        report_add(loader->report, FINDING_BAD_LIMIT, cell->at,
                   "each of several successive limits has a name, as 停工4工作时;处罚7工作日");
    else if (error == ERROR_TOO_MANY)
        report_add(loader->report, FINDING_BAD_LIMIT, cell->at, "there are at most %d successive limits",
                   STAGE_MAX_STEPS);
    else if (error)
        report_limit(loader, cell, error);
    if (error)
        return;
    limits->of[STAGE_RESOLVE] = steps[0].limit;
    limits->steps = steps[0].name ? steps : NULL;
    limits->step_count = steps[0].name ? count : 0;
}

int loader_word(struct loader *loader, enum word_list list, const struct cell *cell)
{
    int value = word_value(list, cell->text);
    if (value >= 0)
        return value;
    char known[512] = "";
    for (int i = 0; i < 32; i++)
        if (strcmp(word_name(list, i), "unknown") != 0)
            snprintf(known + strlen(known), sizeof known - strlen(known), " %s", word_name(list, i));
    report_add(loader->report, FINDING_BAD_VALUE, cell->at, "%s is none of%s", text_or_empty(cell->text),
               known);
    return -1;
}

uint32_t loader_words(struct loader *loader, enum word_list list, const struct cells *cells)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < cells->count; i++) {
        int value = loader_word(loader, list, &cells->items[i]);
        bits |= value >= 0 ? UINT32_C(1) << value : 0;
    }
    return bits;
}

long loader_number(struct loader *loader, const struct cell *cell, long least, long most, long otherwise)
{
    if (!cell->text)
        return otherwise;
    char *end;
    long number = strtol(cell->text, &end, 10);
    if (*end == '\0' && end != cell->text && number >= least && number <= most)
        return number;
    report_add(loader->report, FINDING_BAD_VALUE, cell->at, "%s is no whole number from %ld to %ld",
               cell->text, least, most);
    return otherwise;
}

bool loader_bool(struct loader *loader, const struct cell *cell)
{
    static const char *const yes[] = {"true", "yes", "是"};
    static const char *const no[] = {"false", "no", "否"};
    for (size_t i = 0; cell->text && i < 3; i++) {
        if (text_same(cell->text, yes[i]))
            return true;
        if (text_same(cell->text, no[i]))
            return false;
    }
    if (cell->text)
        report_add(loader->report, FINDING_BAD_VALUE, cell->at, "%s is neither yes nor no", cell->text);
    return false;
}

uint32_t loader_closing(struct loader *loader, const struct cell *feedback, const struct cell *call_back)
{
    uint32_t needs = loader_bool(loader, feedback) ? CLOSING_FEEDBACK : 0;
    return needs | (loader_bool(loader, call_back) ? CLOSING_CALL_BACK : 0);
}

const char **loader_texts(struct loader *loader, const struct cells *cells)
{
    const char **texts = arena_array(loader->arena, cells->count + 1, sizeof *texts);
    for (uint32_t i = 0; texts && i < cells->count; i++)
        texts[i] = cells->items[i].text;
    return texts;
}
