// layer: service
// What bounds a page of a list, over a store that was filled by hand: how many cases it looks at, how many
// records, and a record that it is full in the middle of.
#include "service/query.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rulebook_patch.h"

static const int64_t morning = INT64_C(1770940800000); // 2026-02-13 08:00 in Shanghai

enum { LOOKED_AT_MAX = 5000, RECORDS_MAX = 2000, LOOKED_BYTES_MAX = 8 * 1024 * 1024, BATCH = 200 };

struct town {
    char directory[64];
    struct store *store;
    struct patch rules;
    struct arena arena; // of the last answer
    Whistle__V1__Reply reply;
    char after[256];
    uint64_t ids[LOOKED_AT_MAX + 100];
    size_t count;               // of cases
    struct attribute attribute; // of whatever is filed; without a name there is none
};

static int setup(void **state)
{
    struct town *t = calloc(1, sizeof *t);
    struct store_error error = {0};
    strcpy(t->directory, "/tmp/whistled-list-XXXXXX");
    assert_non_null(mkdtemp(t->directory));
    struct store_options options = {.directory = t->directory, .segment_bytes = 16 << 20};
    assert_int_equal(store_open(&options, &t->store, NULL, &error), 0);
    patch_init(&t->rules, "config/city");
    assert_int_equal(patch_load(&t->rules, 0), 0);
    arena_init(&t->arena, 0);
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    struct town *t = *state;
    char command[128];
    arena_fini(&t->arena);
    store_close(t->store);
    patch_fini(&t->rules);
    snprintf(command, sizeof command, "rm -rf %s", t->directory);
    assert_int_equal(system(command), 0);
    free(t);
    return 0;
}

// ---- filling the store --------------------------------------------------------------------------

// One record; its events get their sequence numbers here.
static void take(struct town *t, struct event *events, size_t count)
{
    struct store_record record = {
        .facts = {.actor = {.principal = "420902001"}, .events = events, .event_count = count}};
    for (size_t i = 0; i < count; i++) {
        events[i].seq = store_next_seq(t->store) + i;
        events[i].at_ms = morning;
        events[i].area = "420902/420902001";
        events[i].local_day = 20497;
    }
    assert_int_equal(store_take(t->store, &record), 0);
}

static void file_case(struct town *t, const char *title)
{
    struct arena *arena = store_arena(t->store);
    struct whistle *whistle = arena_alloc(arena, sizeof *whistle);
    *whistle = (struct whistle){
        .kind = KIND_ISSUE, .category = "0102", .area = "420902001", .title = arena_strdup(arena, title)};
    whistle->attributes = &t->attribute;
    whistle->attribute_count = t->attribute.name != NULL;
    struct event *event = arena_alloc(arena, sizeof *event);
    *event = (struct event){.kind = EVENT_FILED,
                            .state = CASE_FILED,
                            .case_id = store_next_seq(t->store),
                            .number = arena_printf(arena, "260213-%04zu-1", t->count + 1),
                            .office = "420902001",
                            .whistle = whistle};
    t->ids[t->count++] = event->case_id;
    take(t, event, 1);
}

static void file_cases(struct town *t, size_t count, const char *title)
{
    for (size_t i = 0; i < count; i++) {
        if (i % BATCH == 0)
            assert_int_equal(store_begin(t->store), 0);
        file_case(t, title);
        if (i % BATCH == BATCH - 1 || i + 1 == count)
            assert_int_equal(store_commit(t->store), 0);
    }
}

// One record in which something is said about some cases.
static void remark(struct town *t, const size_t *cases, size_t count)
{
    struct event events[4] = {{0}};
    for (size_t i = 0; i < count; i++) {
        events[i].kind = EVENT_COMMENTED;
        events[i].case_id = t->ids[cases[i]];
    }
    take(t, events, count);
}

static void remark_often(struct town *t, size_t of, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        if (i % BATCH == 0)
            assert_int_equal(store_begin(t->store), 0);
        remark(t, &of, 1);
        if (i % BATCH == BATCH - 1 || i + 1 == times)
            assert_int_equal(store_commit(t->store), 0);
    }
}

// ---- asking -------------------------------------------------------------------------------------

// The next page of a list that `after` tells the place of.
static const Whistle__V1__CaseList *turn(struct town *t, bool open, const char *search, uint32_t max)
{
    Whistle__V1__Request request = WHISTLE__V1__REQUEST__INIT;
    Whistle__V1__List list = WHISTLE__V1__LIST__INIT;
    struct store_reader reader;
    const struct rules *rules = rulebook_rules(t->rules.book);
    struct query query = {.arena = &t->arena,
                          .reader = &reader,
                          .book = t->rules.book,
                          .principal = principal_find(&rules->principals, "centre"),
                          .request = &request,
                          .now_ms = morning,
                          .reply = &t->reply};
    arena_fini(&t->arena);
    list.open_only = open;
    list.search = (char *)(uintptr_t)search;
    list.max = max;
    list.after = t->after;
    request.op_case = WHISTLE__V1__REQUEST__OP_LIST;
    request.list = &list;
    whistle__v1__reply__init(&t->reply);
    t->reply.code = (char *)(uintptr_t) "ok";
    store_read_begin(t->store, &t->arena, &reader);
    assert_int_equal(query_run(&query), 0);
    store_read_end(&reader);
    assert_string_equal(t->reply.code, "ok");
    snprintf(t->after, sizeof t->after, "%s", t->reply.list->next_after);
    return t->reply.list;
}

static void shows(const Whistle__V1__CaseList *page, size_t rows, bool goes_on)
{
    assert_int_equal(page->n_rows, rows);
    assert_int_equal(*page->next_after != 0, goes_on);
}

// ---- tests --------------------------------------------------------------------------------------

static void a_page_looks_at_so_many_cases(void **state)
{
    struct town *t = *state;
    file_cases(t, 1, "first");
    file_cases(t, LOOKED_AT_MAX - 2, "between");
    file_cases(t, 1, "last of a page");
    file_cases(t, 1, "last");
    shows(turn(t, true, "last", 10), 1, true); // the page before the last case
    const Whistle__V1__CaseList *page = turn(t, true, "last", 10);
    shows(page, 1, false);
    assert_string_equal(page->rows[0]->title, "last");
    shows(turn(t, false, "first", 10), 0, true); // newest first: an empty page that is not the last
    shows(turn(t, false, "first", 10), 1, false);
}

static void a_page_looks_at_so_many_records(void **state)
{
    struct town *t = *state;
    file_cases(t, 3, "shown");
    file_cases(t, 1, "other");
    shows(turn(t, true, "shown", 2), 2, true);
    remark_often(t, 3, RECORDS_MAX - 1); // of a case that is not asked for
    remark_often(t, 0, 1);
    remark_often(t, 1, 1);
    const Whistle__V1__CaseList *page = turn(t, true, "shown", 10);
    shows(page, 2, true); // what is left of the walk, and the last record of the page
    assert_string_equal(page->rows[0]->number, "260213-0003-1");
    assert_string_equal(page->rows[1]->number, "260213-0001-1");
    page = turn(t, true, "shown", 10);
    shows(page, 1, false);
    assert_true(page->rows[0]->moved);
    assert_string_equal(page->rows[0]->number, "260213-0002-1");
}

// A few hundred cases as large as a request may be made one look of many seconds, and all others waited.
static void a_page_looks_at_so_many_bytes(void **state)
{
    enum { STORY = 60000, PAGE = LOOKED_BYTES_MAX / STORY + 1 }; // as some may have been stored once
    struct town *t = *state;
    char *story = malloc(STORY + 1);
    memset(story, 'a', STORY);
    story[STORY] = 0;
    t->attribute = (struct attribute){"story", story};
    file_cases(t, PAGE + 2, "large");
    free(story);
    shows(turn(t, true, "aab", 10), 0, true);
    shows(turn(t, true, "aab", 10), 0, false);
    *t->after = 0;
    shows(turn(t, false, "", 500), PAGE, true);
    shows(turn(t, false, "", 500), 2, false);
}

static void a_search_looks_at_titles_alone(void **state)
{
    struct town *t = *state;
    t->attribute = (struct attribute){"note", "words of an attribute"};
    file_cases(t, 2, "of the title");
    shows(turn(t, true, "words", 10), 0, false);
    *t->after = 0;
    shows(turn(t, true, "the TITLE", 10), 2, false);
}

static void a_page_may_end_within_a_record(void **state)
{
    struct town *t = *state;
    file_cases(t, 5, "shown");
    shows(turn(t, true, "", 4), 4, true);
    assert_int_equal(store_begin(t->store), 0);
    remark(t, (const size_t[]){2, 0, 2, 1}, 4); // 2 comes with its later event
    assert_int_equal(store_commit(t->store), 0);
    shows(turn(t, true, "", 1), 1, true); // the fifth, in its place
    const char *const numbers[] = {"260213-0001-1", "260213-0003-1", "260213-0002-1"};
    for (size_t i = 0; i < 3; i++) {
        const Whistle__V1__CaseList *page = turn(t, true, "", 1);
        shows(page, 1, i < 2);
        assert_true(page->rows[0]->moved);
        assert_string_equal(page->rows[0]->number, numbers[i]);
    }
}

static void events_of_no_case_are_passed_over(void **state)
{
    struct town *t = *state;
    struct event step = {.kind = EVENT_CLOCK_STEPPED};
    file_cases(t, 3, "shown");
    shows(turn(t, true, "", 2), 2, true);
    assert_int_equal(store_begin(t->store), 0);
    take(t, &step, 1);
    remark(t, (const size_t[]){1}, 1);
    take(t, &step, 1);
    assert_int_equal(store_commit(t->store), 0);
    const Whistle__V1__CaseList *page = turn(t, true, "", 10);
    shows(page, 2, false);
    assert_false(page->rows[0]->moved);
    assert_true(page->rows[1]->moved);
}

static void an_empty_store_has_an_empty_list(void **state)
{
    struct town *t = *state;
    shows(turn(t, true, "", 10), 0, false);
    shows(turn(t, false, "word", 10), 0, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_page_looks_at_so_many_cases, setup, teardown),
        cmocka_unit_test_setup_teardown(a_page_looks_at_so_many_records, setup, teardown),
        cmocka_unit_test_setup_teardown(a_page_looks_at_so_many_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(a_search_looks_at_titles_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_page_may_end_within_a_record, setup, teardown),
        cmocka_unit_test_setup_teardown(events_of_no_case_are_passed_over, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_store_has_an_empty_list, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
