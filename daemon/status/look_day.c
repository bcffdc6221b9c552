// day [YYYY-MM-DD]: what happened on a local day, the whole and unit by unit.
#include "status/look.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "core/period.h"
#include "store/books.h"
#include "store/tables.h"

#include <string.h>

static const struct column total_columns[] = {
    {"date", "date", COLUMN_TEXT},
#define X(id, value, name, zh) {name, name, COLUMN_NUMBER},
    FACTS(X)
#undef X
        {"accepted_late", "accepted late", COLUMN_NUMBER},
    {"reported_late", "reported late", COLUMN_NUMBER},
    {"done_late", "done late", COLUMN_NUMBER},
};

// What units look at; the JSON has it all.
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
    {"rework", "rework", COLUMN_NUMBER},
    {"extended", "extended", COLUMN_NUMBER},
    {"paused", "paused", COLUMN_NUMBER},
    {"suspended", "suspended", COLUMN_NUMBER},
    {"exempted", "exempted", COLUMN_NUMBER},
    {"misdispatched", "misdispatched", COLUMN_NUMBER},
    {"claimed", "claimed", COLUMN_NUMBER},
    {"checked_in", "on site", COLUMN_NUMBER},
};

struct unit_day {
    uint32_t unit; // number of the name
    uint32_t counts[FACT_LIMIT];
    uint32_t late[FACT_LIMIT];
};

struct day {
    struct unit_day whole;
    struct unit_day *units; // in the order of their first fact
    size_t count;
    size_t room;
};

static struct unit_day *unit_of(struct inquiry *inquiry, struct day *day, uint32_t unit)
{
    for (size_t i = 0; i < day->count; i++)
        if (day->units[i].unit == unit)
            return &day->units[i];
    struct unit_day *grown = arena_grow(&inquiry->arena, day->units, day->count, &day->room, sizeof *grown);
    if (!grown)
        return NULL;
    day->units = grown;
    grown[day->count] = (struct unit_day){.unit = unit};
    return &grown[day->count++];
}

static void count_fact(struct unit_day *counts, const struct booked *fact)
{
    counts->counts[fact->kind]++;
    counts->late[fact->kind] += (fact->flags & FACT_LATE) != 0;
}

static int count_kind(struct inquiry *inquiry, struct day *day, enum fact_kind kind, struct period period)
{
    struct books_walk walk;
    struct booked fact;
    books_open(&walk, &inquiry->reader.txn, kind, period_from_ms(period, inquiry->zone),
               period_to_ms(period, inquiry->zone), NULL);
    int rc = 0;
    while (!rc && books_next(&walk, &fact)) {
        struct unit_day *unit = fact.unit ? unit_of(inquiry, day, fact.unit) : NULL;
        rc = fact.unit && !unit ? ERROR_NO_MEMORY : 0;
        count_fact(&day->whole, &fact);
        if (unit)
            count_fact(unit, &fact);
    }
    books_close(&walk);
    return rc;
}

static bool put_counts(json_t *object, const struct unit_day *counts)
{
    int failed = 0;
#define X(id, value, name, zh)                                                                               \
    failed |= json_object_set_new(object, name, json_integer(counts->counts[FACT_##id]));
    FACTS(X)
#undef X
    failed |= json_object_set_new(object, "accepted_late", json_integer(counts->late[FACT_ACCEPTED]));
    failed |= json_object_set_new(object, "reported_late", json_integer(counts->late[FACT_REPORTED]));
    failed |= json_object_set_new(object, "done_late", json_integer(counts->late[FACT_DONE]));
    return !failed;
}

static json_t *unit_row(struct inquiry *inquiry, const struct unit_day *counts)
{
    const char *unit = text_or_empty(state_code(&inquiry->reader.txn, &inquiry->arena, counts->unit));
    json_t *row = json_pack("{s:s, s:s}", "unit", unit, "name", inquiry_unit_name(inquiry, unit));
    if (put_counts(row, counts))
        return row;
    json_decref(row);
    return NULL;
}

static json_t *units_json(struct inquiry *inquiry, const struct day *day)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < day->count; i++)
        if (json_array_append_new(rows, unit_row(inquiry, &day->units[i]))) {
            json_decref(rows);
            return NULL;
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
    struct day day = {0};
    int32_t number;
    int rc = 0;
    if (!read_day(inquiry, &number))
        return answer_refuse(inquiry, ERROR_BAD_VALUE, "the day (YYYY-MM-DD)", inquiry->argument);
    struct period period = period_day(number);
    for (int kind = 1; kind < FACT_LIMIT && !rc; kind++)
        rc = count_kind(inquiry, &day, (enum fact_kind)kind, period);
    if (rc || inquiry->reader.txn.error)
        return rc ? rc : inquiry->reader.txn.error;
    json_t *whole = json_pack("{s:s}", "date", text_or_empty(period_text(&inquiry->arena, period)));
    bool good = put_counts(whole, &day.whole);
    json_t *root =
        json_pack("{s:s, s:o, s:o}", "code", error_name(0), "day", whole, "units", units_json(inquiry, &day));
    if (good && root)
        return answer_end(inquiry, root, write_text);
    json_decref(root);
    return inquiry->reader.txn.error ? inquiry->reader.txn.error : ERROR_NO_MEMORY;
}
