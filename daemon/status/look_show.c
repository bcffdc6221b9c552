// show NUMBER: a case as an operator may see it. Nothing of the private parts is read, and no agent is named.
#include "status/case_parts.h"
#include "status/look.h"

#include "base/error.h"
#include "base/text.h"
#include "core/number.h"
#include "store/key.h"

enum { HAPPENINGS_MAX = 2000 };

static const struct column case_columns[] = {
    {"number", "number", COLUMN_TEXT},
    {"state", "state", COLUMN_TEXT},
    {"kind", "kind", COLUMN_TEXT},
    {"title", "title", COLUMN_TEXT},
    {"category", "category", COLUMN_TEXT},
    {"category_name", "", COLUMN_TEXT},
    {"area", "area", COLUMN_TEXT},
    {"area_name", "", COLUMN_TEXT},
    {"office", "office", COLUMN_TEXT},
    {"charge", "in charge", COLUMN_TEXT},
    {"source", "source", COLUMN_TEXT},
    {"filed_ms", "filed", COLUMN_TIME},
    {"promised_ms", "promised", COLUMN_TIME},
    {"next_due_ms", "next due", COLUMN_TIME},
    {"closed_ms", "closed", COLUMN_TIME},
    {"rule", "rule", COLUMN_TEXT},
    {"reason", "reason", COLUMN_TEXT},
};

static const struct column summons_columns[] = {
    {"unit", "unit", COLUMN_TEXT},
    {"unit_name", "", COLUMN_TEXT},
    {"role", "role", COLUMN_TEXT},
    {"state", "state", COLUMN_TEXT},
    {"called_ms", "called", COLUMN_TIME},
    {"accepted_ms", "accepted", COLUMN_TIME},
    {"reported_ms", "reported", COLUMN_TIME},
    {"done_ms", "done", COLUMN_TIME},
    {"held_ms", "held", COLUMN_SPAN},
    {"asks", "asks", COLUMN_TEXT},
    {"handler", "handled by", COLUMN_TEXT},
    {"handler_name", "", COLUMN_TEXT},
    {"exempt", "exempt", COLUMN_TEXT},
};

static const struct column clock_columns[] = {
    {"stage", "clock", COLUMN_TEXT},
    {"unit", "unit", COLUMN_TEXT},
    {"start_ms", "start", COLUMN_TIME},
    {"due_ms", "due", COLUMN_TIME},
    {"stopped_ms", "stopped", COLUMN_TIME},
    {"stop", "", COLUMN_TEXT},
    {"note", "", COLUMN_TEXT},
};

static const struct column happening_columns[] = {
    {"seq", "seq", COLUMN_NUMBER},    {"at_ms", "time", COLUMN_TIME},   {"kind", "what", COLUMN_TEXT},
    {"unit", "unit", COLUMN_TEXT},    {"target", "about", COLUMN_TEXT}, {"reason", "reason", COLUMN_TEXT},
    {"principal", "by", COLUMN_TEXT}, {"note", "", COLUMN_TEXT},
};

static json_t *case_json(struct inquiry *inquiry, const struct casefile *file)
{
    const struct whistle *whistle = file->whistle;
    const struct rule_ref *rule = file->rule;
    const char *at = rule ? arena_printf(&inquiry->arena, "%s:%u %s", text_or_empty(rule->file), rule->line,
                                         text_or_empty(rule->id))
                          : "";
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:s}", "number",
        text_or_empty(file->number), "state", word_name(WORDS_CASE_STATE, (int)file->state), "kind",
        word_name(WORDS_KIND, (int)whistle->kind), "title", text_or_empty(whistle->title), "category",
        text_or_empty(whistle->category), "category_name", inquiry_category_name(inquiry, whistle->category),
        "area", text_or_empty(file->area), "area_name", inquiry_area_name(inquiry, file->area), "office",
        text_or_empty(file->office), "charge", text_or_empty(file->charge), "source",
        text_or_empty(whistle->source), "filed_ms", case_time_json(file->filed_ms), "promised_ms",
        case_time_json(file->promised_ms), "next_due_ms", case_time_json(file->next_due_ms), "closed_ms",
        case_time_json(file->closed_ms), "rule", text_or_empty(at), "reason", text_or_empty(file->reason));
}

static json_t *summons_json(struct inquiry *inquiry, const struct casefile *file)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < file->summons_count; i++) {
        const struct summons *s = &file->summons[i];
        int64_t held = s->held_ms + (s->held_since_ms ? inquiry->now_ms - s->held_since_ms : 0);
        json_t *row = json_pack(
            "{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:s, s:s, s:s, s:s}", "unit",
            text_or_empty(s->unit), "unit_name", inquiry_unit_name(inquiry, s->unit), "role",
            word_name(WORDS_ROLE, (int)s->role), "state", word_name(WORDS_SUMMONS_STATE, (int)s->state),
            "called_ms", case_time_json(s->called_ms), "accepted_ms", case_time_json(s->accepted_ms),
            "reported_ms", case_time_json(s->reported_ms), "done_ms", case_time_json(s->done_ms), "held_ms",
            (json_int_t)held, "asks", s->petition.verb ? word_name(WORDS_VERB, (int)s->petition.verb) : "",
            "handler", text_or_empty(s->handler), "handler_name", inquiry_unit_name(inquiry, s->handler),
            "exempt", text_or_empty(s->exempt));
        if (json_array_append_new(rows, row))
            return json_decref(rows), NULL;
    }
    return rows;
}

static const char *clock_note(const struct inquiry *inquiry, const struct clock *clock)
{
    if (clock_is_paused(clock))
        return "paused";
    if (clock->exempt)
        return "exempt";
    if (clock_is_overdue(clock, inquiry->now_ms))
        return "overdue";
    return clock->provisional ? "provisional" : "";
}

static json_t *clocks_json(struct inquiry *inquiry, const struct casefile *file)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < file->clock_count; i++) {
        const struct clock *c = &file->clocks[i];
        json_t *row = json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:s}", "stage", stage_name(c->stage), "unit",
                                text_or_empty(c->unit), "start_ms", case_time_json(c->start_ms), "due_ms",
                                case_time_json(c->due_ms), "stopped_ms", case_time_json(c->stopped_ms),
                                "stop", clock_stop_name(c->stop), "note", clock_note(inquiry, c));
        if (json_array_append_new(rows, row))
            return json_decref(rows), NULL;
    }
    return rows;
}

static json_t *happening_json(const struct record_facts *facts, const struct event *event)
{
    return json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s}", "seq", (json_int_t)event->seq, "at_ms",
                     (json_int_t)event->at_ms, "kind", word_name(WORDS_EVENT_KIND, (int)event->kind), "unit",
                     text_or_empty(event->unit), "target", text_or_empty(event->target), "reason",
                     text_or_empty(event->reason), "principal", text_or_empty(facts->actor.principal), "note",
                     event->late    ? "late"
                     : event->stage ? stage_name(event->stage)
                                    : "");
}

// The event `seq`, out of its record; an archived record is passed over.
static int add_happening(struct inquiry *inquiry, uint64_t seq, json_t *rows)
{
    struct record_facts facts;
    struct blob part;
    int rc = store_read_record(&inquiry->reader, seq, &facts, &part);
    if (rc)
        return rc == ERROR_NOT_FOUND ? 0 : rc;
    for (size_t i = 0; i < facts.event_count && !rc; i++)
        if (facts.events[i].seq == seq &&
            json_array_append_new(rows, happening_json(&facts, &facts.events[i])))
            rc = ERROR_NO_MEMORY;
    return rc;
}

static int add_happenings(struct inquiry *inquiry, uint64_t id, json_t *rows)
{
    struct key key = {.length = 0};
    struct db_cursor cursor;
    int rc = 0;
    key_u64(&key, id);
    db_cursor_open(&cursor, &inquiry->reader.txn, DB_HISTORY);
    bool found = db_cursor_seek(&cursor, key.bytes, key.length);
    for (; found && !rc && key_get_u64(cursor.key, 0) == id && json_array_size(rows) < HAPPENINGS_MAX;
         found = db_cursor_next(&cursor))
        rc = add_happening(inquiry, key_get_u64(cursor.key, 8), rows);
    db_cursor_close(&cursor);
    return rc ? rc : inquiry->reader.txn.error;
}

#define ROWS(root, key, columns)                                                                             \
    render_rows(json_object_get(root, key), columns, sizeof(columns) / sizeof *(columns), inquiry->zone,     \
                &inquiry->out)

static void write_text(struct inquiry *inquiry, const json_t *root)
{
    render_object(json_object_get(root, "case"), case_columns, sizeof case_columns / sizeof *case_columns,
                  inquiry->zone, &inquiry->out);
    case_others_text(inquiry, json_object_get(root, "others"));
    case_closing_text(inquiry, json_object_get(root, "closing"));
    ROWS(root, "summonses", summons_columns);
    case_open_call_text(inquiry, json_object_get(root, "open_call"));
    ROWS(root, "clocks", clock_columns);
    ROWS(root, "history", happening_columns);
}

int look_show(struct inquiry *inquiry)
{
    const struct view *view = &inquiry->reader.view;
    struct number number;
    if (!*inquiry->argument)
        return answer_refuse(inquiry, ERROR_MISSING, "the case number", NULL);
    if (number_parse(inquiry->argument, &number))
        return answer_refuse(inquiry, ERROR_BAD_NUMBER, inquiry->argument, NULL);
    const struct casefile *file = view->ops->by_number(view->ctx, inquiry->argument);
    if (!file)
        return inquiry->reader.txn.error
                   ? inquiry->reader.txn.error
                   : answer_refuse(inquiry, ERROR_UNKNOWN_CASE, inquiry->argument, NULL);
    json_t *history = json_array(), *root = answer_begin();
    bool good = !json_object_set_new(root, "case", case_json(inquiry, file)) &&
                !json_object_set_new(root, "summonses", summons_json(inquiry, file)) &&
                !json_object_set_new(root, "clocks", clocks_json(inquiry, file)) &&
                !json_object_set_new(root, "others", case_others_json(inquiry, file)) &&
                !json_object_set_new(root, "closing", case_closing_json(file)) &&
                !json_object_set_new(root, "open_call", case_open_call_json(inquiry, file));
    int rc = good && history ? add_happenings(inquiry, file->id, history) : ERROR_NO_MEMORY;
    if (json_object_set_new(root, "history", history) && !rc)
        rc = ERROR_NO_MEMORY;
    if (!rc)
        return answer_end(inquiry, root, write_text);
    json_decref(root);
    return rc;
}
