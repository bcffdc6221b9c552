// catalog: the parts of the rulebook that a client needs to ask its questions, cut to what fits an answer.
#include "service/query.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

enum { MOST = 300, CATEGORY_BYTES = 600 * 1024 };

struct catalog {
    struct query *query;
    const Whistle__V1__Catalog *asked;
    const struct rules *rules;
    Whistle__V1__CatalogView *view;
    size_t bytes; // of the categories, about
};

static bool matches(const struct catalog *c, const char *code, const char *name)
{
    const char *search = c->asked->search;
    if (!text_starts(code, c->asked->category))
        return false;
    return !*search || strstr(name, search) || text_starts(code, search);
}

static int add_conditions(struct catalog *c, const struct category *category, Whistle__V1__CategoryView *view)
{
    char text[LIMIT_TEXT];
    view->conditions = arena_array(c->query->arena, category->condition_count + 1, sizeof *view->conditions);
    for (uint32_t i = 0; view->conditions && i < category->condition_count; i++) {
        const struct condition *from = &category->conditions[i];
        Whistle__V1__Condition *to = arena_alloc(c->query->arena, sizeof *to);
        if (!to)
            return ERROR_NO_MEMORY;
        whistle__v1__condition__init(to);
        to->code = (char *)text_or_empty(from->code);
        to->text = (char *)text_or_empty(from->text);
        to->limit = from->limits.of[STAGE_RESOLVE].measure
                        ? arena_strdup(c->query->arena, limit_format_zh(from->limits.of[STAGE_RESOLVE], text))
                        : "";
        view->conditions[view->n_conditions++] = to;
    }
    return view->conditions ? 0 : ERROR_NO_MEMORY;
}

// A city's filing conditions are long texts: an answer holds only so much of them.
static size_t category_bytes(const struct category *category)
{
    size_t bytes = 64 + strlen(category->name);
    for (uint32_t i = 0; i < category->condition_count; i++)
        bytes += 64 + strlen(text_or_empty(category->conditions[i].text));
    return bytes;
}

static int add_category(struct catalog *c, const struct category *category)
{
    const struct category_table *table = &c->rules->categories;
    Whistle__V1__CategoryView *view = arena_alloc(c->query->arena, sizeof *view);
    if (!view)
        return ERROR_NO_MEMORY;
    whistle__v1__category_view__init(view);
    view->code = (char *)category->code;
    c->bytes += category_bytes(category);
    view->name = (char *)category->name;
    view->class_name =
        category->parent == CATEGORY_NONE ? "" : (char *)table->categories[category->parent].name;
    c->view->categories[c->view->n_categories++] = view;
    return add_conditions(c, category, view);
}

static int add_categories(struct catalog *c)
{
    const struct category_table *table = &c->rules->categories;
    int rc = 0;
    c->view->categories = arena_array(c->query->arena, MOST, sizeof *c->view->categories);
    if (!c->view->categories)
        return ERROR_NO_MEMORY;
    for (uint32_t i = 0; i < table->count && !rc; i++) {
        if (!table->categories[i].leaf || !matches(c, table->categories[i].code, table->categories[i].name))
            continue;
        if (c->view->n_categories == MOST || c->bytes >= CATEGORY_BYTES) {
            c->view->more = true;
            break;
        }
        rc = add_category(c, &table->categories[i]);
    }
    return rc;
}

static int add_area(struct catalog *c, const struct area *area)
{
    const struct area_tree *tree = &c->rules->areas;
    Whistle__V1__AreaView *view = arena_alloc(c->query->arena, sizeof *view);
    if (!view)
        return ERROR_NO_MEMORY;
    whistle__v1__area_view__init(view);
    view->code = (char *)area->code;
    view->name = (char *)area->name;
    view->level = (char *)text_or_empty(area->level);
    view->parent = area->parent == AREA_NONE ? "" : (char *)tree->areas[area->parent].code;
    c->view->areas[c->view->n_areas++] = view;
    return 0;
}

// The area that is asked for and its children; the asker's own where none is named.
static int add_areas(struct catalog *c)
{
    const struct area_tree *tree = &c->rules->areas;
    uint32_t top = *c->asked->area ? area_find(tree, c->asked->area) : c->query->principal->area;
    int rc = 0;
    c->view->areas = arena_array(c->query->arena, MOST, sizeof *c->view->areas);
    if (!c->view->areas)
        return ERROR_NO_MEMORY;
    if (top != AREA_NONE)
        rc = add_area(c, &tree->areas[top]);
    for (uint32_t i = 0; i < tree->count && !rc; i++) {
        if (tree->areas[i].parent != top)
            continue;
        if (c->view->n_areas == MOST) {
            c->view->more = true;
            break;
        }
        rc = add_area(c, &tree->areas[i]);
    }
    return rc;
}

static Whistle__V1__Name *name_of(struct catalog *c, const char *code, const char *text)
{
    Whistle__V1__Name *name = arena_alloc(c->query->arena, sizeof *name);
    if (!name)
        return NULL;
    whistle__v1__name__init(name);
    name->code = (char *)code;
    name->name = (char *)text_or_empty(text);
    return name;
}

static int add_units(struct catalog *c)
{
    const struct unit_table *units = &c->rules->units;
    c->view->units = arena_array(c->query->arena, MOST, sizeof *c->view->units);
    for (uint32_t i = 0; c->view->units && i < units->count; i++) {
        if (*c->asked->search && !strstr(units->units[i].name, c->asked->search))
            continue;
        if (c->view->n_units == MOST) {
            c->view->more = true;
            break;
        }
        c->view->units[c->view->n_units++] = name_of(c, units->units[i].code, units->units[i].name);
    }
    return arena_failed(c->query->arena) ? ERROR_NO_MEMORY : 0;
}

static Whistle__V1__Name **names_of(struct catalog *c, const struct reason_list *list)
{
    Whistle__V1__Name **names = arena_array(c->query->arena, list->count + 1, sizeof *names);
    for (uint32_t i = 0; names && i < list->count; i++)
        names[i] = name_of(c, list->reasons[i].code, list->reasons[i].text);
    return names;
}

// A verb whose list is empty takes any reason, and has none here.
static void add_list(struct catalog *c, enum verb verb, const struct reason_list *list)
{
    Whistle__V1__ReasonList *view = list->count ? arena_alloc(c->query->arena, sizeof *view) : NULL;
    if (!view)
        return;
    whistle__v1__reason_list__init(view);
    view->verb = (char *)word_name(WORDS_VERB, (int)verb);
    view->reasons = names_of(c, list);
    view->n_reasons = view->reasons ? list->count : 0;
    c->view->reasons[c->view->n_reasons++] = view;
}

// An appeal takes two lists: that being late is not counted, and that the demand is not.
static struct reason_list appeal_reasons(struct catalog *c)
{
    const struct reason_list *first = &c->rules->petition_reasons[VERB_APPEAL - VERB_EXTEND];
    const struct reason_list *second = &c->rules->unreasonable_reasons;
    size_t count = (size_t)first->count + second->count;
    struct reason_list both = {arena_array(c->query->arena, count + 1, sizeof *both.reasons), 0};
    for (uint32_t i = 0; both.reasons && first->count && i < count; i++)
        both.reasons[both.count++] = i < first->count ? first->reasons[i] : second->reasons[i - first->count];
    return both;
}

static int add_reasons(struct catalog *c)
{
    const struct rules *rules = c->rules;
    const struct {
        enum verb verb;
        const struct reason_list *list;
    } lists[] = {{VERB_DECLINE, &rules->decline_reasons}, {VERB_RESOLVE, &rules->resolve_reasons},
                 {VERB_HAND_UP, &rules->hand_up_reasons}, {VERB_CANCEL, &rules->cancel_reasons},
                 {VERB_REFUSE, &rules->reject_reasons},   {VERB_CLOSE, &rules->close_reasons},
                 {VERB_REOPEN, &rules->reopen_reasons}};
    size_t count = sizeof lists / sizeof lists[0];
    c->view->decline_reasons = names_of(c, &rules->decline_reasons);
    c->view->n_decline_reasons = c->view->decline_reasons ? rules->decline_reasons.count : 0;
    c->view->reasons = arena_array(c->query->arena, count + PETITION_COUNT, sizeof *c->view->reasons);
    if (!c->view->reasons)
        return ERROR_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        add_list(c, lists[i].verb, lists[i].list);
    struct reason_list appeal = appeal_reasons(c);
    for (int i = 0; i < PETITION_COUNT; i++)
        add_list(c, (enum verb)(VERB_EXTEND + i),
                 VERB_EXTEND + i == VERB_APPEAL ? &appeal : &rules->petition_reasons[i]);
    return arena_failed(c->query->arena) ? ERROR_NO_MEMORY : 0;
}

static void describe_asker(struct catalog *c)
{
    const struct principal *principal = c->query->principal;
    const struct calendar *calendar = rules_calendar(c->rules, NULL);
    c->view->city = (char *)text_or_empty(c->rules->city);
    if (principal->unit != UNIT_NONE)
        c->view->unit = (char *)c->rules->units.units[principal->unit].code;
    if (principal->area != AREA_NONE)
        c->view->area_of_asker = (char *)c->rules->areas.areas[principal->area].code;
    c->view->rulebook = (ProtobufCBinaryData){DIGEST_BYTES, (uint8_t *)c->rules->digest};
    c->view->now_ms = c->query->now_ms;
    c->view->zone = calendar && calendar->zone ? (char *)text_or_empty(calendar->zone->name) : "";
}

int query_catalog(struct query *query)
{
    const Whistle__V1__Catalog *asked = query->request->catalog;
    struct catalog c = {query, asked, rulebook_rules(query->book), arena_alloc(query->arena, sizeof *c.view),
                        0};
    if (!c.view)
        return ERROR_NO_MEMORY;
    whistle__v1__catalog_view__init(c.view);
    query->reply->result_case = WHISTLE__V1__REPLY__RESULT_CATALOG;
    query->reply->catalog = c.view;
    describe_asker(&c);
    bool only_else = asked->units || asked->reasons || *asked->area;
    int rc = only_else && !*asked->category && (!*asked->search || asked->units) ? 0 : add_categories(&c);
    if (!rc)
        rc = add_areas(&c);
    if (!rc && asked->units)
        rc = add_units(&c);
    if (!rc && asked->reasons)
        rc = add_reasons(&c);
    return rc;
}
