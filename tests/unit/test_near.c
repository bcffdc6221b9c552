// layer: store
// What lies near a place, against a walk over everything; and what was ruled around it.
#include "store/near.h"

#include "base/civil.h"
#include "core/case.h"
#include "store/precedents.h"

#include <math.h>
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
    assert_int_equal(db_open(&ground->db, ground->directory, NULL), 0);
    db_begin(&ground->db, true, &ground->txn);
    arena_init(&ground->arena, 0);
    seed = 7;
    for (int i = 0; i < CASES; i++) {
        ground->positions[i] = somewhere();
        ground->whistles[i] = (struct whistle){
            .category = "0102", .area = areas[below(3)], .position = below(3) ? &ground->positions[i] : NULL};
        ground->cases[i] = (struct casefile){.id = (uint64_t)i + 1,
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

static double apart(const struct position *a, const struct position *b)
{
    return fmax(fabs(a->latitude - b->latitude), fabs(a->longitude - b->longitude));
}

static void says_what_it_is(const struct ground *ground, const struct candidate *candidate)
{
    const struct casefile *file = &ground->cases[candidate->id - 1];
    assert_int_equal(candidate->filed_ms, file->filed_ms);
    assert_int_equal(candidate->open, case_is_open(file->state));
    assert_int_equal(candidate->counts, file->state != CASE_CANCELLED);
    assert_false(candidate->raised);
    assert_string_equal(candidate->area, file->whistle->area);
    assert_string_equal(candidate->category, "0102");
    assert_int_equal(candidate->placed, file->whistle->position != NULL);
    if (candidate->placed)
        assert_true(apart(&candidate->position, file->whistle->position) < 2e-7);
}

static void nothing_near_is_missed_and_nothing_else_is_found(void **state)
{
    struct ground *ground = *state;
    struct candidate out[MOST];
    for (int i = 0; i < ASKED; i++) {
        struct position here = somewhere();
        const char *class = classes[below(2)], *area = areas[below(3)];
        int64_t since_ms = (int64_t)below(1000) * HOUR_MS;
        const struct position *position = below(4) ? &here : NULL;
        size_t count = near_get(&ground->txn, &ground->arena, class, area, position, since_ms, out, MOST);
        assert_true(count < MOST);
        for (size_t j = 0; j < count; j++)
            says_what_it_is(ground, &out[j]);
        for (int j = 0; j < CASES; j++) {
            const struct casefile *file = &ground->cases[j];
            const struct position *there = file->whistle->position;
            bool meant = strcmp(file->category_class, class) == 0 && file->filed_ms >= since_ms;
            bool here_too = strcmp(file->whistle->area, area) == 0;
            bool close = position && there && apart(position, there) < 0.01;
            bool far = !position || !there || apart(position, there) > 0.02;
            if (meant && (here_too || close))
                assert_non_null(found(out, count, file->id));
            if (!meant || (!here_too && far))
                assert_null(found(out, count, file->id));
        }
    }
    assert_int_equal(ground->txn.error, 0);
}

static void what_becomes_of_a_case_is_known(void **state)
{
    struct ground *ground = *state;
    struct candidate out[MOST];
    struct casefile *file = &ground->cases[0], before = *file;
    file->state = before.state == CASE_IN_HAND ? CASE_CLOSED : CASE_IN_HAND;
    near_put(&ground->txn, &before, file);
    size_t count = near_get(&ground->txn, &ground->arena, file->category_class, file->whistle->area,
                            file->whistle->position, 0, out, MOST);
    says_what_it_is(ground, found(out, count, file->id));
}

static void the_newest_come_first_where_there_is_no_room_for_all(void **state)
{
    struct ground *ground = *state;
    struct candidate few[5], all[MOST];
    size_t count = near_get(&ground->txn, &ground->arena, "01", "a", NULL, 0, all, MOST);
    assert_true(count > 5);
    assert_int_equal(near_get(&ground->txn, &ground->arena, "01", "a", NULL, 0, few, 5), 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(few[i].id, all[i].id);
    for (size_t i = 1; i < count; i++)
        assert_true(all[i - 1].filed_ms >= all[i].filed_ms);
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

static void rulings_are_found_where_the_areas_meet(void **state)
{
    struct ground *ground = *state;
    struct precedent out[8];
    rule(ground, 1, "0102", "city/east/1", RULING_ASSIGN, "cg", "jj");
    rule(ground, 2, "0102", "city/west", RULING_UPHOLD, "cg", "cg");
    rule(ground, 3, "0105", "city/east/1", RULING_EXCUSE, "water", NULL);
    rule(ground, 4, "0102", "city/east/12", RULING_ASSIGN, NULL, "scj");
    assert_int_equal(precedents_get(&ground->txn, &ground->arena, "0102", "city/east/1", out, 8), 1);
    assert_int_equal(out[0].at_ms, 1);
    assert_string_equal(out[0].from, "cg");
    assert_string_equal(out[0].to, "jj");
    assert_string_equal(out[0].reason, "D02");
    assert_int_equal(precedents_get(&ground->txn, &ground->arena, "0102", "city/east", out, 8), 2);
    assert_int_equal(out[0].at_ms, 4); // newest first
    assert_null(out[0].from);
    assert_int_equal(precedents_get(&ground->txn, &ground->arena, "0102", "city/west/3", out, 8), 1);
    assert_int_equal(out[0].ruling, RULING_UPHOLD);
    assert_string_equal(out[0].from, "cg");
    assert_int_equal(precedents_get(&ground->txn, &ground->arena, "0102", "city/west/3", out, 0), 0);
    assert_int_equal(precedents_get(&ground->txn, &ground->arena, "0105", NULL, out, 8), 1);
    assert_null(out[0].to);
    assert_int_equal(precedents_get(&ground->txn, &ground->arena, "0999", NULL, out, 8), 0);
    assert_int_equal(precedents_get(&ground->txn, &ground->arena, NULL, NULL, out, 8), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_near_is_missed_and_nothing_else_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(what_becomes_of_a_case_is_known, setup, teardown),
        cmocka_unit_test_setup_teardown(the_newest_come_first_where_there_is_no_room_for_all, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(rulings_are_found_where_the_areas_meet, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
