#include "rulebook/table.h"

#include "base/text.h"
#include "rulebook/suggest.h"

#include <csv.h>
#include <string.h>

enum { TABLE_COLUMNS_MAX = 64, COLUMN_UNKNOWN = -1 };

// The state of one reading. libcsv tells fields but not where they are, so it is fed up to each comma and
// line end: a field that it tells then ends with the piece.
struct reading {
    struct table *table;
    const struct source *source;
    struct arena *arena;
    struct rulebook_report *report;
    size_t start; // where the next field begins
    size_t end;   // of the piece being fed
    struct cell fields[TABLE_COLUMNS_MAX];
    uint32_t field_count;          // of this row, those past the end counted too
    int places[TABLE_COLUMNS_MAX]; // header: field → column, or COLUMN_UNKNOWN
    uint32_t header_count;         // 0: the header is not read yet
    size_t capacity;               // of table->cells, in rows
    size_t dropped_capacity;       // of table->dropped
    uint64_t told;                 // fields of this row that were reported already, as bits
    bool usable;
};

static bool is_wide_space(const char *at)
{
    return memcmp(at, "\xc2\xa0", 2) == 0 || memcmp(at, "\xe3\x80\x80", 3) == 0 ||
           memcmp(at, "\xef\xbb\xbf", 3) == 0;
}

static size_t wide_length(const char *at)
{
    return *at == '\xc2' ? 2 : 3;
}

// Removes blanks, wide ones too, at both ends.
static char *trim(char *text)
{
    for (;; text += wide_length(text)) {
        text += strspn(text, " \t");
        if (strlen(text) < 2 || !is_wide_space(text))
            break;
    }
    size_t length = strlen(text);
    for (;;) {
        if (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
            length--;
        else if (length >= 3 && wide_length(text + length - 3) == 3 && is_wide_space(text + length - 3))
            length -= 3;
        else if (length >= 2 && memcmp(text + length - 2, "\xc2\xa0", 2) == 0)
            length -= 2;
        else
            break;
    }
    text[length] = '\0';
    return text;
}

// "4.20902E+11", "1E+05": what a spreadsheet shows instead of a long code.
static bool is_spreadsheet_number(const char *text)
{
    size_t digits = strspn(text, "0123456789.");
    if (digits == 0 || (text[digits] != 'E' && text[digits] != 'e') || text[digits + 1] != '+')
        return false;
    const char *exponent = text + digits + 2;
    return *exponent && exponent[strspn(exponent, "0123456789")] == '\0';
}

static void check_cell(struct reading *r, struct cell *cell)
{
    const char *text = cell->text;
    cell->text = NULL;
    r->told |= UINT64_C(1) << (cell - r->fields);
    if (!text_is_clean(text, strlen(text), false)) {
        report_add(r->report, FINDING_BAD_TEXT, cell->at,
                   "the cell holds a line break or a control character");
    } else if (is_spreadsheet_number(text)) {
        report_add(r->report, FINDING_SPREADSHEET, cell->at,
                   "%s is a code that a spreadsheet made a number of; format the column as text "
                   "(列格式设为文本) and "
                   "fill it again",
                   text);
    } else {
        cell->text = text;
        r->told &= ~(UINT64_C(1) << (cell - r->fields));
    }
}

static void on_field(void *bytes, size_t length, void *context)
{
    struct reading *r = context;
    size_t start = r->start;
    if (r->field_count == 0)
        start += strspn(r->source->text + start, "\r\n");
    r->start = r->end;
    uint32_t index = r->field_count++;
    char *text = arena_strndup(r->arena, length ? bytes : "", length);
    if (!text || (index >= TABLE_COLUMNS_MAX && !*trim(text)))
        return;
    index = index < TABLE_COLUMNS_MAX ? index : TABLE_COLUMNS_MAX - 1;
    struct cell *cell = &r->fields[index];
    *cell = (struct cell){.text = trim(text), .at = {.source = r->source, .offset = (uint32_t)start}};
    if (*cell->text)
        check_cell(r, cell);
    else
        cell->text = NULL;
}

static const char *column_name(const void *context, uint32_t index)
{
    return ((const struct column *)context)[index].name;
}

static int column_find(const struct table *table, const char *name)
{
    for (uint32_t i = 0; i < table->width; i++)
        if (text_same(table->columns[i].name, name) || text_same(table->columns[i].chinese, name))
            return (int)i;
    return COLUMN_UNKNOWN;
}

static bool has_column(const struct reading *r, int column)
{
    for (uint32_t i = 0; i < r->header_count; i++)
        if (r->places[i] == column)
            return true;
    return false;
}

static void unknown_column(struct reading *r, const struct cell *cell)
{
    const char *near = suggest_nearest(cell->text, column_name, r->table->columns, r->table->width);
    // a private table whose header is left out begins with a person
    bool personal = source_is_private(cell->at.source->name);
    report_add(r->report, FINDING_HEADER, cell->at, "there is no column %s%s%s%s",
               personal ? "of this name" : cell->text, near ? "; did you mean " : "", text_or_empty(near),
               near ? "?" : "");
}

// What stands past the last of them is empty, or was taken into it.
static uint32_t kept_fields(const struct reading *r)
{
    return r->field_count < TABLE_COLUMNS_MAX ? r->field_count : TABLE_COLUMNS_MAX;
}

static void read_header(struct reading *r)
{
    r->usable = true;
    r->field_count = kept_fields(r);
    while (r->field_count && !r->fields[r->field_count - 1].text)
        r->field_count--;
    for (uint32_t i = 0; i < r->field_count; i++) {
        const struct cell *cell = &r->fields[i];
        int column = cell->text ? column_find(r->table, cell->text) : COLUMN_UNKNOWN;
        if (cell->text && column == COLUMN_UNKNOWN && column_find(r->table, TABLE_OTHERS) == COLUMN_UNKNOWN)
            unknown_column(r, cell);
        else if (column != COLUMN_UNKNOWN && has_column(r, column))
            report_add(r->report, FINDING_HEADER, cell->at, "the column %s stands here twice", cell->text);
        r->places[i] = column;
        r->header_count = i + 1;
    }
    for (uint32_t i = 0; i < r->table->width; i++)
        if (r->table->columns[i].required && !has_column(r, (int)i)) {
            report_add(r->report, FINDING_HEADER, r->fields[0].at, "the column %s (%s) is missing",
                       r->table->columns[i].name, r->table->columns[i].chinese);
            r->usable = false;
        }
}

static bool row_is_empty(const struct reading *r)
{
    uint32_t count = kept_fields(r);
    for (uint32_t i = 0; i < count; i++)
        if (r->fields[i].text)
            return false;
    return true;
}

// Empty fields past the last column are what spreadsheets leave behind.
static bool row_fits(struct reading *r)
{
    uint32_t count = kept_fields(r);
    while (count > r->header_count && !r->fields[count - 1].text)
        count--;
    if (count == r->header_count)
        return true;
    struct mark at = r->fields[count > r->header_count ? r->header_count : 0].at;
    report_add(r->report, FINDING_FIELDS, at, "this row has %u fields, the header has %u", count,
               r->header_count);
    return false;
}

static bool was_told(const struct reading *r, int column)
{
    for (uint32_t i = 0; i < r->header_count; i++)
        if (r->places[i] == column)
            return r->told >> i & 1;
    return false;
}

static bool row_is_whole(struct reading *r, const struct cell *row)
{
    bool whole = true;
    for (uint32_t i = 0; i < r->table->width; i++) {
        const struct column *column = &r->table->columns[i];
        if (!column->required || row[i].text)
            continue;
        whole = false;
        if (!was_told(r, (int)i))
            report_add(r->report, FINDING_MISSING_KEY, row[i].at, "%s (%s) is empty", column->name,
                       column->chinese);
    }
    return whole;
}

static void drop_row(struct reading *r, const struct cell *row)
{
    struct cells *dropped = &r->table->dropped;
    if (!row[0].text)
        return;
    struct cell *items =
        arena_grow(r->arena, dropped->items, dropped->count, &r->dropped_capacity, sizeof *items);
    if (!items)
        return;
    dropped->items = items;
    items[dropped->count++] = row[0];
}

static void read_row(struct reading *r)
{
    struct table *table = r->table;
    size_t width = table->width;
    struct cell *cells = arena_grow(r->arena, table->cells, table->rows, &r->capacity, width * sizeof *cells);
    if (!cells)
        return;
    table->cells = cells;
    struct cell *row = cells + table->rows * width;
    for (size_t i = 0; i < width; i++)
        row[i] = (struct cell){.at = r->fields[0].at};
    for (uint32_t i = 0; i < r->header_count; i++)
        if (r->places[i] != COLUMN_UNKNOWN)
            row[r->places[i]] = r->fields[i];
    if (row_fits(r) && row_is_whole(r, row))
        table->rows++;
    else
        drop_row(r, row);
}

static void on_row(int end, void *context)
{
    (void)end;
    struct reading *r = context;
    if (row_is_empty(r))
        ;
    else if (r->header_count == 0)
        read_header(r);
    else if (r->usable)
        read_row(r);
    memset(r->fields, 0, sizeof r->fields);
    r->field_count = 0;
    r->told = 0;
}

static bool report_csv(struct reading *r, struct csv_parser *parser)
{
    struct mark at = {.source = r->source, .offset = (uint32_t)r->start};
    at.offset += (uint32_t)strspn(r->source->text + at.offset, "\r\n");
    report_add(r->report, FINDING_SYNTAX, at, "a quotation mark is wrong here: %s",
               csv_strerror(csv_error(parser)));
    return false;
}

// At the beginning of a row, outside quotation marks.
static bool at_row_start(const struct reading *r, const struct csv_parser *parser, size_t at)
{
    return r->field_count == 0 && parser->entry_pos == 0 && !parser->quoted &&
           (at == 0 || r->source->text[at - 1] == '\n');
}

static bool feed(struct reading *r, struct csv_parser *parser)
{
    const char *text = r->source->text;
    for (size_t at = 0, length; at < r->source->length; at += length) {
        bool comment = text[at] == '#' && at_row_start(r, parser, at);
        length = strcspn(text + at, comment ? "\n" : ",\n");
        length += at + length < r->source->length;
        r->end = at + length;
        if (comment)
            r->start = r->end;
        else if (csv_parse(parser, text + at, length, on_field, on_row, r) != length)
            return report_csv(r, parser);
    }
    return csv_fini(parser, on_field, on_row, r) == 0 || report_csv(r, parser);
}

bool table_read(struct table *out, const struct source *source, const struct column *columns, uint32_t width,
                struct arena *arena, struct rulebook_report *report)
{
    *out = (struct table){.columns = columns, .width = width};
    struct reading r = {.table = out, .source = source, .arena = arena, .report = report};
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
        return false;
    bool good = feed(&r, &parser);
    csv_free(&parser);
    if (good && r.header_count == 0)
        report_add(report, FINDING_HEADER, source_mark(source, 1, 1), "the table has no header line");
    return r.usable;
}

const struct cell *table_cell(const struct table *table, uint32_t row, uint32_t column)
{
    return &table->cells[(size_t)row * table->width + column];
}

static size_t separator(const char *at)
{
    if (*at == ' ' || *at == ';' || *at == '\t')
        return 1;
    static const char *const wide[] = {"、", "；", "，", "\xe3\x80\x80"};
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (strncmp(at, wide[i], 3) == 0)
            return 3;
    return 0;
}

struct cells table_list(struct arena *arena, const struct cell *cell)
{
    struct cells list = {.at = cell->at};
    size_t capacity = 0;
    for (const char *at = cell->text; at && *at;) {
        size_t skip = separator(at);
        if (skip) {
            at += skip;
            continue;
        }
        size_t length = 1;
        while (at[length] && !separator(at + length))
            length++;
        struct cell *items = arena_grow(arena, list.items, list.count, &capacity, sizeof *items);
        if (!items)
            break;
        list.items = items;
        struct mark mark = {.source = cell->at.source,
                            .offset = cell->at.offset + (uint32_t)(at - cell->text)};
        list.items[list.count] = (struct cell){.text = arena_strndup(arena, at, length), .at = mark};
        list.count += list.items[list.count].text != NULL;
        at += length;
    }
    return list;
}
