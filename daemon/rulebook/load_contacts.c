// contacts.csv: the persons of each unit (A 岗, B 岗), and roster.csv: who of them is on duty, or away, and
// when.
#include "rulebook/loader.h"

#include "base/text.h"
#include "rulebook/moment.h"

#include <string.h>

enum { CONTACT_UNIT, CONTACT_CODE, CONTACT_NAME, CONTACT_PHONE, CONTACT_COLUMNS };

static const struct column contact_columns[CONTACT_COLUMNS] = {
    [CONTACT_UNIT] = {"unit", "单位", true},
    [CONTACT_CODE] = {"code", "岗位", true},
    [CONTACT_NAME] = {"name", "姓名", true},
    [CONTACT_PHONE] = {"phone", "电话", false},
};

enum { ROSTER_UNIT, ROSTER_CONTACT, ROSTER_FROM, ROSTER_TO, ROSTER_STATE, ROSTER_COLUMNS };

static const struct column duty_columns[ROSTER_COLUMNS] = {
    [ROSTER_UNIT] = {"unit", "单位", true},   [ROSTER_CONTACT] = {"contact", "岗位", true},
    [ROSTER_FROM] = {"from", "起", true},     [ROSTER_TO] = {"to", "止", true},
    [ROSTER_STATE] = {"state", "状态", true},
};

static struct contact *add_contact(struct loader *loader, struct unit *unit)
{
    // Units have few contacts and their rows mostly stand together: the array is made anew for each one.
    struct contact *contacts = arena_array(loader->arena, unit->contact_count + 1, sizeof *contacts);
    if (!contacts)
        return NULL;
    if (unit->contact_count)
        memcpy(contacts, unit->contacts, unit->contact_count * sizeof *contacts);
    unit->contacts = contacts;
    return &contacts[unit->contact_count++];
}

static void read_contact(struct loader *loader, const struct table *table, uint32_t row)
{
    const struct cell *code = table_cell(table, row, CONTACT_CODE);
    uint32_t index = loader_refer(loader, REFERENCE_UNIT, table_cell(table, row, CONTACT_UNIT));
    struct unit *unit = index == UNIT_NONE ? NULL : &loader->rules->units.units[index];
    if (unit && unit_contact(unit, code->text))
        report_add(loader->report, FINDING_DUPLICATE, code->at, "%s has a contact %s already", unit->code,
                   code->text);
    else if (unit && strpbrk(code->text, "/ \t"))
        report_add(loader->report, FINDING_BAD_VALUE, code->at,
                   "the code of a contact holds neither / nor blanks");
    struct contact *contact = unit ? add_contact(loader, unit) : NULL;
    if (contact)
        *contact = (struct contact){
            .code = code->text,
            .name = table_cell(table, row, CONTACT_NAME)->text,
            .phone = table_cell(table, row, CONTACT_PHONE)->text,
            .recipient = arena_printf(loader->arena, "%s/%s", unit->code, code->text),
        };
}

// On the city's clocks, unless an offset stands behind it.
static bool read_instant(struct loader *loader, const struct cell *cell, int64_t *out)
{
    if (moment_parse(&loader->book->zone, cell->text, out))
        return true;
    report_add(loader->report, FINDING_BAD_VALUE, cell->at, "%s is no local time, as 2026-02-13 08:00",
               cell->text);
    return false;
}

static bool read_state(struct loader *loader, const struct cell *cell)
{
    bool away =
        text_same(cell->text, "away") || text_same(cell->text, "请假") || text_same(cell->text, "离岗");
    bool on = text_same(cell->text, "on") || text_same(cell->text, "值班") || text_same(cell->text, "在岗");
    if (!away && !on)
        report_add(loader->report, FINDING_BAD_VALUE, cell->at, "%s is none of on, away", cell->text);
    return away;
}

static struct unit *duty_unit(struct loader *loader, const struct table *table, uint32_t row)
{
    const struct cell *contact = table_cell(table, row, ROSTER_CONTACT);
    uint32_t index = loader_refer(loader, REFERENCE_UNIT, table_cell(table, row, ROSTER_UNIT));
    struct unit *unit = index == UNIT_NONE ? NULL : &loader->rules->units.units[index];
    if (!unit || unit_contact(unit, contact->text))
        return unit;
    report_add(loader->report, FINDING_UNKNOWN_REFERENCE, contact->at, "%s has no contact %s", unit->code,
               contact->text);
    return NULL;
}

// The roster has room for all rows of the unit.
static void read_duty(struct loader *loader, const struct table *table, uint32_t row, struct unit *unit)
{
    struct duty_line line = {.contact = table_cell(table, row, ROSTER_CONTACT)->text};
    const struct cell *to = table_cell(table, row, ROSTER_TO);
    bool good = read_instant(loader, table_cell(table, row, ROSTER_FROM), &line.from_ms) &&
                read_instant(loader, to, &line.to_ms);
    line.away = read_state(loader, table_cell(table, row, ROSTER_STATE));
    if (good && line.to_ms <= line.from_ms)
        report_add(loader->report, FINDING_BAD_VALUE, to->at, "%s is not after the beginning", to->text);
    else if (good)
        unit->roster[unit->roster_count++] = line;
}

// A roster may have thousands of rows: they are counted first, so that each unit's array is made once.
static void read_roster(struct loader *loader, const struct table *table)
{
    struct unit_table *units = &loader->rules->units;
    uint32_t *counts = arena_array(loader->arena, units->count + 1, sizeof *counts);
    struct unit **rows = arena_array(loader->arena, (size_t)table->rows + 1, sizeof *rows);
    for (uint32_t row = 0; counts && rows && row < table->rows; row++) {
        rows[row] = duty_unit(loader, table, row);
        if (rows[row])
            counts[rows[row] - units->units]++;
    }
    for (uint32_t i = 0; counts && i < units->count; i++)
        if (counts[i])
            units->units[i].roster = arena_array(loader->arena, counts[i], sizeof *units->units[i].roster);
    for (uint32_t row = 0; rows && row < table->rows; row++)
        if (rows[row] && rows[row]->roster)
            read_duty(loader, table, row, rows[row]);
}

void load_contacts(struct loader *loader)
{
    struct table table;
    if (loader_table(loader, "contacts.csv", false, contact_columns, CONTACT_COLUMNS, &table))
        for (uint32_t row = 0; row < table.rows; row++)
            read_contact(loader, &table, row);
    if (loader_table(loader, "roster.csv", false, duty_columns, ROSTER_COLUMNS, &table))
        read_roster(loader, &table);
}
