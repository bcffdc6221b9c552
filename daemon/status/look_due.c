// due NUMBER [TIME]: how each due time of a case comes about, line by line, as the case stood at that moment;
// in the future, as it would stand if nothing happened until then.
#include "status/asked_case.h"
#include "status/look.h"

#include "base/error.h"
#include "base/text.h"
#include "rulebook/explain_due.h"
#include "rulebook/moment.h"
#include "store/key.h"

// ---- the case as it was -------------------------------------------------------------------------

static int apply_event(struct inquiry *inquiry, uint64_t seq, int64_t until_ms, struct casefile *file)
{
    struct record_facts facts;
    struct blob part;
    int rc = store_read_record(&inquiry->reader, seq, &facts, &part);
    for (size_t i = 0; i < facts.event_count && !rc; i++)
        if (facts.events[i].seq == seq && facts.events[i].at_ms <= until_ms)
            rc = case_apply(&inquiry->arena, file, &facts.events[i], &facts.actor);
    return rc;
}

// `id` made again from its events up to `until_ms`.
static int case_at(struct inquiry *inquiry, uint64_t id, int64_t until_ms, struct casefile *file)
{
    struct key key = {.length = 0};
    struct db_cursor cursor;
    int rc = 0;
    key_u64(&key, id);
    db_cursor_open(&cursor, &inquiry->reader.txn, DB_HISTORY);
    bool found = db_cursor_seek(&cursor, key.bytes, key.length);
    for (; found && !rc && key_get_u64(cursor.key, 0) == id; found = db_cursor_next(&cursor))
        rc = apply_event(inquiry, key_get_u64(cursor.key, 8), until_ms, file);
    db_cursor_close(&cursor);
    return rc ? rc : inquiry->reader.txn.error;
}

// ---- the answer ---------------------------------------------------------------------------------

static void explain_head(const struct due_explainer *e, const struct casefile *file)
{
    char at[MOMENT_TEXT];
    explain_label(e, "case", "案件");
    buffer_printf(e->out, "%s  %s\n", file->number,
                  e->chinese ? word_chinese(WORDS_CASE_STATE, (int)file->state)
                             : word_name(WORDS_CASE_STATE, (int)file->state));
    explain_label(e, "at", "时间");
    buffer_printf(e->out, "%s\n", moment_format(e->zone, e->at_ms, e->chinese, at));
}

static int explain_case(const struct due_explainer *e, const struct casefile *file)
{
    int rc = 0;
    explain_head(e, file);
    for (size_t i = 0; i < file->clock_count && !rc; i++)
        rc = explain_due(e, &file->clocks[i], text_or_empty(file->clocks[i].unit));
    return rc;
}

static void write_text(struct inquiry *inquiry, const json_t *root)
{
    buffer_text(&inquiry->out, json_string_value(json_object_get(root, "explanation")));
}

static int answer(struct inquiry *inquiry, const struct casefile *file, const struct asked_case *asked)
{
    struct buffer text;
    struct due_explainer explainer = {.rules = inquiry->rules,
                                      .zone = inquiry->zone,
                                      .out = &text,
                                      .arena = &inquiry->arena,
                                      .chinese = asked->chinese,
                                      .at_ms = asked->at_ms};
    buffer_init(&text);
    int rc = explain_case(&explainer, file);
    json_t *root = json_pack("{s:s, s:s, s:I, s:s}", "code", error_name(0), "number", file->number, "at_ms",
                             (json_int_t)asked->at_ms, "explanation", buffer_string(&text));
    buffer_fini(&text);
    if (!rc)
        return answer_end(inquiry, root, write_text);
    json_decref(root);
    return answer_refuse(inquiry, rc, "the calendar", NULL);
}

int look_due(struct inquiry *inquiry)
{
    struct asked_case asked;
    struct casefile then = {0};
    int rc = asked_case_find(inquiry, true, &asked);
    if (rc || !asked.file)
        return rc;
    if (asked.at_ms >= asked.file->updated_ms)
        return answer(inquiry, asked.file, &asked);
    rc = case_at(inquiry, asked.file->id, asked.at_ms, &then);
    if (rc)
        return rc == ERROR_NOT_FOUND ? answer_refuse(inquiry, rc, "an event of then", NULL) : rc;
    if (!then.id)
        return answer_refuse(inquiry, ERROR_UNKNOWN_CASE, asked.number, NULL);
    return answer(inquiry, &then, &asked);
}
