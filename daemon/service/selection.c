#include "service/selection.h"

#include "base/error.h"
#include "base/text.h"
#include "core/permit.h"
#include "store/tables.h"

#include <string.h>

static bool refuse(struct selection *selection, int code, const char *field, const char *a, const char *b)
{
    selection->rc = query_refuse(selection->query, code, field, a, b);
    return false;
}

static bool read_period(struct selection *selection, const char *text)
{
    const struct calendar *calendar = rules_calendar(selection->rules, NULL);
    selection->zone = calendar->zone;
    if (!text_given(text))
        selection->period = period_month(calendar_day_number(calendar, selection->query->now_ms));
    else if (!period_parse(text, &selection->period))
        return refuse(selection, ERROR_BAD_VALUE, "selection.period", "period", text);
    selection->from_ms = period_from_ms(selection->period, selection->zone);
    selection->to_ms = period_to_ms(selection->period, selection->zone);
    return true;
}

static bool read_unit(struct selection *selection, const char *unit)
{
    selection->any_unit = !text_given(unit);
    if (selection->any_unit)
        return true;
    selection->unit = state_find_name(selection->txn, unit);
    bool known = selection->unit || unit_find(&selection->rules->units, unit) != UNIT_NONE;
    return known || refuse(selection, ERROR_UNKNOWN_UNIT, "selection.unit", unit, NULL);
}

static bool read_branch(struct selection *selection, const char *branch)
{
    selection->any_branch = !text_given(branch);
    if (selection->any_branch)
        return true;
    selection->branch = state_find_name(selection->txn, branch);
    bool known = selection->branch || unit_find(&selection->rules->units, branch) != UNIT_NONE;
    return known || refuse(selection, ERROR_UNKNOWN_UNIT, "selection.branch", branch, NULL);
}

static bool read_place(struct selection *selection, const char *area, const char *category)
{
    selection->area = text_given(area) ? area_find(&selection->rules->areas, area) : AREA_NONE;
    selection->category =
        text_given(category) ? category_find(&selection->rules->categories, category) : CATEGORY_NONE;
    if (text_given(area) && selection->area == AREA_NONE)
        return refuse(selection, ERROR_UNKNOWN_AREA, "selection.area", area, NULL);
    if (text_given(category) && selection->category == CATEGORY_NONE)
        return refuse(selection, ERROR_UNKNOWN_CATEGORY, "selection.category", category, NULL);
    return true;
}

// Every top level lies in its area, and its role may.
static bool may_see_all(const struct rules *rules, const struct principal *principal)
{
    const struct area_tree *tree = &rules->areas;
    for (uint32_t i = 0; principal->area != AREA_NONE && i < tree->count; i++)
        if (tree->areas[i].parent == AREA_NONE && i != principal->area)
            return false;
    bool top = principal->area == AREA_NONE || tree->areas[principal->area].parent == AREA_NONE;
    return top && permit(OPERATION_FIGURES, principal->duties,
                         permit_by_area(rules, principal, principal->area, NULL));
}

static void find_own(struct selection *selection)
{
    const struct principal *principal = selection->query->principal;
    bool acts = principal_is(principal, DUTY_UNIT) || principal_is(principal, DUTY_OFFICE) ||
                principal_is(principal, DUTY_SUPERVISOR);
    selection->sees_all = may_see_all(selection->rules, principal);
    selection->sees_areas = (principal->duties & ~(1u << DUTY_UNIT)) != 0;
    if (acts && principal->unit != UNIT_NONE)
        selection->own = state_find_name(selection->txn, selection->rules->units.units[principal->unit].code);
}

static bool make_maps(struct selection *selection)
{
    struct arena *arena = selection->query->arena;
    selection->name_count = (uint32_t)state_get_count(selection->txn, "names");
    size_t room = (size_t)selection->name_count + 1;
    selection->areas = arena_array(arena, room, sizeof *selection->areas);
    selection->categories = arena_array(arena, room, sizeof *selection->categories);
    selection->seen = arena_array(arena, room, sizeof *selection->seen);
    if (!arena_failed(arena))
        return true;
    selection->rc = ERROR_NO_MEMORY;
    return false;
}

bool selection_init(struct selection *selection, struct query *query, const Whistle__V1__Selection *asked)
{
    static const Whistle__V1__Selection all = WHISTLE__V1__SELECTION__INIT;
    asked = asked ? asked : &all;
    *selection =
        (struct selection){.query = query, .txn = &query->reader->txn, .rules = rulebook_rules(query->book)};
    selection->any_member = !text_given(asked->member);
    if (!selection->any_member)
        selection->member = state_find_name(selection->txn, asked->member);
    find_own(selection);
    return read_period(selection, asked->period) && read_unit(selection, asked->unit) &&
           read_branch(selection, asked->branch) && read_place(selection, asked->area, asked->category) &&
           make_maps(selection);
}

// ---- names and numbers --------------------------------------------------------------------------

const char *selection_code(const struct selection *selection, uint32_t number)
{
    return number ? text_or_empty(state_code(selection->txn, selection->query->arena, number)) : "";
}

const char *selection_unit_name(const struct selection *selection, const char *code)
{
    uint32_t unit = unit_find(&selection->rules->units, code);
    return unit == UNIT_NONE ? "" : text_or_empty(selection->rules->units.units[unit].name);
}

// AREA_NONE and CATEGORY_NONE are the largest number: 1 more would be "not looked up".
static uint32_t remember(uint32_t *map, uint32_t number, uint32_t index)
{
    map[number] = index == UINT32_MAX ? UINT32_MAX : index + 1;
    return index;
}

static uint32_t recall(uint32_t value)
{
    return value == UINT32_MAX ? UINT32_MAX : value - 1;
}

// A path whose last areas are gone.
static uint32_t nearest_area(const struct selection *selection, const char *path)
{
    char *rest = arena_strdup(selection->query->arena, path);
    uint32_t area = AREA_NONE;
    while (rest && *rest && area == AREA_NONE) {
        area = area_find(&selection->rules->areas, area_path_code(rest));
        char *slash = strrchr(rest, '/');
        *(slash ? slash : rest) = 0;
    }
    return area;
}

uint32_t selection_area(struct selection *selection, uint32_t number)
{
    if (number > selection->name_count)
        return AREA_NONE;
    if (selection->areas[number])
        return recall(selection->areas[number]);
    return remember(selection->areas, number, nearest_area(selection, selection_code(selection, number)));
}

uint32_t selection_category(struct selection *selection, uint32_t number)
{
    if (number > selection->name_count)
        return CATEGORY_NONE;
    if (selection->categories[number])
        return recall(selection->categories[number]);
    return remember(selection->categories, number,
                    category_find(&selection->rules->categories, selection_code(selection, number)));
}

// ---- what is wanted -----------------------------------------------------------------------------

static bool is_within_class(const struct selection *selection, uint32_t category)
{
    const struct category *categories = selection->rules->categories.categories;
    while (category != CATEGORY_NONE && category != selection->category)
        category = categories[category].parent;
    return category != CATEGORY_NONE;
}

bool selection_may_see(struct selection *selection, const struct booked *fact)
{
    if (selection->own && (fact->unit == selection->own || fact->branch == selection->own))
        return true;
    if (fact->area > selection->name_count)
        return false;
    uint8_t *seen = &selection->seen[fact->area];
    if (!*seen)
        *seen = permit(OPERATION_FIGURES, selection->query->principal->duties,
                       permit_by_area(selection->rules, selection->query->principal,
                                      selection_area(selection, fact->area),
                                      selection_code(selection, fact->area)))
                    ? 1
                    : 2;
    return *seen == 1;
}

bool selection_wants(struct selection *selection, const struct booked *fact)
{
    uint32_t in_hand = fact->branch ? fact->branch : fact->unit;
    if (!selection->any_unit && (!selection->unit || fact->unit != selection->unit))
        return false;
    if (!selection->any_branch && (!selection->branch || in_hand != selection->branch))
        return false;
    if (!selection->any_member && (!selection->member || fact->member != selection->member))
        return false;
    if (selection->category != CATEGORY_NONE &&
        !is_within_class(selection, selection_category(selection, fact->category)))
        return false;
    if (selection->area != AREA_NONE) {
        uint32_t area = selection_area(selection, fact->area);
        if (area == AREA_NONE || !area_is_within(&selection->rules->areas, area, selection->area))
            return false;
    }
    return selection_may_see(selection, fact);
}

char **selection_exclusion_names(struct arena *arena, uint32_t bits, size_t *count)
{
    char **names = arena_array(arena, EXCLUDED_UNREASONABLE, sizeof *names);
    *count = 0;
    for (enum exclusion e = EXCLUDED_APPEAL; names && e <= EXCLUDED_UNREASONABLE; e++)
        if (bits & EXCLUDED_BIT(e))
            names[(*count)++] = (char *)exclusion_name(e);
    return names;
}

uint32_t selection_aspects(const struct selection *selection, const struct booked *fact)
{
    return fact_aspects(fact->kind, fact->flags, fact->at_ms, selection->query->now_ms);
}

int selection_load_exclusions(struct selection *selection)
{
    selection->has_all_exclusions =
        books_exclusions(selection->txn, selection->query->arena, &selection->exclusions);
    return selection->has_all_exclusions ? 0 : ERROR_NO_MEMORY;
}

uint32_t selection_excluded(struct selection *selection, const struct booked *fact)
{
    bool known = selection->has_all_exclusions || selection->excluded_case == fact->case_id;
    selection->excluded_case = fact->case_id;
    if (!known &&
        !books_exclusions_of(selection->txn, selection->query->arena, fact->case_id, &selection->exclusions))
        return 0; // the arena has failed, which the answer says
    return books_excluded(&selection->exclusions, fact);
}
