#include "sim.h"

#include "base/text.h"
#include "store/key.h"
#include "store/books.h"
#include "store_dump.h"

#include <stdio.h>
#include <sys/stat.h>

// ---- what the journal says ----------------------------------------------------------------------

struct count {
    struct sim *sim;
    struct store_reader reader;
    struct arena arena; // of one record
    uint64_t next_seq;
    size_t feeds, histories, filed, rung_count, rulings;
    size_t cases, near; // that the tables hold
    uint64_t held, digested,
        waiting; // notices that only counted for a digest; that digests told of, and will
};

static void check_feeds(struct count *count, const struct event *event)
{
    for (size_t i = 0; i < event->recipient_count; i++) {
        struct key key = {.length = 0};
        count->held += event->recipients[i].digested;
        if (event->recipients[i].digested)
            continue;
        key_u32(&key, state_find_name(&count->reader.txn, event->recipients[i].code));
        key_u64(&key, event->seq);
        struct blob entry = db_get(&count->reader.txn, DB_FEEDS, key.bytes, key.length);
        MUST(entry.length >= 1 && entry.bytes[0] == event->recipients[i].why,
             "seq %llu is not in the feed of %s", (unsigned long long)event->seq, event->recipients[i].code);
        count->feeds++;
    }
}

static void count_event(struct count *count, const struct event *event)
{
    MUST(event->seq == count->next_seq, "seq %llu stands where %llu should", (unsigned long long)event->seq,
         (unsigned long long)count->next_seq);
    count->next_seq++;
    count->histories += event->case_id != 0;
    count->filed += event->kind == EVENT_FILED;
    count->rulings += event->ruling != 0;
    count->rung_count += event->kind == EVENT_RUNG;
    if (event->kind == EVENT_DIGEST)
        count->digested += event->tries;
    check_feeds(count, event);
}

static void walk_journal(struct count *count)
{
    struct journal *journal = store_journal(count->sim->batcher.store);
    struct journal_position first;
    struct journal_cursor cursor;
    struct journal_record record;
    MUST(journal_first(journal, &first, NULL) == 0, "the journal has no beginning");
    count->next_seq = first.next_seq;
    journal_cursor_init(&cursor, journal, &first);
    while (journal_cursor_next(&cursor, &record, NULL) == 0) {
        struct record_facts facts;
        MUST(facts_decode(&count->arena, record.body.public_part, record.body.private_part, &facts) == 0,
             "a record cannot be read");
        for (size_t i = 0; i < facts.event_count; i++)
            count_event(count, &facts.events[i]);
        arena_fini(&count->arena);
    }
    journal_cursor_fini(&cursor);
    struct journal_report report;
    struct store_error error = {0};
    MUST(journal_verify(journal, &report, &error) == 0, "the chain: %s", error.text);
    MUST(report.seqs == count->next_seq - first.next_seq, "the chain holds another number of events");
}

// ---- what the tables say ------------------------------------------------------------------------

static size_t rows(struct count *count, enum db_table table)
{
    struct db_cursor cursor;
    size_t found = 0;
    db_cursor_open(&cursor, &count->reader.txn, table);
    for (bool more = db_cursor_seek(&cursor, "", 0); more; more = db_cursor_next(&cursor))
        found++;
    db_cursor_close(&cursor);
    return found;
}

static void check_case(struct count *count, const struct casefile *file, size_t *due)
{
    const char *broken = case_check(file);
    MUST(!broken, "case %s: %s", file->number, broken ? broken : "");
    for (size_t i = 0; i < file->clock_count && count->sim->over; i++)
        MUST(clock_next_rung(&file->clocks[i]) > count->sim->now_ms, "case %s: a rung was skipped",
             file->number);
    if (!file->history)
        count->near += file->whistle->position ? 2 : 1;
    MUST(!file->erased || !file->whistle->position, "case %s: its place is not erased", file->number);
    if (!case_is_open(file->state) || !file->next_due_ms)
        return;
    struct key key = {.length = 0};
    key_time(&key, file->next_due_ms);
    key_u8(&key, 0);
    key_u64(&key, file->id);
    MUST(db_get(&count->reader.txn, DB_DUE, key.bytes, key.length).bytes != NULL, "case %s is not in due",
         file->number);
    ++*due;
}

// How many digests wait.
static size_t count_digests(struct count *count)
{
    struct db_cursor cursor;
    size_t waiting = 0;
    db_cursor_open(&cursor, &count->reader.txn, DB_NOTICES);
    for (bool more = db_cursor_seek(&cursor, "", 0); more; more = db_cursor_next(&cursor)) {
        struct notice_count counts;
        state_get_notices(&count->reader.txn, key_get_u32(cursor.key, 0), &counts);
        count->waiting += counts.held;
        waiting += counts.held > 0;
    }
    db_cursor_close(&cursor);
    return waiting;
}

static void walk_cases(struct count *count)
{
    struct db_cursor cursor;
    size_t due = 0;
    db_cursor_open(&cursor, &count->reader.txn, DB_CASES);
    for (bool more = db_cursor_seek(&cursor, "", 0); more; more = db_cursor_next(&cursor)) {
        const struct casefile *file =
            state_get_case(&count->reader.txn, &count->arena, key_get_u64(cursor.key, 0));
        MUST(file != NULL, "a case cannot be read");
        check_case(count, file, &due);
        arena_fini(&count->arena);
        count->cases++;
    }
    db_cursor_close(&cursor);
    due += count_digests(count);
    MUST(rows(count, DB_DUE) == due, "due holds %zu entries, %zu cases and digests wait", rows(count, DB_DUE),
         due);
}

// Every notice that was held back was told of in a digest or waits for one.
static void check_counts(struct count *count)
{
    uint64_t told = count->digested + count->waiting;
    MUST(count->cases == count->filed, "%zu cases, %zu filed", count->cases, count->filed);
    MUST(told == count->held, "%llu notices were held back, digests tell of %llu",
         (unsigned long long)count->held, (unsigned long long)told);
}

static size_t facts(struct count *count, enum fact_kind kind)
{
    struct books_walk walk;
    struct booked fact;
    size_t found = 0;
    books_open(&walk, &count->reader.txn, kind, INT64_MIN, INT64_MAX, NULL);
    while (books_next(&walk, &fact))
        found++;
    books_close(&walk);
    return found;
}

static void check_books(struct count *count)
{
    size_t filed = facts(count, FACT_FILED), rungs = facts(count, FACT_RUNG);
    MUST(filed == count->filed && rungs == count->rung_count, "the books have %zu whistles and %zu rungs",
         filed, rungs);
}

static void check_answers(struct count *count)
{
    for (size_t i = 0; i < count->sim->number_count; i++)
        MUST(state_number_case(&count->reader.txn, count->sim->numbers[i]) != 0,
             "%s was answered and is lost", count->sim->numbers[i]);
}

static void copy_folder(const struct sim *sim, const char *name, const char *target)
{
    char from[SIM_PATH + 32], to[SIM_PATH + 32];
    snprintf(from, sizeof from, "%s/%s", sim->directory, name);
    snprintf(to, sizeof to, "%s/%s", target, name);
    files_copy(from, to);
}

// The state once more, from the first event, in a directory that never had one.
static void rebuild(struct sim *sim)
{
    char fresh[SIM_PATH + 16];
    struct store_dump here, there;
    struct store_recovery recovery;
    struct store_error error = {0};
    struct store *store;
    snprintf(fresh, sizeof fresh, "%s.fresh", sim->directory);
    MUST(mkdir(fresh, 0700) == 0, "no directory %s", fresh);
    copy_folder(sim, "journal", fresh);
    copy_folder(sim, "archive", fresh);
    struct store_options options = {.directory = fresh, .segment_bytes = 1 << 16, .boot_id = {99}};
    MUST(store_open(&options, &store, &recovery, &error) == 0, "rebuild: %s", error.text);
    MUST(recovery.way == STORE_REBUILT, "rebuild: %s", store_way_name(recovery.way));
    MUST(store_dump(sim->batcher.store, &here) && store_dump(store, &there), "the states cannot be read");
    const char *table = store_dump_difference(&here, &there);
    MUST(!table, "rebuilt, the table %s differs", table ? table : "");
    store_close(store);
    damage(sim, fresh);
    files_remove(fresh);
}

static void begin(struct count *count, struct sim *sim, struct arena *arena)
{
    *count = (struct count){.sim = sim};
    arena_init(arena, 0);
    arena_init(&count->arena, 0);
    store_read_begin(sim->batcher.store, arena, &count->reader);
}

static void end(struct count *count, struct arena *arena)
{
    MUST(count->reader.txn.error == 0, "the state cannot be read");
    store_read_end(&count->reader);
    arena_fini(arena);
}

void recount_cases(struct sim *sim)
{
    struct arena arena;
    struct count count;
    begin(&count, sim, &arena);
    walk_cases(&count);
    end(&count, &arena);
}

// A witness who was not there before.
static void hear_again(struct sim *sim)
{
    witness_end(sim);
    witness_begin(sim);
    witness_follow(sim);
}

void recount(struct sim *sim)
{
    struct arena arena;
    struct count count;
    hear_again(sim);
    begin(&count, sim, &arena);
    walk_journal(&count);
    MUST(rows(&count, DB_FEEDS) == count.feeds, "the feeds hold more than the journal says");
    MUST(rows(&count, DB_HISTORY) == count.histories, "the history holds more than the journal says");
    MUST(rows(&count, DB_PRECEDENTS) == count.rulings, "the precedents are not the rulings of the journal");
    MUST(rows(&count, DB_VIEWED) == residents_recount(sim, &count.reader),
         "the looks are not those of the journal");
    walk_cases(&count);
    check_counts(&count);
    MUST(rows(&count, DB_NEAR) == count.near, "the index of what lies near has not each whistle once");
    check_books(&count);
    check_answers(&count);
    end(&count, &arena);
    rebuild(sim);
    sim->totals->rungs += count.rung_count;
    if (!sim->options->quiet)
        printf("recounted: %zu cases, %zu feed entries, %zu rungs, none twice; %llu notices in digests\n",
               count.filed, count.feeds, count.rung_count, (unsigned long long)count.held);
}
