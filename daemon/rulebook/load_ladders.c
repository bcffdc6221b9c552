// ladders.yaml: what happens as a clock runs out. A mapping of ladder → list of rungs.
#include "rulebook/loader.h"

#include "base/error.h"
#include "base/text.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct rung_draft {
    struct cell id, at, before_due, after_due, after_start, every, times, in_hours, urgent, limit, ladder;
    struct cells act, to;
};

#define AT(member) offsetof(struct rung_draft, member)

static const struct field fields[] = {
    {"id", FIELD_CELL, false, AT(id), NULL},
    {"at", FIELD_CELL, false, AT(at), NULL},
    {"before_due", FIELD_CELL, false, AT(before_due), NULL},
    {"after_due", FIELD_CELL, false, AT(after_due), NULL},
    {"after_start", FIELD_CELL, false, AT(after_start), NULL},
    {"every", FIELD_CELL, false, AT(every), NULL},
    {"times", FIELD_CELL, false, AT(times), NULL},
    {"in_hours", FIELD_CELL, false, AT(in_hours), NULL},
    {"act", FIELD_CELLS, true, AT(act), NULL},
    {"urgent", FIELD_CELL, false, AT(urgent), NULL},
    {"to", FIELD_CELLS, false, AT(to), NULL},
    {"limit", FIELD_CELL, false, AT(limit), NULL},
    {"ladder", FIELD_CELL, false, AT(ladder), NULL},
    {0},
};

// "80%", "12.5%" in per mille; 0 for no share.
static int read_share(const char *text)
{
    char *end;
    double percent = strtod(text, &end);
    bool good = end != text && strcmp(end, "%") == 0 && percent >= 0.1 && percent <= 1000;
    return good ? (int)(percent * 10 + 0.5) : 0;
}

static void read_at(struct loader *loader, const struct cell *at, struct rung *rung)
{
    rung->share = read_share(at->text);
    if (rung->share)
        rung->when = RUNG_SHARE;
    else if (text_same(at->text, "due"))
        rung->when = RUNG_AFTER_DUE;
    else if (text_same(at->text, "start"))
        rung->when = RUNG_AFTER_START;
    else
        report_add(loader->report, FINDING_BAD_VALUE, at->at, "%s is none of start, due, or a share as 80%%",
                   at->text);
}

static void read_when(struct loader *loader, struct yaml_node node, const struct rung_draft *draft,
                      struct rung *rung)
{
    const struct cell *moved[] = {&draft->before_due, &draft->after_due, &draft->after_start};
    static const enum rung_when whens[] = {RUNG_BEFORE_DUE, RUNG_AFTER_DUE, RUNG_AFTER_START};
    int given = draft->at.text != NULL;
    for (int i = 0; i < 3; i++) {
        given += moved[i]->text != NULL;
        if (!moved[i]->text)
            continue;
        rung->when = whens[i];
        loader_limit(loader, moved[i], &rung->by);
    }
    if (given != 1)
        report_add(loader->report, FINDING_BAD_VALUE, node.at,
                   "a rung has one of at, before_due, after_due, after_start");
    else if (draft->at.text)
        read_at(loader, &draft->at, rung);
}

static void read_acts(struct loader *loader, const struct cells *cells, struct rung *rung)
{
    for (uint32_t i = 0; i < cells->count; i++) {
        enum rung_act act = rung_act_from_name(cells->items[i].text);
        if (!act)
            report_add(loader->report, FINDING_BAD_VALUE, cells->items[i].at,
                       "%s is none of tell, call, hand_up, supervise, record", cells->items[i].text);
        rung->acts |= (uint32_t)act;
    }
}

static void check_address(struct loader *loader, const struct cell *cell, const struct address *address)
{
    if (address->kind == ADDRESS_NAMED || (address->kind == ADDRESS_DESK && address->name)) {
        struct cell name = {.text = address->name, .at = cell->at};
        loader_refer(loader, REFERENCE_UNIT, &name);
    }
}

static void read_addresses(struct loader *loader, const struct cells *cells, struct rung *rung)
{
    struct address *to = arena_array(loader->arena, (size_t)cells->count + 1, sizeof *to);
    for (uint32_t i = 0; to && i < cells->count; i++) {
        const struct cell *cell = &cells->items[i];
        int error = address_parse(loader->arena, cell->text, &to[rung->to_count]);
        if (error) {
            report_add(
                loader->report, FINDING_BAD_VALUE, cell->at,
                "%s is no address: unit, A, B, block+1, line+1, role:NAME, leader, unit:CODE, office, desk",
                cell->text);
            continue;
        }
        check_address(loader, cell, &to[rung->to_count++]);
    }
    rung->to = to;
}

static void read_rung(struct loader *loader, struct yaml *yaml, struct yaml_node node, uint32_t position,
                      struct rung *rung)
{
    struct rung_draft draft = {0};
    if (!yaml_read(yaml, node, fields, &draft))
        return;
    rung->id = (uint32_t)loader_number(loader, &draft.id, 1, 9999, (long)position);
    read_when(loader, node, &draft, rung);
    loader_limit(loader, &draft.every, &rung->every);
    rung->cap =
        (uint32_t)loader_number(loader, &draft.times, 2, CLOCK_MAX_RUNGS, rung->every.measure ? 3 : 0);
    rung->in_hours = loader_bool(loader, &draft.in_hours);
    rung->urgent = loader_bool(loader, &draft.urgent);
    read_acts(loader, &draft.act, rung);
    read_addresses(loader, &draft.to, rung);
    if (!draft.to.count && rung->acts != ACT_RECORD)
        report_add(loader->report, FINDING_MISSING_KEY, node.at, "the key to is missing");
    if (draft.to.count && rung->acts == ACT_RECORD)
        report_add(loader->report, FINDING_BAD_VALUE, draft.to.items[0].at,
                   "record tells nobody: add tell, or leave to out");
    loader_limit(loader, &draft.limit, &rung->limit);
    rung->ladder =
        loader_refer(loader, REFERENCE_LADDER, &draft.ladder) == STRMAP_NONE ? NULL : draft.ladder.text;
}

static void check_ladder(struct loader *loader, const struct ladder *ladder, const struct yaml_nodes *list)
{
    size_t bad = 0;
    int error = ladder_check(ladder, &bad);
    struct mark at = bad < list->count ? list->items[bad].at : (struct mark){0};
    if (error == ERROR_IN_USE)
        report_add(loader->report, FINDING_DUPLICATE, at, "a rung of %s has this id already", ladder->code);
    else if (error == ERROR_TOO_MANY)
        report_add(loader->report, FINDING_BAD_VALUE, at, "%s has more than %d rungs, repetitions counted",
                   ladder->code, CLOCK_MAX_RUNGS);
    else if (error)
        report_add(loader->report, FINDING_BAD_VALUE, at, "this rung of %s cannot be used: %s", ladder->code,
                   error == ERROR_MISSING ? "it has no act or no address" : "its time is out of range");
}

static void read_ladder(struct loader *loader, struct yaml *yaml, uint32_t index, struct yaml_node node)
{
    struct ladder *ladder = &loader->rules->ladders[index];
    struct yaml_nodes list;
    uint32_t before = loader->report->errors;
    if (!yaml_list(yaml, node, &list))
        return;
    struct rung *rungs = arena_array(loader->arena, (size_t)list.count + 1, sizeof *rungs);
    for (uint32_t i = 0; rungs && i < list.count; i++)
        read_rung(loader, yaml, list.items[i], i + 1, &rungs[ladder->count++]);
    ladder->rungs = rungs;
    if (loader->report->errors == before)
        check_ladder(loader, ladder, &list);
}

// A rung may name a ladder further down: all names are entered first.
static void enter_ladders(struct loader *loader, const struct yaml_nodes *map)
{
    struct rules *rules = loader->rules;
    rules->ladders = arena_array(loader->arena, (size_t)map->count + 1, sizeof *rules->ladders);
    loader->book->ladder_marks =
        arena_array(loader->arena, (size_t)map->count + 1, sizeof *loader->book->ladder_marks);
    for (uint32_t i = 0; rules->ladders && loader->book->ladder_marks && i < map->count; i++) {
        loader->book->ladder_marks[i] = map->keys[i].at;
        loader_enter(loader, &loader->ladders, &map->keys[i], i, loader->book->ladder_marks);
        rules->ladders[rules->ladder_count++].code = map->keys[i].text;
    }
}

void load_ladders(struct loader *loader)
{
    const struct source *source = loader_source(loader, "ladders.yaml");
    struct yaml yaml;
    struct yaml_nodes map;
    if (!source)
        return;
    if (yaml_init(&yaml, source, loader->arena, loader->report) && yaml_map(&yaml, yaml.root, &map)) {
        enter_ladders(loader, &map);
        for (uint32_t i = 0; i < loader->rules->ladder_count; i++)
            read_ladder(loader, &yaml, i, map.items[i]);
    }
    yaml_fini(&yaml);
}
