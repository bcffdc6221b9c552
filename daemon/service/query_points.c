// points 积分: what each unit, branch or member earned by the rulebook's rules, ranked.
#include "service/query.h"

#include "base/error.h"
#include "base/text.h"
#include "service/fact_sources.h"

#include <stdlib.h>
#include <string.h>

struct ranking {
    struct selection selection;
    struct fact_sources sources;
    enum point_holder by;
    Whistle__V1__PointsRow **row_of; // by number of the holder
    Whistle__V1__PointsView *view;
    size_t room;
};

// NULL without memory.
static Whistle__V1__PointsRow *row_of(struct ranking *ranking, uint32_t holder)
{
    struct arena *arena = ranking->selection.query->arena;
    if (ranking->row_of[holder])
        return ranking->row_of[holder];
    Whistle__V1__PointsRow *row = arena_alloc(arena, sizeof *row);
    Whistle__V1__PointsRow **grown =
        arena_grow(arena, ranking->view->rows, ranking->view->n_rows, &ranking->room, sizeof *grown);
    if (!row || !grown)
        return NULL;
    whistle__v1__points_row__init(row);
    row->code = (char *)selection_code(&ranking->selection, holder);
    row->name = (char *)selection_unit_name(&ranking->selection, row->code);
    ranking->view->rows = grown;
    grown[ranking->view->n_rows++] = row;
    return ranking->row_of[holder] = row;
}

static bool count_fact(struct ranking *ranking, const struct fact_source *source, const struct booked *fact)
{
    struct selection *selection = &ranking->selection;
    uint32_t holder = fact_source_holder(source, fact);
    bool counts = selection_aspects(selection, fact) >> source->count.aspect & 1;
    if (!counts || !holder || holder > selection->name_count || !selection_wants(selection, fact) ||
        !fact_source_has(&ranking->sources, source, selection_excluded(selection, fact)))
        return true;
    Whistle__V1__PointsRow *row = row_of(ranking, holder);
    if (!row)
        return false;
    row->points += source->rule->points;
    row->entries++;
    return true;
}

static int count_source(struct ranking *ranking, const struct fact_source *source)
{
    struct books_walk walk;
    struct booked fact;
    bool good = true;
    books_open(&walk, ranking->selection.txn, source->count.kind, source->from_ms, source->to_ms, NULL);
    while (good && books_next(&walk, &fact))
        good = count_fact(ranking, source, &fact);
    books_close(&walk);
    return good ? ranking->selection.txn->error : ERROR_NO_MEMORY;
}

static int by_points(const void *a, const void *b)
{
    const Whistle__V1__PointsRow *left = *(Whistle__V1__PointsRow *const *)a;
    const Whistle__V1__PointsRow *right = *(Whistle__V1__PointsRow *const *)b;
    if (left->points != right->points)
        return left->points > right->points ? -1 : 1;
    return strcmp(left->code, right->code);
}

// Who sees only his own is told no rank.
static void rank(Whistle__V1__PointsView *view, bool ranked)
{
    if (view->n_rows)
        qsort(view->rows, view->n_rows, sizeof *view->rows, by_points);
    for (size_t i = 0; ranked && i < view->n_rows; i++) {
        bool shared = i && view->rows[i]->points == view->rows[i - 1]->points;
        view->rows[i]->rank = shared ? view->rows[i - 1]->rank : (uint32_t)i + 1;
    }
}

static int fill(struct query *query, struct ranking *ranking)
{
    const struct selection *selection = &ranking->selection;
    ranking->row_of = arena_array(query->arena, (size_t)selection->name_count + 1, sizeof *ranking->row_of);
    ranking->view = arena_alloc(query->arena, sizeof *ranking->view);
    if (!ranking->row_of || !ranking->view)
        return ERROR_NO_MEMORY;
    whistle__v1__points_view__init(ranking->view);
    ranking->view->period = (char *)text_or_empty(period_text(query->arena, selection->period));
    ranking->view->from_ms = selection->from_ms;
    ranking->view->to_ms = selection->to_ms;
    int rc = fact_sources_points(&ranking->sources, selection, ranking->by) ? 0 : ERROR_TOO_MANY;
    for (uint32_t i = 0; i < ranking->sources.count && !rc; i++)
        rc = count_source(ranking, &ranking->sources.items[i]);
    rank(ranking->view, selection->sees_areas);
    query->reply->result_case = WHISTLE__V1__REPLY__RESULT_POINTS;
    query->reply->points = ranking->view;
    return rc;
}

int query_points(struct query *query)
{
    const Whistle__V1__Points *asked = query->request->points;
    struct ranking *ranking = arena_alloc(query->arena, sizeof *ranking);
    if (!ranking)
        return ERROR_NO_MEMORY;
    if (!point_holder_from_name(asked->by, &ranking->by))
        return query_refuse(query, ERROR_BAD_VALUE, "points.by", "by", asked->by);
    if (!selection_init(&ranking->selection, query, asked->selection))
        return ranking->selection.rc;
    if (selection_load_exclusions(&ranking->selection))
        return ERROR_NO_MEMORY;
    return fill(query, ranking);
}
