// layer: store
// What lies near a place, against a walk over everything; and what was ruled around it.
#include "store/near.h"

#include "base/civil.h"
#include "core/case.h"
#include "store/precedents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { CASES = 400, MOST = 1024, ASKED = 300 };

struct ground {
    char directory[64];
    struct db db;
    struct db_txn txn;
    struct arena arena;
    struct casefile cases[CASES];
    struct whistle whistles[CASES];
    struct position positions[CASES];
};

static uint64_t seed;

static uint32_t below(uint32_t bound)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % bound;
}

static const char *const classes[] = {"01", "02"}, *const areas[] = {"a", "b", "c"};

// Around a corner of squares, on both sides of the equator and of Greenwich.
static struct position somewhere(void)
{
    return (struct position){(double)below(4000) / 1e5 - 0.02, (double)below(4000) / 1e5 - 0.02, 0};
}

static int setup(void **state)
{
    struct ground *ground = calloc(1, sizeof *ground);
    strcpy(ground->directory, "/tmp/whistled-near-XXXXXX");
    assert_non_null(mkdtemp(ground->directory));
    assert_int_equal(db_open(&ground->db, ground->directory, 0, NULL), 0);
    db_begin(&ground->db, true, &ground->txn);
    arena_init(&ground->arena, 0);
    seed = 7;
    for (int i = 0; i < CASES; i++) {
        ground->positions[i] = somewhere();
        ground->whistles[i] = (struct whistle){
            .category = "0102", .area = areas[below(3)], .position = below(3) ? &ground->positions[i] : NULL};
        ground->whistles[i].title = i % 2 ? "a heap" : NULL;
        ground->cases[i] = (struct casefile){.id = (uint64_t)i + 1,
                                             .number = i % 3 ? "260302-0001-7" : "260302-0002-8",
                                             .state = below(2) ? CASE_IN_HAND : CASE_CANCELLED,
                                             .filed_ms = (int64_t)below(1000) * HOUR_MS,
                                             .category_class = classes[below(2)],
                                             .whistle = &ground->whistles[i]};
        near_put(&ground->txn, NULL, &ground->cases[i]);
    }
    *state = ground;
    return 0;
}

static int teardown(void **state)
{
    struct ground *ground = *state;
    char command[96];
    db_abort(&ground->txn);
    db_close(&ground->db);
    arena_fini(&ground->arena);
    snprintf(command, sizeof command, "rm -rf %s", ground->directory);
    assert_int_equal(system(command), 0);
    free(ground);
    return 0;
}

static const struct candidate *found(const struct candidate *candidates, size_t count, uint64_t id)
{
    for (size_t i = 0; i < count; i++)
        if (candidates[i].id == id)
            return &candidates[i];
    return NULL;
}

static void says_what_it_is(const struct ground *ground, const struct candidate *candidate)
{
    const struct casefile *file = &ground->cases[candidate->id - 1];
    assert_string_equal(candidate->number, file->number);
    assert_string_equal(candidate->title, file->whistle->title ? file->whistle->title : "");
    assert_int_equal(candidate->filed_ms, file->filed_ms);
    assert_int_equal(candidate->open, case_is_open(file->state));
    assert_int_equal(candidate->counts, file->state != CASE_CANCELLED);
    assert_false(candidate->raised);
    assert_string_equal(candidate->area, file->whistle->area);
    assert_string_equal(candidate->category, "0102");
    assert_int_equal(candidate->placed, file->whistle->position != NULL);
    if (candidate->placed)
        assert_true(position_distance_m(&candidate->position, file->whistle->position) < 0.05);
}

static struct near_query some_query(struct position *here)
{
    *here = somewhere();
    return (struct near_query){.category_class = classes[below(2)],
                               .area = areas[below(3)],
                               .position = below(4) ? here : NULL,
                               .metres = below(500),
                               .since_ms = (int64_t)below(1000) * HOUR_MS};
}

static bool is_meant(const struct near_query *query, const struct casefile *file)
{
    const struct position *there = file->whistle->position;
    if (strcmp(file->category_class, query->category_class) != 0 || file->filed_ms < query->since_ms)
        return false;
    return query->position && there ? position_distance_m(query->position, there) <= query->metres
                                    : strcmp(file->whistle->area, query->area) == 0;
}

static void what_is_found_is_what_a_walk_over_everything_finds(void **state)
{
    struct ground *ground = *state;
    struct candidate out[MOST];
    size_t all = 0;
    for (int i = 0; i < ASKED; i++) {
        struct position here;
        struct near_query query = some_query(&here);
        size_t count = near_get(&ground->txn, &ground->arena, &query, out, MOST), meant = 0;
        for (size_t j = 0; j < count; j++)
            says_what_it_is(ground, &out[j]);
        for (int j = 0; j < CASES; j++) {
            const struct casefile *file = &ground->cases[j];
            assert_true(is_meant(&query, file) == (found(out, count, file->id) != NULL));
            meant += is_meant(&query, file);
        }
        assert_int_equal(count, meant); // each once
        all += count;
    }
    assert_true(all > ASKED);
    assert_int_equal(ground->txn.error, 0);
}

static void what_becomes_of_a_case_is_known(void **state)
{
    struct ground *ground = *state;
    struct candidate out[MOST];
    struct casefile *file = &ground->cases[0], before = *file;
    file->state = before.state == CASE_IN_HAND ? CASE_CLOSED : CASE_IN_HAND;
    near_put(&ground->txn, &before, file);
    struct near_query query = {.category_class = file->category_class, .area = file->whistle->area};
    size_t count = near_get(&ground->txn, &ground->arena, &query, out, MOST);
    says_what_it_is(ground, found(out, count, file->id));
}

static void the_newest_come_first_where_there_is_no_room_for_all(void **state)
{
    struct ground *ground = *state;
    struct candidate few[5], all[MOST];
    struct near_query query = {.category_class = "01", .area = "a"};
    size_t count = near_get(&ground->txn, &ground->arena, &query, all, MOST);
    assert_true(count > 5);
    assert_int_equal(near_get(&ground->txn, &ground->arena, &query, few, 5), 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(few[i].id, all[i].id);
    for (size_t i = 1; i < count; i++)
        assert_true(all[i - 1].filed_ms >= all[i].filed_ms);
}

// Once a crowd in the square to the south-west left no room for what lay at the very spot.
static void a_crowd_beside_it_hides_nothing(void **state)
{
    struct ground *ground = *state;
    struct position crowd = {-0.0005, -0.0005, 0}, here = {0.0001, 0.0001, 0};
    struct whistle whistles[] = {{.category = "0102", .area = "a", .position = &crowd},
                                 {.category = "0102", .area = "b", .position = &here}};
    struct candidate out[8];
    for (uint64_t id = 1000; id < 1600; id++)
        near_put(&ground->txn, NULL,
                 &(struct casefile){.id = id,
                                    .state = CASE_IN_HAND,
                                    .filed_ms = 2000 * HOUR_MS,
                                    .category_class = "01",
                                    .whistle = &whistles[id == 1300]});
    struct near_query query = {
        .category_class = "01", .area = "c", .position = &here, .metres = 10, .since_ms = 1500 * HOUR_MS};
    assert_int_equal(near_get(&ground->txn, &ground->arena, &query, out, 8), 1);
    assert_int_equal(out[0].id, 1300);
}

// ---- rulings ------------------------------------------------------------------------------------

static void rule(struct ground *ground, uint64_t seq, const char *category, const char *area,
                 enum ruling ruling, const char *from, const char *to)
{
    struct whistle whistle = {.category = category};
    struct casefile file = {.number = "260302-0001-7", .area = area, .whistle = &whistle};
    struct summons summons = {
        .unit = from, .state = ruling == RULING_UPHOLD ? SUMMONS_CALLED : SUMMONS_EXCUSED, .reason = "D02"};
    struct event event = {.seq = seq,
                          .at_ms = (int64_t)seq,
                          .ruling = ruling,
                          .target = to,
                          .summons = &summons,
                          .summons_count = from != NULL};
    precedent_put(&ground->txn, &ground->arena, &file, &event);
}

static void rulings_are_found_for_the_area_and_those_that_hold_it(void **state)
{
    struct ground *ground = *state;
    struct precedent out[8];
    rule(ground, 1, "0102", "city/east/1", RULING_ASSIGN, "cg", "jj");
    rule(ground, 2, "0102", "city/west", RULING_UPHOLD, "cg", "cg");
    rule(ground, 3, "0105", "city/east/1", RULING_EXCUSE, "water", NULL);
    rule(ground, 4, "0102", "city/east/12", RULING_ASSIGN, NULL, "scj");
    rule(ground, 5, "0102", "city/east/1", RULING_ASSIGN, "cg", "yj");
    rule(ground, 6, "0102", "city/east", RULING_ASSIGN, "cg", "xf");
    assert_int_equal(precedents_get(&ground->txn, &ground->arena, "0102", "city/east/1", out, 8), 3);
    assert_int_equal(out[0].at_ms, 5); // newest first, in the area itself first
    assert_int_equal(out[1].at_ms, 1);
    assert_int_equal(out[2].at_ms, 6);
    assert_string_equal(out[1].from, "cg");
    assert_string_equal(out[1].to, "jj");
    assert_string_equal(out[1].reason, "D02");
    assert_int_equal(precedents_get(&ground->txn, &ground->arena, "0102", "city/east/1", out, 1), 1);
    assert_int_equal(out[0].at_ms, 5);
    assert_int_equal(precedents_get(&ground->txn, &ground->arena, "0102", "city/west/3", out, 8), 1);
    assert_int_equal(out[0].ruling, RULING_UPHOLD);
    assert_string_equal(out[0].from, "cg");
    assert_int_equal(precedents_get(&ground->txn, &ground->arena, "0102", "city/west/3", out, 0), 0);
    assert_int_equal(precedents_get(&ground->txn, &ground->arena, "0105", NULL, out, 8), 1);
    assert_null(out[0].to);
    assert_int_equal(precedents_get(&ground->txn, &ground->arena, "0999", NULL, out, 8), 0);
    assert_int_equal(precedents_get(&ground->txn, &ground->arena, NULL, NULL, out, 8), 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_found_is_what_a_walk_over_everything_finds, setup, teardown),
        cmocka_unit_test_setup_teardown(a_crowd_beside_it_hides_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(what_becomes_of_a_case_is_known, setup, teardown),
        cmocka_unit_test_setup_teardown(the_newest_come_first_where_there_is_no_room_for_all, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(rulings_are_found_for_the_area_and_those_that_hold_it, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
