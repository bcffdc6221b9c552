// principals.yaml and principals.csv: who may speak to the daemon, and as what.
#include "rulebook/loader.h"

#include "base/text.h"

#include <pwd.h>
#include <stddef.h>
#include <stdlib.h>

struct principal_draft {
    struct cell code, name, area, unit;
    struct cells roles, local;
};

#define AT(member) offsetof(struct principal_draft, member)

static const struct field fields[] = {
    {"code", FIELD_CELL, true, AT(code), NULL},
    {"name", FIELD_CELL, false, AT(name), NULL},
    {"roles", FIELD_CELLS, true, AT(roles), NULL},
    {"area", FIELD_CELL, false, AT(area), NULL},
    {"unit", FIELD_CELL, false, AT(unit), NULL},
    {"local", FIELD_CELLS, false, AT(local), NULL},
    {0},
};

enum {
    PRINCIPAL_CODE,
    PRINCIPAL_NAME,
    PRINCIPAL_ROLES,
    PRINCIPAL_AREA,
    PRINCIPAL_UNIT,
    PRINCIPAL_LOCAL,
    PRINCIPAL_COLUMNS
};

static const struct column columns[PRINCIPAL_COLUMNS] = {
    [PRINCIPAL_CODE] = {"code", "代码", true},   [PRINCIPAL_NAME] = {"name", "名称", false},
    [PRINCIPAL_ROLES] = {"roles", "角色", true}, [PRINCIPAL_AREA] = {"area", "辖区", false},
    [PRINCIPAL_UNIT] = {"unit", "单位", false},  [PRINCIPAL_LOCAL] = {"local", "本机用户", false},
};

// The principals being gathered from both files.
struct gathering {
    struct loader *loader;
    size_t mark_capacity;
    size_t capacity;
};

// A user's number or name; names are those of the machine that loads the rulebook.
static bool read_user(struct loader *loader, const struct cell *cell, uint32_t *uid)
{
    char *end;
    unsigned long number = strtoul(cell->text, &end, 10);
    if (*end == '\0' && number < UINT32_MAX) {
        *uid = (uint32_t)number;
        return true;
    }
    struct passwd entry, *found = NULL;
    char room[4096];
    if (getpwnam_r(cell->text, &entry, room, sizeof room, &found) == 0 && found) {
        *uid = found->pw_uid;
        return true;
    }
    report_add(loader->report, FINDING_NO_USER, cell->at, "this machine has no user %s", cell->text);
    return false;
}

static void read_local(struct loader *loader, const struct cells *cells, struct principal *principal)
{
    uint32_t *uids = arena_array(loader->arena, (size_t)cells->count + 1, sizeof *uids);
    for (uint32_t i = 0; uids && i < cells->count; i++) {
        if (text_same(cells->items[i].text, "self"))
            principal->same_uid = true;
        else if (read_user(loader, &cells->items[i], &uids[principal->uid_count]))
            principal->uid_count++;
    }
    principal->uids = uids;
}

static void check_roles(struct loader *loader, const struct principal_draft *draft,
                        const struct principal *principal)
{
    uint32_t needs_unit = UINT32_C(1) << DUTY_OFFICE | UINT32_C(1) << DUTY_UNIT;
    if (principal->duties & needs_unit && !draft->unit.text)
        report_add(loader->report, FINDING_MISSING_KEY, draft->code.at,
                   "%s is an office or a unit: the key unit is missing", principal->code);
}

static void add_principal(struct gathering *g, const struct principal_draft *draft)
{
    struct loader *loader = g->loader;
    struct principal_table *table = &loader->rules->principals;
    struct principal *principals =
        arena_grow(loader->arena, table->principals, table->count, &g->capacity, sizeof *principals);
    struct mark *marks = arena_grow(loader->arena, loader->book->principal_marks, table->count,
                                    &g->mark_capacity, sizeof *marks);
    if (!principals || !marks)
        return;
    table->principals = principals;
    loader->book->principal_marks = marks;
    if (!loader_enter_code(loader, &table->by_code, &draft->code, table->count, marks))
        return;
    marks[table->count] = draft->code.at;
    struct principal *principal = &table->principals[table->count++];
    *principal = (struct principal){
        .code = draft->code.text,
        .name = draft->name.text ? draft->name.text : draft->code.text,
        .duties = loader_words(loader, WORDS_DUTY, &draft->roles),
        .area = loader_refer(loader, REFERENCE_AREA, &draft->area),
        .unit = loader_refer(loader, REFERENCE_UNIT, &draft->unit),
    };
    read_local(loader, &draft->local, principal);
    check_roles(loader, draft, principal);
}

static void read_list(struct gathering *g, const struct source *source)
{
    struct yaml yaml;
    struct yaml_nodes list = {0};
    if (yaml_init(&yaml, source, g->loader->arena, g->loader->report))
        yaml_list(&yaml, yaml.root, &list);
    for (uint32_t i = 0; i < list.count; i++) {
        struct principal_draft draft = {0};
        if (yaml_read(&yaml, list.items[i], fields, &draft))
            add_principal(g, &draft);
    }
    yaml_fini(&yaml);
}

static void read_table(struct gathering *g, const struct table *table)
{
    struct arena *arena = g->loader->arena;
    for (uint32_t row = 0; row < table->rows; row++) {
        struct principal_draft draft = {
            .code = *table_cell(table, row, PRINCIPAL_CODE),
            .name = *table_cell(table, row, PRINCIPAL_NAME),
            .roles = table_list(arena, table_cell(table, row, PRINCIPAL_ROLES)),
            .area = *table_cell(table, row, PRINCIPAL_AREA),
            .unit = *table_cell(table, row, PRINCIPAL_UNIT),
            .local = table_list(arena, table_cell(table, row, PRINCIPAL_LOCAL)),
        };
        add_principal(g, &draft);
    }
}

void load_principals(struct loader *loader)
{
    struct gathering gathering = {.loader = loader};
    struct table table;
    const struct source *source = loader_source(loader, "principals.yaml");
    if (source)
        read_list(&gathering, source);
    if (loader_table(loader, "principals.csv", false, columns, PRINCIPAL_COLUMNS, &table))
        read_table(&gathering, &table);
}
