// principals.yaml: who may speak to the daemon, and as what.
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
    {"code", FIELD_CELL, true, AT(code), NULL},    {"name", FIELD_CELL, false, AT(name), NULL},
    {"roles", FIELD_CELLS, true, AT(roles), NULL}, {"area", FIELD_CELL, false, AT(area), NULL},
    {"unit", FIELD_CELL, false, AT(unit), NULL},   {"local", FIELD_CELLS, false, AT(local), NULL},
    {0},
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

static void check_roles(struct loader *loader, const struct principal_draft *draft, const struct principal *principal)
{
    uint32_t needs_unit = UINT32_C(1) << DUTY_OFFICE | UINT32_C(1) << DUTY_UNIT;
    if (principal->duties & needs_unit && !draft->unit.text)
        report_add(loader->report, FINDING_MISSING_KEY, draft->code.at, "%s is an office or a unit: the key unit is missing",
                   principal->code);
}

static void read_principal(struct loader *loader, struct yaml *yaml, struct yaml_node node, struct mark *marks)
{
    struct principal_table *table = &loader->rules->principals;
    struct principal_draft draft = {0};
    if (!yaml_read(yaml, node, fields, &draft) || !draft.code.text ||
        !loader_enter(loader, &table->by_code, &draft.code, table->count, marks))
        return;
    marks[table->count] = draft.code.at;
    struct principal *principal = &table->principals[table->count++];
    *principal = (struct principal){
        .code = draft.code.text,
        .name = draft.name.text ? draft.name.text : draft.code.text,
        .duties = loader_words(loader, WORDS_DUTY, &draft.roles),
        .area = loader_refer(loader, REFERENCE_AREA, &draft.area),
        .unit = loader_refer(loader, REFERENCE_UNIT, &draft.unit),
    };
    read_local(loader, &draft.local, principal);
    check_roles(loader, &draft, principal);
}

void load_principals(struct loader *loader)
{
    const struct source *source = loader_source(loader, "principals.yaml");
    struct yaml yaml;
    struct yaml_nodes list;
    if (!source)
        return;
    if (yaml_init(&yaml, source, loader->arena, loader->report) && yaml_list(&yaml, yaml.root, &list)) {
        struct mark *marks = arena_array(loader->arena, (size_t)list.count + 1, sizeof *marks);
        loader->rules->principals.principals =
            arena_array(loader->arena, (size_t)list.count + 1, sizeof *loader->rules->principals.principals);
        for (uint32_t i = 0; marks && loader->rules->principals.principals && i < list.count; i++)
            read_principal(loader, &yaml, list.items[i], marks);
    }
    yaml_fini(&yaml);
}
