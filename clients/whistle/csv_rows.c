#include "csv_rows.h"

#include <csv.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "file.h"
#include "intl.h"

// ---- the file -----------------------------------------------------------------------------------

static bool convert(struct csv_file *file, struct arena *arena, const char *encoding)
{
    iconv_t converter = iconv_open("UTF-8", encoding);
    size_t room = file->length * 2 + 16, left = room, in_left = file->length;
    char *out = converter == (iconv_t)-1 ? NULL : arena_alloc(arena, room + 1);
    char *in_at = file->text, *out_at = out;
    bool good = out && iconv(converter, &in_at, &in_left, &out_at, &left) != (size_t)-1;
    if (converter != (iconv_t)-1)
        iconv_close(converter);
    if (!good)
        return false;
    file->text = out;
    file->length = room - left;
    return true;
}

bool csv_open(struct csv_file *file, struct arena *arena, const char *path, const char *encoding)
{
    *file = (struct csv_file){0};
    file->text = file_read(arena, path, &file->length);
    if (!file->text)
        return false;
    bool guessed = !encoding && !text_is_utf8(file->text, file->length);
    if (guessed)
        fprintf(stderr, _("%s: not UTF-8, read as GB18030\n"), path);
    encoding = guessed ? "GB18030" : encoding;
    if (encoding && strcasecmp(encoding, "utf-8") != 0 && !convert(file, arena, encoding)) {
        fprintf(stderr, _("%s: cannot be read as %s\n"), path, encoding);
        return false;
    }
    if (!text_is_utf8(file->text, file->length)) {
        fprintf(stderr, _("%s: not UTF-8\n"), path);
        return false;
    }
    file->position = file->length >= 3 && memcmp(file->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    return true;
}

// ---- rows ---------------------------------------------------------------------------------------

struct reader {
    struct arena arena; // of one row
    struct csv_row row;
    size_t room;
    unsigned long line; // that is being read
    bool stopped;
    csv_row_function *call;
    void *context;
};

static void on_field(void *bytes, size_t length, void *context)
{
    struct reader *r = context;
    const char **fields = arena_grow(&r->arena, r->row.fields, r->row.count, &r->room, sizeof *fields);
    char *text = arena_strndup(&r->arena, bytes, length);
    if (!fields || !text)
        return;
    if (r->row.count == 0)
        r->row.line = r->row.line ? r->row.line : r->line;
    r->row.fields = fields;
    fields[r->row.count++] = text;
}

static void on_row(int end, void *context)
{
    struct reader *r = context;
    (void)end;
    if (r->row.count && !r->stopped)
        r->stopped = !r->call(r->context, &r->row);
    arena_fini(&r->arena);
    r->row = (struct csv_row){0};
    r->room = 0;
}

// libcsv does not count lines, so it is fed one at a time; a row that goes over several begins at the first.
static bool feed(struct csv_file *file, struct csv_parser *parser, struct reader *r)
{
    bool good = true;
    while (good && !r->stopped && file->position < file->length) {
        const char *from = file->text + file->position;
        const char *end = memchr(from, '\n', file->length - file->position);
        size_t length = end ? (size_t)(end + 1 - from) : file->length - file->position;
        r->line++;
        if (!r->row.line)
            r->row.line = r->line;
        good = csv_parse(parser, from, length, on_field, on_row, r) == length;
        file->position += length;
        if (!r->row.count && parser->pstate == 0)
            r->row.line = 0;
    }
    return good;
}

bool csv_each(struct csv_file *file, char delimiter, csv_row_function *row, void *context)
{
    struct csv_parser parser;
    struct reader r = {.call = row, .context = context};
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return false;
    csv_set_delim(&parser, (unsigned char)delimiter);
    bool good = feed(file, &parser, &r);
    good = good && (r.stopped || csv_fini(&parser, on_field, on_row, &r) == 0);
    if (!good)
        fprintf(stderr, _("line %lu: the quotes do not fit\n"), r.row.line ? r.row.line : r.line);
    csv_free(&parser);
    arena_fini(&r.arena);
    return good;
}

static bool is_number(const char *text)
{
    text += *text == '+' || *text == '-';
    return !text[strspn(text, "0123456789.,%")];
}

static bool is_formula(const char *text)
{
    static const char *const begins[] = {"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"};
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
        if (text_starts(text, begins[i]))
            return !is_number(text);
    return false;
}

// `before` stands in front of the text and needs no quotes.
static void put_cell(FILE *out, const char *before, const char *text, char delimiter)
{
    const char special[] = {'"', '\r', '\n', delimiter, 0};
    const char *quote = text[strcspn(text, special)] ? "\"" : "";
    fprintf(out, "%s%s", quote, before);
    for (; *text; text++)
        fprintf(out, *text == '"' ? "\"\"" : "%c", *text);
    fputs(quote, out);
}

void csv_put_row(FILE *out, const char *const *fields, size_t count, char delimiter)
{
    for (size_t i = 0; i < count; i++) {
        if (i)
            fputc(delimiter, out);
        put_cell(out, "", fields[i], delimiter);
    }
    fputs("\r\n", out);
}

void csv_print_row(const char *const *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fputs(i ? "," : "", stdout);
        put_cell(stdout, is_formula(fields[i]) ? "'" : "", fields[i], ',');
    }
    fputs("\r\n", stdout);
}
