// members.csv: the members of pools 双报到, who keeps them and where they are registered;
// members.private.csv: who they are.
#include "rulebook/loader.h"

#include "base/error.h"
#include "base/text.h"
#include "rulebook/suggest.h"

enum { MEMBER_CODE, MEMBER_UNIT, MEMBER_AREA, MEMBER_POOLS, MEMBER_SKILLS, MEMBER_COLUMNS };

static const struct column member_columns[MEMBER_COLUMNS] = {
    [MEMBER_CODE] = {"code", "编号", true},      [MEMBER_UNIT] = {"unit", "单位", true},
    [MEMBER_AREA] = {"area", "社区", true},      [MEMBER_POOLS] = {"pools", "队伍", true},
    [MEMBER_SKILLS] = {"skills", "技能", false},
};

enum { PERSON_CODE, PERSON_NAME, PERSON_PHONE, PERSON_COLUMNS };

static const struct column person_columns[PERSON_COLUMNS] = {
    [PERSON_CODE] = {"code", "编号", true},
    [PERSON_NAME] = {"name", "姓名", true},
    [PERSON_PHONE] = {"phone", "电话", false},
};

// ---- pools --------------------------------------------------------------------------------------

static void add_pool(struct loader *loader, const char *name)
{
    struct pool_list *pools = &loader->pools;
    if (strmap_find(&pools->by_name, name) != STRMAP_NONE)
        return;
    const char **names =
        arena_grow(loader->arena, pools->names, pools->count, &pools->capacity, sizeof *names);
    if (!names)
        return;
    pools->names = names;
    if (strmap_add(&pools->by_name, name, pools->count) != 0)
        loader->arena->failed = true;
    else
        names[pools->count++] = name;
}

static const char *pool_at(const void *pools, uint32_t index)
{
    return ((const struct pool_list *)pools)->names[index];
}

const char *members_pool(struct loader *loader, const struct cell *cell)
{
    const struct pool_list *pools = &loader->pools;
    if (!cell->text || strmap_find(&pools->by_name, cell->text) != STRMAP_NONE)
        return cell->text;
    if (pools->unsure || (pools->count == 0 && loader->report->errors > 0)) // a table that could not be read
        return NULL;
    const char *near = suggest_nearest(cell->text, pool_at, pools, pools->count);
    report_add(loader->report, FINDING_UNKNOWN_REFERENCE, cell->at,
               "no member belongs to the pool 队伍 %s%s%s%s", cell->text, near ? "; did you mean " : "",
               text_or_empty(near), near ? "?" : "");
    return NULL;
}

// ---- members ------------------------------------------------------------------------------------

static bool read_member(struct loader *loader, const struct table *table, uint32_t row, uint32_t index)
{
    struct member_table *members = &loader->rules->members;
    const struct cell *code = table_cell(table, row, MEMBER_CODE);
    struct cells pools = table_list(loader->arena, table_cell(table, row, MEMBER_POOLS));
    struct cells skills = table_list(loader->arena, table_cell(table, row, MEMBER_SKILLS));
    for (uint32_t i = 0; i < pools.count; i++)
        add_pool(loader, pools.items[i].text);
    if (!loader_enter_code(loader, &members->by_code, code, index, loader->book->member_marks))
        return false;
    loader->book->member_marks[index] = code->at;
    members->members[index] = (struct member){
        .code = code->text,
        .recipient = arena_printf(loader->arena, "member/%s", code->text),
        .unit = loader_refer(loader, REFERENCE_UNIT, table_cell(table, row, MEMBER_UNIT)),
        .area = loader_refer(loader, REFERENCE_AREA, table_cell(table, row, MEMBER_AREA)),
        .pools = loader_texts(loader, &pools),
        .pool_count = pools.count,
        .skills = loader_texts(loader, &skills),
        .skill_count = skills.count,
    };
    return true;
}

static void read_members(struct loader *loader, const struct table *table)
{
    struct member_table *members = &loader->rules->members;
    size_t room = (size_t)table->rows + 1;
    members->members = arena_array(loader->arena, room, sizeof *members->members);
    loader->book->member_marks = arena_array(loader->arena, room, sizeof *loader->book->member_marks);
    for (uint32_t row = 0; row < table->rows && !arena_failed(loader->arena); row++)
        if (read_member(loader, table, row, members->count))
            members->count++;
}

// ---- persons ------------------------------------------------------------------------------------

static void read_person(struct loader *loader, const struct table *table, uint32_t row)
{
    const struct cell *code = table_cell(table, row, PERSON_CODE);
    uint32_t index = loader_refer(loader, REFERENCE_MEMBER, code);
    struct member_person *person = index == STRMAP_NONE ? NULL : &loader->book->persons[index];
    if (person && person->name)
        report_add(loader->report, FINDING_DUPLICATE, code->at, "%s stands here already", code->text);
    else if (person)
        *person = (struct member_person){table_cell(table, row, PERSON_NAME)->text,
                                         table_cell(table, row, PERSON_PHONE)->text};
}

static void read_persons(struct loader *loader, const struct table *table)
{
    loader->book->persons =
        arena_array(loader->arena, (size_t)loader->rules->members.count + 1, sizeof *loader->book->persons);
    for (uint32_t row = 0; loader->book->persons && row < table->rows; row++)
        read_person(loader, table, row);
}

void load_members(struct loader *loader)
{
    struct table table;
    if (loader_table(loader, "members.csv", false, member_columns, MEMBER_COLUMNS, &table))
        read_members(loader, &table);
    loader->pools.unsure = table.dropped.count > 0;
    if (loader_table(loader, "members.private.csv", false, person_columns, PERSON_COLUMNS, &table))
        read_persons(loader, &table);
}
