// day [YYYY-MM-DD]: a local day's books, the whole and unit by unit.
#include "status/look.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "store/key.h"
#include "store/rates.h"

#include <string.h>

static const struct column total_columns[] = {{"date", "date", COLUMN_TEXT},
#define X(field) {#field, #field, COLUMN_NUMBER},
                                              RATE_COUNTS(X)
#undef X
};

// What can be a unit's; the rest belongs to cases.
static const struct column unit_columns[] = {
    {"unit", "unit", COLUMN_TEXT},
    {"name", "", COLUMN_TEXT},
    {"called", "called", COLUMN_NUMBER},
    {"accepted", "accepted", COLUMN_NUMBER},
    {"accepted_late", "late", COLUMN_NUMBER},
    {"reported", "reported", COLUMN_NUMBER},
    {"reported_late", "late", COLUMN_NUMBER},
    {"done", "done", COLUMN_NUMBER},
    {"done_late", "late", COLUMN_NUMBER},
    {"declined", "declined", COLUMN_NUMBER},
    {"solved", "solved", COLUMN_NUMBER},
    {"not_solved", "not solved", COLUMN_NUMBER},
    {"extended", "extended", COLUMN_NUMBER},
    {"paused", "paused", COLUMN_NUMBER},
    {"suspended", "suspended", COLUMN_NUMBER},
    {"exempted", "exempted", COLUMN_NUMBER},
    {"over_twice", "×2", COLUMN_NUMBER},
    {"over_thrice", "×3", COLUMN_NUMBER},
    {"misdispatched", "misdispatched", COLUMN_NUMBER},
    {"claimed", "claimed", COLUMN_NUMBER},
    {"checked_in", "on site", COLUMN_NUMBER},
};

static bool put_counts(json_t *object, const struct rate_counts *counts)
{
    int failed = 0;
#define X(field) failed |= json_object_set_new(object, #field, json_integer(counts->field));
    RATE_COUNTS(X)
#undef X
    return !failed;
}

static json_t *unit_row(struct inquiry *inquiry, int32_t day, const char *unit)
{
    struct rate_counts counts;
    rates_day(&inquiry->reader.txn, day, unit, &counts);
    json_t *row = json_pack("{s:s, s:s}", "unit", unit, "name", inquiry_unit_name(inquiry, unit));
    if (put_counts(row, &counts))
        return row;
    json_decref(row);
    return NULL;
}

// The next unit that has counts on this day: keys begin with day and unit, so one step a unit. 0: there is
// none.
static uint32_t next_unit(struct db_txn *txn, int32_t day, uint32_t after)
{
    struct key key = {.length = 0};
    struct db_cursor cursor;
    uint32_t unit = 0;
    key_u32(&key, (uint32_t)day);
    key_u32(&key, after + 1);
    db_cursor_open(&cursor, txn, DB_RATES);
    if (db_cursor_seek(&cursor, key.bytes, key.length) && key_get_u32(cursor.key, 0) == (uint32_t)day)
        unit = key_get_u32(cursor.key, 4);
    db_cursor_close(&cursor);
    return unit;
}

static json_t *units_json(struct inquiry *inquiry, int32_t day)
{
    struct db_txn *txn = &inquiry->reader.txn;
    json_t *rows = json_array();
    for (uint32_t unit = 0; (unit = next_unit(txn, day, unit));) {
        const char *code = state_code(txn, &inquiry->arena, unit);
        if (json_array_append_new(rows, unit_row(inquiry, day, text_or_empty(code)))) {
            json_decref(rows);
            return NULL;
        }
    }
    return rows;
}

static void write_text(struct inquiry *inquiry, const json_t *root)
{
    render_object(json_object_get(root, "day"), total_columns, sizeof total_columns / sizeof *total_columns,
                  inquiry->zone, &inquiry->out);
    render_rows(json_object_get(root, "units"), unit_columns, sizeof unit_columns / sizeof *unit_columns,
                inquiry->zone, &inquiry->out);
}

static bool read_day(const struct inquiry *inquiry, int32_t *day)
{
    struct civil_date date;
    *day = calendar_day_number(rules_calendar(inquiry->rules, NULL), inquiry->now_ms);
    if (!*inquiry->argument)
        return true;
    if (strlen(inquiry->argument) != 10 || !civil_parse(inquiry->argument, &date))
        return false;
    *day = civil_to_days(date);
    return true;
}

int look_day(struct inquiry *inquiry)
{
    struct rate_counts counts;
    int32_t day;
    if (!read_day(inquiry, &day))
        return answer_refuse(inquiry, ERROR_BAD_VALUE, "the day (YYYY-MM-DD)", inquiry->argument);
    struct civil_date date = civil_from_days(day);
    rates_day(&inquiry->reader.txn, day, NULL, &counts);
    json_t *whole = json_pack(
        "{s:s}", "date", arena_printf(&inquiry->arena, "%04d-%02d-%02d", date.year, date.month, date.day));
    bool good = put_counts(whole, &counts);
    json_t *root =
        json_pack("{s:s, s:o, s:o}", "code", error_name(0), "day", whole, "units", units_json(inquiry, day));
    if (good && root && !inquiry->reader.txn.error)
        return answer_end(inquiry, root, write_text);
    json_decref(root);
    return inquiry->reader.txn.error ? inquiry->reader.txn.error : ERROR_NO_MEMORY;
}
