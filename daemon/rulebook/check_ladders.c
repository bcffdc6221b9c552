// Rungs that reach nobody: for each ladder in use, for each unit that may stand on it.
#include "rulebook/check_units.h"

#include "base/error.h"
#include "base/text.h"
#include "rulebook/classes.h"

struct rung_proof {
    const struct rulebook *book;
    const struct rules *rules;
    struct rulebook_report *report;
    const bool *callable; // units
    const bool *offices;  // units: those, and who submits whistles
    const bool *leaves;   // areas
};

static uint32_t superior(const struct rules *rules, uint32_t unit, int levels)
{
    while (unit != UNIT_NONE && levels-- > 0)
        unit = rules->units.units[unit].superior;
    return unit;
}

static bool is_of_area(const struct address *address)
{
    return address->kind == ADDRESS_BLOCK || address->kind == ADDRESS_LEADER;
}

static bool reaches_unit(const struct rules *rules, const struct address *address, uint32_t unit)
{
    const struct unit *on_clock = &rules->units.units[unit];
    switch (address->kind) {
    case ADDRESS_CONTACT:
        return (uint32_t)address->level <= on_clock->contact_count;
    case ADDRESS_LINE:
        return superior(rules, unit, address->level) != UNIT_NONE;
    case ADDRESS_ROLE:
        return rules_unit_serving(rules, on_clock->area, address->name) != UNIT_NONE;
    case ADDRESS_DESK:
        return rules->desk != UNIT_NONE;
    default:
        return true;
    }
}

static bool has_leader(const struct rules *rules, uint32_t area)
{
    for (; area != AREA_NONE; area = rules->areas.areas[area].parent)
        if (rules->areas.areas[area].leader_count)
            return true;
    return false;
}

static bool reaches_area(const struct rules *rules, const struct address *address, uint32_t area)
{
    if (address->kind == ADDRESS_LEADER)
        return has_leader(rules, area);
    return rules_office_above(rules, area, (uint32_t)address->level) != UNIT_NONE;
}

static bool rung_reaches_unit(const struct rules *rules, const struct rung *rung, uint32_t unit)
{
    for (size_t i = 0; i < rung->to_count; i++)
        if (!is_of_area(&rung->to[i]) && reaches_unit(rules, &rung->to[i], unit))
            return true;
    return false;
}

static bool rung_reaches_area(const struct rules *rules, const struct rung *rung, uint32_t area)
{
    for (size_t i = 0; i < rung->to_count; i++)
        if (is_of_area(&rung->to[i]) && reaches_area(rules, &rung->to[i], area))
            return true;
    return false;
}

// The first leaf area in which the rung's area addresses reach nobody; AREA_NONE where they always do.
static uint32_t lost_area(const struct rung_proof *p, const struct rung *rung)
{
    for (uint32_t i = 0; i < p->rules->areas.count; i++)
        if (p->leaves[i] && !rung_reaches_area(p->rules, rung, i))
            return i;
    return AREA_NONE;
}

static bool has_limit(const struct rules *rules, enum stage stage)
{
    bool given = rules->limits.of[stage].measure;
    for (uint32_t i = 0; i < rules->routing.count && !given; i++)
        given = rules->routing.rules[i].limits.of[stage].measure;
    return given;
}

// The clocks of a closing and of free places run on the office that submitted the case.
static bool is_of_offices(const struct rules *rules, const char *ladder)
{
    static const enum stage stages[] = {STAGE_CLOSE, STAGE_FILL};
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        const char *code = rules->ladder_of[stages[i]];
        if (text_same(code ? code : rules->default_ladder, ladder) && has_limit(rules, stages[i]))
            return true;
    }
    return false;
}

static void check_rung(const struct rung_proof *p, uint32_t ladder, const struct rung *rung)
{
    const bool *on_clock = is_of_offices(p->rules, p->rules->ladders[ladder].code) ? p->offices : p->callable;
    uint32_t area = lost_area(p, rung);
    uint32_t first = UNIT_NONE;
    uint32_t count = 0;
    if (area == AREA_NONE)
        return;
    for (uint32_t i = 0; i < p->rules->units.count; i++)
        if (on_clock[i] && !rung_reaches_unit(p->rules, rung, i)) {
            first = count ? first : i;
            count++;
        }
    if (count)
        report_add(p->report, FINDING_EMPTY_RUNG, p->book->ladder_marks[ladder],
                   "rung %u of %s reaches nobody for %s in %s (%u units in all)", rung->id,
                   p->rules->ladders[ladder].code, p->rules->units.units[first].code,
                   p->rules->areas.areas[area].name, count);
}

static bool *with_offices(struct arena *arena, const struct rules *rules, const bool *callable)
{
    size_t room = (size_t)rules->units.count + 1;
    bool *units = callable ? arena_memdup(arena, callable, room * sizeof *units) : NULL;
    if (units)
        mark_offices(rules, NULL, units);
    return units;
}

int ladders_check(const struct rulebook *book, struct rulebook_report *report)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct rung_proof proof = {
        .book = book,
        .rules = &book->rules,
        .report = report,
        .callable = callable_units(&arena, &book->rules),
        .leaves = area_leaves(&arena, &book->rules.areas),
    };
    proof.offices = with_offices(&arena, &book->rules, proof.callable);
    int error = proof.offices && proof.leaves ? 0 : ERROR_NO_MEMORY;
    for (uint32_t i = 0; i < book->rules.ladder_count && !error; i++)
        for (size_t j = 0; j < book->rules.ladders[i].count; j++)
            if (book->rules.ladders[i].rungs[j].to_count) // one that only records is to reach nobody
                check_rung(&proof, i, &book->rules.ladders[i].rungs[j]);
    arena_fini(&arena);
    return error;
}
