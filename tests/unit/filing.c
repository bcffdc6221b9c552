#include "filing.h"

#include "core/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

int file_one(struct store *store, const char *source_no, int64_t at_ms)
{
    struct arena *arena = store_arena(store);
    char text[NUMBER_TEXT];
    const struct view *view = store_view(store);
    int32_t day = (int32_t)(at_ms / 86400000);
    assert_int_equal(number_format((struct number){day, view->ops->day_count(view->ctx, day) + 1}, text), 0);
    struct whistle *whistle = arena_alloc(arena, sizeof *whistle);
    struct recipient *told = arena_alloc(arena, sizeof *told);
    struct event *event = arena_alloc(arena, sizeof *event);
    *whistle = (struct whistle){.kind = KIND_ISSUE, .category = "0302", .area = "A1", .source = "12345"};
    whistle->source_no = arena_strdup(arena, source_no);
    *told = (struct recipient){.code = "cg", .why = WHY_LEAD};
    *event = (struct event){
        .seq = store_next_seq(store),
        .at_ms = at_ms,
        .kind = EVENT_FILED,
        .state = CASE_FILED,
        .case_id = store_next_seq(store),
        .number = arena_strdup(arena, text),
        .area = "A/A1",
        .office = "o1",
        .local_day = day,
        .whistle = whistle,
        .recipients = told,
        .recipient_count = 1,
    };
    struct store_record record = {
        .facts = {.actor = {.principal = "o1"}, .events = event, .event_count = 1, .received_ms = at_ms}};
    record.private_part = (struct blob){(const uint8_t *)"secret", 6};
    return store_take(store, &record);
}

void file_some(struct store *store, int from, int count)
{
    char number[16];
    assert_int_equal(store_begin(store), 0);
    for (int i = from; i < from + count; i++) {
        snprintf(number, sizeof number, "S%d", i);
        assert_int_equal(file_one(store, number, 1771000000000 + i), 0);
    }
    assert_int_equal(store_commit(store), 0);
}
