// feeds: who reads which feed, how far he has come, and which feeds nobody reads.
#include "status/look.h"

#include "base/error.h"
#include "status/survey.h"

static const struct column columns[] = {
    {"recipient", "recipient", COLUMN_TEXT}, {"name", "name", COLUMN_TEXT},
    {"consumer", "consumer", COLUMN_TEXT},   {"acknowledged", "acknowledged", COLUMN_NUMBER},
    {"head", "head", COLUMN_NUMBER},         {"behind", "behind", COLUMN_NUMBER},
    {"seen_ms", "last seen", COLUMN_TIME},   {"note", "", COLUMN_TEXT},
};

struct rows {
    struct inquiry *inquiry;
    json_t *list;
};

static int add_row(void *context, const struct subscriber *s)
{
    struct rows *rows = context;
    json_t *row = json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:I, s:o, s:b, s:s}", "recipient", s->recipient, "name",
        inquiry_unit_name(rows->inquiry, s->recipient), "consumer", s->consumer, "acknowledged",
        (json_int_t)s->acknowledged, "head", (json_int_t)s->head, "behind", (json_int_t)s->behind, "seen_ms",
        s->seen_ms ? json_integer(s->seen_ms) : json_null(), "lagging", s->lagging, "note",
        !*s->consumer ? "nobody reads it"
        : s->lagging  ? "lagging 滞后"
                      : "");
    return json_array_append_new(rows->list, row) ? ERROR_NO_MEMORY : 0;
}

static int add_unread(struct rows *rows)
{
    const struct unit_table *units = &rows->inquiry->rules->units;
    struct subscriber subscriber;
    int rc = 0;
    for (uint32_t i = 0; i < units->count && !rc; i++)
        if (survey_unread(rows->inquiry, units->units[i].code, &subscriber))
            rc = add_row(rows, &subscriber);
    return rc;
}

static void write_text(struct inquiry *inquiry, const json_t *root)
{
    render_rows(json_object_get(root, "feeds"), columns, sizeof columns / sizeof columns[0], inquiry->zone,
                &inquiry->out);
}

int look_feeds(struct inquiry *inquiry)
{
    struct rows rows = {inquiry, json_array()};
    int rc = rows.list ? survey_subscribers(inquiry, add_row, &rows) : ERROR_NO_MEMORY;
    if (!rc)
        rc = add_unread(&rows);
    if (rc) {
        json_decref(rows.list);
        return rc;
    }
    json_t *root = answer_begin();
    if (json_object_set_new(root, "feeds", rows.list)) {
        json_decref(root);
        root = NULL;
    }
    return answer_end(inquiry, root, write_text);
}
