// layer: core
// Limits as people write them: every form that means one thing is read, and nothing else is.
#include "base/error.h"
#include "core/limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

struct reading {
    const char *text;
    enum measure measure;
    int64_t amount;
};

static const struct reading readings[] = {
    {"2 emergency-hours", MEASURE_EMERGENCY_HOURS, 2 * LIMIT_UNIT},
    {"2 emergency hours", MEASURE_EMERGENCY_HOURS, 2 * LIMIT_UNIT},
    {"1 emergency hour", MEASURE_EMERGENCY_HOURS, LIMIT_UNIT},
    {"2紧急工作时", MEASURE_EMERGENCY_HOURS, 2 * LIMIT_UNIT},
    {"2紧急工作日", MEASURE_EMERGENCY_DAYS, 2 * LIMIT_UNIT},
    {"4工作时", MEASURE_WORKING_HOURS, 4 * LIMIT_UNIT},
    {"3 工作日", MEASURE_WORKING_DAYS, 3 * LIMIT_UNIT},
    {"3个工作日", MEASURE_WORKING_DAYS, 3 * LIMIT_UNIT},
    {"３　工作日", MEASURE_WORKING_DAYS, 3 * LIMIT_UNIT},
    {"\u00a02\u00a0工作日 ", MEASURE_WORKING_DAYS, 2 * LIMIT_UNIT},
    {"1.5 working-days", MEASURE_WORKING_DAYS, 90000},
    {"0.5 Working Days", MEASURE_WORKING_DAYS, 30000},
    {"10 business days", MEASURE_WORKING_DAYS, 10 * LIMIT_UNIT},
    {"7自然日", MEASURE_NATURAL_DAYS, 7 * LIMIT_UNIT},
    {"30 calendar days", MEASURE_NATURAL_DAYS, 30 * LIMIT_UNIT},
    {"15 minutes", MEASURE_EMERGENCY_HOURS, 15 * LIMIT_MINUTE},
    {"30分钟", MEASURE_EMERGENCY_HOURS, 30 * LIMIT_MINUTE},
    {"30 emergency-minutes", MEASURE_EMERGENCY_HOURS, 30 * LIMIT_MINUTE},
    {"30紧急分钟", MEASURE_EMERGENCY_HOURS, 30 * LIMIT_MINUTE},
    {"0.001 emergency-hours", MEASURE_EMERGENCY_HOURS, 60},
    {"at once", MEASURE_EMERGENCY_HOURS, 0},
    {" 立即 ", MEASURE_EMERGENCY_HOURS, 0},
};

static void limits_are_read_as_people_write_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++) {
        struct limit got = {0};
        assert_int_equal(limit_parse(readings[i].text, NULL, &got), 0);
        assert_int_equal(got.measure, readings[i].measure);
        assert_int_equal(got.amount, readings[i].amount);
    }
}

static const struct {
    const char *text;
    int error;
} refusals[] = {
    {"", ERROR_MISSING},
    {" 　", ERROR_MISSING},
    {"工作日", ERROR_MALFORMED},
    {"3", ERROR_MALFORMED},
    {"3 weeks", ERROR_MALFORMED},
    {"1紧急工作时制止", ERROR_MALFORMED},
    {"种植季节15工作日", ERROR_MALFORMED},
    {"15天//", ERROR_MALFORMED},
    {"2 working-days or so", ERROR_MALFORMED},
    {"1.工作日", ERROR_MALFORMED},
    {"1.5.2工作日", ERROR_MALFORMED},
    {"2..工作日", ERROR_MALFORMED},
    {"２．５．１工作日", ERROR_MALFORMED},
    {"个工作日", ERROR_MALFORMED},
    {"3 workingdaysworkingdaysworkingdaysworkingdays", ERROR_MALFORMED},
    {"\xff\xfe", ERROR_MALFORMED},
    {"15天", ERROR_AMBIGUOUS},
    {"4小时", ERROR_AMBIGUOUS},
    {"3 days", ERROR_AMBIGUOUS},
    {"3 hours", ERROR_AMBIGUOUS},
    {"0工作日", ERROR_BAD_VALUE},
    {"-1工作日", ERROR_BAD_VALUE},
    {"3661工作日", ERROR_BAD_VALUE},
    {"99999999999999999999工作日", ERROR_BAD_VALUE},
    {"1.0005工作日", ERROR_BAD_VALUE},
    {"307445734562工作日", ERROR_BAD_VALUE}, // was read as a sixth of a day: 64 bits ran over
};

static void what_is_not_wholly_a_limit_is_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct limit got = {MEASURE_NATURAL_DAYS, 7};
        assert_int_equal(limit_parse(refusals[i].text, NULL, &got), refusals[i].error);
        assert_int_equal(got.amount, 7);
    }
}

static void a_bare_day_means_what_the_rulebook_says(void **state)
{
    (void)state;
    struct limit_words words = {.plain_day = MEASURE_WORKING_DAYS};
    struct limit got;
    assert_int_equal(limit_parse("15天", &words, &got), 0);
    assert_true(limit_same(got, limit_of(MEASURE_WORKING_DAYS, 15)));
    assert_int_equal(limit_parse("4小时", &words, &got), ERROR_AMBIGUOUS);
    words.plain_hour = MEASURE_WORKING_HOURS;
    assert_int_equal(limit_parse("4 小时", &words, &got), 0);
    assert_true(limit_same(got, limit_of(MEASURE_WORKING_HOURS, 4)));
    assert_int_equal(limit_parse("15天//", &words, &got), ERROR_MALFORMED);
    words.plain_day = MEASURE_NATURAL_DAYS;
    assert_int_equal(limit_parse("3 days", &words, &got), 0);
    assert_true(limit_same(got, limit_of(MEASURE_NATURAL_DAYS, 3)));
}

static void text_is_short_and_plain(void **state)
{
    (void)state;
    char text[LIMIT_TEXT];
    assert_string_equal(limit_format(limit_of(MEASURE_WORKING_DAYS, 2), text), "2 working-days");
    assert_string_equal(limit_format_zh(limit_of(MEASURE_WORKING_DAYS, 2), text), "2工作日");
    assert_string_equal(limit_format(limit_minutes(15), text), "15 minutes");
    assert_string_equal(limit_format_zh(limit_minutes(90), text), "90分钟");
    assert_string_equal(limit_format(limit_minutes(120), text), "2 emergency-hours");
    assert_string_equal(limit_format((struct limit){MEASURE_WORKING_DAYS, 90000}, text), "1.5 working-days");
    assert_string_equal(limit_format((struct limit){MEASURE_WORKING_DAYS, 7500}, text), "0.125 working-days");
    assert_string_equal(limit_format((struct limit){0}, text), "");
    assert_string_equal(limit_format_zh((struct limit){0}, text), "");
}

// Everything that can be written in three decimals of a unit or of a minute.
static void every_limit_comes_back_from_its_text(void **state)
{
    (void)state;
    char text[LIMIT_TEXT];
    for (int m = MEASURE_EMERGENCY_HOURS; m <= MEASURE_NATURAL_DAYS; m++)
        for (int64_t amount = 60; amount <= INT64_C(60) * 12345; amount += 60) {
            struct limit limit = {(enum measure)m, amount}, got;
            assert_int_equal(limit_parse(limit_format(limit, text), NULL, &got), 0);
            assert_true(limit_same(got, limit));
            assert_int_equal(limit_parse(limit_format_zh(limit, text), NULL, &got), 0);
            assert_true(limit_same(got, limit));
        }
    for (int64_t amount = 1; amount < 3 * LIMIT_UNIT; amount++) {
        struct limit limit = {MEASURE_EMERGENCY_HOURS, amount}, got;
        assert_int_equal(limit_parse(limit_format(limit, text), NULL, &got), 0);
        assert_true(limit_same(got, limit));
    }
}

static void milliseconds_are_exact(void **state)
{
    (void)state;
    assert_int_equal(limit_ms(limit_minutes(15), 480), 15 * 60000);
    assert_int_equal(limit_ms(limit_of(MEASURE_WORKING_HOURS, 4), 480), 4 * 3600000);
    assert_int_equal(limit_ms(limit_of(MEASURE_WORKING_DAYS, 1), 480), 8 * 3600000);
    assert_int_equal(limit_ms((struct limit){MEASURE_WORKING_DAYS, LIMIT_UNIT / 2}, 450), 225 * 60000);
    assert_int_equal(limit_ms(limit_of(MEASURE_EMERGENCY_DAYS, 2), 1440), 48 * 3600000);
}

static void names_go_both_ways(void **state)
{
    (void)state;
    for (int m = MEASURE_EMERGENCY_HOURS; m <= MEASURE_NATURAL_DAYS; m++)
        assert_int_equal(measure_from_name(measure_name((enum measure)m)), m);
    assert_int_equal(measure_from_name("fortnights"), MEASURE_NONE);
    assert_string_equal(measure_zh(MEASURE_EMERGENCY_DAYS), "紧急工作日");
    assert_false(limit_is_valid((struct limit){0}));
    assert_false(limit_is_valid((struct limit){(enum measure)77, LIMIT_UNIT}));
    assert_true(limit_is_valid(limit_of(MEASURE_EMERGENCY_HOURS, LIMIT_MAX_DAYS * 24)));
    assert_false(limit_is_valid(limit_of(MEASURE_EMERGENCY_HOURS, LIMIT_MAX_DAYS * 24 + 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_read_as_people_write_them),
        cmocka_unit_test(what_is_not_wholly_a_limit_is_refused_by_name),
        cmocka_unit_test(a_bare_day_means_what_the_rulebook_says),
        cmocka_unit_test(text_is_short_and_plain),
        cmocka_unit_test(every_limit_comes_back_from_its_text),
        cmocka_unit_test(milliseconds_are_exact),
        cmocka_unit_test(names_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
