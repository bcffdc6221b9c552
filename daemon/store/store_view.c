// decide()'s questions, answered from the tables.
#include "store/store_state.h"

#include "store/key.h"

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

// Newest first: the index is walked backwards from the end of the category.
static size_t recent(void *ctx, const char *category, int64_t since_ms, struct casefile **out, size_t max)
{
    struct view_over *over = ctx;
    struct key key = {.length = 0};
    struct db_cursor cursor;
    size_t count = 0;
    uint32_t number = state_find_name(over->txn, category);
    if (!number)
        return 0;
    key_u32(&key, number + 1);
    db_cursor_open(&cursor, over->txn, DB_CATEGORY);
    while (count < max && db_cursor_before(&cursor, key.bytes, key.length)) {
        if (key_get_u32(cursor.key, 0) != number || key_get_time(cursor.key, 4) < since_ms)
            break;
        key_clear(&key);
        key_bytes(&key, cursor.key.bytes, cursor.key.length);
        struct casefile *file = by_id(ctx, key_get_u64(cursor.key, 12));
        if (file)
            out[count++] = file;
    }
    db_cursor_close(&cursor);
    return count;
}

const struct view_ops store_view_ops = {
    .by_number = by_number,
    .by_id = by_id,
    .by_source = by_source,
    .day_count = day_count,
    .next_seq = next_seq,
    .recent = recent,
};
