#include "rulebook/check_units.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "rulebook/names.h"

#include <stddef.h>

static void mark_role(const struct rules *rules, const char *role, bool *callable)
{
    for (uint32_t i = 0; i < rules->units.count; i++)
        if (unit_has_role(&rules->units.units[i], role))
            callable[i] = true;
}

void mark_offices(const struct rules *rules, const struct rule *rule, bool *units)
{
    for (uint32_t i = 0; i < rules->principals.count; i++) {
        const struct principal *principal = &rules->principals.principals[i];
        bool near = !rule || !rule->area_count || principal->area == AREA_NONE;
        for (uint32_t j = 0; !near && j < rule->area_count; j++)
            near = area_is_within(&rules->areas, rule->areas[j], principal->area) ||
                   area_is_within(&rules->areas, principal->area, rule->areas[j]);
        if (near && principal->unit != UNIT_NONE && principal_is(principal, DUTY_OFFICE))
            units[principal->unit] = true;
    }
}

static void mark_calls(const struct rules *rules, const struct rule *rule, bool *callable)
{
    for (uint32_t i = 0; i < rule->call_count; i++)
        if (rule->calls[i].unit != UNIT_NONE)
            callable[rule->calls[i].unit] = true;
        else
            mark_role(rules, rule->calls[i].serving, callable);
    if (rule->pool && !rule->call_count) // who calls up the pool leads
        mark_offices(rules, rule, callable);
}

const bool *callable_units(struct arena *arena, const struct rules *rules)
{
    bool *callable = arena_array(arena, (size_t)rules->units.count + 1, sizeof *callable);
    if (!callable)
        return NULL;
    for (uint32_t i = 0; i < rules->routing.count; i++)
        mark_calls(rules, &rules->routing.rules[i], callable);
    if (rules->default_owner != UNIT_NONE)
        callable[rules->default_owner] = true;
    if (rules->desk != UNIT_NONE)
        callable[rules->desk] = true;
    return callable;
}

static bool has_principal(const struct rules *rules, uint32_t unit)
{
    for (uint32_t i = 0; i < rules->principals.count; i++)
        if (rules->principals.principals[i].unit == unit)
            return true;
    return false;
}

// Units with the same fault are named together, at the first of them: there may be hundreds.
struct named {
    struct buffer text;
    uint32_t count;
    uint32_t first;
};

static void add_unit(struct named *named, const struct rules *rules, uint32_t unit)
{
    if (named->count == 0)
        named->first = unit;
    names_add(&named->text, rules->units.units[unit].code, "、", &named->count);
}

static void report_units(struct named *named, const struct rulebook *book, struct rulebook_report *report,
                         enum finding_code code, const char *what)
{
    names_end(&named->text, named->count);
    if (named->count)
        report_add(report, code, book->unit_marks[named->first], "%s %s", buffer_string(&named->text), what);
    buffer_fini(&named->text);
}

int units_check(const struct rulebook *book, struct rulebook_report *report)
{
    const struct rules *rules = &book->rules;
    struct arena arena;
    struct named contacts = {0}, principals = {0};
    arena_init(&arena, 0);
    const bool *callable = callable_units(&arena, rules);
    for (uint32_t i = 0; callable && i < rules->units.count; i++) {
        if (callable[i] && rules->units.units[i].contact_count == 0)
            add_unit(&contacts, rules, i);
        if (callable[i] && !has_principal(rules, i))
            add_unit(&principals, rules, i);
    }
    int error = callable ? 0 : ERROR_NO_MEMORY;
    report_units(&contacts, book, report, FINDING_NO_CONTACT, "may be called but has no contact 无联系人");
    report_units(&principals, book, report, FINDING_NO_PRINCIPAL,
                 "may be called but no principal speaks for it 无账号");
    arena_fini(&arena);
    return error;
}

// ---- limits -------------------------------------------------------------------------------------

static struct stage_limits effective(const struct rules *rules, const struct rule *rule,
                                     const struct condition *condition)
{
    struct stage_limits limits = rule->limits;
    if (condition)
        stage_limits_fill(&limits, &condition->limits);
    stage_limits_fill(&limits, &rules->limits);
    return limits;
}

// Working time never runs faster than the wall clock: so many working hours take at least as many hours.
static bool surely_longer(struct limit a, struct limit b, int day_minutes)
{
    if (!a.measure || !b.measure || (measure_is_working(b.measure) && !measure_is_working(a.measure)))
        return false;
    int a_minutes = measure_is_working(a.measure) ? day_minutes : MINUTES_A_DAY;
    int b_minutes = measure_is_working(b.measure) ? day_minutes : MINUTES_A_DAY;
    return limit_ms(a, a_minutes) > limit_ms(b, b_minutes);
}

static bool report_order(const struct rulebook *book, uint32_t index, const struct category *category,
                         const struct condition *condition, struct rulebook_report *report)
{
    const struct rules *rules = &book->rules;
    const struct rule *rule = &rules->routing.rules[index];
    static const enum stage stages[] = {STAGE_ACCEPT, STAGE_REPORT};
    const struct calendar *calendar = rules_calendar(rules, rule->calendar);
    struct stage_limits limits = effective(rules, rule, condition);
    struct limit resolve = limits.of[STAGE_RESOLVE];
    for (int i = 0; i < 2 && !limits.step_count; i++) {
        struct limit limit = limits.of[stages[i]];
        if (!surely_longer(limit, resolve, calendar ? calendar->day_minutes : 480))
            continue;
        char first[LIMIT_TEXT], second[LIMIT_TEXT];
        report_add(report, FINDING_LIMIT_ORDER, book->rule_marks[index].limits,
                   "%s, %s%s%s: %s %s %s is longer than resolve 处置 %s", rule->id, category->code,
                   condition ? "/" : "", condition ? condition->code : "", stage_name(stages[i]),
                   stage_zh(stages[i]), limit_format_zh(limit, first), limit_format_zh(resolve, second));
        return true;
    }
    return false;
}

// One finding a rule is enough.
static bool category_order(const struct rulebook *book, uint32_t index, const struct category *category,
                           struct rulebook_report *report)
{
    const struct rule *rule = &book->rules.routing.rules[index];
    if (!category->condition_count)
        return report_order(book, index, category, NULL, report);
    for (uint32_t i = 0; i < category->condition_count; i++) {
        const struct condition *condition = &category->conditions[i];
        bool asked = rule->condition_count == 0;
        for (uint32_t j = 0; j < rule->condition_count; j++)
            asked = asked || text_same(rule->conditions[j], condition->code);
        if (asked && report_order(book, index, category, condition, report))
            return true;
    }
    return false;
}

void limits_check(const struct rulebook *book, struct rulebook_report *report)
{
    const struct rules *rules = &book->rules;
    for (uint32_t i = 0; i < rules->routing.count; i++) {
        const struct rule *rule = &rules->routing.rules[i];
        struct rule only = {.categories = rule->categories, .category_count = rule->category_count};
        bool told = rule->registers;
        for (uint32_t j = 0; j < rules->categories.count && !told; j++) {
            struct route_query query = {.category = j, .area = AREA_NONE};
            if (rules->categories.categories[j].leaf &&
                !rule_mismatch(&only, &rules->areas, &rules->categories, &query))
                told = category_order(book, i, &rules->categories.categories[j], report);
        }
    }
}

// ---- years --------------------------------------------------------------------------------------

// A calendar that is like another one has its years, which are named there.
static bool has_years_of_another(const struct rules *rules, uint32_t index)
{
    for (uint32_t i = 0; i < index; i++)
        if (rules->calendars[i].years == rules->calendars[index].years)
            return true;
    return false;
}

void years_check(const struct rulebook *book, int year, struct rulebook_report *report)
{
    for (uint32_t i = 0; i < book->rules.calendar_count; i++) {
        const struct calendar *calendar = &book->rules.calendars[i];
        if (has_years_of_another(&book->rules, i))
            continue;
        if (!calendar_has_year(calendar, year))
            report_add(report, FINDING_YEAR_MISSING, book->calendar_marks[i],
                       "%s does not know the holidays of %d: no due time can be trusted", calendar->name,
                       year);
        if (!calendar_has_year(calendar, year + 1))
            report_add(report, FINDING_NEXT_YEAR_MISSING, book->calendar_marks[i],
                       "%s does not know the holidays of %d yet: due times there are provisional",
                       calendar->name, year + 1);
    }
}
