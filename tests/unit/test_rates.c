// layer: core
// Periods, counts, rates, scores: what is divided by what, what is left out, and what has no figure.
#include "core/period.h"
#include "core/rates.h"

#include "base/civil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

// ---- periods ------------------------------------------------------------------------------------

static void periods_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *text, *before;
        int32_t days;
    } good[] = {{"2026-11", "2026-10", 30},
                {"2026-01", "2025-12", 31},
                {"2024-02", "2024-01", 29},
                {"2026-11-26", "2026-11-25", 1},
                {"2026", "2025", 365},
                {"2026-11-01..2026-11-15", "2026-10-17..2026-10-31", 15},
                {"2026-11-01..2026-11-30", "2026-10", 30},
                {"2026-03-01..2026-03-01", "2026-02-28", 1}};
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct period period, again;
        assert_true(period_parse(good[i].text, &period));
        assert_int_equal(period.last_day - period.first_day + 1, good[i].days);
        assert_string_equal(period_text(&arena, period_before(period)), good[i].before);
        assert_true(period_parse(period_text(&arena, period), &again));
        assert_int_equal(again.first_day, period.first_day);
        assert_int_equal(again.last_day, period.last_day);
    }
    arena_fini(&arena);
}

static void what_is_no_period_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "2026-13",
                                      "2026-00",
                                      "2026-1",
                                      "26-11",
                                      "2026-11-31",
                                      "2026-11-26..",
                                      "..2026-11-26",
                                      "2026-11-26..2026-11-25",
                                      "2026-11-26x",
                                      "1969",
                                      "2026..2027",
                                      "2000-01-01..2026-01-01",
                                      "20a6",
                                      "2026/11"};
    struct period period;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (period_parse(bad[i], &period))
            fail_msg("%s was read", bad[i]);
}

static void a_period_ends_where_the_next_begins(void **state)
{
    (void)state;
    const struct zone shanghai = {.name = "Asia/Shanghai", .first_offset_s = 8 * 3600};
    struct period november = {0}, december = {0};
    assert_true(period_parse("2026-11", &november) && period_parse("2026-12", &december));
    assert_int_equal(period_to_ms(november, &shanghai), period_from_ms(december, &shanghai));
    assert_int_equal(period_from_ms(november, &shanghai), INT64_C(1793462400000)); // 2026-11-01 00:00 +08:00
}

// ---- counts -------------------------------------------------------------------------------------

static void counts_are_a_kind_and_an_aspect_that_it_has(void **state)
{
    (void)state;
    struct rate_count count;
    assert_true(count_parse("resolve.overdue", &count));
    assert_int_equal(count.kind, FACT_LIMIT + STAGE_RESOLVE);
    assert_int_equal(count.aspect, ASPECT_OVERDUE);
    assert_true(count_parse("case.in_time", &count));
    assert_int_equal(count.kind, FACT_LIMIT);
    assert_true(count_parse("done", &count));
    assert_int_equal(count.aspect, ASPECT_ALL);
    assert_true(count_parse("done.late", &count));
    static const char *const bad[] = {"",
                                      ".",
                                      "done.",
                                      "done.met",
                                      "resolve",
                                      "resolve.",
                                      "resolve.all",
                                      "nonsense",
                                      "resolve.late.late",
                                      "done late",
                                      "averyverylongnamethatnobodyhasatall.met"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (count_parse(bad[i], &count))
            fail_msg("%s was read", bad[i]);
}

// ---- a table of rates ---------------------------------------------------------------------------

struct city {
    struct arena arena;
    struct rate_table table;
    struct rate_definition rates[4];
    struct rate_cell row[16];
};

static struct count_sum sum(struct city *city, const char *first, const char *second, int sign,
                            uint32_t without)
{
    const char *texts[] = {first, second};
    struct count_sum out = {.terms = arena_array(&city->arena, 2, sizeof *out.terms)};
    for (int i = 0; i < 2 && texts[i]; i++) {
        struct rate_count count;
        assert_true(count_parse(texts[i], &count));
        uint16_t column = rates_column(&city->table, &city->arena, count, without);
        assert_int_not_equal(column, 0);
        out.terms[out.count++] = (struct count_term){column, (int8_t)(i ? sign : 1), false};
    }
    return out;
}

static int setup(void **state)
{
    struct city *city = test_calloc(1, sizeof *city);
    const struct validity always = {INT64_MIN, INT64_MAX}, later = {1000, INT64_MAX};
    uint32_t appeal = EXCLUDED_BIT(EXCLUDED_APPEAL);
    arena_init(&city->arena, 0);
    city->rates[0] = (struct rate_definition){.id = "in_time", .valid = always, .without = appeal};
    city->rates[0].of = sum(city, "resolve.in_time", NULL, 1, appeal);
    city->rates[0].over = sum(city, "resolve.due", NULL, 1, appeal);
    city->rates[1] = (struct rate_definition){.id = "right", .valid = always};
    city->rates[1].of = sum(city, "called", "misdispatched", -1, 0);
    city->rates[1].over = sum(city, "called", NULL, 1, 0);
    city->rates[2] = (struct rate_definition){.id = "whistles", .valid = later};
    city->rates[2].of = sum(city, "filed", NULL, 1, 0);
    city->table.rates = city->rates;
    city->table.rate_count = 3;
    for (int i = 0; i < 3; i++)
        rates_cover(&city->table, &city->rates[i]);
    *state = city;
    return 0;
}

static int teardown(void **state)
{
    struct city *city = *state;
    arena_fini(&city->arena);
    test_free(city);
    return 0;
}

static void count(struct city *city, const char *kind, uint32_t flags, uint32_t excluded, int64_t took_ms)
{
    enum fact_kind number = fact_from_name(kind);
    rates_count(&city->table, city->row, number, fact_aspects(number, flags, 50, 100), excluded, took_ms);
}

static void a_column_is_made_once(void **state)
{
    struct city *city = *state;
    struct rate_count due = {(enum fact_kind)(FACT_LIMIT + STAGE_RESOLVE), ASPECT_DUE};
    uint16_t columns = city->table.column_count;
    assert_int_equal(rates_column(&city->table, &city->arena, due, EXCLUDED_BIT(EXCLUDED_APPEAL)),
                     city->rates[0].over.terms[0].column);
    assert_int_equal(city->table.column_count, columns);
    assert_int_not_equal(rates_column(&city->table, &city->arena, due, 0),
                         city->rates[0].over.terms[0].column);
}

static void an_exclusion_takes_a_fact_out_of_both_sides_and_says_so(void **state)
{
    struct city *city = *state;
    count(city, "resolve", FACT_MET, 0, 0);
    count(city, "resolve", FACT_MET, 0, 0);
    count(city, "resolve", FACT_MET | FACT_LATE, 0, 0);
    count(city, "resolve", FACT_MET | FACT_LATE, EXCLUDED_BIT(EXCLUDED_APPEAL), 0);
    count(city, "resolve", FACT_MET | FACT_LATE, EXCLUDED_BIT(EXCLUDED_UNREASONABLE), 0); // not named
    struct ratio ratio = rates_ratio(city->row, &city->rates[0]);
    assert_int_equal(ratio.of, 2);
    assert_int_equal(ratio.over, 4);
    assert_int_equal(ratio.left_out, 1);
}

static void what_is_subtracted_never_goes_below_zero(void **state)
{
    struct city *city = *state;
    count(city, "called", 0, 0, 0);
    count(city, "called", 0, 0, 0);
    count(city, "misdispatched", 0, 0, 0);
    assert_int_equal(rates_ratio(city->row, &city->rates[1]).of, 1);
    count(city, "misdispatched", 0, 0, 0);
    count(city, "misdispatched", 0, 0, 0); // of calls of the month before
    assert_int_equal(rates_ratio(city->row, &city->rates[1]).of, 0);
    assert_int_equal(rates_ratio(city->row, &city->rates[1]).over, 2);
}

static void rows_add_up(void **state)
{
    struct city *city = *state;
    struct rate_cell sum_of_two[16] = {0};
    count(city, "called", 0, 0, 7);
    rates_add(&city->table, sum_of_two, city->row);
    rates_add(&city->table, sum_of_two, city->row);
    uint16_t column = city->rates[1].over.terms[0].column;
    assert_int_equal(sum_of_two[column].count, 2);
    assert_int_equal(sum_of_two[column].took_ms, 14);
}

static void a_definition_holds_in_its_time(void **state)
{
    struct city *city = *state;
    assert_null(rates_find(&city->table, "whistles", 999));
    assert_ptr_equal(rates_find(&city->table, "whistles", 1000), &city->rates[2]);
    assert_null(rates_find(&city->table, "nonsense", 1000));
}

// ---- scores -------------------------------------------------------------------------------------

static struct score score_of(struct city *city, struct score_part *parts, uint32_t number, double *adds)
{
    struct score_definition score = {.id = "s", .parts = parts, .part_count = number};
    return rates_score(&city->table, &score, city->row, 0, adds);
}

static struct score_part weighs(const char *rate, double weight, bool inverse)
{
    return (struct score_part){.kind = PART_RATE,
                               .rate_id = rate,
                               .times = weight,
                               .least = -INFINITY,
                               .most = INFINITY,
                               .inverse = inverse};
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

static void a_score_adds_its_parts(void **state)
{
    struct city *city = *state;
    double adds[2];
    for (int i = 0; i < 3; i++)
        count(city, "resolve", FACT_MET, 0, 0);
    count(city, "resolve", FACT_MET | FACT_LATE, 0, 0);
    count(city, "called", 0, 0, 0);
    struct score_part parts[] = {weighs("in_time", 60, false), weighs("right", 40, true)};
    struct score score = score_of(city, parts, 2, adds);
    assert_true(score.given && near(score.value, 60 * 0.75 + 40 * 0));
    assert_true(near(adds[0], 45) && near(adds[1], 0));
    assert_int_equal(score.base, 1); // the fewest that one of its rates divides by
}

static void a_part_that_nothing_stands_for_gives_its_weight_to_the_others(void **state)
{
    struct city *city = *state;
    struct score_part parts[] = {weighs("in_time", 60, false), weighs("right", 40, false)};
    assert_false(score_of(city, parts, 2, NULL).given);
    count(city, "resolve", FACT_MET, 0, 0);
    count(city, "resolve", FACT_MET | FACT_LATE, 0, 0);
    assert_true(near(score_of(city, parts, 2, NULL).value, 50)); // 30 of 60, as 50 of 100
}

static void parts_are_kept_within_their_bounds(void **state)
{
    struct city *city = *state;
    struct score_part parts[3] = {{.kind = PART_DAYS, .times = -10, .plus = 20, .least = 0, .most = 10},
                                  {.kind = PART_COUNT, .times = -1, .least = -20, .most = INFINITY},
                                  {.kind = PART_ANY, .times = -10, .least = -INFINITY, .most = INFINITY}};
    double adds[3];
    parts[0].counts = sum(city, "done", NULL, 1, 0);
    parts[1].counts = sum(city, "repeated", NULL, 1, 0);
    parts[2].counts = sum(city, "resolve.overdue", NULL, 1, 0);
    count(city, "done", 0, 0, DAY_MS);
    count(city, "done", 0, 0, 2 * DAY_MS);
    score_of(city, parts, 3, adds);
    assert_true(near(adds[0], 5) && near(adds[1], 0) && near(adds[2], 0));
    for (int i = 0; i < 30; i++) {
        count(city, "done", 0, 0, 9 * DAY_MS);
        count(city, "repeated", 0, 0, 0);
        count(city, "resolve", FACT_OPEN, 0, 0);
    }
    score_of(city, parts, 3, adds);
    assert_true(near(adds[0], 0) && near(adds[1], -20) && near(adds[2], -10));
}

// A hundred easy cases done in time do not cover one hard class where half are late.
static void classes_weigh_once_each_however_many_cases_they_have(void **state)
{
    (void)state;
    const struct score scores[] = {{100, true, 100}, {50, true, 2}, {0, false, 0}};
    const double equal[] = {1, 1, 1}, hard[] = {1, 3, 1};
    assert_true(near(rates_mean(scores, equal, 3).value, 75));
    assert_true(near(rates_mean(scores, hard, 3).value, 62.5));
    assert_int_equal(rates_mean(scores, equal, 3).base, 102);
    assert_false(rates_mean(scores + 2, equal, 1).given);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(periods_are_read_and_written),
        cmocka_unit_test(what_is_no_period_is_refused),
        cmocka_unit_test(a_period_ends_where_the_next_begins),
        cmocka_unit_test(counts_are_a_kind_and_an_aspect_that_it_has),
        TEST(a_column_is_made_once),
        TEST(an_exclusion_takes_a_fact_out_of_both_sides_and_says_so),
        TEST(what_is_subtracted_never_goes_below_zero),
        TEST(rows_add_up),
        TEST(a_definition_holds_in_its_time),
        TEST(a_score_adds_its_parts),
        TEST(a_part_that_nothing_stands_for_gives_its_weight_to_the_others),
        TEST(parts_are_kept_within_their_bounds),
        cmocka_unit_test(classes_weigh_once_each_however_many_cases_they_have),
    };
    return cmocka_run_group_tests_name("rates", tests, NULL, NULL);
}
