// layer: rulebook
// explain tells what would happen and why; init makes a rulebook of a table of codes that passes check.
#include "rulebook/explain.h"
#include "rulebook/init.h"
#include "rulebook/moment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rulebook_patch.h"

#include <unistd.h>

struct asked {
    struct patch patch;
    struct buffer text;
    int error;
};

static void put(struct asked *asked, const char *at, struct explain_query query, bool chinese)
{
    patch_init(&asked->patch, "config/city");
    buffer_init(&asked->text);
    assert_int_equal(patch_load(&asked->patch, 0), 0);
    const struct calendar *city = rules_calendar(rulebook_rules(asked->patch.book), NULL);
    assert_true(moment_parse(city->zone, at, &query.at_ms));
    asked->error = rulebook_explain(asked->patch.book, &query, chinese, &asked->text);
}

static void ask(struct asked *asked, const char *at, struct whistle whistle, const char *text, bool chinese)
{
    put(asked, at, (struct explain_query){.whistle = whistle, .texts = &text, .text_count = text != NULL},
        chinese);
}

static void done(struct asked *asked)
{
    buffer_fini(&asked->text);
    patch_fini(&asked->patch);
}

static void says(struct asked *asked, const char *line)
{
    if (!strstr(buffer_string(&asked->text), line))
        fail_msg("no \"%s\" in\n%s", line, buffer_string(&asked->text));
}

static void says_not(struct asked *asked, const char *line)
{
    if (strstr(buffer_string(&asked->text), line))
        fail_msg("\"%s\" in\n%s", line, buffer_string(&asked->text));
}

static void a_joint_whistle_is_explained_to_the_last_minute(void **state)
{
    (void)state;
    struct asked asked;
    ask(&asked, "2026-02-13 16:50",
        (struct whistle){.kind = KIND_JOINT, .category = "0402", .area = "420902001001"}, NULL, false);
    assert_int_equal(asked.error, 0);
    says(&asked, "when      2026-02-13 Fri 16:50 (Asia/Shanghai)\n");
    says(&asked, "area      420902/420902001/420902001001 书院社区\n");
    says(&asked, "rule      R11  rules.yaml:");
    says(&asked, "lead      cg 区城市管理执法局  A 王建国");
    says(&asked, "assist    scj 区市场监督管理局  B "); // the roster says that A is away
    says(&asked, "resolve   cg scj jj xf water  2 working-days → 2026-02-24 Tue 16:50\n");
    says(&asked, "2026-02-13 Fri 16:50 → 2026-02-13 Fri 18:00  working time 1h10\n");
    says(&asked, "2026-02-14 Sat 08:00 → 2026-02-14 Sat 18:00  working time 8h\n");
    says(&asked, "2026-02-15 Sun 00:00 → 2026-02-24 Tue 00:00  days off 9 春节\n");
    says(&asked, "2026-02-24 Tue 08:00 → 2026-02-24 Tue 16:50  working time 6h50\n");
    says(&asked, "rung 2  2026-02-13 Fri 17:50  tell call → unit contact B\n");
    says(&asked, "not       R03  rules.yaml:9  kind\n");
    says(&asked, "rules above are for other categories\n");
    done(&asked);
}

static void words_lead_to_another_rule_and_are_said(void **state)
{
    (void)state;
    struct asked asked;
    struct whistle whistle = {.category = "0102", .area = "420902001005", .title = "楼下"};
    ask(&asked, "2026-02-13T08:31+08:00", whistle, "好像闻到一点煤气", true);
    assert_int_equal(asked.error, 0);
    says(&asked, "词        gas\n");
    says(&asked, "主办      gas 燃气公司");
    done(&asked);
    ask(&asked, "2026-02-13 08:31", whistle, "有垃圾", true);
    says(&asked, "哨类      日常哨\n");
    says(&asked, "主办      cg 区城市管理执法局");
    says(&asked, "处置      cg  1工作日 → 2026-02-14 周六 08:31\n");
    says(&asked, "提级 → block+1 line+1\n");
    says(&asked, "不符      R03  rules.yaml:9  词\n");
    says_not(&asked, "未载入");
    done(&asked);
}

static void what_would_be_refused_is_explained_by_the_refusal(void **state)
{
    (void)state;
    struct asked asked;
    ask(&asked, "2026-02-13", (struct whistle){.category = "9999", .area = "420902001"}, NULL, false);
    assert_int_equal(asked.error, ERROR_UNKNOWN_CATEGORY);
    says(&asked, "refused   unknown_category 9999  whistle.category\n");
    done(&asked);
    ask(&asked, "2026-02-13", (struct whistle){.category = "0102", .area = "1"}, NULL, false);
    assert_int_equal(asked.error, ERROR_UNKNOWN_AREA);
    done(&asked);
}

static void a_question_is_registered_and_calls_nobody(void **state)
{
    (void)state;
    struct asked asked;
    ask(&asked, "2026-02-13 10:00",
        (struct whistle){.category = "0102", .area = "420902001", .nature = NATURE_CONSULTATION}, NULL,
        false);
    assert_int_equal(asked.error, 0);
    says(&asked, "rule      R01  rules.yaml:4\n");
    says(&asked, "registered");
    says_not(&asked, "lead");
    done(&asked);
}

static void a_year_that_is_not_loaded_makes_a_due_time_provisional(void **state)
{
    (void)state;
    struct asked asked;
    ask(&asked, "2026-12-30 10:00", (struct whistle){.category = "0103", .area = "420902001"}, NULL, false);
    says(&asked, "5 working-days → 2027-01-06 Wed 10:00  provisional\n");
    says(&asked, "year not loaded 2027\n");
    done(&asked);
}

// ---- of what was filed, and ruled ---------------------------------------------------------------

// The personal text is not at hand any more: what was found in it is, and nothing is looked for anew.
static void what_was_filed_keeps_the_words_that_were_found(void **state)
{
    (void)state;
    struct asked asked;
    const char *const flags[] = {"gas"};
    struct explain_query query = {
        .whistle = {.category = "0102", .area = "420902001005", .title = "楼下"},
        .filed = true,
        .flags = flags,
        .flag_count = 1,
    };
    put(&asked, "2026-02-13 08:31", query, false);
    assert_int_equal(asked.error, 0);
    says(&asked, "words     gas\n");
    says(&asked, "rule      R03  ");
    done(&asked);
    query.whistle.title = "煤气";
    query.flag_count = 0;
    put(&asked, "2026-02-13 08:31", query, false);
    says(&asked, "rule      R27  ");
    says_not(&asked, "words     ");
    done(&asked);
}

// A whistle of the street's own needs no approval of the street.
static void the_office_that_whistled_is_asked_for(void **state)
{
    (void)state;
    struct asked asked;
    struct explain_query query = {
        .whistle = {.kind = KIND_PRIORITY, .category = "0101", .area = "420902001005"}, .filed = true};
    put(&asked, "2026-02-13 08:31", query, false);
    says(&asked, "approve   420902001 ");
    done(&asked);
    query.office = "centre";
    put(&asked, "2026-02-13 08:31", query, false);
    says_not(&asked, "approve   420902001 ");
    assert_int_equal(asked.error, 0);
    done(&asked);
}

static void a_row_of_history_is_explained(void **state)
{
    (void)state;
    struct asked asked;
    struct whistle whistle = {.category = "0102", .area = "420902001", .reported_ms = INT64_C(1740000000000)};
    ask(&asked, "2026-02-13", whistle, NULL, false);
    assert_int_equal(asked.error, 0);
    says(&asked, "rule      R27  ");
    done(&asked);
}

static const struct precedent ruled[] = {
    {"260212-0003-1", INT64_C(1770865200000), "0102", "420902/420902001/420902001005", RULING_ASSIGN, "cg",
     "zj", "D02"},
    {"260211-0003-1", INT64_C(1770778800000), "0102", "420902/420902002", RULING_ASSIGN, "cg", "hb", "D02"},
    {"260211-0002-2", INT64_C(1770778800000), "0103", "420902/420902001", RULING_ASSIGN, "cg", "yl", "D02"},
    {"260210-0001-3", INT64_C(1770692400000), "0102", "420902/420902001", RULING_EXCUSE, NULL, NULL, NULL},
};

static void precedents_of_the_place_are_cited(void **state)
{
    (void)state;
    struct asked asked;
    struct explain_query query = {
        .whistle = {.category = "0102", .area = "420902001005"}, .precedents = ruled, .precedent_count = 4};
    put(&asked, "2026-02-13 08:31", query, false);
    says(&asked, "precedent 260212-0003-1  2026-02-12 Thu 11:00  assign  cg → zj  D02 非本单位职责\n"
                 "precedent 260210-0001-3  2026-02-10 Tue 11:00  excuse  nobody → nobody\n");
    says_not(&asked, "260211-0003-1"); // another street
    says_not(&asked, "260211-0002-2"); // another category
    says(&asked, "rule      R27  ");   // they are cited, the rule still decides
    done(&asked);
    put(&asked, "2026-02-13 08:31", query, true);
    says(&asked, "先例      260212-0003-1  2026-02-12 周四 11:00  改派  cg → zj");
    done(&asked);
    query.due_only = true;
    put(&asked, "2026-02-13 08:31", query, false);
    says_not(&asked, "precedent");
    done(&asked);
}

// ---- moments ------------------------------------------------------------------------------------

static void moments_are_read_and_written(void **state)
{
    (void)state;
    static const struct zone shanghai = {.name = "Asia/Shanghai", .first_offset_s = 8 * 3600};
    static const char *const same[] = {"2026-02-13 08:00", "2026-02-13T08:00", "2026-02-13T08:00+08:00",
                                       "2026-02-13T00:00Z", "2026-02-12T19:00-05:00"};
    static const char *const bad[] = {"",
                                      "2026-02-30",
                                      "2026-02-13 25:00",
                                      "2026-02-13 08:60",
                                      "2026-02-13x08:00",
                                      "2026-02-13 08:00+8",
                                      "2026-02-13 0800",
                                      "13.2.2026"};
    int64_t at = 0;
    char text[MOMENT_TEXT];
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        assert_true(moment_parse(&shanghai, same[i], &at));
        assert_int_equal(at, INT64_C(1770940800000));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(moment_parse(&shanghai, bad[i], &at));
    assert_string_equal(moment_format(&shanghai, INT64_C(1770940800000), true, text),
                        "2026-02-13 周五 08:00");
    assert_string_equal(moment_format(&shanghai, -1, false, text), "1970-01-01 Thu 07:59");
    assert_string_equal(moment_span(INT64_C(4200000), text), "1h10");
    assert_string_equal(moment_span(INT64_C(28800000), text), "8h");
    assert_string_equal(moment_span(INT64_C(-60000), text), "-1min");
    assert_string_equal(moment_span(INT64_C(183600000), text), "2d 3h00");
}

// ---- init ---------------------------------------------------------------------------------------

static const char district[] = "code,level,name,parent\n"
                               "42,district,\"小,区\",4\n"
                               "4201,street,甲街道,42\n"
                               "420101,community,东社区,4201\n"
                               "420102,community,西社区,4201\n"
                               "42010101,grid,一网格,420101\n";

struct made {
    struct arena arena;
    struct rulebook_report report;
    struct rulebook_file *files;
    size_t count;
    int error;
};

static void make(struct made *made, const char *codes, const char *zone, int year)
{
    *made = (struct made){0};
    arena_init(&made->arena, 0);
    rulebook_report_init(&made->report);
    struct rulebook_file table = {"codes.csv", {(const uint8_t *)codes, strlen(codes)}};
    made->error =
        rulebook_init_files(&made->arena, &table, zone, year, &made->files, &made->count, &made->report);
}

static void made_fini(struct made *made)
{
    rulebook_report_fini(&made->report);
    arena_fini(&made->arena);
}

static void a_table_of_codes_becomes_a_rulebook_that_passes_check(void **state)
{
    (void)state;
    struct made made;
    make(&made, district, NULL, 2026);
    assert_int_equal(made.error, 0);
    assert_int_equal(made.report.errors, 0);
    assert_int_equal(made.report.warnings, 1); // nobody to call yet
    struct rulebook *book;
    assert_int_equal(rulebook_load_files(made.files, made.count, &book, &made.report), 0);
    const struct rules *rules = rulebook_rules(book);
    assert_string_equal(rules->city, "小,区");
    assert_int_equal(rules->units.count, 4);
    const struct unit *east = &rules->units.units[unit_find(&rules->units, "420101")];
    assert_string_equal(rules->units.units[east->superior].code, "4201");
    assert_string_equal(rules->units.units[rules->units.units[east->superior].superior].code, "centre");
    assert_int_equal(rules->areas.areas[area_find(&rules->areas, "42010101")].office, UNIT_NONE);
    rulebook_unref(book);
    made_fini(&made);
}

// A city's own table was refused for the columns that it has besides.
static void columns_that_are_not_asked_for_are_passed_over(void **state)
{
    (void)state;
    struct made made;
    make(&made, "code,name,population,level,parent\n42,小区,9,district,4\n4201,甲街道,3,street,42\n", NULL,
         2026);
    assert_int_equal(made.error, 0);
    assert_int_equal(made.report.errors, 0);
    made_fini(&made);
}

static void several_districts_have_one_centre(void **state)
{
    (void)state;
    struct made made;
    make(&made, "代码,层级,名称,上级\n1,district,甲,9\n2,district,乙,9\n101,community,子,1\n", NULL, 2026);
    assert_int_equal(made.error, 0);
    struct rulebook *book;
    assert_int_equal(rulebook_load_files(made.files, made.count, &book, &made.report), 0);
    const struct rules *rules = rulebook_rules(book);
    assert_int_equal(rules->units.count, 4);
    assert_int_equal(rules->units.units[rules->desk].area, AREA_NONE);
    rulebook_unref(book);
    made_fini(&made);
}

static void elsewhere_or_later_the_holidays_are_to_be_filled_in(void **state)
{
    (void)state;
    struct made made;
    make(&made, district, "Europe/Berlin", 2031);
    assert_int_equal(made.error, 0);
    made_fini(&made);
    make(&made, district, "Nowhere/Land", 2026);
    assert_int_equal(made.error, ERROR_BAD_RULEBOOK);
    made_fini(&made);
}

static void a_bad_table_is_named(void **state)
{
    (void)state;
    struct made made;
    make(&made, "code,level,name,parent\n4.2E+11,district,甲,\n", NULL, 2026);
    assert_int_equal(made.error, ERROR_BAD_RULEBOOK);
    assert_int_equal(made.report.items[0].code, FINDING_SPREADSHEET);
    made_fini(&made);
    make(&made, "code,level,name,parent\n1,district,甲,\n1,district,乙,\n", NULL, 2026);
    assert_int_equal(made.error, ERROR_BAD_RULEBOOK);
    assert_int_equal(made.report.items[0].code, FINDING_DUPLICATE);
    made_fini(&made);
}

static void nothing_is_written_over(void **state)
{
    (void)state;
    char directory[] = "/tmp/whistled-init-XXXXXX";
    char codes[64], path[128];
    assert_non_null(mkdtemp(directory));
    snprintf(codes, sizeof codes, "%s/codes.txt", directory);
    FILE *file = fopen(codes, "w");
    assert_non_null(file);
    fputs(district, file);
    fclose(file);
    struct rulebook_report report;
    rulebook_report_init(&report);
    assert_int_equal(rulebook_init(directory, codes, NULL, 2026, &report), 0);
    struct rulebook *book;
    assert_int_equal(rulebook_load(directory, &book, &report), 0);
    size_t count;
    const struct rulebook_file *files = rulebook_files(book, &count);
    assert_int_equal(count, 14);
    assert_int_equal(rulebook_init(directory, codes, NULL, 2026, &report), ERROR_IN_USE);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, files[i].name);
        assert_int_equal(unlink(path), 0);
    }
    unlink(codes);
    assert_int_equal(rmdir(directory), 0);
    rulebook_unref(book);
    rulebook_report_fini(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_joint_whistle_is_explained_to_the_last_minute),
        cmocka_unit_test(words_lead_to_another_rule_and_are_said),
        cmocka_unit_test(what_would_be_refused_is_explained_by_the_refusal),
        cmocka_unit_test(a_question_is_registered_and_calls_nobody),
        cmocka_unit_test(a_year_that_is_not_loaded_makes_a_due_time_provisional),
        cmocka_unit_test(what_was_filed_keeps_the_words_that_were_found),
        cmocka_unit_test(the_office_that_whistled_is_asked_for),
        cmocka_unit_test(a_row_of_history_is_explained),
        cmocka_unit_test(precedents_of_the_place_are_cited),
        cmocka_unit_test(moments_are_read_and_written),
        cmocka_unit_test(a_table_of_codes_becomes_a_rulebook_that_passes_check),
        cmocka_unit_test(columns_that_are_not_asked_for_are_passed_over),
        cmocka_unit_test(several_districts_have_one_centre),
        cmocka_unit_test(elsewhere_or_later_the_holidays_are_to_be_filled_in),
        cmocka_unit_test(a_bad_table_is_named),
        cmocka_unit_test(nothing_is_written_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
