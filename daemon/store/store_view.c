// decide()'s questions, answered from the tables.
#include "store/near.h"
#include "store/precedents.h"
#include "store/store_state.h"

static struct casefile *by_id(void *ctx, uint64_t id)
{
    struct view_over *over = ctx;
    return id ? state_get_case(over->txn, over->arena, id) : NULL;
}

static struct casefile *by_number(void *ctx, const char *number)
{
    struct view_over *over = ctx;
    return by_id(ctx, state_number_case(over->txn, number));
}

static const char *by_source(void *ctx, const char *source, const char *source_no)
{
    struct view_over *over = ctx;
    const struct casefile *file = by_id(ctx, state_source_case(over->txn, source, source_no));
    return file ? file->number : NULL;
}

static uint32_t day_count(void *ctx, int32_t day)
{
    struct view_over *over = ctx;
    return state_day_count(over->txn, day);
}

static uint64_t next_seq(void *ctx)
{
    return ((struct view_over *)ctx)->next_seq;
}

static size_t near(void *ctx, const struct near_query *query, struct candidate *out, size_t max)
{
    struct view_over *over = ctx;
    return near_get(over->txn, over->arena, query, out, max);
}

static size_t precedents(void *ctx, const char *category, const char *area, struct precedent *out, size_t max)
{
    struct view_over *over = ctx;
    return precedents_get(over->txn, over->arena, category, area, out, max);
}

static uint32_t notices(void *ctx, const char *recipient, int64_t *since_ms)
{
    struct view_over *over = ctx;
    struct notice_count counts = {0};
    uint32_t number = state_find_name(over->txn, recipient);
    if (number)
        state_get_notices(over->txn, number, &counts);
    *since_ms = counts.since_ms;
    return counts.told;
}

static enum reach reach(void *ctx, uint64_t case_id, uint64_t seq, const char *recipient)
{
    struct view_over *over = ctx;
    uint64_t about;
    bool unreached;
    if (!state_get_told(over->txn, recipient, seq, &about, &unreached) || about != case_id)
        return REACH_NONE;
    return unreached ? REACH_FAILED : REACH_TOLD;
}

const struct view_ops store_view_ops = {
    .by_number = by_number,
    .by_id = by_id,
    .by_source = by_source,
    .day_count = day_count,
    .next_seq = next_seq,
    .notices = notices,
    .reach = reach,
    .near = near,
    .precedents = precedents,
};
