#include "rulebook/report.h"

#include "base/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct finding_word {
    enum severity severity;
    const char *name;
    const char *chinese;
};

static const struct finding_word words[] = {
#define X(id, level, text, zh) [FINDING_##id] = {SEVERITY_##level, text, zh},
    FINDINGS(X)
#undef X
};

static const char *const severities[][2] = {
    [SEVERITY_ERROR] = {"error", ""},
    [SEVERITY_WARNING] = {"warning", "警告 "},
    [SEVERITY_NOTE] = {"note", "说明 "},
};

void rulebook_report_init(struct rulebook_report *report)
{
    *report = (struct rulebook_report){0};
    arena_init(&report->arena, 0);
}

void rulebook_report_fini(struct rulebook_report *report)
{
    arena_fini(&report->arena);
    rulebook_report_init(report);
}

const char *finding_name(enum finding_code code)
{
    return words[code].name;
}

const char *finding_chinese(enum finding_code code)
{
    return words[code].chinese;
}

enum severity finding_severity(enum finding_code code)
{
    return words[code].severity;
}

static struct finding *add(struct rulebook_report *report, enum finding_code code)
{
    uint32_t *counts[] = {&report->errors, &report->warnings, &report->notes};
    ++*counts[words[code].severity];
    struct finding *items = NULL;
    if (report->count < REPORT_MAX)
        items = arena_grow(&report->arena, report->items, report->count, &report->capacity, sizeof *items);
    if (!items) {
        report->left_out++;
        return NULL;
    }
    report->items = items;
    items[report->count] = (struct finding){.code = code, .file = ""};
    return &items[report->count++];
}

// Columns of a piece of text on a terminal.
static uint32_t columns(struct rulebook_report *report, const char *text, size_t length)
{
    const char *piece = arena_strndup(&report->arena, text, length);
    return piece ? (uint32_t)text_columns(piece) : 0;
}

enum { SHOWN_BYTES = 160, SHOWN_BEFORE = 60 };

static size_t character_start(const char *text, size_t at)
{
    while (at > 0 && (text[at] & 0xc0) == 0x80)
        at--;
    return at;
}

// A long line (GeoJSON is often one) is shown around the place only.
static void show_line(struct rulebook_report *report, struct finding *finding, struct mark at)
{
    struct blob line = mark_text(at);
    const char *text = (const char *)line.bytes;
    size_t place = at.offset - at.source->lines[finding->line - 1];
    place = place > line.length ? line.length : place;
    size_t from = place > SHOWN_BYTES ? character_start(text, place - SHOWN_BEFORE) : 0;
    size_t to = line.length - from > SHOWN_BYTES ? character_start(text, from + SHOWN_BYTES) : line.length;
    char *shown = arena_strndup(&report->arena, text + from, to - from);
    for (char *tab = shown; tab && (tab = strchr(tab, '\t'));)
        *tab = ' ';
    finding->shown = shown;
    finding->shown_at = shown ? columns(report, shown, place - from) : 0;
}

void report_add(struct rulebook_report *report, enum finding_code code, struct mark at, const char *format,
                ...)
{
    struct finding *finding = add(report, code);
    if (!finding)
        return;
    va_list args;
    va_start(args, format);
    finding->sentence = arena_vprintf(&report->arena, format, args);
    va_end(args);
    if (!at.source)
        return;
    finding->file = arena_strdup(&report->arena, at.source->name);
    finding->line = mark_line(at);
    finding->column = mark_column(at);
    if (finding->line && !source_is_private(at.source->name))
        show_line(report, finding, at);
}

void report_file(struct rulebook_report *report, enum finding_code code, const char *file, uint32_t line,
                 uint32_t column, const char *format, ...)
{
    struct finding *finding = add(report, code);
    if (!finding)
        return;
    va_list args;
    va_start(args, format);
    finding->sentence = arena_vprintf(&report->arena, format, args);
    va_end(args);
    finding->file = arena_strdup(&report->arena, file);
    finding->line = line;
    finding->column = column;
}

static int compare(const void *left, const void *right)
{
    const struct finding *a = left, *b = right;
    int files = strcmp(text_or_empty(a->file), text_or_empty(b->file));
    if (files)
        return files;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return (int)a->code - (int)b->code;
}

void rulebook_report_sort(struct rulebook_report *report)
{
    if (report->count)
        qsort(report->items, report->count, sizeof *report->items, compare);
}

static void print_place(const struct finding *finding, struct buffer *out)
{
    const char *file = text_or_empty(finding->file);
    if (finding->line)
        buffer_printf(out, "%s:%u:%u ", file, finding->line, finding->column);
    else if (*file)
        buffer_printf(out, "%s ", file);
}

static void print_finding(const struct finding *finding, struct buffer *out)
{
    const struct finding_word *word = &words[finding->code];
    print_place(finding, out);
    buffer_printf(out, "%s%s %s: %s\n", severities[word->severity][1], word->chinese, word->name,
                  text_or_empty(finding->sentence));
    if (!finding->shown)
        return;
    buffer_printf(out, "%6u | %s\n", finding->line, finding->shown);
    buffer_printf(out, "       | %*s^\n", (int)finding->shown_at, "");
}

void rulebook_report_text(const struct rulebook_report *report, struct buffer *out)
{
    size_t begun = out->length;
    for (size_t i = 0; i < report->count; i++)
        print_finding(&report->items[i], out);
    if (report->left_out)
        buffer_printf(out, "… 另有 %u 条 and %u more\n", report->left_out, report->left_out);
    if (report->errors || report->warnings)
        buffer_printf(out, "错误 %u · 警告 %u   errors %u, warnings %u\n", report->errors, report->warnings,
                      report->errors, report->warnings);
    if (!out->failed && out->length > begun)
        text_tame((char *)out->bytes + begun, out->length - begun, true); // it shows lines of files
}

static json_t *finding_json(const struct finding *finding)
{
    const struct finding_word *word = &words[finding->code];
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:s}", "severity", severities[word->severity][0], "code",
                     word->name, "chinese", word->chinese, "file", text_or_empty(finding->file), "line",
                     (int)finding->line, "column", (int)finding->column, "sentence",
                     text_or_empty(finding->sentence));
}

bool rulebook_report_json(const struct rulebook_report *report, struct buffer *out)
{
    json_t *list = json_array();
    for (size_t i = 0; i < report->count; i++)
        json_array_append_new(list, finding_json(&report->items[i]));
    json_t *root = json_pack("{s:i, s:i, s:i, s:o}", "errors", (int)report->errors, "warnings",
                             (int)report->warnings, "left_out", (int)report->left_out, "findings", list);
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    if (text)
        buffer_text(out, text);
    free(text);
    json_decref(root);
    return text && !out->failed;
}
