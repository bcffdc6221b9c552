#include "service/query.h"

#include "base/error.h"
#include "base/text.h"
#include "codec/codec.h"
#include "engine/answer.h"

#include <inttypes.h>
#include <string.h>

int query_refuse(struct query *query, int code, const char *field, const char *argument0,
                 const char *argument1)
{
    char **arguments = arena_array(query->arena, 2, sizeof *arguments);
    if (!arguments)
        return ERROR_NO_MEMORY;
    arguments[0] = arena_strdup(query->arena, argument0);
    arguments[1] = arena_strdup(query->arena, argument1);
    query->reply->code = (char *)error_name(code);
    const char *const places[REFUSAL_MAX_ARGUMENTS] = {argument0, argument1};
    char *sentence = answer_sentence(query->arena, code, places);
    if (!sentence)
        return ERROR_NO_MEMORY;
    query->reply->text = sentence;
    query->reply->field = (char *)text_or_empty(field);
    query->reply->arguments = arguments;
    query->reply->n_arguments = argument0 ? argument1 ? 2 : 1 : 0;
    return 0;
}

int query_refuse_epoch(struct query *query, const char *field, const struct journal_position *now)
{
    return query_refuse(query, ERROR_EPOCH_CHANGED, field,
                        arena_printf(query->arena, "%" PRIu64 "/%" PRIu64, now->epoch, now->next_seq - 1),
                        NULL);
}

static const struct rules *rules_of(const struct query *query)
{
    return rulebook_rules(query->book);
}

uint32_t query_area(const struct query *query, const char *path)
{
    return area_find(&rules_of(query)->areas, area_path_code(path));
}

static bool is_noted(const struct query *query, uint64_t case_id)
{
    for (size_t i = 0; i < query->view_count; i++)
        if (query->views[i] == case_id)
            return true;
    return false;
}

void query_note_view(struct query *query, uint64_t case_id)
{
    const struct calendar *calendar = rules_calendar(rulebook_rules(query->book), NULL);
    int32_t day = 0;
    bool on_record = state_get_viewed(&query->reader->txn, case_id, query->principal->code, &day) != 0 &&
                     day == calendar_day_number(calendar, query->now_ms);
    if (on_record || is_noted(query, case_id))
        return;
    uint64_t *views =
        arena_grow(query->arena, query->views, query->view_count, &query->view_capacity, sizeof *views);
    if (!views)
        return;
    query->views = views;
    query->views[query->view_count++] = case_id;
}

const char *query_area_name(const struct query *query, const char *path)
{
    uint32_t area = query_area(query, path);
    return area == AREA_NONE ? "" : rules_of(query)->areas.areas[area].name;
}

const char *query_category_name(const struct query *query, const char *code)
{
    uint32_t category = category_find(&rules_of(query)->categories, code);
    return category == CATEGORY_NONE ? "" : rules_of(query)->categories.categories[category].name;
}

const char *query_condition_text(const struct query *query, const char *code, const char *condition)
{
    uint32_t category = category_find(&rules_of(query)->categories, code);
    const struct condition *found =
        category == CATEGORY_NONE
            ? NULL
            : category_condition(&rules_of(query)->categories.categories[category], condition);
    return found ? text_or_empty(found->text) : "";
}

static bool has_name(const struct query_names *names, const char *code)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->names[i]->code, code) == 0)
            return true;
    return false;
}

void query_name(struct query_names *names, const char *code)
{
    struct query *query = names->query;
    const struct unit_table *units = &rules_of(query)->units;
    if (!code || !*code || has_name(names, code))
        return;
    uint32_t unit = unit_find(units, code);
    Whistle__V1__Name *name = arena_alloc(query->arena, sizeof *name);
    Whistle__V1__Name **grown =
        arena_grow(query->arena, names->names, names->count, &names->capacity, sizeof *grown);
    if (!name || !grown)
        return;
    whistle__v1__name__init(name);
    name->code = arena_strdup(query->arena, code);
    name->name = unit == UNIT_NONE ? "" : (char *)text_or_empty(units->units[unit].name);
    names->names = grown;
    names->names[names->count++] = name;
}

void query_name_summoned(struct query_names *names, const struct casefile *file)
{
    for (size_t i = 0; i < file->summons_count; i++)
        if (summons_is_open(file->summons[i].state))
            query_name(names, file->summons[i].unit);
    for (size_t i = 0; i < file->summons_count; i++)
        query_name(names, file->summons[i].unit);
}

static int query_unknown(struct query *query)
{
    return query_refuse(query, ERROR_UNKNOWN_OPERATION, NULL,
                        arena_printf(query->arena, "%d", (int)query->request->op_case), NULL);
}

// Who asks for what is personal stays on record for ever.
static bool is_agent_short(const Whistle__V1__Agent *agent)
{
    return !agent || (text_characters(agent->name) <= AGENT_MAX_CHARACTERS &&
                      text_characters(agent->staff_no) <= AGENT_MAX_CHARACTERS);
}

int query_run(struct query *query)
{
    if (!is_agent_short(query->request->agent))
        return query_refuse(query, ERROR_TOO_LONG, "agent", "agent", "40");
    switch (query->request->op_case) {
    case WHISTLE__V1__REQUEST__OP_SHOW:
        return query_show(query);
    case WHISTLE__V1__REQUEST__OP_LIST:
        return query_list(query);
    case WHISTLE__V1__REQUEST__OP_CATALOG:
        return query_catalog(query);
    case WHISTLE__V1__REQUEST__OP_RATES:
        return query_rates(query);
    case WHISTLE__V1__REQUEST__OP_FACTS:
        return query_facts(query);
    case WHISTLE__V1__REQUEST__OP_POINTS:
        return query_points(query);
    case WHISTLE__V1__REQUEST__OP_DIGEST:
        return query_digest(query);
    case WHISTLE__V1__REQUEST__OP_RECOUNT:
        return query_recount(query);
    case WHISTLE__V1__REQUEST__OP_PREVIEW:
        return query_preview(query);
    case WHISTLE__V1__REQUEST__OP_FETCH:
        return query_fetch(query);
    default:
        return query_unknown(query);
    }
}
