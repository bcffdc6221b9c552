#include "depth.h"

#include "base/civil.h"
#include "base/error.h"
#include "rulebook/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

static const int64_t BEGIN_MS = INT64_C(1770940800000); // 2026-02-13 08:00 in Shanghai
static const int64_t FILL_MS = 10 * DAY_MS;             // no clock of tests/bench/rules ends so soon

static struct work_list works = TAILQ_HEAD_INITIALIZER(works);
static char made[64];

// ---- requests -----------------------------------------------------------------------------------

static void fill_random(struct depth *d, uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)depth_below(d, 256);
}

static struct work *request(struct depth *d, enum command_kind kind)
{
    uint8_t random[10];
    struct work *work = work_create(WORK_COMMAND, 1 << 20);
    MUST(work != NULL, "no memory");
    snprintf(work->principal, sizeof work->principal, "centre");
    fill_random(d, random, sizeof random);
    work->id = ulid_make(d->now_ms, random);
    fill_random(d, work->operation_hash, sizeof work->operation_hash);
    work->received_ms = work->sent_ms = d->now_ms;
    work->command = (struct command){
        .kind = kind, .located = AREA_NONE, .actor = {.principal = work->principal, .agent_name = "周敏"}};
    return work;
}

static const char *some_area(struct depth *d)
{
    const struct area_tree *tree = &rulebook_rules(d->batcher.book)->areas;
    return tree->areas[depth_below(d, tree->count)].code;
}

// Appointed for any time of the two weeks behind the filling, so that the order of the due times is another
// one than that of the filing.
static struct work *whistle(struct depth *d, uint64_t number)
{
    struct work *work = request(d, COMMAND_SUBMIT);
    struct whistle *whistle = arena_alloc(&work->arena, sizeof *whistle);
    MUST(whistle != NULL, "no memory");
    whistle->kind = KIND_ISSUE;
    whistle->category = "0102";
    whistle->area = some_area(d);
    whistle->appointed_ms = BEGIN_MS + FILL_MS + (int64_t)depth_below(d, (uint64_t)(14 * DAY_MS));
    whistle->title = arena_printf(&work->arena, "%s %llu 号楼前暴露垃圾",
                                  number % DEPTH_RARE == DEPTH_RARE / 2 ? DEPTH_WORD : "Elster",
                                  (unsigned long long)number);
    work->command.whistle = whistle;
    return work;
}

void depth_remark(struct depth *d, const char *number)
{
    struct work *work = request(d, COMMAND_ACT);
    work->command.act = (struct act){.verb = VERB_COMMENT, .number = arena_strdup(&work->arena, number)};
    work->private_part = (struct blob){arena_memdup(&work->arena, "private", 7), 7};
    work->command.personal = PERSONAL_TEXT;
    TAILQ_INSERT_TAIL(&works, work, entry);
}

// ---- batches ------------------------------------------------------------------------------------

void depth_commit(struct depth *d)
{
    struct work_list left = TAILQ_HEAD_INITIALIZER(left);
    struct batch_result result;
    batch_result_init(&result);
    int rc = batch_run(&d->batcher, &works, &left, d->now_ms, d->now_ms, &result);
    MUST(rc == 0 && TAILQ_EMPTY(&left), "a batch failed: %s", error_name(rc));
    for (struct work *work; (work = TAILQ_FIRST(&works));) {
        TAILQ_REMOVE(&works, work, entry);
        MUST(work->code == 0, "refused: %s", error_name(work->code));
        work_destroy(work);
    }
    batch_result_fini(&result);
}

static void load_rules(struct depth *d)
{
    struct rulebook_report report;
    rulebook_report_init(&report);
    int rc = rulebook_load(DEPTH_RULES, &d->batcher.book, &report);
    MUST(rc == 0, "%s: %s", DEPTH_RULES, error_name(rc));
    rulebook_report_fini(&report);
    struct work *work = work_create(WORK_RULES, 1 << 16);
    MUST(work != NULL, "no memory");
    work->book = rulebook_ref(d->batcher.book);
    TAILQ_INSERT_TAIL(&works, work, entry);
    depth_commit(d);
}

static uint64_t cases_there(struct depth *d)
{
    struct arena arena;
    struct store_reader reader;
    struct db_cursor cursor;
    uint64_t count = 0;
    arena_init(&arena, 0);
    store_read_begin(d->batcher.store, &arena, &reader);
    db_cursor_open(&cursor, &reader.txn, DB_CASES);
    for (bool found = db_cursor_seek(&cursor, "", 1); found; found = db_cursor_next(&cursor))
        count++;
    db_cursor_close(&cursor);
    store_read_end(&reader);
    arena_fini(&arena);
    return count;
}

static void fill(struct depth *d)
{
    double start = depth_clock_ms();
    uint64_t there = cases_there(d);
    for (uint64_t i = there; i < d->cases; i++) {
        d->now_ms = BEGIN_MS + (int64_t)((double)i / (double)d->cases * (double)FILL_MS);
        struct work *work = whistle(d, i);
        TAILQ_INSERT_TAIL(&works, work, entry);
        if ((i + 1) % BATCH_MAX_WORKS == 0 || i + 1 == d->cases)
            depth_commit(d);
    }
    double seconds = (depth_clock_ms() - start) / 1e3;
    struct store_status status;
    store_status(d->batcher.store, &status);
    d->now_ms = BEGIN_MS + FILL_MS;
    printf("%llu cases (%llu new ones in %.1f s), state %.0f MB\n\n", (unsigned long long)d->cases,
           (unsigned long long)(d->cases > there ? d->cases - there : 0), seconds,
           (double)status.state_bytes / 1e6);
    if (there > d->cases)
        d->cases = there;
}

void depth_open(struct depth *d)
{
    struct store_error error = {0};
    d->keeps = d->directory != NULL;
    if (!d->keeps) {
        const char *parent = getenv("TMPDIR");
        snprintf(made, sizeof made, "%s/whistled-depth-XXXXXX", parent ? parent : "/tmp");
        MUST((d->directory = mkdtemp(made)) != NULL, "no directory %s", made);
    } else {
        mkdir(d->directory, 0700);
    }
    struct store_options options = {.directory = d->directory, .boot_id = {1}, .journal_id = {7}};
    d->now_ms = BEGIN_MS;
    int rc = store_open(&options, &d->batcher.store, NULL, &error);
    MUST(rc == 0, "%s: %s", d->directory, error.text);
    load_rules(d);
    fill(d);
}

void depth_close(struct depth *d)
{
    char command[128];
    store_close(d->batcher.store);
    rulebook_unref(d->batcher.book);
    if (d->keeps)
        return;
    snprintf(command, sizeof command, "rm -rf '%s'", made);
    MUST(system(command) == 0, "%s stays", made);
}
