#include "mapping.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "intl.h"
#include "mapping_spec.h"
#include "times.h"
#include "tool.h"

// ---- columns ------------------------------------------------------------------------------------

static bool bind_column(struct column *column, const struct csv_row *head)
{
    for (column->index = 0; column->index < head->count; column->index++)
        if (strcmp(head->fields[column->index], column->name) == 0)
            return true;
    fprintf(stderr, _("the file has no column %s\n"), column->name);
    return false;
}

static bool bind_spec(struct spec *spec, const struct csv_row *head)
{
    bool good = true;
    for (size_t i = 0; i < spec->n_columns; i++)
        good = bind_column(&spec->columns[i], head) && good;
    return good;
}

bool mapping_bind(struct mapping *m, const struct csv_row *head)
{
    bool good = true;
    for (size_t i = 0; i < m->n_fields; i++)
        good = bind_spec(&m->fields[i], head) && good;
    for (size_t i = 0; i < m->n_attributes; i++)
        good = bind_spec(&m->attributes[i], head) && good;
    for (size_t i = 0; i < m->n_skips; i++)
        good = bind_spec(&m->skips[i], head) && good;
    m->n_head = head->count;
    return good;
}

// ---- one value ----------------------------------------------------------------------------------

static const char *trimmed(struct arena *arena, const char *text)
{
    size_t length = strlen(text), start = strspn(text, " \t\r\n");
    while (length > start && strchr(" \t\r\n", text[length - 1]))
        length--;
    return start == 0 && !text[length] ? text : arena_strndup(arena, text + start, length - start);
}

static const char *joined(struct arena *arena, const struct spec *spec, const struct csv_row *row)
{
    const char *all = trimmed(arena, row->fields[spec->columns[0].index]);
    for (size_t i = 1; i < spec->n_columns; i++)
        all = arena_printf(arena, "%s%s%s", all, spec->join,
                           trimmed(arena, row->fields[spec->columns[i].index]));
    return all;
}

static const char *looked_up(struct arena *arena, const struct spec *spec, const char *text, const char **why)
{
    if (!spec->has_map)
        return text;
    uint32_t found = strmap_find(&spec->map, text);
    if (found != (uint32_t)STRMAP_NONE)
        return spec->values[found];
    if (spec->standard || spec->keep)
        return spec->standard ? spec->standard : text;
    *why = arena_printf(arena, _("%s: %s is not in the map"), spec->name, text);
    return NULL;
}

// The value that `spec` takes out of the row; NULL with *why. "" stands for nothing.
static const char *value_of(struct arena *arena, const struct spec *spec, const struct csv_row *row,
                            const char **why)
{
    if (spec->constant)
        return spec->constant;
    const char *text = looked_up(arena, spec, joined(arena, spec, row), why);
    if (text && !*text && spec->standard)
        text = spec->standard;
    if (text && spec->cut && text_characters(text) > spec->cut)
        text = arena_strndup(arena, text, text_prefix(text, spec->cut));
    return text;
}

// ---- times --------------------------------------------------------------------------------------

static bool parse_by_format(const char *text, const char *format, int64_t *ms)
{
    struct tm t = {.tm_isdst = -1};
    const char *end = strptime(text, format, &t);
    if (!end || *end)
        return false;
    long offset = t.tm_gmtoff;
    bool has_offset = strstr(format, "%z") != NULL;
    *ms = (has_offset ? (int64_t)timegm(&t) - offset : (int64_t)mktime(&t)) * 1000;
    return true;
}

static bool parse_time(const struct spec *spec, const char *text, int64_t *ms)
{
    for (size_t i = 0; i < spec->n_formats; i++)
        if (parse_by_format(text, spec->formats[i], ms))
            return true;
    return spec->n_formats == 0 && times_parse(text, 0, ms);
}

// ---- one row ------------------------------------------------------------------------------------

static const char *set_field(const struct spec *spec, const char *value, struct draft *draft)
{
    int64_t ms;
    bool is_time = strcmp(spec->name, "reported") == 0 || strcmp(spec->name, "appointed") == 0;
    if (!is_time)
        return draft_set(draft, spec->name, value, 0);
    if (!parse_time(spec, value, &ms))
        return _("not a time");
    draft_set_time(draft, spec->name, ms);
    return NULL;
}

static bool apply_field(const struct spec *spec, const struct csv_row *row, struct draft *draft,
                        const char **why)
{
    const char *value = value_of(draft->arena, spec, row, why);
    if (!value)
        return false;
    const char *wrong = *value ? set_field(spec, value, draft) : NULL;
    if (wrong)
        *why = arena_printf(draft->arena, "%s: %s: %s", spec->name, value, wrong);
    return !wrong;
}

static bool is_skipped(const struct mapping *m, const struct csv_row *row, struct arena *arena)
{
    for (size_t i = 0; i < m->n_skips; i++)
        if (strmap_find(&m->skips[i].map, joined(arena, &m->skips[i], row)) != (uint32_t)STRMAP_NONE)
            return true;
    return false;
}

// A row without a key of its own is known by what stands in it.
static void set_hash(struct draft *draft, const struct csv_row *row)
{
    crypto_generichash_state state;
    unsigned char hash[16];
    char *text = arena_alloc(draft->arena, 2 * sizeof hash + 1);
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    for (size_t i = 0; i < row->count; i++) {
        crypto_generichash_update(&state, (const unsigned char *)row->fields[i], strlen(row->fields[i]));
        crypto_generichash_update(&state, (const unsigned char *)"\x1f", 1);
    }
    crypto_generichash_final(&state, hash, sizeof hash);
    if (text)
        draft->whistle.source_no = sodium_bin2hex(text, 2 * sizeof hash + 1, hash, sizeof hash);
}

enum mapped mapping_apply(const struct mapping *m, const struct csv_row *row, struct draft *draft,
                          const char **why)
{
    if (row->count != m->n_head) {
        *why = arena_printf(draft->arena, _("%zu fields, the head has %zu"), row->count, m->n_head);
        return MAPPED_WRONG;
    }
    if (is_skipped(m, row, draft->arena))
        return MAPPED_SKIP;
    for (size_t i = 0; i < m->n_fields; i++)
        if (!apply_field(&m->fields[i], row, draft, why))
            return MAPPED_WRONG;
    for (size_t i = 0; i < m->n_attributes; i++) {
        const char *value = value_of(draft->arena, &m->attributes[i], row, why);
        if (!value || (*value && !draft_attribute(draft, m->attributes[i].name, value)))
            return MAPPED_WRONG;
    }
    if (!*draft->whistle.source_no)
        set_hash(draft, row);
    return MAPPED;
}

const char *mapping_zone(const struct mapping *m)
{
    return m->zone;
}

const char *mapping_encoding(const struct mapping *m)
{
    return m->encoding;
}

char mapping_delimiter(const struct mapping *m)
{
    return m->delimiter;
}
