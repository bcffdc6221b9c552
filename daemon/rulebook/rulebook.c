#include "rulebook/rulebook.h"

#include "base/error.h"
#include "base/text.h"
#include "rulebook/atlas.h"
#include "rulebook/datum.h"
#include "rulebook/finder.h"
#include "rulebook/loader.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static void digest_part(crypto_generichash_state *state, const void *bytes, size_t length)
{
    uint8_t size[8];
    for (int i = 0; i < 8; i++)
        size[i] = (uint8_t)((uint64_t)length >> 8 * i);
    crypto_generichash_update(state, size, sizeof size);
    crypto_generichash_update(state, bytes, length);
}

// Over each file in the order of names: length and bytes of the name, length and bytes of the content. Not
// over private ones: from the digest nobody shall learn, by trying, who a member is, and it must be the same
// without them.
static void make_digest(struct rulebook *book)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, DIGEST_BYTES);
    for (size_t i = 0; i < book->source_count; i++) {
        if (source_is_private(book->files[i].name))
            continue;
        digest_part(&state, book->files[i].name, strlen(book->files[i].name));
        digest_part(&state, book->files[i].bytes.bytes, book->files[i].bytes.length);
    }
    crypto_generichash_final(&state, book->rules.digest, DIGEST_BYTES);
}

static int compare_files(const void *left, const void *right)
{
    return strcmp(((const struct rulebook_file *)left)->name, ((const struct rulebook_file *)right)->name);
}

static int keep_files(struct rulebook *book, const struct rulebook_file *files, size_t count)
{
    book->files = arena_array(&book->arena, count + 1, sizeof *book->files);
    book->sources = arena_array(&book->arena, count + 1, sizeof *book->sources);
    if (!book->files || !book->sources)
        return ERROR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        struct rulebook_file *file = &book->files[i];
        file->name = arena_strdup(&book->arena, files[i].name);
        file->bytes.length = files[i].bytes.length;
        file->bytes.bytes = arena_memdup(&book->arena, files[i].bytes.bytes, files[i].bytes.length);
        if (!file->name || !file->bytes.bytes)
            return ERROR_NO_MEMORY;
    }
    book->source_count = count;
    if (count)
        qsort(book->files, count, sizeof *book->files, compare_files);
    return 0;
}

// Where the bytes go wrong; the column counts bytes, since they are no characters.
static void report_encoding(struct rulebook_report *report, const struct source *source, size_t bad)
{
    uint32_t line = 1;
    uint32_t column = 1;
    for (size_t i = 0; i < bad; i++) {
        bool end = source->raw.bytes[i] == '\n';
        line += end;
        column = end ? 1 : column + 1;
    }
    report_file(report, FINDING_ENCODING, source->name, line, column,
                "byte %zu is neither UTF-8 nor GB18030; save the file as UTF-8", bad);
}

static int open_source(struct rulebook *book, size_t index, struct rulebook_report *report)
{
    struct source *source = &book->sources[index];
    const struct rulebook_file *file = &book->files[index];
    size_t bad = 0;
    int error = source_init(source, &book->arena, file->name, file->bytes, &bad);
    if (error == ERROR_NO_MEMORY)
        return error;
    if (error) {
        report_encoding(report, source, bad);
        source->text = NULL;
        source->used = true;
    } else if (source->from_gb18030) {
        report_file(report, FINDING_GB18030, file->name, 0, 0, "read as GB18030, since it is not UTF-8");
    }
    return 0;
}

// A file that a faulty one would have named is not unused.
static void report_unused(const struct rulebook *book, struct rulebook_report *report)
{
    for (size_t i = 0; i < book->source_count; i++)
        if (!book->sources[i].used && !report->errors)
            report_file(report, FINDING_UNUSED_FILE, book->sources[i].name, 0, 0,
                        "nothing in the rulebook refers to this file");
}

static int load_outlines(struct loader *loader)
{
    const struct source *source = loader_source(loader, "areas.geojson");
    return source ? atlas_create(&loader->book->atlas, source, &loader->rules->areas, loader->report) : 0;
}

// The order is that of references: zone, calendars, areas, units, what names units, and the defaults that
// name all.
static int load_all(struct loader *loader)
{
    static void (*const steps[])(struct loader *) = {
        load_city,       load_calendars, load_areas, load_units,      load_contacts, load_members,
        load_categories, load_ladders,   load_rules, load_principals, load_defaults, load_rates,
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !arena_failed(loader->arena); i++)
        steps[i](loader);
    int error = arena_failed(loader->arena) ? ERROR_NO_MEMORY : load_outlines(loader);
    if (!error)
        error = rules_finish(loader->rules, loader->arena);
    return error;
}

static int compile(struct rulebook *book, struct rulebook_report *report)
{
    struct loader loader = {.book = book, .rules = &book->rules, .arena = &book->arena, .report = report};
    strmap_init(&loader.ladders);
    strmap_init(&loader.calendars);
    strmap_init(&loader.dropped);
    strmap_init(&loader.pools.by_name);
    int error = 0;
    for (size_t i = 0; i < book->source_count && !error; i++)
        error = open_source(book, i, report);
    if (!error && !loader_source(&loader, "rulebook.yaml"))
        report_file(report, FINDING_MISSING_FILE, "rulebook.yaml", 0, 0,
                    "the rulebook has no file rulebook.yaml");
    else if (!error)
        error = load_all(&loader);
    strmap_fini(&loader.ladders);
    strmap_fini(&loader.calendars);
    strmap_fini(&loader.dropped);
    strmap_fini(&loader.pools.by_name);
    return error;
}

static struct rulebook *create(size_t max_bytes)
{
    struct rulebook *book = calloc(1, sizeof *book);
    if (!book)
        return NULL;
    atomic_init(&book->users, 1);
    arena_init(&book->arena, max_bytes);
    book->rules.default_owner = UNIT_NONE;
    book->rules.desk = UNIT_NONE;
    return book;
}

int rulebook_load_within(size_t max_bytes, const struct rulebook_file *files, size_t count,
                         struct rulebook **out, struct rulebook_report *report)
{
    *out = NULL;
    struct rulebook *book = create(max_bytes);
    if (!book)
        return ERROR_NO_MEMORY;
    int error = keep_files(book, files, count);
    if (!error) {
        make_digest(book);
        error = compile(book, report);
    }
    if (!error) {
        report_unused(book, report);
        rulebook_report_sort(report);
        error = report->errors ? ERROR_BAD_RULEBOOK : 0;
    }
    if (error)
        rulebook_unref(book);
    else
        *out = book;
    return error;
}

int rulebook_load_files(const struct rulebook_file *files, size_t count, struct rulebook **out,
                        struct rulebook_report *report)
{
    return rulebook_load_within(0, files, count, out, report);
}

struct rulebook *rulebook_ref(struct rulebook *book)
{
    atomic_fetch_add_explicit(&book->users, 1, memory_order_relaxed);
    return book;
}

void rulebook_unref(struct rulebook *book)
{
    if (!book || atomic_fetch_sub_explicit(&book->users, 1, memory_order_acq_rel) != 1)
        return;
    atlas_destroy(book->atlas);
    finder_destroy(book->finder);
    rules_fini(&book->rules);
    arena_fini(&book->arena);
    free(book);
}

const struct rules *rulebook_rules(const struct rulebook *book)
{
    return &book->rules;
}

const struct rulebook_file *rulebook_files(const struct rulebook *book, size_t *count)
{
    *count = book->source_count;
    return book->files;
}

static const struct member_person *person_of(const struct rulebook *book, const char *code)
{
    const struct member *member = member_find(&book->rules.members, code);
    return member && book->persons ? &book->persons[member - book->rules.members.members] : NULL;
}

const char *rulebook_member_name(const struct rulebook *book, const char *code)
{
    const struct member_person *person = person_of(book, code);
    return person ? person->name : NULL;
}

const char *rulebook_member_phone(const struct rulebook *book, const char *code)
{
    const struct member_person *person = person_of(book, code);
    return person ? person->phone : NULL;
}

uint32_t rulebook_place(const struct rulebook *book, double latitude, double longitude, enum datum datum)
{
    datum_to_wgs84(datum, &latitude, &longitude);
    return atlas_place(book->atlas, &book->rules.areas, latitude, longitude);
}

int rulebook_flags(const struct rulebook *book, struct arena *arena, const char *const *texts,
                   size_t text_count, const char ***flags, uint32_t *flag_count)
{
    uint32_t known = finder_count(book->finder);
    bool *found = arena_array(arena, (size_t)known + 1, sizeof *found);
    *flags = arena_array(arena, (size_t)known + 1, sizeof **flags);
    *flag_count = 0;
    int error = found && *flags ? 0 : ERROR_NO_MEMORY;
    for (size_t i = 0; i < text_count && !error; i++)
        error = finder_search(book->finder, text_or_empty(texts[i]), found);
    for (uint32_t i = 0; i < known && !error; i++)
        if (found[i])
            (*flags)[(*flag_count)++] = finder_flag(book->finder, i);
    return error;
}
