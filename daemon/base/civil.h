// Dates of the proleptic Gregorian calendar as day numbers, without a zone.
//
// A day number counts days since 1970-01-01 (which is 0). Weekdays are ISO 8601: Monday 1 … Sunday 7.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

struct civil_date {
    int year;
    int month; // 1..12
    int day;   // 1..31
};

int32_t civil_to_days(struct civil_date date);
struct civil_date civil_from_days(int32_t days);

// ISO weekday 1..7 of a day number.
int civil_weekday(int32_t days);

// True when the date exists in the calendar (2026-02-29 does not).
bool civil_is_valid(struct civil_date date);

// Reads exactly "YYYY-MM-DD"; false when it is not such a date. Stops after 10 characters.
bool civil_parse(const char *text, struct civil_date *out);

// Floor division and its remainder, for times before 1970.
int64_t floor_div(int64_t a, int64_t b);
