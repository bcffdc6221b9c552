#include "service/list_row.h"

#include "base/text.h"

// The earliest due time, CLOCK_NEVER where clocks only stand still, 0 where there are none.
static int64_t shown_due(const struct casefile *file, const char *unit)
{
    int64_t due_ms = state_earliest_due(file, unit);
    bool paused = false;
    for (size_t i = 0; i < file->clock_count; i++)
        paused |= clock_is_paused(&file->clocks[i]) && state_concerns(file, &file->clocks[i], unit);
    return due_ms != CLOCK_NEVER || paused ? due_ms : 0;
}

Whistle__V1__CaseRow *list_row(struct query *query, const struct casefile *file, const char *unit)
{
    struct arena *arena = query->arena;
    Whistle__V1__CaseRow *row = arena_alloc(arena, sizeof *row);
    if (!row)
        return NULL;
    whistle__v1__case_row__init(row);
    row->number = arena_strdup(arena, file->number);
    row->state = (Whistle__V1__CaseState)file->state;
    row->kind = (Whistle__V1__Kind)file->whistle->kind;
    row->category = arena_strdup(arena, file->whistle->category);
    row->category_name = (char *)query_category_name(query, file->whistle->category);
    row->area = arena_strdup(arena, area_path_code(file->area));
    row->area_name = (char *)query_area_name(query, file->area);
    row->title = arena_strdup(arena, text_or_empty(file->whistle->title));
    row->due_ms = shown_due(file, unit);
    row->overdue = state_earliest_due(file, unit) < query->now_ms;
    row->filed_ms = file->filed_ms;
    row->charge = arena_strdup(arena, text_or_empty(file->charge));
    struct query_names units = {.query = query};
    query_name_summoned(&units, file);
    row->units = units.names;
    row->n_units = units.count;
    return arena_failed(arena) ? NULL : row;
}
