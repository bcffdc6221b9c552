#include "base/civil.h"

int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

// Years are counted from March, so that the leap day is the last day of a year; 400 years are 146,097 days.
int32_t civil_to_days(struct civil_date date)
{
    int64_t year = date.year - (date.month <= 2);
    int64_t era = floor_div(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t month = (date.month + 9) % 12;
    int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int32_t)(era * 146097 + day_of_era - 719468);
}

struct civil_date civil_from_days(int32_t days)
{
    int64_t shifted = (int64_t)days + 719468;
    int64_t era = floor_div(shifted, 146097);
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    struct civil_date date = {
        .year = (int)(year_of_era + era * 400 + (month >= 10)),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
    };
    return date;
}

int civil_weekday(int32_t days)
{
    return (int)(((int64_t)days % 7 + 7 + 3) % 7) + 1;
}

bool civil_is_valid(struct civil_date date)
{
    if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31)
        return false;
    struct civil_date back = civil_from_days(civil_to_days(date));
    return back.year == date.year && back.month == date.month && back.day == date.day;
}

static bool digits(const char *text, int count, int *out)
{
    *out = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *out = *out * 10 + (text[i] - '0');
    }
    return true;
}

bool civil_parse(const char *text, struct civil_date *out)
{
    return digits(text, 4, &out->year) && text[4] == '-' && digits(text + 5, 2, &out->month) &&
           text[7] == '-' && digits(text + 8, 2, &out->day) && civil_is_valid(*out);
}
