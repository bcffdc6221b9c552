#include "core/number.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <string.h>

enum { DATE_DIGITS = 6, LEAST_COUNT_DIGITS = 4, MOST_COUNT_DIGITS = 8, CENTURY = 2000 };
enum { MOST_DIGITS = DATE_DIGITS + MOST_COUNT_DIGITS + 1 };

// The totally anti-symmetric quasigroup of order 10 from Damm's thesis; its diagonal is zero, so that the
// check digit is the interim digit itself.
static const uint8_t damm[10][10] = {
    {0, 3, 1, 7, 5, 9, 8, 6, 4, 2}, {7, 0, 9, 2, 1, 5, 4, 8, 6, 3}, {4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
    {1, 7, 5, 0, 9, 8, 3, 4, 2, 6}, {6, 1, 2, 3, 0, 4, 5, 9, 7, 8}, {3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
    {5, 8, 6, 9, 7, 2, 0, 1, 3, 4}, {8, 9, 4, 5, 3, 6, 2, 0, 1, 7}, {9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
    {2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
};

int number_check_digit(const char *digits)
{
    int interim = 0;
    for (; *digits; digits++)
        interim = damm[interim][*digits - '0'];
    return interim;
}

// Writes `value` with at least `width` digits and a NUL; returns the NUL's place.
static char *put(char *at, uint32_t value, int width)
{
    uint32_t rest = value;
    int digits = 1;
    while (rest /= 10)
        digits++;
    if (digits < width)
        digits = width;
    for (int i = digits; i > 0; i--, value /= 10)
        at[i - 1] = (char)('0' + value % 10);
    at[digits] = 0;
    return at + digits;
}

int number_format(struct number number, char text[NUMBER_TEXT])
{
    struct civil_date date = civil_from_days(number.day);
    if (date.year < CENTURY || date.year >= CENTURY + 100 || number.count == 0 ||
        number.count > NUMBER_MAX_COUNT)
        return ERROR_BAD_VALUE;
    char digits[MOST_DIGITS + 1], *end = digits;
    uint32_t yymmdd = (uint32_t)(date.year % 100 * 10000 + date.month * 100 + date.day);
    end = put(end, yymmdd, DATE_DIGITS);
    put(end, number.count, LEAST_COUNT_DIGITS);
    int check = number_check_digit(digits);
    end = put(text, yymmdd, DATE_DIGITS);
    *end++ = '-';
    end = put(end, number.count, LEAST_COUNT_DIGITS);
    *end++ = '-';
    put(end, (uint32_t)check, 1);
    return 0;
}

// A day of 25 hours ends with the last one held, so that there is always room behind it.
struct number number_epoch(int32_t day, int64_t elapsed_ms)
{
    int64_t held_ms = elapsed_ms < 0 ? 0 : elapsed_ms < DAY_MS ? elapsed_ms : DAY_MS - 1;
    return (struct number){day, NUMBER_DAY_MAX + 1 + (uint32_t)held_ms};
}

// Everything that a keyboard or a text processor makes of a dash or a space.
static bool is_separator(uint32_t c)
{
    return c == ' ' || c == '\t' || c == '-' || c == 0xa0 || (c >= 0x2000 && c <= 0x200b) ||
           (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0x3000 || c == 0xff0d;
}

// The bare digits of `text`; how many, or 0 where it holds anything else or too many.
static size_t gather(const char *text, char digits[MOST_DIGITS + 1])
{
    size_t count = 0;
    while (*text) {
        uint32_t c = text_next(&text);
        if (is_separator(c))
            continue;
        if (c >= 0xff10 && c <= 0xff19)
            c -= 0xff10 - '0';
        if (c < '0' || c > '9' || count == MOST_DIGITS)
            return 0;
        digits[count++] = (char)c;
    }
    digits[count] = 0;
    return count;
}

static uint32_t value_of(const char *digits, size_t length)
{
    uint32_t value = 0;
    for (size_t i = 0; i < length; i++)
        value = value * 10 + (uint32_t)(digits[i] - '0');
    return value;
}

int number_parse(const char *text, struct number *out)
{
    char digits[MOST_DIGITS + 1];
    size_t length = gather(text, digits);
    if (length < DATE_DIGITS + LEAST_COUNT_DIGITS + 1 || number_check_digit(digits) != 0)
        return ERROR_BAD_NUMBER;
    size_t count_digits = length - DATE_DIGITS - 1;
    struct civil_date date = {
        .year = CENTURY + (int)value_of(digits, 2),
        .month = (int)value_of(digits + 2, 2),
        .day = (int)value_of(digits + 4, 2),
    };
    uint32_t count = value_of(digits + DATE_DIGITS, count_digits);
    bool padded = count_digits > LEAST_COUNT_DIGITS && digits[DATE_DIGITS] == '0'; // one number, one spelling
    if (!civil_is_valid(date) || count == 0 || padded)
        return ERROR_BAD_NUMBER;
    out->day = civil_to_days(date);
    out->count = count;
    return 0;
}
