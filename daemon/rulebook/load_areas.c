// areas.csv: the tree of areas, in any order; parents are put before their children.
#include "rulebook/loader.h"

#include "base/text.h"
#include "rulebook/suggest.h"

enum { AREA_CODE, AREA_LEVEL, AREA_NAME, AREA_PARENT, AREA_OFFICE, AREA_LEADERS, AREA_COLUMNS };

static const struct column columns[AREA_COLUMNS] = {
    [AREA_CODE] = {"code", "代码", true},          [AREA_LEVEL] = {"level", "层级", true},
    [AREA_NAME] = {"name", "名称", true},          [AREA_PARENT] = {"parent", "上级", false},
    [AREA_OFFICE] = {"office", "办公单位", false}, [AREA_LEADERS] = {"leaders", "挂点领导", false},
};

// Rows in the order in which they will stand.
struct sorting {
    struct loader *loader;
    const struct table *table;
    struct strmap rows; // code → row
    uint32_t *parents;  // row → row, or AREA_NONE
    uint32_t *indices;  // row → area; AREA_NONE: not placed
    struct mark *marks; // row → mark of its code
};

// The root's parent may be a code outside (4209 above 420902): what belongs to a larger city.
static uint32_t parent_row(struct sorting *s, uint32_t row)
{
    const struct cell *parent = table_cell(s->table, row, AREA_PARENT);
    return parent->text ? strmap_find(&s->rows, parent->text) : AREA_NONE;
}

static void enter_rows(struct sorting *s)
{
    for (uint32_t row = 0; row < s->table->rows; row++) {
        const struct cell *code = table_cell(s->table, row, AREA_CODE);
        s->marks[row] = code->at;
        s->indices[row] = AREA_NONE;
        loader_enter(s->loader, &s->rows, code, row, s->marks);
    }
    for (uint32_t row = 0; row < s->table->rows; row++)
        s->parents[row] = parent_row(s, row);
}

static bool is_own(const struct sorting *s, uint32_t row)
{
    return strmap_find(&s->rows, table_cell(s->table, row, AREA_CODE)->text) == row;
}

static uint32_t row_depth(const struct sorting *s, uint32_t row)
{
    uint32_t depth = 0;
    while (s->parents[row] != AREA_NONE && depth <= AREA_DEPTH_MAX) {
        row = s->parents[row];
        depth++;
    }
    return depth;
}

static const char **read_leaders(struct loader *loader, const struct cell *cell, uint32_t *count)
{
    struct cells list = table_list(loader->arena, cell);
    const char **leaders = arena_array(loader->arena, list.count + 1, sizeof *leaders);
    for (uint32_t i = 0; leaders && i < list.count; i++)
        leaders[(*count)++] = arena_printf(loader->arena, "leader/%s", list.items[i].text);
    return leaders;
}

static void place_row(struct sorting *s, uint32_t row)
{
    struct loader *loader = s->loader;
    struct area_tree *tree = &loader->rules->areas;
    uint32_t index = tree->count;
    struct area *area = &tree->areas[index];
    const struct cell *code = table_cell(s->table, row, AREA_CODE);
    if (!loader_enter_code(loader, &tree->by_code, code, index, s->marks))
        return;
    tree->count++;
    area->code = code->text;
    area->name = table_cell(s->table, row, AREA_NAME)->text;
    area->level = table_cell(s->table, row, AREA_LEVEL)->text;
    area->parent = s->parents[row] == AREA_NONE ? AREA_NONE : s->indices[s->parents[row]];
    area->office = UNIT_NONE;
    area->leaders = read_leaders(loader, table_cell(s->table, row, AREA_LEADERS), &area->leader_count);
    s->indices[row] = index;
    loader->book->area_marks[index] = code->at;
}

// By levels, so that each parent is placed before its children; in written order otherwise.
static void place_rows(struct sorting *s)
{
    for (uint32_t depth = 0; depth <= AREA_DEPTH_MAX; depth++)
        for (uint32_t row = 0; row < s->table->rows; row++)
            if (is_own(s, row) && row_depth(s, row) == depth)
                place_row(s, row);
    for (uint32_t row = 0; row < s->table->rows; row++)
        if (is_own(s, row) && s->indices[row] == AREA_NONE)
            report_add(s->loader->report, FINDING_CYCLE, table_cell(s->table, row, AREA_PARENT)->at,
                       "%s lies in itself, or deeper than %d levels",
                       table_cell(s->table, row, AREA_CODE)->text, AREA_DEPTH_MAX);
}

static const char *row_code(const void *table, uint32_t row)
{
    return table_cell(table, row, AREA_CODE)->text;
}

// Only the top level may name a parent that is not in the table (the city above the districts); elsewhere it
// is a typing error.
static void check_parents(struct sorting *s)
{
    const char *top = NULL;
    for (uint32_t row = 0; row < s->table->rows; row++) {
        const struct cell *parent = table_cell(s->table, row, AREA_PARENT);
        if (s->parents[row] != AREA_NONE)
            continue;
        const char *level = table_cell(s->table, row, AREA_LEVEL)->text;
        top = top ? top : level;
        if (!parent->text || text_same(level, top))
            continue;
        const char *near = suggest_nearest(parent->text, row_code, s->table, s->table->rows);
        report_add(s->loader->report, FINDING_UNKNOWN_REFERENCE, parent->at, "there is no area 辖区 %s%s%s%s",
                   parent->text, near ? "; did you mean " : "", text_or_empty(near), near ? "?" : "");
    }
}

static bool make_room(struct sorting *s, uint32_t rows)
{
    struct arena *arena = s->loader->arena;
    s->parents = arena_array(arena, rows + 1, sizeof *s->parents);
    s->indices = arena_array(arena, rows + 1, sizeof *s->indices);
    s->marks = arena_array(arena, rows + 1, sizeof *s->marks);
    s->loader->rules->areas.areas = arena_array(arena, rows + 1, sizeof *s->loader->rules->areas.areas);
    s->loader->book->area_marks = arena_array(arena, rows + 1, sizeof *s->loader->book->area_marks);
    return !arena_failed(arena);
}

void load_areas(struct loader *loader)
{
    struct table table;
    if (!loader_table(loader, "areas.csv", true, columns, AREA_COLUMNS, &table))
        return;
    struct sorting sorting = {.loader = loader, .table = &table};
    strmap_init(&sorting.rows);
    if (make_room(&sorting, table.rows)) {
        enter_rows(&sorting);
        check_parents(&sorting);
        place_rows(&sorting);
    }
    strmap_fini(&sorting.rows);
    loader->area_offices =
        arena_array(loader->arena, loader->rules->areas.count + 1, sizeof *loader->area_offices);
    for (uint32_t row = 0; loader->area_offices && sorting.indices && row < table.rows; row++)
        if (sorting.indices[row] != AREA_NONE)
            loader->area_offices[sorting.indices[row]] = *table_cell(&table, row, AREA_OFFICE);
}
