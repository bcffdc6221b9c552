// precedents [CATEGORY [AREA]]: what the desk ruled, newest first.
#include "status/look.h"
#include "status/rulings.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"

#include <string.h>

static const struct column columns[] = {
    {"number", "case", COLUMN_TEXT},       {"at_ms", "ruled", COLUMN_TIME},
    {"category", "category", COLUMN_TEXT}, {"category_name", "", COLUMN_TEXT},
    {"area_name", "area", COLUMN_TEXT},    {"ruling", "ruling", COLUMN_TEXT},
    {"whom", "from → to", COLUMN_TEXT},    {"reason", "reason", COLUMN_TEXT},
    {"reason_text", "", COLUMN_TEXT},
};

// What is wanted: a category and all below it, and the places that an area lies in or that lie in it.
struct wanted {
    const char *category; // code; NULL: any
    uint32_t index;       // of the category; CATEGORY_NONE: the rulebook does not know it
    const char *place;    // the area as it was asked for; "": anywhere
    const char *area;     // its path; NULL: anywhere
};

// "CATEGORY AREA": both may be missing. 0, or the error that the answer is to name.
static int read_wanted(struct inquiry *inquiry, struct wanted *out)
{
    const char *text = inquiry->argument;
    size_t length = strcspn(text, " \t");
    const char *place = text + length + strspn(text + length, " \t");
    const struct area_tree *areas = &inquiry->rules->areas;
    *out = (struct wanted){.index = CATEGORY_NONE, .place = place};
    if (!length)
        return 0;
    out->category = arena_strndup(&inquiry->arena, text, length);
    if (!out->category)
        return ERROR_NO_MEMORY;
    out->index = category_find(&inquiry->rules->categories, out->category);
    if (out->index == CATEGORY_NONE && !state_find_name(&inquiry->reader.txn, out->category))
        return ERROR_UNKNOWN_CATEGORY;
    uint32_t index = *place ? area_find(areas, place) : AREA_NONE;
    if (*place && index == AREA_NONE)
        return ERROR_UNKNOWN_AREA;
    out->area = *place ? areas->areas[index].path : NULL;
    return 0;
}

static bool is_wanted(const struct inquiry *inquiry, const struct wanted *wanted,
                      const struct precedent *ruled)
{
    const struct category_table *table = &inquiry->rules->categories;
    bool here = !wanted->area || area_path_within(ruled->area, wanted->area) ||
                area_path_within(wanted->area, ruled->area);
    if (!wanted->category || text_same(ruled->category, wanted->category))
        return here;
    uint32_t at = wanted->index == CATEGORY_NONE ? CATEGORY_NONE : category_find(table, ruled->category);
    while (at != CATEGORY_NONE && at != wanted->index)
        at = table->categories[at].parent;
    return here && at != CATEGORY_NONE;
}

// As what the unit that has to come (or that was excused) was called; an empty text where the case does not
// tell.
static const char *role_in_case(struct inquiry *inquiry, const struct precedent *ruled)
{
    struct db_txn *txn = &inquiry->reader.txn;
    const char *unit = ruled->to ? ruled->to : ruled->from, *role = "";
    struct arena arena;
    arena_init(&arena, 0);
    uint64_t id = state_number_case(txn, ruled->number);
    const struct casefile *file = id ? state_get_case(txn, &arena, id) : NULL;
    for (size_t i = 0; file && i < file->summons_count; i++)
        if (text_same(file->summons[i].unit, unit))
            role = word_name(WORDS_ROLE, (int)file->summons[i].role);
    arena_fini(&arena);
    return role;
}

// The city's local day, for those who do not know its zone.
static const char *day_of(struct inquiry *inquiry, int64_t at_ms)
{
    struct civil_date day = civil_from_days((int32_t)floor_div(zone_local(inquiry->zone, at_ms), DAY_MS));
    return text_or_empty(arena_printf(&inquiry->arena, "%04d-%02d-%02d", day.year, day.month, day.day));
}

static json_t *row(struct inquiry *inquiry, const struct precedent *ruled)
{
    const char *from = ruled->from ? ruled->from : "…", *to = ruled->to ? ruled->to : "…";
    const char *whom = text_or_empty(arena_printf(&inquiry->arena, "%s → %s", from, to));
    return json_pack(
        "{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "number",
        text_or_empty(ruled->number), "at_ms", (json_int_t)ruled->at_ms, "day", day_of(inquiry, ruled->at_ms),
        "category", text_or_empty(ruled->category), "category_name",
        inquiry_category_name(inquiry, ruled->category), "area", text_or_empty(ruled->area), "area_name",
        inquiry_area_name(inquiry, ruled->area), "ruling", word_name(WORDS_RULING, (int)ruled->ruling),
        "from", text_or_empty(ruled->from), "from_name", inquiry_unit_name(inquiry, ruled->from), "to",
        text_or_empty(ruled->to), "to_name", inquiry_unit_name(inquiry, ruled->to), "whom", whom, "role",
        role_in_case(inquiry, ruled), "reason", text_or_empty(ruled->reason), "reason_text",
        text_or_empty(reason_text(&inquiry->rules->decline_reasons, ruled->reason)));
}

static void write_text(struct inquiry *inquiry, const json_t *root)
{
    render_rows(json_object_get(root, "precedents"), columns, sizeof columns / sizeof *columns, inquiry->zone,
                &inquiry->out);
    if (json_is_true(json_object_get(root, "partial")))
        buffer_printf(&inquiry->out, "more than %d: name a category\n", RULINGS_MAX);
}

static json_t *rows(struct inquiry *inquiry, const struct wanted *wanted, const struct rulings *rulings)
{
    json_t *list = json_array();
    for (size_t i = 0; i < rulings->count; i++)
        if (is_wanted(inquiry, wanted, rulings->items[i]) &&
            json_array_append_new(list, row(inquiry, rulings->items[i]))) {
            json_decref(list);
            return NULL;
        }
    return list;
}

int look_precedents(struct inquiry *inquiry)
{
    struct wanted wanted;
    struct rulings rulings;
    int rc = read_wanted(inquiry, &wanted);
    if (rc == ERROR_UNKNOWN_CATEGORY)
        return answer_refuse(inquiry, rc, wanted.category, NULL);
    if (rc == ERROR_UNKNOWN_AREA)
        return answer_refuse(inquiry, rc, wanted.place, NULL);
    if (rc)
        return rc;
    bool leaf = wanted.category &&
                (wanted.index == CATEGORY_NONE || inquiry->rules->categories.categories[wanted.index].leaf);
    rc = rulings_gather(inquiry, leaf ? wanted.category : NULL, INT64_MAX, &rulings);
    if (rc)
        return rc;
    json_t *root = answer_begin();
    bool good = !json_object_set_new(root, "precedents", rows(inquiry, &wanted, &rulings)) &&
                !json_object_set_new(root, "partial", json_boolean(rulings.partial));
    if (good && !inquiry->reader.txn.error && !arena_failed(&inquiry->arena))
        return answer_end(inquiry, root, write_text);
    json_decref(root);
    return inquiry->reader.txn.error ? inquiry->reader.txn.error : ERROR_NO_MEMORY;
}
