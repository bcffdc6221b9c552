#include "service/fact_rows.h"

#include "base/text.h"
#include "core/permit.h"
#include "store/tables.h"

// Who has no part in the case any more keeps his figures, and no view of it.
static bool may_see(const struct selection *selection, const struct casefile *file)
{
    return permit_case(OPERATION_SEE, selection->rules, selection->query->principal, file,
                       query_area(selection->query, file->area));
}

static void put_case(struct selection *selection, const struct casefile *file, Whistle__V1__FactRow *row)
{
    const struct query *query = selection->query;
    row->number = arena_strdup(query->arena, text_or_empty(file->number));
    if (may_see(selection, file)) {
        row->title = arena_strdup(query->arena, text_or_empty(file->whistle->title));
        row->state = (Whistle__V1__CaseState)file->state;
    }
    row->category = arena_strdup(query->arena, text_or_empty(file->whistle->category));
    row->category_name = (char *)query_category_name(query, file->whistle->category);
    row->area = arena_strdup(query->arena, text_or_empty(area_path_code(file->area)));
    row->area_name = (char *)query_area_name(query, file->area);
}

// The case is large beside what a row takes of it: it goes at once.
static bool read_case(struct selection *selection, uint64_t id, Whistle__V1__FactRow *row)
{
    struct arena arena;
    arena_init(&arena, 0);
    const struct casefile *file = state_get_case(selection->txn, &arena, id);
    if (file)
        put_case(selection, file, row);
    arena_fini(&arena);
    return file != NULL;
}

Whistle__V1__FactRow *fact_row(struct selection *selection, const struct booked *fact, uint32_t excluded)
{
    struct arena *arena = selection->query->arena;
    bool open = fact->flags & FACT_OPEN;
    Whistle__V1__FactRow *row = arena_alloc(arena, sizeof *row);
    if (!row)
        return NULL;
    whistle__v1__fact_row__init(row);
    if (!read_case(selection, fact->case_id, row))
        return NULL;
    row->unit = (char *)selection_code(selection, fact->unit);
    row->unit_name = (char *)selection_unit_name(selection, row->unit);
    row->branch = (char *)selection_code(selection, fact->branch);
    row->member = (char *)selection_code(selection, fact->member);
    row->fact = (char *)fact_name(fact->kind);
    row->at_ms = fact->at_ms;
    row->late = open ? fact->at_ms < selection->query->now_ms : (fact->flags & FACT_LATE) != 0;
    row->open = open;
    row->took_ms = fact->took_ms;
    row->left_out = selection_exclusion_names(arena, excluded, &row->n_left_out);
    return arena_failed(arena) ? NULL : row;
}
