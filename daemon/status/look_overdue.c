// overdue [N]: open cases by due time; what is late, by how much, whose it is.
#include "status/look.h"

#include "base/error.h"
#include "base/text.h"
#include "store/key.h"

enum { SHOWN = 20, SHOWN_MAX = 500 };

static const struct column columns[] = {
    {"number", "number", COLUMN_TEXT},  {"stage", "late", COLUMN_TEXT},
    {"late_ms", "by", COLUMN_SPAN},     {"due_ms", "due", COLUMN_TIME},
    {"unit", "unit", COLUMN_TEXT},      {"unit_name", "", COLUMN_TEXT},
    {"area_name", "area", COLUMN_TEXT}, {"category_name", "category", COLUMN_TEXT},
};

static json_t *clock_row(struct inquiry *inquiry, const struct casefile *file, const struct clock *clock)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s}", "number",
                     text_or_empty(file->number), "state", word_name(WORDS_CASE_STATE, (int)file->state),
                     "stage", stage_name(clock->stage), "late_ms",
                     (json_int_t)(inquiry->now_ms - clock->due_ms), "due_ms", (json_int_t)clock->due_ms,
                     "unit", text_or_empty(clock->unit), "unit_name", inquiry_unit_name(inquiry, clock->unit),
                     "area", text_or_empty(file->area), "area_name", inquiry_area_name(inquiry, file->area),
                     "category", text_or_empty(file->whistle->category), "category_name",
                     inquiry_category_name(inquiry, file->whistle->category));
}

// A line for each clock of the case that is late.
static int add_case(struct inquiry *inquiry, uint64_t id, json_t *rows)
{
    struct arena arena;
    int rc = 0;
    arena_init(&arena, 0);
    const struct casefile *file = state_get_case(&inquiry->reader.txn, &arena, id);
    for (size_t i = 0; file && i < file->clock_count && !rc; i++)
        if (clock_is_running(&file->clocks[i]) && file->clocks[i].due_ms < inquiry->now_ms)
            rc =
                json_array_append_new(rows, clock_row(inquiry, file, &file->clocks[i])) ? ERROR_NO_MEMORY : 0;
    arena_fini(&arena);
    return rc;
}

// All late cases are counted, the first `max` shown.
static int walk(struct inquiry *inquiry, uint64_t max, json_t *rows, uint64_t *count)
{
    struct db_cursor cursor;
    int rc = 0;
    *count = 0;
    db_cursor_open(&cursor, &inquiry->reader.txn, DB_OPEN);
    bool found = db_cursor_seek(&cursor, "", 1);
    for (; found && !rc && key_get_time(cursor.key, 0) < inquiry->now_ms; found = db_cursor_next(&cursor))
        if ((*count)++ < max)
            rc = add_case(inquiry, key_get_u64(cursor.key, 8), rows);
    db_cursor_close(&cursor);
    return rc ? rc : inquiry->reader.txn.error;
}

static void write_text(struct inquiry *inquiry, const json_t *root)
{
    const json_t *rows = json_object_get(root, "overdue");
    json_int_t cases = json_integer_value(json_object_get(root, "cases"));
    render_rows(rows, columns, sizeof columns / sizeof columns[0], inquiry->zone, &inquiry->out);
    if (cases)
        buffer_printf(&inquiry->out, "%" JSON_INTEGER_FORMAT " cases overdue\n", cases);
}

int look_overdue(struct inquiry *inquiry)
{
    uint64_t max, count;
    if (!inquiry_number(inquiry, SHOWN, SHOWN_MAX, &max))
        return answer_refuse(inquiry, ERROR_BAD_VALUE, "the number of cases (1..500)", inquiry->argument);
    json_t *rows = json_array();
    int rc = rows ? walk(inquiry, max, rows, &count) : ERROR_NO_MEMORY;
    if (rc) {
        json_decref(rows);
        return rc;
    }
    json_t *root =
        json_pack("{s:s, s:I, s:o}", "code", error_name(0), "cases", (json_int_t)count, "overdue", rows);
    return answer_end(inquiry, root, write_text);
}
