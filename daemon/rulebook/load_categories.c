// categories.csv: classes of issues; conditions.csv: their filing conditions 立案条件 with limits.
#include "rulebook/loader.h"

#include "base/civil.h"
#include "base/text.h"

#include <string.h>

enum {
    CATEGORY_CODE,
    CATEGORY_NAME,
    CATEGORY_PARENT,
    CATEGORY_STANDARD,
    CATEGORY_PLACE,
    CATEGORY_SIMILAR_M,
    CATEGORY_SIMILAR_WINDOW,
    CATEGORY_CALENDAR,
    CATEGORY_REPEAT_COUNT,
    CATEGORY_REPEAT_WINDOW,
    CATEGORY_COLUMNS
};

static const struct column category_columns[CATEGORY_COLUMNS] = {
    [CATEGORY_CODE] = {"code", "代码", true},
    [CATEGORY_NAME] = {"name", "名称", true},
    [CATEGORY_PARENT] = {"parent", "上级", false},
    [CATEGORY_STANDARD] = {"standard", "标准", false},
    [CATEGORY_PLACE] = {"place", "公开到", false},
    [CATEGORY_SIMILAR_M] = {"similar_m", "相似半径米", false},
    [CATEGORY_SIMILAR_WINDOW] = {"similar_window", "相似时段", false},
    [CATEGORY_CALENDAR] = {"calendar", "日历", false},
    [CATEGORY_REPEAT_COUNT] = {"repeat_count", "重复次数", false},
    [CATEGORY_REPEAT_WINDOW] = {"repeat_window", "重复时段", false},
};

enum {
    CONDITION_CATEGORY,
    CONDITION_CODE,
    CONDITION_TEXT,
    CONDITION_CLOSING,
    CONDITION_ACCEPT,
    CONDITION_REPORT,
    CONDITION_RESOLVE,
    CONDITION_COLUMNS
};

static const struct column condition_columns[CONDITION_COLUMNS] = {
    [CONDITION_CATEGORY] = {"category", "类别", true},
    [CONDITION_CODE] = {"code", "代码", true},
    [CONDITION_TEXT] = {"text", "立案条件", true},
    [CONDITION_CLOSING] = {"closing", "结案条件", false},
    [CONDITION_ACCEPT] = {"accept", "签收时限", false},
    [CONDITION_REPORT] = {"report", "报到时限", false},
    [CONDITION_RESOLVE] = {"resolve", "处置时限", false},
};

enum { SIMILAR_M = 50, SIMILAR_MAX_M = 500 }; // as in the common 数字城管 products: 50 m, 24 h

// A point is a matter for the level above by the month: assessments of cities count 3 or 5 whistles in one.
enum { REPEAT_DAYS = 30, REPEAT_MOST = 99 };

static int64_t read_window(struct loader *loader, const struct cell *cell, struct limit limit)
{
    loader_limit(loader, cell, &limit);
    if (!measure_is_working(limit.measure))
        return limit_ms(limit, MINUTES_A_DAY);
    report_add(loader->report, FINDING_BAD_LIMIT, cell->at, "the window is counted in 紧急工作时 or 自然日");
    return DAY_MS;
}

// One whistle is no repetition; 0: never.
static uint32_t read_repeat(struct loader *loader, const struct cell *cell)
{
    long count = loader_number(loader, cell, 0, REPEAT_MOST, 0);
    if (count == 1)
        report_add(loader->report, FINDING_BAD_VALUE, cell->at,
                   "a point repeats from the second whistle on: 2 or more, or 0 for never");
    return (uint32_t)count;
}

static bool read_category(struct loader *loader, const struct table *table, uint32_t row, uint32_t index)
{
    struct category_table *categories = &loader->rules->categories;
    const struct cell *code = table_cell(table, row, CATEGORY_CODE);
    if (!loader_enter(loader, &categories->by_code, code, index, loader->book->category_marks))
        return false;
    loader->book->category_marks[index] = code->at;
    const struct cell *place = table_cell(table, row, CATEGORY_PLACE);
    int cap = place->text ? loader_word(loader, WORDS_PLACE_CAP, place) : PLACE_CAP_COMMUNITY;
    categories->categories[index] = (struct category){
        .code = code->text,
        .name = table_cell(table, row, CATEGORY_NAME)->text,
        .standard = table_cell(table, row, CATEGORY_STANDARD)->text,
        .parent = CATEGORY_NONE,
        .place = cap > 0 ? (enum place_cap)cap : PLACE_CAP_COMMUNITY,
        .similar_m = (uint32_t)loader_number(loader, table_cell(table, row, CATEGORY_SIMILAR_M), 0,
                                             SIMILAR_MAX_M, SIMILAR_M),
        .similar_ms = read_window(loader, table_cell(table, row, CATEGORY_SIMILAR_WINDOW),
                                  limit_of(MEASURE_EMERGENCY_HOURS, 24)),
        .repeat_count = read_repeat(loader, table_cell(table, row, CATEGORY_REPEAT_COUNT)),
        .repeat_ms = read_window(loader, table_cell(table, row, CATEGORY_REPEAT_WINDOW),
                                 limit_of(MEASURE_NATURAL_DAYS, REPEAT_DAYS)),
        .leaf = true,
    };
    const struct cell *calendar = table_cell(table, row, CATEGORY_CALENDAR);
    if (loader_refer(loader, REFERENCE_CALENDAR, calendar) != STRMAP_NONE)
        categories->categories[index].calendar = calendar->text;
    return true;
}

// The longest code in the table that this one begins with.
static uint32_t class_by_prefix(struct loader *loader, const char *code)
{
    char prefix[64];
    size_t length = strlen(code);
    for (length = length < sizeof prefix ? length : sizeof prefix; length > 1;) {
        memcpy(prefix, code, --length);
        prefix[length] = '\0';
        uint32_t found = category_find(&loader->rules->categories, prefix);
        if (found != CATEGORY_NONE)
            return found;
    }
    return CATEGORY_NONE;
}

// "-" says that the category belongs to no class, whatever its code begins with.
static uint32_t class_of(struct loader *loader, const struct cell *cell, const char *code)
{
    if (!cell->text)
        return class_by_prefix(loader, code);
    return strcmp(cell->text, "-") == 0 ? CATEGORY_NONE : loader_refer(loader, REFERENCE_CATEGORY, cell);
}

static void read_parent(struct loader *loader, const struct cell *cell, uint32_t index)
{
    struct category *categories = loader->rules->categories.categories;
    uint32_t parent = class_of(loader, cell, categories[index].code);
    uint32_t at = parent;
    while (at != CATEGORY_NONE && at != index)
        at = categories[at].parent;
    if (at == index)
        report_add(loader->report, FINDING_CYCLE, cell->at, "%s lies in itself", categories[index].code);
    else
        categories[index].parent = parent;
}

// The nearest of the category and its classes whose row fills this column, or CATEGORY_NONE.
static uint32_t who_says(const struct category_table *categories, const struct table *table,
                         const uint32_t *rows, uint32_t index, uint32_t column)
{
    while (index != CATEGORY_NONE && !table_cell(table, rows[index], column)->text)
        index = categories->categories[index].parent;
    return index;
}

// What a row does not say of repeated points, its class says. Those that are asked said it themselves, so
// that the order of the rows does not matter.
static void inherit_repeat(struct loader *loader, const struct table *table, const uint32_t *rows,
                           uint32_t index)
{
    const struct category_table *categories = &loader->rules->categories;
    struct category *category = &categories->categories[index];
    uint32_t counted = who_says(categories, table, rows, index, CATEGORY_REPEAT_COUNT);
    uint32_t timed = who_says(categories, table, rows, index, CATEGORY_REPEAT_WINDOW);
    if (counted == CATEGORY_NONE && timed == index && category->leaf)
        report_add(loader->report, FINDING_MISSING_KEY,
                   table_cell(table, rows[index], CATEGORY_REPEAT_WINDOW)->at,
                   "neither %s nor its class has a repeat_count 重复次数", category->code);
    if (counted != CATEGORY_NONE)
        category->repeat_count = categories->categories[counted].repeat_count;
    if (timed != CATEGORY_NONE)
        category->repeat_ms = categories->categories[timed].repeat_ms;
}

static void mark_leaves(struct category_table *categories)
{
    for (uint32_t i = 0; i < categories->count; i++)
        if (categories->categories[i].parent != CATEGORY_NONE)
            categories->categories[categories->categories[i].parent].leaf = false;
}

static void read_categories(struct loader *loader, const struct table *table)
{
    struct category_table *categories = &loader->rules->categories;
    size_t room = (size_t)table->rows + 1;
    uint32_t *rows = arena_array(loader->arena, room, sizeof *rows);
    categories->categories = arena_array(loader->arena, room, sizeof *categories->categories);
    loader->book->category_marks = arena_array(loader->arena, room, sizeof *loader->book->category_marks);
    if (arena_failed(loader->arena))
        return;
    for (uint32_t row = 0; row < table->rows; row++)
        if (read_category(loader, table, row, categories->count))
            rows[categories->count++] = row;
    for (uint32_t i = 0; i < categories->count; i++)
        read_parent(loader, table_cell(table, rows[i], CATEGORY_PARENT), i);
    mark_leaves(categories);
    for (uint32_t i = 0; i < categories->count; i++)
        inherit_repeat(loader, table, rows, i);
}

static void read_condition(struct loader *loader, const struct table *table, uint32_t row,
                           struct category *category)
{
    const struct cell *code = table_cell(table, row, CONDITION_CODE);
    if (category->condition_count && category_condition(category, code->text)) {
        report_add(loader->report, FINDING_DUPLICATE, code->at, "%s has a condition %s already",
                   category->code, code->text);
        return;
    }
    struct condition *condition = &category->conditions[category->condition_count++];
    condition->code = code->text;
    condition->text = table_cell(table, row, CONDITION_TEXT)->text;
    condition->closing = table_cell(table, row, CONDITION_CLOSING)->text;
    loader_limit(loader, table_cell(table, row, CONDITION_ACCEPT), &condition->limits.of[STAGE_ACCEPT]);
    loader_limit(loader, table_cell(table, row, CONDITION_REPORT), &condition->limits.of[STAGE_REPORT]);
    loader_steps(loader, table_cell(table, row, CONDITION_RESOLVE), &condition->limits);
}

static void read_conditions(struct loader *loader, const struct table *table)
{
    struct category_table *categories = &loader->rules->categories;
    uint32_t *owners = arena_array(loader->arena, (size_t)table->rows + 1, sizeof *owners);
    uint32_t *counts = arena_array(loader->arena, (size_t)categories->count + 1, sizeof *counts);
    if (!owners || !counts)
        return;
    for (uint32_t row = 0; row < table->rows; row++) {
        owners[row] = loader_refer(loader, REFERENCE_CATEGORY, table_cell(table, row, CONDITION_CATEGORY));
        if (owners[row] != CATEGORY_NONE)
            counts[owners[row]]++;
    }
    for (uint32_t i = 0; i < categories->count; i++)
        categories->categories[i].conditions =
            arena_array(loader->arena, (size_t)counts[i] + 1, sizeof *categories->categories[i].conditions);
    for (uint32_t row = 0; row < table->rows && !arena_failed(loader->arena); row++)
        if (owners[row] != CATEGORY_NONE)
            read_condition(loader, table, row, &categories->categories[owners[row]]);
}

void load_categories(struct loader *loader)
{
    struct table table;
    if (loader_table(loader, "categories.csv", true, category_columns, CATEGORY_COLUMNS, &table))
        read_categories(loader, &table);
    if (loader_table(loader, "conditions.csv", false, condition_columns, CONDITION_COLUMNS, &table))
        read_conditions(loader, &table);
}
