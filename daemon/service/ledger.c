#include "service/ledger.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"

static const char nobody[] = "-";

int ledger_group_from_name(const char *name)
{
    static const char *const names[] = {
#define X(id, text) text,
        LEDGER_GROUPS(X)
#undef X
    };
    for (int i = 0; i < LEDGER_GROUP_COUNT; i++)
        if (text_same(names[i], name))
            return i;
    return -1;
}

// ---- which row ----------------------------------------------------------------------------------

// The child of the selected area (or a root) that holds `area`; the selected area itself for its own facts.
static uint32_t area_row(const struct ledger *ledger, uint32_t area)
{
    const struct area *areas = ledger->selection->rules->areas.areas;
    while (area != AREA_NONE && area != ledger->selection->area &&
           areas[area].parent != ledger->selection->area)
        area = areas[area].parent;
    return area;
}

static uint32_t category_row(const struct ledger *ledger, uint32_t category)
{
    const struct category *categories = ledger->selection->rules->categories.categories;
    while (category != CATEGORY_NONE && category != ledger->selection->category &&
           categories[category].parent != ledger->selection->category)
        category = categories[category].parent;
    return category;
}

static int32_t day_of(const struct ledger *ledger, int64_t at_ms)
{
    return (int32_t)floor_div(zone_local(ledger->selection->zone, at_ms), DAY_MS);
}

static uint32_t month_of(const struct ledger *ledger, int32_t day)
{
    struct civil_date first = civil_from_days(ledger->selection->period.first_day),
                      date = civil_from_days(day);
    return (uint32_t)(12 * (date.year - first.year) + date.month - first.month);
}

// 0 is nobody's.
static uint32_t key_of(struct ledger *ledger, const struct booked *fact)
{
    struct selection *selection = ledger->selection;
    switch (ledger->by) {
    case BY_UNIT:
        return fact->unit;
    case BY_BRANCH:
        return fact->branch ? fact->branch : fact->unit;
    case BY_AREA:
        return area_row(ledger, selection_area(selection, fact->area)) + 1;
    case BY_CATEGORY:
        return category_row(ledger, selection_category(selection, fact->category)) + 1;
    case BY_DAY:
        return (uint32_t)(day_of(ledger, fact->at_ms) - selection->period.first_day) + 1;
    default:
        return month_of(ledger, day_of(ledger, fact->at_ms)) + 1;
    }
}

static uint32_t key_count(const struct ledger *ledger)
{
    const struct selection *selection = ledger->selection;
    switch (ledger->by) {
    case BY_UNIT:
    case BY_BRANCH:
        return selection->name_count + 1;
    case BY_AREA:
        return selection->rules->areas.count + 1;
    case BY_CATEGORY:
        return selection->rules->categories.count + 1;
    default:
        return PERIOD_MAX_DAYS + 1;
    }
}

static void name_row(const struct ledger *ledger, uint32_t key, struct ledger_row *row)
{
    const struct selection *selection = ledger->selection;
    const struct rules *rules = selection->rules;
    struct arena *arena = selection->query->arena;
    struct period period;
    row->code = nobody;
    row->name = "";
    if (!key)
        return;
    switch (ledger->by) {
    case BY_UNIT:
    case BY_BRANCH:
        row->code = selection_code(selection, key);
        row->name = selection_unit_name(selection, row->code);
        break;
    case BY_AREA:
        row->code = rules->areas.areas[key - 1].code;
        row->name = text_or_empty(rules->areas.areas[key - 1].name);
        break;
    case BY_CATEGORY:
        row->code = rules->categories.categories[key - 1].code;
        row->name = text_or_empty(rules->categories.categories[key - 1].name);
        break;
    case BY_DAY:
        period = period_day(selection->period.first_day + (int32_t)key - 1);
        row->code = period_text(arena, period);
        break;
    default:
        period = period_month(selection->period.first_day);
        for (uint32_t i = 1; i < key; i++)
            period = period_month(period.last_day + 1);
        row->code = period_text(arena, period);
        break;
    }
}

static bool init_row(struct ledger *ledger, struct ledger_row *row)
{
    struct arena *arena = ledger->selection->query->arena;
    row->cells = arena_array(arena, (size_t)ledger->table->column_count + 1, sizeof *row->cells);
    if (ledger->by_class)
        row->classes = arena_array(arena, (size_t)ledger->class_count + 1, sizeof *row->classes);
    return !arena_failed(arena);
}

// NULL without memory.
static struct ledger_row *row_of(struct ledger *ledger, const struct booked *fact)
{
    uint32_t key = key_of(ledger, fact);
    if (key >= ledger->key_count)
        key = 0;
    if (ledger->row_of[key])
        return &ledger->rows[ledger->row_of[key] - 1];
    struct ledger_row *grown = arena_grow(ledger->selection->query->arena, ledger->rows, ledger->row_count,
                                          &ledger->row_room, sizeof *grown);
    if (!grown)
        return NULL;
    ledger->rows = grown;
    struct ledger_row *row = &grown[ledger->row_count];
    *row = (struct ledger_row){0};
    name_row(ledger, key, row);
    if (!init_row(ledger, row))
        return NULL;
    ledger->row_of[key] = ++ledger->row_count;
    return row;
}

// ---- counting -----------------------------------------------------------------------------------

static bool count_into(struct ledger *ledger, struct ledger_row *row, const struct booked *fact,
                       uint32_t aspects, uint32_t excluded)
{
    struct selection *selection = ledger->selection;
    rates_count(ledger->table, row->cells, fact->kind, aspects, excluded, fact->took_ms);
    if (!row->classes)
        return true;
    uint32_t category = selection_category(selection, fact->category);
    uint32_t class = category == CATEGORY_NONE ? 0 : ledger->class_of[category];
    if (!row->classes[class])
        row->classes[class] = arena_array(selection->query->arena, (size_t)ledger->table->column_count + 1,
                                          sizeof **row->classes);
    if (!row->classes[class])
        return false;
    rates_count(ledger->table, row->classes[class], fact->kind, aspects, excluded, fact->took_ms);
    return true;
}

static bool count_fact(struct ledger *ledger, const struct booked *fact)
{
    if (!selection_wants(ledger->selection, fact))
        return true;
    uint32_t aspects = selection_aspects(ledger->selection, fact);
    uint32_t excluded = selection_excluded(ledger->selection, fact);
    if (!count_into(ledger, &ledger->whole, fact, aspects, excluded))
        return false;
    struct ledger_row *row = ledger->by ? row_of(ledger, fact) : NULL;
    return !ledger->by || (row && count_into(ledger, row, fact, aspects, excluded));
}

static bool count_kind(struct ledger *ledger, enum fact_kind kind)
{
    struct books_walk walk;
    struct booked fact;
    bool good = true;
    books_open(&walk, ledger->selection->txn, kind, ledger->selection->from_ms, ledger->selection->to_ms,
               NULL);
    while (good && books_next(&walk, &fact))
        good = count_fact(ledger, &fact);
    books_close(&walk);
    return good;
}

// Parents stand anywhere in the table: each category is followed to its top.
static bool find_classes(struct ledger *ledger)
{
    const struct category_table *table = &ledger->selection->rules->categories;
    struct arena *arena = ledger->selection->query->arena;
    ledger->class_of = arena_array(arena, (size_t)table->count + 1, sizeof *ledger->class_of);
    for (uint32_t i = 0; ledger->class_of && i < table->count; i++)
        if (table->categories[i].parent == CATEGORY_NONE)
            ledger->class_of[i] = ++ledger->class_count;
    for (uint32_t i = 0; ledger->class_of && i < table->count; i++) {
        uint32_t top = i;
        while (table->categories[top].parent != CATEGORY_NONE)
            top = table->categories[top].parent;
        ledger->class_of[i] = ledger->class_of[top];
    }
    return ledger->class_of != NULL;
}

int ledger_fill(struct ledger *ledger, struct selection *selection, enum ledger_group by)
{
    struct arena *arena = selection->query->arena;
    *ledger = (struct ledger){.selection = selection, .table = &selection->rules->rates, .by = by};
    for (uint32_t i = 0; i < ledger->table->score_count; i++)
        ledger->by_class |= ledger->table->scores[i].by_class;
    ledger->key_count = key_count(ledger);
    ledger->row_of = arena_array(arena, ledger->key_count, sizeof *ledger->row_of);
    if (selection_load_exclusions(selection) || !find_classes(ledger) || !init_row(ledger, &ledger->whole))
        return ERROR_NO_MEMORY;
    for (int kind = 1; kind < FACT_KINDS; kind++)
        if (ledger->table->first[kind] && !count_kind(ledger, (enum fact_kind)kind))
            return ERROR_NO_MEMORY;
    return selection->txn->error;
}

// ---- scores -------------------------------------------------------------------------------------

static double weight_of(const struct ledger *ledger, const struct score_definition *score, uint32_t class)
{
    for (uint32_t i = 0; i < score->weight_count; i++)
        if (ledger->class_of[score->weights[i].category] == class)
            return score->weights[i].weight;
    return 1;
}

struct score ledger_score(const struct ledger *ledger, const struct ledger_row *row,
                          const struct score_definition *score, int64_t at_ms, double *parts)
{
    struct score whole = rates_score(ledger->table, score, row->cells, at_ms, parts);
    if (!score->by_class || !row->classes)
        return whole;
    struct arena *arena = ledger->selection->query->arena;
    struct score *scores = arena_array(arena, (size_t)ledger->class_count + 1, sizeof *scores);
    double *weights = arena_array(arena, (size_t)ledger->class_count + 1, sizeof *weights);
    for (uint32_t i = 0; scores && weights && i <= ledger->class_count; i++) {
        if (row->classes[i])
            scores[i] = rates_score(ledger->table, score, row->classes[i], at_ms, NULL);
        weights[i] = scores[i].base >= score->least ? weight_of(ledger, score, i) : 0;
    }
    return scores && weights ? rates_mean(scores, weights, (size_t)ledger->class_count + 1) : whole;
}
