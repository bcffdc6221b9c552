// Call-ups that would reach nobody, or fewer than they need. Warnings, since a call widens as the case
// climbs.
#include "rulebook/check_units.h"

#include "base/error.h"
#include "base/text.h"
#include "rulebook/classes.h"
#include "rulebook/names.h"

struct pool_proof {
    const struct rulebook *book;
    const struct rules *rules;
    struct rulebook_report *report;
    const bool *leaves; // areas
    uint32_t *members;  // by area: of the pool, registered in it or below
    bool *named;        // by area
};

static bool belongs(const struct member *member, const char *pool)
{
    for (uint32_t i = 0; i < member->pool_count; i++)
        if (text_same(member->pools[i], pool))
            return true;
    return false;
}

// How many members the pool has; p->members then says where.
static uint32_t count_members(const struct pool_proof *p, const char *pool)
{
    const struct area_tree *areas = &p->rules->areas;
    uint32_t all = 0;
    for (uint32_t i = 0; i < areas->count; i++)
        p->members[i] = 0;
    for (uint32_t i = 0; i < p->rules->members.count; i++) {
        const struct member *member = &p->rules->members.members[i];
        if (!belongs(member, pool))
            continue;
        all++;
        for (uint32_t at = member->area; at != AREA_NONE; at = areas->areas[at].parent)
            p->members[at]++;
    }
    return all;
}

static bool covers(const struct area_tree *areas, const struct rule *rule, uint32_t area)
{
    for (uint32_t i = 0; i < rule->area_count; i++)
        if (area_is_within(areas, area, rule->areas[i]))
            return true;
    return rule->area_count == 0;
}

// Does this one ask for nothing but kinds and areas, and for all the kinds that the other asks for?
static bool takes_all_kinds_of(const struct rule *rule, const struct rule *other)
{
    bool kinds = !rule->kinds || (other->kinds && !(other->kinds & ~rule->kinds));
    return kinds && !rule->natures && !rule->severities && !rule->category_count && !rule->condition_count &&
           !rule->flag_count && !rule->attribute_count;
}

// A city has rules for the places with a pool of their own first, and one for all others behind them.
static bool is_left_to(const struct pool_proof *p, uint32_t index, uint32_t area)
{
    const struct rule *rules = p->rules->routing.rules;
    for (uint32_t i = 0; i < index; i++)
        if (takes_all_kinds_of(&rules[i], &rules[index]) && covers(&p->rules->areas, &rules[i], area))
            return false;
    return covers(&p->rules->areas, &rules[index], area);
}

// Names the leaf areas of the rule where from `least` to `most` members are called; whether there are any.
static bool name_areas(const struct pool_proof *p, uint32_t index, uint32_t least, uint32_t most,
                       struct buffer *text)
{
    bool any = false;
    for (uint32_t i = 0; i < p->rules->areas.count; i++) {
        uint32_t called = p->members[member_call_area(&p->rules->areas, i)];
        bool counts = p->leaves[i] && called >= least && called <= most;
        p->named[i] = counts && is_left_to(p, index, i);
        any |= p->named[i];
    }
    if (any)
        names_of_areas(text, &p->rules->areas, p->leaves, p->named);
    return any;
}

static void check_areas(const struct pool_proof *p, uint32_t index, bool few_in_all)
{
    const struct rule *rule = &p->rules->routing.rules[index];
    const struct rule_marks *marks = &p->book->rule_marks[index];
    struct buffer none, few;
    buffer_init(&none);
    buffer_init(&few);
    if (name_areas(p, index, 0, 0, &none))
        report_add(p->report, FINDING_NO_MEMBER, marks->pool,
                   "%s: no member of the pool %s is registered in %s", rule->id, rule->pool,
                   buffer_string(&none));
    if (!few_in_all && name_areas(p, index, 1, rule->places - 1, &few))
        report_add(p->report, FINDING_FEW_MEMBERS, marks->places,
                   "%s: the pool %s has fewer than %u members in %s", rule->id, rule->pool, rule->places,
                   buffer_string(&few));
    buffer_fini(&none);
    buffer_fini(&few);
}

static void check_rule(const struct pool_proof *p, uint32_t index)
{
    const struct rule *rule = &p->rules->routing.rules[index];
    uint32_t all = count_members(p, rule->pool);
    if (all < rule->places)
        report_add(p->report, FINDING_FEW_MEMBERS, p->book->rule_marks[index].places,
                   "%s: the pool %s has %u members in all, and %u are needed", rule->id, rule->pool, all,
                   rule->places);
    check_areas(p, index, all < rule->places);
}

int pools_check(const struct rulebook *book, struct rulebook_report *report)
{
    const struct rules *rules = &book->rules;
    struct arena arena;
    arena_init(&arena, 0);
    struct pool_proof proof = {
        .book = book,
        .rules = rules,
        .report = report,
        .leaves = area_leaves(&arena, &rules->areas),
        .members = arena_array(&arena, (size_t)rules->areas.count + 1, sizeof *proof.members),
        .named = arena_array(&arena, (size_t)rules->areas.count + 1, sizeof *proof.named),
    };
    int error = arena_failed(&arena) ? ERROR_NO_MEMORY : 0;
    for (uint32_t i = 0; i < rules->routing.count && !error; i++)
        if (rules->routing.rules[i].pool)
            check_rule(&proof, i);
    arena_fini(&arena);
    return error;
}
