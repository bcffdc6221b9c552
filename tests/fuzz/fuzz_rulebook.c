// layer: rulebook
// A rulebook that somebody wrote. The bytes change a small one: another text for one of its files, a piece of
// it, or a file of outlines beside it. What loads can be checked, looked up and printed, and its digest says
// the same twice; what does not says where and why.
#include "input.h"

#include "base/error.h"
#include "core/span.h"
#include "rulebook/check.h"
#include "rulebook/rulebook.h"

#include <dirent.h>

enum { FILES = 24, FILE_BYTES = 1 << 14, CHANGES = 4, PATH = 512 };

static const int64_t now_ms = INT64_C(1770940800000); // 2026-02-13

struct book {
    struct rulebook_file files[FILES];
    uint8_t *owned[FILES]; // what was changed
    size_t count;
};

static void read_file(struct rulebook_file *file, const char *folder, const char *name)
{
    char path[PATH];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *stream = fopen(path, "rb");
    uint8_t *bytes = malloc(FILE_BYTES);
    MUST(stream && bytes);
    *file = (struct rulebook_file){strdup(name), {bytes, fread(bytes, 1, FILE_BYTES, stream)}};
    fclose(stream);
}

// As it stands in the repository, read once; with the sample city's figures, and an outline of its first
// area.
static const struct book *good_book(void)
{
    static const char outline[] =
        "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"code\":\"1\"},"
        "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[113,30],[114,30],[114,31],[113,31],[113,30]]]}"
        "}]}";
    static struct book book;
    struct dirent **entries;
    if (book.count)
        return &book;
    int found = scandir(FUZZ_ROOT "/tests/rulebooks/good", &entries, NULL, alphasort);
    MUST(found > 2);
    for (int i = 0; i < found; i++) {
        if (entries[i]->d_name[0] != '.')
            read_file(&book.files[book.count++], FUZZ_ROOT "/tests/rulebooks/good", entries[i]->d_name);
        MUST(book.count < FILES - 2);
        free(entries[i]);
    }
    free(entries);
    book.files[book.count++] =
        (struct rulebook_file){"areas.geojson", {(const uint8_t *)outline, sizeof outline - 1}};
    return &book;
}

static void put(struct book *book, size_t which, struct blob a, struct blob b, struct blob c)
{
    uint8_t *made = malloc(a.length + b.length + c.length + 1);
    MUST(made);
    memcpy(made, a.bytes, a.length);
    if (b.length)
        memcpy(made + a.length, b.bytes, b.length);
    if (c.length)
        memcpy(made + a.length + b.length, c.bytes, c.length);
    free(book->owned[which]);
    book->owned[which] = made;
    book->files[which].bytes = (struct blob){made, a.length + b.length + c.length};
}

// A piece of a file is another one, or all of it is; or it is not there.
static void change(struct book *book, struct input *in)
{
    size_t which = take_byte(in) % book->count;
    uint8_t how = take_byte(in);
    struct blob old = book->files[which].bytes;
    size_t from = (size_t)take_number(in, 2) % (old.length + 1);
    size_t gone = take_byte(in), behind = from + gone < old.length ? from + gone : old.length;
    struct blob run = take_run(in);
    const struct blob none = {old.bytes, 0};
    if (how % 8 == 0)
        book->files[which].name = "passed.over";
    else if (how % 8 == 1)
        put(book, which, none, run, (struct blob){NULL, 0});
    else
        put(book, which, (struct blob){old.bytes, from}, run,
            (struct blob){old.bytes + behind, old.length - behind});
}

static void can_be_told(const struct rulebook_report *report)
{
    struct buffer text, json;
    buffer_init(&text);
    buffer_init(&json);
    for (size_t i = 0; i < report->count; i++)
        MUST(report->items[i].file && *report->items[i].sentence);
    rulebook_report_text(report, &text);
    MUST(rulebook_report_json(report, &json) && !text.failed);
    buffer_fini(&text);
    buffer_fini(&json);
}

static void can_be_used(struct rulebook *book, struct rulebook_report *report)
{
    const struct rules *rules = rulebook_rules(book);
    const char *const texts[] = {"煤气味很大", NULL};
    const char **flags;
    uint32_t flag_count;
    struct arena arena;
    struct walk walk = {0};
    int64_t end_ms;
    arena_init(&arena, 16 << 20);
    (void)!rulebook_flags(book, &arena, texts, 2, &flags, &flag_count);
    (void)rulebook_place(book, 30.5, 113.5, DATUM_WGS84);
    if (span_end(rules_calendar(rules, NULL), rules->limits.of[STAGE_RESOLVE], now_ms, &end_ms, &walk) == 0)
        MUST(end_ms >= now_ms);
    (void)!rulebook_check(book, 2026, report);
    arena_fini(&arena);
}

static int load(const struct book *book, uint8_t digest[DIGEST_BYTES])
{
    struct rulebook *loaded = NULL;
    struct rulebook_report report;
    rulebook_report_init(&report);
    int rc = rulebook_load_files(book->files, book->count, &loaded, &report);
    MUST((rc == 0) == (loaded != NULL) && (rc == 0 || rc == ERROR_BAD_RULEBOOK));
    MUST((rc != 0) == (report.errors != 0));
    if (loaded) {
        memcpy(digest, rulebook_rules(loaded)->digest, DIGEST_BYTES);
        can_be_used(loaded, &report);
    }
    can_be_told(&report);
    rulebook_report_fini(&report);
    rulebook_unref(loaded);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct input in = {bytes, length};
    struct book book = *good_book();
    uint8_t once[DIGEST_BYTES], twice[DIGEST_BYTES];
    for (int i = 0; i < CHANGES && in.left; i++)
        change(&book, &in);
    if (load(&book, once) == 0)
        MUST(load(&book, twice) == 0 && memcmp(once, twice, sizeof once) == 0);
    for (size_t i = 0; i < book.count; i++)
        free(book.owned[i]);
    return 0;
}
