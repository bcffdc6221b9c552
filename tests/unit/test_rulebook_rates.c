// layer: rulebook
// rates.yaml: what it says becomes columns, sums and parts; each fault is named where it stands.
#include "core/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "rulebook_patch.h"

static const char good[] =
    "rates:\n"
    "- {id: a, name: 甲, of: resolve.met + settled - declined, over: resolve.due, without: appeal}\n"
    "- {id: b, of: filed, until: 2026-07-01}\n"
    "- {id: b, of: placed, from: 2026-07-01}\n"
    "scores:\n"
    "- id: s\n"
    "  least: 7\n"
    "  weights: {01: 2, 02: 0.5}\n"
    "  parts:\n"
    "  - {rate: a, weight: 30, inverse: yes}\n"
    "  - {days: done, times: -10, plus: 20, least: 0, most: 10}\n"
    "points:\n"
    "- {id: p, on: checked_in, to: member, points: -5, without: [misdispatched, unreasonable]}\n";

static const struct rate_table *load(struct patch *patch, const char *text)
{
    patch_init(patch, "tests/rulebooks/good");
    patch_text(patch, "rates.yaml", NULL, text);
    int rc = patch_load(patch, 0);
    if (rc)
        patch_print(patch);
    assert_int_equal(rc, 0);
    return &rulebook_rules(patch->book)->rates;
}

static void a_rate_is_two_sums_over_shared_columns(void **state)
{
    (void)state;
    struct patch patch;
    const struct rate_table *table = load(&patch, good);
    const struct rate_definition *a = rates_find(table, "a", 0);
    assert_int_equal(table->rate_count, 3);
    assert_string_equal(a->name, "甲");
    assert_string_equal(a->of.text, "resolve.met + settled - declined");
    assert_int_equal(a->of.count, 3);
    assert_int_equal(a->of.terms[2].sign, -1);
    assert_int_equal(table->columns[a->of.terms[2].column].count.kind, FACT_DECLINED);
    assert_int_equal(table->columns[a->over.terms[0].column].count.aspect, ASPECT_DUE);
    assert_int_equal(table->columns[a->over.terms[0].column].without, EXCLUDED_BIT(EXCLUDED_APPEAL));
    assert_string_equal(rates_find(table, "b", 0)->name, "b"); // its id, where it has no name
    patch_fini(&patch);
}

static void a_definition_follows_another_on_the_day_that_is_named(void **state)
{
    (void)state;
    struct patch patch;
    const struct rate_table *table = load(&patch, good);
    const int64_t july = INT64_C(1782835200000); // 2026-07-01 00:00 in Shanghai
    assert_string_equal(rates_find(table, "b", july - 1)->of.text, "filed");
    assert_string_equal(rates_find(table, "b", july)->of.text, "placed");
    patch_fini(&patch);
}

static void a_score_has_weights_bounds_and_classes(void **state)
{
    (void)state;
    struct patch patch;
    const struct rate_table *table = load(&patch, good);
    const struct score_definition *score = &table->scores[0];
    assert_int_equal(table->score_count, 1);
    assert_int_equal(score->least, 7);
    assert_true(score->by_class && score->weight_count == 2);
    assert_int_equal(score->part_count, 2);
    assert_true(score->parts[0].inverse && score->parts[0].times == 30 && isinf(score->parts[0].most));
    assert_int_equal(score->parts[1].kind, PART_DAYS);
    assert_true(score->parts[1].plus == 20 && score->parts[1].least == 0 && score->parts[1].most == 10);
    assert_int_equal(table->points[0].points, -5);
    assert_int_equal(table->points[0].holder, HOLDER_MEMBER);
    assert_int_equal(table->points[0].without,
                     EXCLUDED_BIT(EXCLUDED_MISDISPATCHED) | EXCLUDED_BIT(EXCLUDED_UNREASONABLE));
    patch_fini(&patch);
}

static void without_the_file_nothing_is_defined(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    assert_int_equal(patch_load(&patch, 0), 0);
    assert_int_equal(rulebook_rules(patch.book)->rates.rate_count, 0);
    assert_int_equal(rulebook_rules(patch.book)->rates.column_count, 0);
    patch_fini(&patch);
}

static void every_fault_is_named_where_it_stands(void **state)
{
    (void)state;
    static const struct {
        const char *old, *text, *expected;
    } faults[] = {
        {"resolve.met", "resolve.mett", "rates.yaml:2:24 bad_value"},
        {"resolve.met", "resolv.met", "rates.yaml:2:24 unknown_reference"},
        {"resolve.met", "resolve", "rates.yaml:2:24 bad_value"},
        {"of: filed", "of: filed.met", "rates.yaml:3:15 bad_value"},
        {"met + settled", "met settled", "rates.yaml:2:24 bad_value"},
        {"- declined,", "-,", "rates.yaml:2:24 bad_value"},
        {"without: appeal", "without: appeals", "rates.yaml:2:86 bad_value"},
        {"until: 2026-07-01", "until: 2026-07-02", "rates.yaml:4:8 duplicate"},
        {"until: 2026-07-01", "until: 2026-7-1", "rates.yaml:3:29 bad_value"},
        {"from: 2026-07-01", "from: 2026-07-01, until: 2026-07-01", "rates.yaml:4:48 bad_value"},
        {"id: a", "id: rework", "rates.yaml:2:8 bad_value"},
        {"rate: a", "rate: aa", "rates.yaml:10:12 unknown_reference"},
        {"rate: a,", "rate: a, any: filed,", "rates.yaml:10:6 bad_value"},
        {"weight: 30", "weight: much", "rates.yaml:10:23 bad_value"},
        {"weight: 30", "weight: 30, times: 2", "rates.yaml:10:6 bad_value"},
        {"01: 2", "0101: 2", "rates.yaml:8:13 bad_value"},
        {"01: 2", "09: 2", "rates.yaml:8:13 unknown_reference"},
        {"least: 7", "least: -1", "rates.yaml:7:10 bad_value"},
        {"to: member", "to: person", "rates.yaml:13:31 bad_value"},
        {"on: checked_in", "on: checkedin", "rates.yaml:13:15 unknown_reference"},
        {"points: -5", "points: 0.5", "rates.yaml:13:47 bad_value"},
        {"scores:", "score:", "rates.yaml:5:1 unknown_key"},
        {"of: resolve.met + settled - declined, ", "", "rates.yaml:2:4 missing_key"},
    };
    size_t failed = 0;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct patch patch;
        patch_init(&patch, "tests/rulebooks/good");
        patch_text(&patch, "rates.yaml", NULL, good);
        patch_text(&patch, "rates.yaml", faults[i].old, faults[i].text);
        assert_int_equal(patch_load(&patch, 0), ERROR_BAD_RULEBOOK);
        failed += !patch_found(&patch, faults[i].expected);
        patch_fini(&patch);
    }
    assert_int_equal(failed, 0);
}

static void a_reason_of_two_lists_is_ambiguous(void **state)
{
    (void)state;
    struct patch patch;
    patch_init(&patch, "tests/rulebooks/good");
    patch_text(&patch, "rulebook.yaml", "reasons:\n",
               "reasons:\n  appeal: {A1: 一}\n  unreasonable: {A1: 二}\n");
    assert_int_equal(patch_load(&patch, 0), ERROR_BAD_RULEBOOK);
    bool found = false;
    for (size_t i = 0; i < patch.report.count; i++)
        found |= strstr(patch.report.items[i].sentence, "A1 stands under appeal already") != NULL;
    assert_true(found);
    patch_fini(&patch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_is_two_sums_over_shared_columns),
        cmocka_unit_test(a_definition_follows_another_on_the_day_that_is_named),
        cmocka_unit_test(a_score_has_weights_bounds_and_classes),
        cmocka_unit_test(without_the_file_nothing_is_defined),
        cmocka_unit_test(every_fault_is_named_where_it_stands),
        cmocka_unit_test(a_reason_of_two_lists_is_ambiguous),
    };
    return cmocka_run_group_tests_name("rulebook rates", tests, NULL, NULL);
}
