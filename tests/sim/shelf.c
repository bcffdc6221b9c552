#include "sim.h"

#include "base/error.h"
#include "rulebook/report.h"

#include <stdio.h>
#include <string.h>

// One change of one file; where the file does not hold `old`, nothing changes.
struct patch {
    const char *file, *old, *text;
};

static const struct patch patches[] = {
    {"calendars.yaml", "years: [2025, 2026]", "years: [2025]"},
    {"calendars.yaml", "quiet: 22:00-07:00", "quiet: 20:00-08:30"},
    {"calendars.yaml", "mode: hours", "mode: same-time"},
    {"calendars.yaml", "mode: hours", "mode: end-of-day"},
    {"calendars.yaml", "14:00-18:00]", "13:30-17:30]"},
    {"rulebook.yaml", "accept: 1工作时", "accept: 2工作时"},
    {"rulebook.yaml", "digest_after: 30", "digest_after: 2"},
    {"rulebook.yaml", "arbitrate: 2工作时",
     "arbitrate: 2工作时\n  verify: 1工作日\n  dispatch: 15分钟\n  file: 15分钟"},
    {"conditions.csv", "2紧急工作日", "停工2紧急工作时;拆除2紧急工作日"},
};

static void apply(struct arena *arena, struct rulebook_file *file, const struct patch *patch)
{
    const char *text = arena_strndup(arena, (const char *)file->bytes.bytes, file->bytes.length);
    const char *at = strcmp(file->name, patch->file) == 0 && text ? strstr(text, patch->old) : NULL;
    if (!at)
        return;
    const char *changed =
        arena_printf(arena, "%.*s%s%s", (int)(at - text), text, patch->text, at + strlen(patch->old));
    file->bytes = (struct blob){(const uint8_t *)changed, strlen(changed)};
}

// ---- a smaller city -----------------------------------------------------------------------------

// Rows of communities begin with twelve digits, of which the first nine are the street's. The streets
// themselves all stay, since rules name them.
static bool is_kept(const char *row, uint32_t streets)
{
    enum { STREET_AT = 6, COMMUNITY = 12 };
    unsigned street = 0;
    bool community = strspn(row, "0123456789") >= COMMUNITY && sscanf(row + STREET_AT, "%3u", &street) == 1;
    return !community || street <= streets;
}

static void keep_streets(struct arena *arena, struct rulebook_file *file, uint32_t streets)
{
    const char *text = arena_strndup(arena, (const char *)file->bytes.bytes, file->bytes.length);
    char *kept = arena_alloc(arena, file->bytes.length + 1), *end = kept;
    MUST(text && kept, "no memory");
    for (const char *line = text, *next; *line; line = next) {
        next = line + strcspn(line, "\n");
        next += *next == '\n';
        if (!is_kept(line, streets))
            continue;
        memcpy(end, line, (size_t)(next - line));
        end += next - line;
    }
    file->bytes = (struct blob){(const uint8_t *)kept, (size_t)(end - kept)};
}

// ---- loading ------------------------------------------------------------------------------------

static struct rulebook *load(struct rulebook_file *files, size_t count)
{
    struct rulebook_report report;
    struct rulebook *book = NULL;
    rulebook_report_init(&report);
    int rc = rulebook_load_files(files, count, &book, &report);
    MUST(rc == 0, "a changed rulebook: %s", error_name(rc));
    rulebook_report_fini(&report);
    return book;
}

static struct rulebook *changed(const struct shelf *shelf, const struct rulebook *from, unsigned variant)
{
    struct arena arena;
    size_t count;
    struct dice dice = {variant * UINT64_C(0x9e3779b97f4a7c15)};
    const struct rulebook_file *files = rulebook_files(from, &count);
    arena_init(&arena, 0);
    struct rulebook_file *copies = arena_memdup(&arena, files, count * sizeof *files);
    MUST(copies != NULL, "no memory");
    for (size_t j = 0; !variant && j < count; j++)
        keep_streets(&arena, &copies[j], shelf->streets);
    for (size_t i = 0; variant && i < sizeof patches / sizeof *patches; i++)
        for (size_t j = dice_below(&dice, 100) < 30 ? 0 : count; j < count; j++)
            apply(&arena, &copies[j], &patches[i]);
    struct rulebook *book = load(copies, count);
    arena_fini(&arena);
    return book;
}

void shelf_init(struct shelf *shelf, const char *directory, uint32_t streets)
{
    struct rulebook_report report;
    *shelf = (struct shelf){.directory = directory, .streets = streets};
    rulebook_report_init(&report);
    int rc = rulebook_load(directory, &shelf->variants[0], &report);
    MUST(rc == 0, "%s: %s", directory, error_name(rc));
    rulebook_report_fini(&report);
    if (!streets)
        return;
    struct rulebook *whole = shelf->variants[0];
    shelf->variants[0] = changed(shelf, whole, 0);
    rulebook_unref(whole);
}

void shelf_fini(struct shelf *shelf)
{
    for (int i = 0; i < SHELF_BOOKS; i++)
        rulebook_unref(shelf->variants[i]);
}

struct rulebook *shelf_get(struct shelf *shelf, unsigned variant)
{
    if (!shelf->variants[variant])
        shelf->variants[variant] = changed(shelf, shelf->variants[0], variant);
    return rulebook_ref(shelf->variants[variant]);
}
