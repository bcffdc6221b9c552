// layer: core
// Case numbers: their check digit, exhaustively, and every way in which people write them.
#include "base/civil.h"
#include "base/error.h"
#include "core/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static int32_t day(int year, int month, int day_of_month)
{
    return civil_to_days((struct civil_date){.year = year, .month = month, .day = day_of_month});
}

// Damm's own example: 572 has the check digit 4.
static void the_check_digit_is_damms(void **state)
{
    (void)state;
    assert_int_equal(number_check_digit("572"), 4);
    assert_int_equal(number_check_digit("5724"), 0);
    assert_int_equal(number_check_digit(""), 0);
}

// The two properties of the table from which every detection follows: x -> c∘x is one-to-one, and no two
// neighbours can be swapped unseen, whatever came before them. All 10 × 10 × 10 cases, through strings that
// reach each state.
static void every_wrong_digit_and_every_swap_is_seen_in_every_state(void **state)
{
    (void)state;
    int reached = 0;
    for (char before = '0'; before <= '9'; before++) {
        reached |= 1 << number_check_digit((char[]){before, 0});
        for (char x = '0'; x <= '9'; x++)
            for (char y = '0'; y <= '9'; y++) {
                if (x == y)
                    continue;
                assert_int_not_equal(number_check_digit((char[]){before, x, 0}),
                                     number_check_digit((char[]){before, y, 0}));
                assert_int_not_equal(number_check_digit((char[]){before, x, y, 0}),
                                     number_check_digit((char[]){before, y, x, 0}));
            }
    }
    assert_int_equal(reached, 0x3ff);
}

// Changes each digit of a number to each other digit, and swaps each two neighbours; the dashes stay in
// place.
static void spoil_in_every_way(char *text)
{
    struct number got;
    size_t length = strlen(text), previous = SIZE_MAX;
    for (size_t i = 0; i < length; i++) {
        char kept = text[i];
        if (kept == '-')
            continue;
        for (char wrong = '0'; wrong <= '9'; wrong++) {
            text[i] = wrong;
            assert_int_equal(number_parse(text, &got), wrong == kept ? 0 : ERROR_BAD_NUMBER);
        }
        text[i] = kept;
        if (previous != SIZE_MAX && text[previous] != kept) {
            text[i] = text[previous];
            text[previous] = kept;
            assert_int_equal(number_parse(text, &got), ERROR_BAD_NUMBER);
            text[previous] = text[i];
            text[i] = kept;
        }
        previous = i;
    }
}

static void no_spoiled_number_of_a_whole_day_is_read(void **state)
{
    (void)state;
    char text[NUMBER_TEXT];
    for (uint32_t count = 1; count <= 9999; count++) {
        assert_int_equal(number_format((struct number){day(2026, 2, 13), count}, text), 0);
        spoil_in_every_way(text);
    }
}

static void numbers_come_back_on_every_day_of_a_century(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 147, 9999, 10000, 123456, NUMBER_MAX_COUNT};
    char text[NUMBER_TEXT];
    for (int32_t d = day(2000, 1, 1); d <= day(2099, 12, 31); d++) {
        struct number number = {d, counts[d % 6]}, got = {0};
        assert_int_equal(number_format(number, text), 0);
        assert_int_equal(number_parse(text, &got), 0);
        assert_int_equal(got.day, number.day);
        assert_int_equal(got.count, number.count);
    }
}

static void the_count_has_four_digits_and_widens(void **state)
{
    (void)state;
    char text[NUMBER_TEXT];
    assert_int_equal(number_format((struct number){day(2026, 2, 13), 147}, text), 0);
    assert_memory_equal(text, "260213-0147-", 12);
    assert_int_equal(strlen(text), 13);
    assert_int_equal(number_format((struct number){day(2026, 2, 13), 10000}, text), 0);
    assert_memory_equal(text, "260213-10000-", 13);
    assert_int_equal(number_format((struct number){day(2099, 12, 31), NUMBER_MAX_COUNT}, text), 0);
    assert_int_equal(strlen(text), 17);
}

static void what_cannot_be_a_number_is_not_made(void **state)
{
    (void)state;
    char text[NUMBER_TEXT];
    assert_int_equal(number_format((struct number){day(2026, 2, 13), 0}, text), ERROR_BAD_VALUE);
    assert_int_equal(number_format((struct number){day(2026, 2, 13), NUMBER_MAX_COUNT + 1}, text),
                     ERROR_BAD_VALUE);
    assert_int_equal(number_format((struct number){day(1999, 12, 31), 1}, text), ERROR_BAD_VALUE);
    assert_int_equal(number_format((struct number){day(2100, 1, 1), 1}, text), ERROR_BAD_VALUE);
}

static void a_number_is_read_as_people_write_it(void **state)
{
    (void)state;
    char text[NUMBER_TEXT], spelling[128];
    assert_int_equal(number_format((struct number){day(2026, 2, 13), 147}, text), 0);
    char check = text[12];
    static const char *const spellings[] = {
        "2602130147%c",
        "260213 0147 %c",
        "26 02 13 01 47 %c",
        "  260213-0147-%c ",
        "２６０２１３－０１４７－%c",
        "260213–0147—%c",
        "260213　0147　%c",
        "260213\u00a00147−%c",
    };
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        const char *place = strchr(spellings[i], '%');
        size_t head = (size_t)(place - spellings[i]);
        memcpy(spelling, spellings[i], head);
        spelling[head] = check;
        strcpy(spelling + head + 1, place + 2);
        struct number got = {0};
        assert_int_equal(number_parse(spelling, &got), 0);
        assert_int_equal(got.day, day(2026, 2, 13));
        assert_int_equal(got.count, 147);
    }
}

// Digits with a fitting check digit, and still no number.
static void assert_refused_with_check(const char *digits)
{
    char text[64];
    struct number got;
    snprintf(text, sizeof text, "%s%d", digits, number_check_digit(digits));
    assert_int_equal(number_parse(text, &got), ERROR_BAD_NUMBER);
}

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",          "-", "hello", "260213", "260213-0147-x", "260213/0147/1",
                                        "案件260213"};
    struct number got;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(number_parse(texts[i], &got), ERROR_BAD_NUMBER);
    assert_refused_with_check("2602300001");      // no such date
    assert_refused_with_check("2613010001");      // no such month
    assert_refused_with_check("2602130000");      // counts begin with 1
    assert_refused_with_check("260213147");       // three digits
    assert_refused_with_check("26021300147");     // widened without need
    assert_refused_with_check("260213123456789"); // nine digits
}

// A restore in the first and in the last instant of a day, also of one with 25 hours.
static void an_epoch_lies_above_every_count_of_its_day(void **state)
{
    (void)state;
    char text[NUMBER_TEXT];
    assert_int_equal(number_epoch(7, 0).count, NUMBER_DAY_MAX + 1);
    assert_int_equal(number_epoch(7, -5).count, NUMBER_DAY_MAX + 1);
    assert_int_equal(number_epoch(7, 2000).count, number_epoch(7, 1000).count + 1000);
    struct number last = number_epoch(day(2026, 2, 13), 25 * HOUR_MS);
    assert_true(last.count + 3000000 < NUMBER_MAX_COUNT);
    assert_int_equal(number_format(last, text), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_check_digit_is_damms),
        cmocka_unit_test(every_wrong_digit_and_every_swap_is_seen_in_every_state),
        cmocka_unit_test(no_spoiled_number_of_a_whole_day_is_read),
        cmocka_unit_test(numbers_come_back_on_every_day_of_a_century),
        cmocka_unit_test(the_count_has_four_digits_and_widens),
        cmocka_unit_test(what_cannot_be_a_number_is_not_made),
        cmocka_unit_test(a_number_is_read_as_people_write_it),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(an_epoch_lies_above_every_count_of_its_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
