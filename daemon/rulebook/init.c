#include "rulebook/init.h"

#include "base/error.h"
#include "base/text.h"
#include "rulebook/check.h"
#include "rulebook/init_texts.h"
#include "rulebook/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CODE_CODE, CODE_LEVEL, CODE_NAME, CODE_PARENT, CODE_OTHERS, CODE_COLUMNS };

static const struct column columns[CODE_COLUMNS] = {
    [CODE_CODE] = {"code", "代码", true},
    [CODE_LEVEL] = {"level", "层级", true},
    [CODE_NAME] = {"name", "名称", true},
    [CODE_PARENT] = {"parent", "上级", false},
    [CODE_OTHERS] = {TABLE_OTHERS, TABLE_OTHERS, false},
};

enum { INIT_FILES = 16 };

struct making {
    struct arena *arena;
    struct rulebook_report *report;
    struct table codes;
    struct strmap rows; // code → row
    uint32_t tops;      // rows whose parent is not in the table
    uint32_t first_top;
    const char *zone;
    int year;
    struct rulebook_file *files;
    size_t count;
};

// ---- the rows -----------------------------------------------------------------------------------

static const char *cell(const struct making *m, uint32_t row, uint32_t column)
{
    return text_or_empty(table_cell(&m->codes, row, column)->text);
}

static bool is_level(const struct making *m, uint32_t row, const char *level)
{
    return text_same(cell(m, row, CODE_LEVEL), level);
}

static bool has_level(const struct making *m, const char *level)
{
    for (uint32_t i = 0; i < m->codes.rows; i++)
        if (is_level(m, i, level))
            return true;
    return false;
}

static bool has_code(const struct making *m, const char *code)
{
    return strmap_find(&m->rows, code) != STRMAP_NONE;
}

static bool is_top(const struct making *m, uint32_t row)
{
    return !has_code(m, cell(m, row, CODE_PARENT));
}

static int index_rows(struct making *m)
{
    int error = 0;
    for (uint32_t i = 0; i < m->codes.rows && error != ERROR_NO_MEMORY; i++) {
        error = strmap_add(&m->rows, cell(m, i, CODE_CODE), i);
        if (error == ERROR_IN_USE)
            report_add(m->report, FINDING_DUPLICATE, table_cell(&m->codes, i, CODE_CODE)->at,
                       "%s stands here twice", cell(m, i, CODE_CODE));
    }
    for (uint32_t i = m->codes.rows; i-- > 0;)
        if (is_top(m, i)) {
            m->first_top = i;
            m->tops++;
        }
    return error == ERROR_NO_MEMORY ? error : m->report->errors ? ERROR_BAD_RULEBOOK : 0;
}

// Streets and communities have an office of their own; so have the districts where there are several.
static bool has_office(const struct making *m, uint32_t row)
{
    return is_level(m, row, "street") || is_level(m, row, "community") || is_level(m, row, "district");
}

// The only area at the top has the centre for its office.
static bool is_centres(const struct making *m, uint32_t row)
{
    return m->tops == 1 && is_top(m, row);
}

// ---- the files ----------------------------------------------------------------------------------

static void add_bytes(struct making *m, const char *name, const char *text, size_t length)
{
    if (m->count < INIT_FILES && text)
        m->files[m->count++] = (struct rulebook_file){name, {(const uint8_t *)text, length}};
}

static void add_text(struct making *m, const char *name, const char *text)
{
    add_bytes(m, name, text, text ? strlen(text) : 0);
}

static void add_buffer(struct making *m, const char *name, struct buffer *text)
{
    if (text->failed)
        m->arena->failed = true;
    add_bytes(m, name, arena_strndup(m->arena, buffer_string(text), text->length), text->length);
    buffer_fini(text);
}

// The text with {0} and {1} filled in.
static void fill(struct buffer *out, const char *text, const char *first, const char *second)
{
    for (; *text; text++) {
        bool place = text[0] == '{' && (text[1] == '0' || text[1] == '1') && text[2] == '}';
        if (place)
            buffer_text(out, text[1] == '0' ? first : second);
        else
            buffer_append(out, text, 1);
        text += place ? 2 : 0;
    }
}

// A field as CSV has it.
static void put(struct buffer *out, const char *text, const char *behind)
{
    bool quoted = text[strcspn(text, ",\"")] != '\0';
    if (quoted)
        buffer_text(out, "\"");
    for (; *text; text++)
        buffer_printf(out, "%s%c", *text == '"' ? "\"" : "", *text);
    buffer_printf(out, "%s%s", quoted ? "\"" : "", behind);
}

static void make_areas(struct making *m)
{
    struct buffer out;
    buffer_init(&out);
    buffer_text(&out, "code,level,name,parent,office,leaders\n");
    for (uint32_t i = 0; i < m->codes.rows; i++) {
        const char *code = cell(m, i, CODE_CODE);
        const char *parent = cell(m, i, CODE_PARENT);
        put(&out, code, ",");
        put(&out, cell(m, i, CODE_LEVEL), ",");
        put(&out, cell(m, i, CODE_NAME), ",");
        put(&out, has_code(m, parent) ? parent : "", ",");
        put(&out, is_centres(m, i) ? "centre" : has_office(m, i) ? code : "", ",\n");
    }
    add_buffer(m, "areas.csv", &out);
}

static void put_office(struct making *m, struct buffer *out, uint32_t row)
{
    const char *parent = cell(m, row, CODE_PARENT);
    bool under_centre = is_top(m, row) || (m->tops == 1 && strmap_find(&m->rows, parent) == m->first_top);
    const char *type = is_level(m, row, "district") ? "centre" : cell(m, row, CODE_LEVEL);
    put(out, cell(m, row, CODE_CODE), ",");
    put(out, cell(m, row, CODE_NAME), ",");
    put(out, type, ",");
    put(out, cell(m, row, CODE_CODE), ",");
    put(out, under_centre ? "centre" : parent, ",office,,\n");
}

// With several tops the centre belongs to none of them: no area, it is found by its code.
static void make_units(struct making *m)
{
    struct buffer out;
    buffer_init(&out);
    buffer_text(&out, init_units_head);
    buffer_text(&out, "centre,城市运行管理中心,centre,");
    put(&out, m->tops == 1 ? cell(m, m->first_top, CODE_CODE) : "", ",,desk,,\n");
    for (uint32_t i = 0; i < m->codes.rows; i++)
        if (has_office(m, i) && !is_centres(m, i))
            put_office(m, &out, i);
    add_buffer(m, "units.csv", &out);
}

static void make_principals(struct making *m)
{
    struct buffer out;
    buffer_init(&out);
    buffer_text(&out, init_principals_head);
    for (uint32_t i = 0; i < m->codes.rows; i++) {
        if (!has_office(m, i) || is_centres(m, i))
            continue;
        put(&out, cell(m, i, CODE_CODE), ",");
        put(&out, cell(m, i, CODE_NAME), ",office unit,");
        put(&out, cell(m, i, CODE_CODE), ",");
        put(&out, cell(m, i, CODE_CODE), ",\n");
    }
    add_buffer(m, "principals.csv", &out);
    add_text(m, "principals.yaml", init_principals);
}

static void make_rulebook(struct making *m)
{
    const char *city = m->codes.rows ? cell(m, m->first_top, CODE_NAME) : "";
    struct buffer name, out;
    buffer_init(&name);
    buffer_init(&out);
    for (; *city; city++)
        buffer_printf(&name, "%s%c", *city == '"' || *city == '\\' ? "\\" : "", *city);
    fill(&out, init_rulebook, buffer_string(&name), m->zone);
    buffer_fini(&name);
    add_buffer(m, "rulebook.yaml", &out);
}

// The holidays of China are known here for two years; elsewhere, or later, they must be filled in.
static void make_calendars(struct making *m)
{
    bool known = text_same(m->zone, "Asia/Shanghai") && (m->year == 2025 || m->year == 2026);
    struct buffer out;
    char years[32];
    buffer_init(&out);
    if (known)
        snprintf(years, sizeof years, "2025, 2026");
    else
        snprintf(years, sizeof years, "%d", m->year);
    fill(&out, init_calendars, years, "");
    add_buffer(m, "calendars.yaml", &out);
    add_text(m, "holidays.csv", known ? init_holidays : "date,kind,name\n");
}

static void make_rules(struct making *m)
{
    struct buffer out;
    buffer_init(&out);
    fill(&out, init_rules, has_level(m, "street") ? "role:street" : "centre", "");
    add_buffer(m, "rules.yaml", &out);
}

static void make_all(struct making *m)
{
    make_rulebook(m);
    make_calendars(m);
    make_areas(m);
    make_units(m);
    make_principals(m);
    make_rules(m);
    add_text(m, "contacts.csv", init_contacts);
    add_text(m, "roster.csv", init_roster);
    add_text(m, "categories.csv", init_categories);
    add_text(m, "conditions.csv", init_conditions);
    add_text(m, "ladders.yaml", init_ladders);
    add_text(m, "rates.yaml", init_rates);
}

// ---- reading and writing ------------------------------------------------------------------------

static int check_files(struct making *m)
{
    struct rulebook *book;
    int error = rulebook_load_files(m->files, m->count, &book, m->report);
    if (!error)
        error = rulebook_check(book, m->year, m->report);
    rulebook_unref(book);
    return error;
}

int rulebook_init_files(struct arena *arena, const struct rulebook_file *codes, const char *zone, int year,
                        struct rulebook_file **files, size_t *count, struct rulebook_report *report)
{
    struct making m = {.arena = arena, .report = report, .zone = zone ? zone : "Asia/Shanghai", .year = year};
    struct source *source = arena_alloc(arena, sizeof *source);
    m.files = arena_array(arena, INIT_FILES, sizeof *m.files);
    size_t bad = 0;
    int error =
        source && m.files ? source_init(source, arena, codes->name, codes->bytes, &bad) : ERROR_NO_MEMORY;
    if (error == ERROR_BAD_TEXT || error == ERROR_TOO_LARGE) {
        report_file(report, FINDING_ENCODING, codes->name, 0, 0, "byte %zu is neither UTF-8 nor GB18030",
                    bad);
        return ERROR_BAD_RULEBOOK;
    }
    if (error)
        return error;
    if (!table_read(&m.codes, source, columns, CODE_COLUMNS, arena, report) || report->errors)
        return ERROR_BAD_RULEBOOK;
    strmap_init(&m.rows);
    error = index_rows(&m);
    if (!error)
        make_all(&m);
    strmap_fini(&m.rows);
    if (!error)
        error = arena_failed(arena) ? ERROR_NO_MEMORY : check_files(&m);
    *files = m.files;
    *count = m.count;
    return error;
}

static int failed(struct rulebook_report *report, const char *name)
{
    int error = errno == EEXIST ? ERROR_IN_USE : ERROR_IO;
    report_file(report, FINDING_UNREADABLE, name, 0, 0, "cannot be written: %s", strerror(errno));
    return error;
}

static int write_file(int directory, const struct rulebook_file *file, struct rulebook_report *report)
{
    int fd = openat(directory, file->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return failed(report, file->name);
    FILE *stream = fdopen(fd, "w");
    if (!stream) {
        close(fd);
        return failed(report, file->name);
    }
    bool whole = fwrite(file->bytes.bytes, 1, file->bytes.length, stream) == file->bytes.length;
    bool closed = fclose(stream) == 0;
    return whole && closed ? 0 : failed(report, file->name);
}

// Nothing is written where one of the files is there already.
static int write_all(const char *dir, const struct rulebook_file *files, size_t count,
                     struct rulebook_report *report)
{
    if (mkdir(dir, 0755) != 0 && errno != EEXIST)
        return failed(report, dir);
    int directory = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return failed(report, dir);
    int error = 0;
    for (size_t i = 0; i < count && !error; i++)
        if (faccessat(directory, files[i].name, F_OK, 0) == 0) {
            errno = EEXIST;
            error = failed(report, files[i].name);
        }
    for (size_t i = 0; i < count && !error; i++)
        error = write_file(directory, &files[i], report);
    close(directory);
    return error;
}

static int read_codes(struct arena *arena, const char *path, struct rulebook_file *codes,
                      struct rulebook_report *report)
{
    enum { CODES_MAX = 64 * 1024 * 1024 };
    const char *slash = strrchr(path, '/');
    codes->name = slash ? slash + 1 : path;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return failed(report, path);
    struct buffer bytes;
    buffer_init(&bytes);
    char room[16384];
    for (size_t got; bytes.length < CODES_MAX && (got = fread(room, 1, sizeof room, file)) > 0;)
        buffer_append(&bytes, room, got);
    bool whole = !ferror(file) && !bytes.failed;
    fclose(file);
    codes->bytes.length = bytes.length;
    codes->bytes.bytes = arena_memdup(arena, bytes.bytes, bytes.length);
    buffer_fini(&bytes);
    if (!whole)
        return failed(report, path);
    return codes->bytes.bytes ? 0 : ERROR_NO_MEMORY;
}

int rulebook_init(const char *dir, const char *codes, const char *zone, int year,
                  struct rulebook_report *report)
{
    struct arena arena;
    struct rulebook_file table, *files = NULL;
    size_t count = 0;
    arena_init(&arena, 0);
    int error = read_codes(&arena, codes, &table, report);
    if (!error)
        error = rulebook_init_files(&arena, &table, zone, year, &files, &count, report);
    if (!error)
        error = write_all(dir, files, count, report);
    arena_fini(&arena);
    return error;
}
