#include "store/check.h"

#include "base/error.h"
#include "core/case.h"
#include "store/replay.h"

#include <string.h>

struct check {
    const struct check_options *options;
    struct check_report *report;
    struct store_error *error;
    struct db state;
    struct db fresh;
    struct journal *journal;
    enum check_stage stage;
};

bool check_stage_is_of_the_state(enum check_stage stage)
{
    return stage == CHECK_OPENING || stage == CHECK_COMPARING || stage == CHECK_COUNTING;
}

const char *check_stage_name(enum check_stage stage)
{
    static const char *const names[] = {
#define X(id, text) text,
        CHECK_STAGES(X)
#undef X
    };
    return names[stage];
}

static void begin(struct check *check, enum check_stage stage)
{
    check->stage = stage;
    check->options->stage(check->options->context, stage);
}

// ---- the two states -----------------------------------------------------------------------------

static int open_state(struct check *check)
{
    begin(check, CHECK_OPENING);
    int rc = db_open_to_read(&check->state, check->options->state, check->error);
    if (rc)
        return rc == ERROR_NOT_FOUND ? ERROR_CORRUPT : rc; // a table that is not there
    if (replay_stands_at(&check->state, &check->report->stands) == 0)
        return 0;
    return store_error_set(check->error, ERROR_CORRUPT, "state: meta position is missing or damaged");
}

// As far as the state says that it has come.
static int open_journal(struct check *check)
{
    const struct state_position *stands = &check->report->stands;
    struct journal_options options = {
        .directory = check->options->directory, .read_only = true, .upto = &stands->at};
    begin(check, CHECK_JOURNAL);
    int rc = journal_open(&options, &check->journal, NULL, check->error);
    if (!rc && memcmp(stands->journal_id, journal_id(check->journal), JOURNAL_ID) != 0)
        rc = store_error_set(check->error, ERROR_CORRUPT, "state: it is of another journal");
    return rc ? rc : journal_verify(check->journal, &check->report->journal, check->error);
}

static int build_second(struct check *check)
{
    struct replay replay = {.journal = check->journal, .db = &check->fresh};
    begin(check, CHECK_REBUILDING);
    int rc = db_open(&check->fresh, check->options->scratch, 0, check->error);
    rc = rc ? rc : replay_run(&replay, check->error);
    check->report->events = replay.replayed;
    return rc;
}

static int compare(struct check *check)
{
    const struct check_options *o = check->options;
    begin(check, CHECK_COMPARING);
    int rc = compare_states(&check->state, &check->fresh, o->found, o->context, &check->report->compared);
    if (!rc && !db_free_list_is_sound(&check->state))
        rc = store_error_set(check->error, ERROR_CORRUPT, "state: the list of its free pages is damaged");
    return rc;
}

// ---- due ----------------------------------------------------------------------------------------

struct tally {
    struct db_txn txn;
    struct arena arena;
    struct check *check;
};

static void tell(struct tally *tally, enum difference_kind kind, const struct due *due)
{
    struct key key = state_due_key(due);
    struct difference difference = {.table = DB_DUE, .kind = kind, .key = {key.bytes, key.length}};
    tally->check->report->compared.differences++;
    (void)tally->check->options->found(tally->check->options->context, &difference);
}

static void expect(struct tally *tally, int64_t at_ms, enum due_kind kind, uint64_t id)
{
    struct due due = {at_ms, kind, id};
    if (!state_has_due(&tally->txn, &due))
        tell(tally, DIFFERENCE_MISSING, &due);
}

// Each open case that waits for a time has its entry, and so has each digest.
static void expect_case(struct tally *tally, struct blob key)
{
    const struct casefile *file = state_get_case(&tally->txn, &tally->arena, key_get_u64(key, 0));
    if (file && case_is_open(file->state) && file->next_due_ms)
        expect(tally, file->next_due_ms, DUE_CASE, file->id);
}

static void expect_digest(struct tally *tally, struct blob key)
{
    struct notice_count counts;
    uint32_t number = key_get_u32(key, 0);
    state_get_notices(&tally->txn, number, &counts);
    if (counts.digest_ms)
        expect(tally, counts.digest_ms, DUE_DIGEST, number);
}

// And each entry is one of these.
static void justify(struct tally *tally, struct blob key)
{
    struct due due = state_read_due(key);
    struct notice_count counts = {0};
    const struct casefile *file = NULL;
    if (due.kind == DUE_CASE)
        file = state_get_case(&tally->txn, &tally->arena, due.id);
    else
        state_get_notices(&tally->txn, (uint32_t)due.id, &counts);
    bool good = file ? case_is_open(file->state) && file->next_due_ms == due.at_ms
                     : due.kind == DUE_DIGEST && counts.digest_ms == due.at_ms;
    tally->check->report->due++;
    if (!good)
        tell(tally, DIFFERENCE_TOO_MUCH, &due);
}

static void walk(struct tally *tally, enum db_table table, void (*each)(struct tally *, struct blob key))
{
    struct db_cursor cursor;
    db_cursor_open(&cursor, &tally->txn, table);
    for (bool more = db_cursor_seek(&cursor, "", 0); more; more = db_cursor_next(&cursor)) {
        each(tally, cursor.key);
        arena_fini(&tally->arena);
    }
    db_cursor_close(&cursor);
}

// A state that equals the second one is walked; both may have been built wrong.
static int count_due(struct check *check)
{
    struct tally tally = {.check = check};
    begin(check, CHECK_COUNTING);
    arena_init(&tally.arena, 0);
    db_begin(&check->state, false, &tally.txn);
    walk(&tally, DB_CASES, expect_case);
    walk(&tally, DB_NOTICES, expect_digest);
    walk(&tally, DB_DUE, justify);
    int rc = tally.txn.error;
    db_abort(&tally.txn);
    arena_fini(&tally.arena);
    return rc;
}

// Only what was met in the state itself speaks against it.
static bool is_of_the_state(const struct check *check, int rc)
{
    bool damage = rc == ERROR_CORRUPT || rc == ERROR_STORE_VERSION;
    return check->report->compared.differences || (damage && check_stage_is_of_the_state(check->stage));
}

int check_state(const struct check_options *options, struct check_report *report, struct store_error *error)
{
    struct check check = {.options = options, .report = report, .error = error};
    *report = (struct check_report){0};
    *error = (struct store_error){0};
    int rc = open_state(&check);
    rc = rc ? rc : open_journal(&check);
    rc = rc ? rc : build_second(&check);
    rc = rc ? rc : compare(&check);
    if (!rc && !report->compared.differences)
        rc = count_due(&check);
    if (rc && !error->code)
        store_error_set(error, rc, "%s: %s", check_stage_name(check.stage), error_name(rc));
    report->state_is_bad = is_of_the_state(&check, rc);
    journal_close(check.journal);
    db_close(&check.state);
    db_close(&check.fresh);
    return rc;
}
