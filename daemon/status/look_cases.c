// cases: how many are in which state, and the newest.
#include "status/look.h"

#include "base/error.h"
#include "base/text.h"
#include "store/key.h"

#include <stdio.h>
#include <string.h>

enum { NEWEST = 20, LOOKED_AT_MAX = 20000 };

static const struct column count_columns[] = {
    {"state", "state", COLUMN_TEXT},
    {"chinese", "", COLUMN_TEXT},
    {"count", "count", COLUMN_NUMBER},
};

static const struct column case_columns[] = {
    {"number", "number", COLUMN_TEXT},  {"state", "state", COLUMN_TEXT},
    {"filed_ms", "filed", COLUMN_TIME}, {"due_ms", "next due", COLUMN_TIME},
    {"area_name", "area", COLUMN_TEXT}, {"category_name", "category", COLUMN_TEXT},
    {"title", "title", COLUMN_TEXT},
};

static const struct {
    enum case_state state;
    const char *name;
    const char *chinese;
} states[] = {
#define X(id, number, name, zh) {number, name, zh},
    CASE_STATES(X)
#undef X
};

enum { STATES = sizeof states / sizeof states[0] };

struct wanted {
    bool any;
    bool open;
    enum case_state state;
};

// "" for all, "open", or a state in English or Chinese.
static bool read_wanted(const char *argument, struct wanted *out)
{
    int state = word_value(WORDS_CASE_STATE, argument);
    *out = (struct wanted){.any = !*argument, .open = strcmp(argument, "open") == 0};
    if (state > 0)
        out->state = (enum case_state)state;
    return out->any || out->open || state > 0;
}

static bool is_wanted(const struct wanted *wanted, enum case_state state)
{
    return wanted->any || (wanted->open ? case_is_open(state) : wanted->state == state);
}

static json_t *count_states(struct inquiry *inquiry)
{
    json_t *counts = json_array();
    for (int i = 0; i < STATES; i++) {
        char name[32];
        snprintf(name, sizeof name, "state %d", (int)states[i].state);
        uint64_t count = state_get_count(&inquiry->reader.txn, name);
        json_t *row = json_pack("{s:s, s:s, s:I}", "state", states[i].name, "chinese", states[i].chinese,
                                "count", (json_int_t)count);
        if (count ? json_array_append_new(counts, row) : (json_decref(row), 0)) {
            json_decref(counts);
            return NULL;
        }
    }
    return counts;
}

static json_t *case_row(struct inquiry *inquiry, const struct casefile *file)
{
    int64_t due = state_earliest_due(file, NULL);
    return json_pack(
        "{s:s, s:s, s:I, s:o, s:s, s:s, s:s, s:s, s:s}", "number", text_or_empty(file->number), "state",
        word_name(WORDS_CASE_STATE, (int)file->state), "filed_ms", (json_int_t)file->filed_ms, "due_ms",
        due == CLOCK_NEVER ? json_null() : json_integer(due), "area", text_or_empty(file->area), "area_name",
        inquiry_area_name(inquiry, file->area), "category", text_or_empty(file->whistle->category),
        "category_name", inquiry_category_name(inquiry, file->whistle->category), "title",
        text_or_empty(file->whistle->title));
}

// From the newest back, at most so many looked at. Each case has an arena of its own: most are passed over.
static json_t *newest(struct inquiry *inquiry, const struct wanted *wanted)
{
    struct db_txn *txn = &inquiry->reader.txn;
    struct key key = {.length = 0};
    struct db_cursor cursor;
    json_t *rows = json_array();
    key_u64(&key, UINT64_MAX);
    db_cursor_open(&cursor, txn, DB_CASES);
    bool found = db_cursor_before(&cursor, key.bytes, key.length);
    for (int looked = 0; found && looked < LOOKED_AT_MAX && json_array_size(rows) < NEWEST; looked++) {
        struct arena arena;
        uint64_t id = key_get_u64(cursor.key, 0);
        arena_init(&arena, 0);
        const struct casefile *file = state_get_case(txn, &arena, id);
        if (file && is_wanted(wanted, file->state) && json_array_append_new(rows, case_row(inquiry, file)))
            txn->error = txn->error ? txn->error : ERROR_NO_MEMORY;
        arena_fini(&arena);
        key_clear(&key);
        key_u64(&key, id);
        found = db_cursor_before(&cursor, key.bytes, key.length);
    }
    db_cursor_close(&cursor);
    return rows;
}

static void write_text(struct inquiry *inquiry, const json_t *root)
{
    render_rows(json_object_get(root, "states"), count_columns,
                sizeof count_columns / sizeof count_columns[0], inquiry->zone, &inquiry->out);
    if (json_array_size(json_object_get(root, "newest")))
        render_rows(json_object_get(root, "newest"), case_columns,
                    sizeof case_columns / sizeof case_columns[0], inquiry->zone, &inquiry->out);
}

int look_cases(struct inquiry *inquiry)
{
    struct wanted wanted;
    if (!read_wanted(inquiry->argument, &wanted))
        return answer_refuse(inquiry, ERROR_BAD_VALUE, "the state", inquiry->argument);
    json_t *root = answer_begin();
    bool good = !json_object_set_new(root, "states", count_states(inquiry)) &&
                !json_object_set_new(root, "newest", newest(inquiry, &wanted));
    if (good && !inquiry->reader.txn.error)
        return answer_end(inquiry, root, write_text);
    json_decref(root);
    return inquiry->reader.txn.error ? inquiry->reader.txn.error : ERROR_NO_MEMORY;
}
