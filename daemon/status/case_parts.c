#include "status/case_parts.h"

#include "base/text.h"

#define COLUMNS(columns) columns, sizeof(columns) / sizeof *(columns)

json_t *case_time_json(int64_t ms)
{
    return ms == 0 || ms == CLOCK_NEVER ? json_null() : json_integer(ms);
}

// ---- its end ------------------------------------------------------------------------------------

static const struct column closing_columns[] = {
    {"needs", "needs", COLUMN_TEXT},
    {"fed_back_ms", "fed back", COLUMN_TIME},
    {"calls", "calls", COLUMN_NUMBER},
    {"called_back_ms", "called back", COLUMN_TIME},
    {"solved", "", COLUMN_TEXT},
    {"satisfied", "", COLUMN_TEXT},
    {"reopened", "reopened", COLUMN_NUMBER},
    {"reopen_until_ms", "reopen until", COLUMN_TIME},
};

json_t *case_closing_json(const struct casefile *file)
{
    static const char *const needs[] = {"", "feedback", "call_back", "feedback call_back"};
    const struct closing *closing = file->closing;
    if (!closing)
        return json_null();
    return json_pack("{s:s, s:o, s:o, s:o, s:s, s:s, s:o, s:o}", "needs",
                     needs[closing->needs & (CLOSING_FEEDBACK | CLOSING_CALL_BACK)], "fed_back_ms",
                     case_time_json(closing->fed_back_ms), "calls", json_integer(closing->calls),
                     "called_back_ms", case_time_json(closing->called_back_ms), "solved",
                     closing->solved ? word_name(WORDS_VERDICT, (int)closing->solved) : "", "satisfied",
                     closing->satisfied ? word_name(WORDS_SATISFACTION, (int)closing->satisfied) : "",
                     "reopened", json_integer(closing->reopened), "reopen_until_ms",
                     case_time_json(closing->reopen_until_ms));
}

void case_closing_text(struct inquiry *inquiry, const json_t *closing)
{
    if (!json_is_null(closing))
        render_object(closing, COLUMNS(closing_columns), inquiry->zone, &inquiry->out);
}

// ---- its open call ------------------------------------------------------------------------------

static const struct column call_columns[] = {
    {"pool", "pool", COLUMN_TEXT},  {"skill", "skill", COLUMN_TEXT},     {"area", "called in", COLUMN_TEXT},
    {"area_name", "", COLUMN_TEXT}, {"places", "places", COLUMN_NUMBER}, {"filled_ms", "filled", COLUMN_TIME},
};

static const struct column claim_columns[] = {
    {"member", "member", COLUMN_TEXT},      {"unit", "unit", COLUMN_TEXT},
    {"unit_name", "", COLUMN_TEXT},         {"state", "state", COLUMN_TEXT},
    {"claimed_ms", "claimed", COLUMN_TIME}, {"arrived_ms", "arrived", COLUMN_TIME},
};

static json_t *claims_json(struct inquiry *inquiry, const struct open_call *call)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < call->claim_count; i++) {
        const struct claim *claim = &call->claims[i];
        json_t *row =
            json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "member", text_or_empty(claim->member), "unit",
                      text_or_empty(claim->unit), "unit_name", inquiry_unit_name(inquiry, claim->unit),
                      "state", word_name(WORDS_CLAIM_STATE, (int)claim->state), "claimed_ms",
                      case_time_json(claim->claimed_ms), "arrived_ms", case_time_json(claim->arrived_ms));
        if (json_array_append_new(rows, row))
            return json_decref(rows), NULL;
    }
    return rows;
}

json_t *case_open_call_json(struct inquiry *inquiry, const struct casefile *file)
{
    const struct open_call *call = file->open_call;
    if (!call)
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "pool", text_or_empty(call->pool), "skill",
                     text_or_empty(call->skill), "area", text_or_empty(call->area), "area_name",
                     inquiry_area_name(inquiry, call->area), "places", json_integer(call->places),
                     "filled_ms", case_time_json(call->filled_ms), "claims", claims_json(inquiry, call));
}

void case_open_call_text(struct inquiry *inquiry, const json_t *call)
{
    const json_t *claims = json_object_get(call, "claims");
    if (json_is_null(call))
        return;
    render_object(call, COLUMNS(call_columns), inquiry->zone, &inquiry->out);
    if (json_array_size(claims))
        render_rows(claims, COLUMNS(claim_columns), inquiry->zone, &inquiry->out);
}

// ---- other cases --------------------------------------------------------------------------------

static const struct column others_columns[] = {{"merged_into", "merged into", COLUMN_TEXT}};

static const struct column joined_columns[] = {
    {"number", "joined", COLUMN_TEXT},
    {"office", "office", COLUMN_TEXT},
    {"office_name", "", COLUMN_TEXT},
};

static json_t *joined_json(struct inquiry *inquiry, const struct casefile *file)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < file->joined_count; i++) {
        const struct joined *joined = &file->joined[i];
        json_t *row = json_pack("{s:s, s:s, s:s}", "number", text_or_empty(joined->number), "office",
                                text_or_empty(joined->office), "office_name",
                                inquiry_unit_name(inquiry, joined->office));
        if (json_array_append_new(rows, row))
            return json_decref(rows), NULL;
    }
    return rows;
}

static json_t *related_json(const struct casefile *file)
{
    json_t *numbers = json_array();
    for (size_t i = 0; i < file->related_count; i++)
        if (json_array_append_new(numbers, json_string(file->related[i])))
            return json_decref(numbers), NULL;
    return numbers;
}

json_t *case_others_json(struct inquiry *inquiry, const struct casefile *file)
{
    if (!file->merged_into && !file->joined_count && !file->related_count)
        return json_null();
    return json_pack("{s:s, s:o, s:o}", "merged_into", text_or_empty(file->merged_into), "joined",
                     joined_json(inquiry, file), "related", related_json(file));
}

void case_others_text(struct inquiry *inquiry, const json_t *others)
{
    const json_t *joined = json_object_get(others, "joined"), *related = json_object_get(others, "related");
    const json_t *number;
    size_t i;
    if (json_is_null(others))
        return;
    render_object(others, COLUMNS(others_columns), inquiry->zone, &inquiry->out);
    if (json_array_size(joined))
        render_rows(joined, COLUMNS(joined_columns), inquiry->zone, &inquiry->out);
    if (json_array_size(related))
        buffer_printf(&inquiry->out, "%-14s", "raised for");
    json_array_foreach(related, i, number)
    {
        buffer_printf(&inquiry->out, " %s", json_string_value(number));
    }
    buffer_text(&inquiry->out, json_array_size(related) ? "\n" : "");
}
