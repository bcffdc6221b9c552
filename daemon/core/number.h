// Case numbers that people read over the phone: YYMMDD-NNNN-C, as 260213-0147-3.
//
// The date is the local day of the city on which the whistle came in, NNNN its count on that day from 1 on;
// it widens past 9,999. A day has at most NUMBER_DAY_MAX of them; higher counts are those of a day on which
// a store was restored (number_epoch). C is a Damm check digit over all digits before it (H. M. Damm 2004):
// any one wrong digit and any two swapped neighbours are noticed. Years are 2000..2099.
#pragma once

#include <stdint.h>

enum { NUMBER_TEXT = 20, NUMBER_DAY_MAX = 9999999, NUMBER_MAX_COUNT = 99999999 };

struct number {
    int32_t day;    // local day number
    uint32_t count; // 1..NUMBER_MAX_COUNT
};

// The digit that brings `digits` (a string of '0'..'9') to zero.
int number_check_digit(const char *digits);

// ERROR_BAD_VALUE for a day outside 2000..2099 or a count out of range.
int number_format(struct number number, char text[NUMBER_TEXT]) __attribute__((warn_unused_result));

// The number behind which a day's counts go on when a store is restored `elapsed_ms` into it. What was given
// on that day and lost has no count above NUMBER_DAY_MAX; and where the restored store is lost again on the
// same day, it has none above that of the next restore, unless it gave 1,000 numbers a second all the while.
struct number number_epoch(int32_t day, int64_t elapsed_ms);

// Reads a number as it is typed or told: spaces and dashes of any kind anywhere or nowhere, full-width
// digits. ERROR_BAD_NUMBER for anything else, a date that does not exist, or a check digit that does not fit.
int number_parse(const char *text, struct number *out) __attribute__((warn_unused_result));
