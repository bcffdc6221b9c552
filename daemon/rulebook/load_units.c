// units.csv: who can be called, in block and line; then the offices of the areas, which are units.
#include "rulebook/loader.h"

#include "base/text.h"

enum {
    UNIT_CODE,
    UNIT_NAME,
    UNIT_TYPE,
    UNIT_AREA,
    UNIT_SUPERIOR,
    UNIT_ROLES,
    UNIT_CALENDAR,
    UNIT_SUCCESSOR,
    UNIT_ACCEPT,
    UNIT_REPORT,
    UNIT_RESOLVE,
    UNIT_HOST,
    UNIT_COLUMNS
};

static const struct column columns[UNIT_COLUMNS] = {
    [UNIT_CODE] = {"code", "代码", true},
    [UNIT_NAME] = {"name", "名称", true},
    [UNIT_TYPE] = {"type", "类型", true},
    [UNIT_AREA] = {"area", "辖区", false},
    [UNIT_SUPERIOR] = {"superior", "上级单位", false},
    [UNIT_ROLES] = {"roles", "职责", false},
    [UNIT_CALENDAR] = {"calendar", "日历", false},
    [UNIT_SUCCESSOR] = {"successor", "承接单位", false},
    [UNIT_ACCEPT] = {"accept", "签收时限", false},
    [UNIT_REPORT] = {"report", "报到时限", false},
    [UNIT_RESOLVE] = {"resolve", "处置时限", false},
    [UNIT_HOST] = {"host", "驻在单位", false},
};

// The type's own name is a role too, so that role:street finds the street's office.
static void read_roles(struct loader *loader, const struct cell *cell, struct unit *unit)
{
    struct cells list = table_list(loader->arena, cell);
    unit->roles = arena_array(loader->arena, list.count + 2, sizeof *unit->roles);
    for (uint32_t i = 0; unit->roles && i < list.count; i++)
        unit->roles[unit->role_count++] = list.items[i].text;
    if (unit->roles && unit->type)
        unit->roles[unit->role_count++] = word_name(WORDS_UNIT_TYPE, (int)unit->type);
}

// The feeds of leaders and of members stand under these names, as those of contacts under their unit's.
static void check_name(struct loader *loader, const struct cell *code)
{
    if (text_same(code->text, "leader") || text_same(code->text, "member"))
        report_add(loader->report, FINDING_BAD_VALUE, code->at,
                   "no unit is called %s: feeds of others begin so", code->text);
}

static bool read_unit(struct loader *loader, const struct table *table, uint32_t row, uint32_t index)
{
    struct unit *unit = &loader->rules->units.units[index];
    const struct cell *code = table_cell(table, row, UNIT_CODE);
    if (!loader_enter_code(loader, &loader->rules->units.by_code, code, index, loader->book->unit_marks))
        return false;
    loader->book->unit_marks[index] = code->at;
    check_name(loader, code);
    int type = loader_word(loader, WORDS_UNIT_TYPE, table_cell(table, row, UNIT_TYPE));
    *unit = (struct unit){
        .code = code->text,
        .name = table_cell(table, row, UNIT_NAME)->text,
        .type = type > 0 ? (enum unit_type)type : 0,
        .area = loader_refer(loader, REFERENCE_AREA, table_cell(table, row, UNIT_AREA)),
        .superior = UNIT_NONE,
        .host = UNIT_NONE,
    };
    const struct cell *calendar = table_cell(table, row, UNIT_CALENDAR);
    if (loader_refer(loader, REFERENCE_CALENDAR, calendar) != STRMAP_NONE)
        unit->calendar = calendar->text;
    read_roles(loader, table_cell(table, row, UNIT_ROLES), unit);
    loader_limit(loader, table_cell(table, row, UNIT_ACCEPT), &unit->limits.of[STAGE_ACCEPT]);
    loader_limit(loader, table_cell(table, row, UNIT_REPORT), &unit->limits.of[STAGE_REPORT]);
    loader_steps(loader, table_cell(table, row, UNIT_RESOLVE), &unit->limits);
    return true;
}

// Superior, host and successor may stand further down.
static void read_lines(struct loader *loader, const struct table *table, uint32_t row, uint32_t index)
{
    struct unit *unit = &loader->rules->units.units[index];
    unit->superior = loader_refer(loader, REFERENCE_UNIT, table_cell(table, row, UNIT_SUPERIOR));
    unit->host = loader_refer(loader, REFERENCE_UNIT, table_cell(table, row, UNIT_HOST));
    const struct cell *successor = table_cell(table, row, UNIT_SUCCESSOR);
    if (loader_refer(loader, REFERENCE_UNIT, successor) != UNIT_NONE)
        unit->successor = successor->text;
}

// A line that leads from unit to unit, and what a unit is that comes back on it to itself.
struct line {
    uint32_t *(*next)(struct unit *unit);
    const char *is;
};

static uint32_t *superior_of(struct unit *unit)
{
    return &unit->superior;
}

static uint32_t *host_of(struct unit *unit)
{
    return &unit->host;
}

// Each line ends somewhere. A ring is named once, at its first unit, and cut there.
static void cut_rings(struct loader *loader, const struct line *line)
{
    struct unit_table *units = &loader->rules->units;
    for (uint32_t i = 0; i < units->count; i++) {
        uint32_t at = *line->next(&units->units[i]);
        for (uint32_t steps = 0; at != UNIT_NONE && at != i && steps <= units->count; steps++)
            at = *line->next(&units->units[at]);
        if (at != i)
            continue;
        report_add(loader->report, FINDING_CYCLE, loader->book->unit_marks[i], "%s %s itself",
                   units->units[i].code, line->is);
        *line->next(&units->units[i]) = UNIT_NONE;
    }
}

static void read_offices(struct loader *loader)
{
    struct area_tree *areas = &loader->rules->areas;
    for (uint32_t i = 0; loader->area_offices && i < areas->count; i++)
        areas->areas[i].office = loader_refer(loader, REFERENCE_UNIT, &loader->area_offices[i]);
}

static bool make_room(struct loader *loader, const struct table *table, uint32_t **rows)
{
    size_t room = (size_t)table->rows + 1;
    loader->rules->units.units = arena_array(loader->arena, room, sizeof *loader->rules->units.units);
    loader->book->unit_marks = arena_array(loader->arena, room, sizeof *loader->book->unit_marks);
    *rows = arena_array(loader->arena, room, sizeof **rows);
    return !arena_failed(loader->arena);
}

void load_units(struct loader *loader)
{
    struct table table;
    uint32_t *rows = NULL;
    struct unit_table *units = &loader->rules->units;
    if (!loader_table(loader, "units.csv", true, columns, UNIT_COLUMNS, &table) ||
        !make_room(loader, &table, &rows))
        return;
    for (uint32_t row = 0; row < table.rows; row++)
        if (read_unit(loader, &table, row, units->count))
            rows[units->count++] = row;
    for (uint32_t i = 0; i < units->count; i++)
        read_lines(loader, &table, rows[i], i);
    cut_rings(loader, &(struct line){superior_of, "is, over its superiors, above"});
    cut_rings(loader, &(struct line){host_of, "is, over its hosts, stationed in"});
    read_offices(loader);
}
