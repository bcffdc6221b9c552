// layer: store
// The journal under failing calls, a full disk, the death of the process, and power cuts: what was
// acknowledged is there, and nothing is there by halves.
#include "journal_fixture.h"

enum { POWER_SEEDS = 6, ROUNDS = 24 };

struct promise {
    uint64_t acked; // next seq of what was acknowledged
    uint64_t most;  // next seq if the batch in doubt is there as well
    int refused;    // appends that were refused and tried again
    int archived;   // segments that moved to the archive
    uint64_t moved; // first seq of the last of them
    int erased_count;
    uint64_t erased[ROUNDS]; // seqs whose erasure was acknowledged
};

static size_t batch_of(int round)
{
    return (size_t)(1 + round * 5 % 6);
}

static uint64_t after_batch(uint64_t seq, size_t n)
{
    return seq + n + n / 2;
}

// One batch, tried again while the disk is full. 0, or ERROR_IO when it is in doubt.
static int try_append(struct bench *b, int round, struct promise *p)
{
    int rc = 0;
    for (int i = 0; i < 5; i++) {
        p->most = after_batch(p->acked, batch_of(round));
        rc = bench_append(b, batch_of(round), NULL);
        if (rc == ERROR_IO)
            return rc;
        p->most = p->acked;
        if (rc == 0) {
            p->acked = p->most = bench_next_seq(b);
            return 0;
        }
        assert_int_equal(rc, ERROR_STORAGE_FULL);
        p->refused++;
    }
    fail_msg("a full disk that never ends");
    return rc;
}

// Erases in what was just written, and in what was just moved.
static int try_erase(struct bench *b, int round, struct promise *p)
{
    uint64_t seq = round % 2 && p->moved ? p->moved : p->acked - 1;
    int rc = journal_erase(b->journal, seq);
    if (rc == 0)
        p->erased[p->erased_count++] = seq;
    return rc;
}

// An error of the archive's is nobody's business; one that poisons the journal is.
static int try_archive(struct bench *b, struct promise *p)
{
    struct journal_status status;
    struct journal_range oldest = {0};
    if (journal_oldest(b->journal, &oldest) && journal_archive(b->journal, &b->error) == 0) {
        p->moved = oldest.first_seq;
        p->archived++;
    }
    journal_status(b->journal, &status);
    return status.poisoned ? ERROR_IO : 0;
}

// A day of work: appends, spare moments, erasures, a restore, retention. Ends at the first ERROR_IO.
static void work(struct bench *b, struct promise *p)
{
    bool ready;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 3; i++)
            (void)!journal_prepare(b->journal, &ready, &b->error);
        if (try_append(b, round, p) == ERROR_IO)
            return;
        if (round % 4 == 3 && try_archive(b, p) == ERROR_IO)
            return;
        if (round % 3 == 2 && try_erase(b, round, p) == ERROR_IO)
            return;
        if (round == 7 && journal_begin_epoch(b->journal, 2) == ERROR_IO)
            return;
    }
}

static void finish_erasures(struct bench *b)
{
    struct journal_report report;
    for (;;) {
        int rc = journal_verify(b->journal, &report, &b->error);
        if (rc)
            fail_msg("%s: %s", error_name(rc), b->error.text);
        if (report.half_erased == 0)
            return;
        assert_int_equal(journal_erase(b->journal, report.half_erased_seq), 0);
    }
}

static bool is_erased(struct bench *b, uint64_t seq)
{
    struct journal_position at;
    struct journal_record record;
    struct buffer bytes;
    buffer_init(&bytes);
    int rc = journal_seek(b->journal, seq, &at, &b->error);
    rc = rc ? rc : journal_read(b->journal, at.place, &bytes, &record, &b->error);
    bool erased = !rc && (record.body.private_is == RECORD_PRIVATE_ERASED || !private_length(at.next_seq));
    buffer_fini(&bytes);
    return erased;
}

// With faults over, the journal opens, keeps its promise, and goes on.
static void check_promise(struct bench *b, struct promise *p, int n)
{
    b->faulty.fail_at = 0;
    b->known_seq = p->acked;
    int rc = bench_open(b);
    if (rc)
        fail_msg("call %d: %s: %s", n, error_name(rc), b->error.text);
    uint64_t next = bench_read_all(b, true);
    if (next < p->acked || next > p->most)
        fail_msg("call %d: %ju to %ju were promised, %ju are there", n, (uintmax_t)p->acked,
                 (uintmax_t)p->most, (uintmax_t)next);
    for (int i = 0; i < p->erased_count; i++)
        if (!is_erased(b, p->erased[i]))
            fail_msg("call %d: what was erased in seq %ju is back", n, (uintmax_t)p->erased[i]);
    finish_erasures(b);
    while (journal_archive(b->journal, &b->error) == 0)
        ;
    assert_int_equal(b->error.code, ERROR_NOT_FOUND); // but for the last
    assert_int_equal(bench_append(b, 3, NULL), 0);
    bench_reopen(b);
    assert_int_equal(bench_read_all(b, true), next + 4);
}

// Runs a day whose n-th call fails; false once there are fewer calls than that.
static bool run_day(int n, int error, bool dead, uint32_t power_seed, struct promise *p)
{
    struct bench b;
    bench_init(&b, 2048);
    *p = (struct promise){.acked = 1, .most = 1};
    b.faulty.fail_at = n;
    b.faulty.error = error;
    b.faulty.dead = dead;
    b.faulty.remember = power_seed != 0;
    if (bench_open(&b) == 0)
        work(&b, p);
    bool reached = b.faulty.calls >= n;
    bench_close(&b);
    if (power_seed)
        faulty_power_cut(&b.faulty, power_seed);
    b.faulty.remember = false;
    check_promise(&b, p, n);
    bench_fini(&b);
    return reached;
}

static void any_call_may_fail_with_eio(void **state)
{
    (void)state;
    struct promise p;
    int n = 1;
    while (run_day(n, EIO, false, 0, &p))
        n++;
    assert_true(n > 200);
}

static void any_call_may_find_the_disk_full(void **state)
{
    (void)state;
    struct promise p;
    int n = 1, refused = 0;
    while (run_day(n, ENOSPC, false, 0, &p)) {
        refused += p.refused;
        n++;
    }
    assert_true(refused > 20);
}

static void short_reads_and_writes_are_nobodys_business(void **state)
{
    (void)state;
    struct promise p, all;
    run_day(1000000, EIO, false, 0, &all);
    int n = 1;
    assert_true(all.archived > 3 && all.erased_count > 6);
    while (run_day(n, 0, false, 0, &p)) {
        assert_int_equal(p.acked, all.acked);
        n++;
    }
}

static void the_process_may_die_at_any_call(void **state)
{
    (void)state;
    struct promise p;
    int n = 1;
    while (run_day(n, EIO, true, 0, &p))
        n++;
    assert_true(n > 200);
}

// Sectors that were never synced reach the disk, or not, in no order.
static void the_power_may_go_at_any_call(void **state)
{
    (void)state;
    struct promise p;
    for (uint32_t seed = 1; seed <= POWER_SEEDS; seed++) {
        int n = 1;
        while (run_day(n, EIO, true, seed * 77, &p))
            n++;
    }
}

// The process dies with something written that was never synced, and the machine stops later: what the start
// in between found, and maybe answered from, is still there.
static bool found_is_kept(int n, bool dead, uint32_t seed)
{
    struct bench b;
    struct promise p = {.acked = 1, .most = 1};
    bench_init(&b, 2048);
    b.faulty.fail_at = n;
    b.faulty.error = EIO;
    b.faulty.dead = dead;
    b.faulty.remember = true;
    if (bench_open(&b) == 0)
        work(&b, &p);
    bool reached = b.faulty.calls >= n;
    b.faulty.fail_at = 0;
    bench_reopen(&b);
    uint64_t found = bench_read_all(&b, true);
    bench_close(&b);
    faulty_power_cut(&b.faulty, seed);
    bench_reopen(&b);
    if (bench_read_all(&b, true) != found)
        fail_msg("call %d: seq %ju was found by one start and is lost to the next", n, (uintmax_t)found - 1);
    bench_fini(&b);
    return reached;
}

static void what_a_start_finds_is_on_disk(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= POWER_SEEDS; seed++)
        for (int dead = 0; dead < 2; dead++)
            for (int n = 1; found_is_kept(n, dead, seed * 91);)
                n++;
}

static void a_failed_sync_poisons(void **state)
{
    (void)state;
    struct bench b;
    struct journal_status status;
    bench_init(&b, 4096);
    assert_int_equal(bench_open(&b), 0);
    assert_int_equal(bench_append(&b, 1, NULL), 0);
    b.faulty.fail_at = b.faulty.calls + 2; // pwrite, fdatasync
    b.faulty.error = EIO;
    assert_int_equal(bench_append(&b, 1, NULL), ERROR_IO);
    assert_non_null(strstr(journal_error(b.journal)->text, "fdatasync"));
    int calls = b.faulty.calls;
    assert_int_equal(bench_append(&b, 1, NULL), ERROR_IO);
    assert_int_equal(journal_erase_at(b.journal, (struct journal_place){1, SEGMENT_HEADER}), ERROR_IO);
    assert_int_equal(journal_begin_epoch(b.journal, 9), ERROR_IO);
    assert_int_equal(b.faulty.calls, calls);
    journal_status(b.journal, &status);
    assert_true(status.poisoned);
    assert_int_equal(bench_next_seq(&b), 2);
    bench_fini(&b);
}

static void a_write_refused_for_room_leaves_nothing(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b, 4096);
    assert_int_equal(bench_open(&b), 0);
    assert_int_equal(bench_append(&b, 1, NULL), 0);
    for (int call = 1; call <= 2; call++) { // pwrite, fdatasync
        b.faulty.fail_at = b.faulty.calls + call;
        b.faulty.error = ENOSPC;
        assert_int_equal(bench_append(&b, 4, NULL), ERROR_STORAGE_FULL);
        b.faulty.fail_at = 0;
        bench_reopen(&b);
        assert_int_equal(b.recovery.cut_bytes, 0);
        assert_int_equal(bench_next_seq(&b), 2);
    }
    // Nor where the batch after it goes on in the next segment.
    struct journal_report report;
    b.faulty.fail_at = b.faulty.calls + 2;
    assert_int_equal(bench_append(&b, 4, NULL), ERROR_STORAGE_FULL);
    b.faulty.fail_at = 0;
    assert_int_equal(journal_begin_epoch(b.journal, 2), 0);
    assert_int_equal(journal_verify(b.journal, &report, &b.error), 0);
    // Where the bytes cannot be taken back either, it is in doubt.
    b.faulty.fail_at = b.faulty.calls + 2;
    b.faulty.dead = true;
    assert_int_equal(bench_append(&b, 4, NULL), ERROR_IO);
    b.faulty.fail_at = 0;
    bench_fini(&b);
}

static void a_full_disk_is_known_early_and_is_over_when_it_is_over(void **state)
{
    (void)state;
    struct bench b;
    bool ready;
    int rc, appended = 0;
    bench_init(&b, 4096);
    assert_int_equal(bench_open(&b), 0);
    b.faulty.full = true;
    assert_int_equal(journal_prepare(b.journal, &ready, &b.error), ERROR_STORAGE_FULL);
    assert_false(ready);
    while ((rc = bench_append(&b, 1, NULL)) == 0)
        appended++;
    assert_int_equal(rc, ERROR_STORAGE_FULL);
    assert_true(appended > 20);
    uint64_t next = bench_next_seq(&b);
    assert_int_equal(bench_append(&b, 1, NULL), ERROR_STORAGE_FULL);
    assert_int_equal(bench_read_all(&b, false), next);
    b.faulty.full = false;
    assert_int_equal(bench_append(&b, 1, NULL), 0);
    assert_int_equal(journal_prepare(b.journal, &ready, &b.error), 0);
    assert_true(ready);
    bench_reopen(&b);
    assert_int_equal(bench_read_all(&b, false), next + 1);
    bench_fini(&b);
}

static void a_prepared_segment_outlives_a_restart(void **state)
{
    (void)state;
    struct bench b;
    struct journal_status status;
    bool ready = false;
    bench_init(&b, 3 * 1024 * 1024);
    assert_int_equal(bench_open(&b), 0);
    int steps = 0;
    for (; !ready; steps++)
        assert_int_equal(journal_prepare(b.journal, &ready, &b.error), 0);
    assert_int_equal(steps, 3);
    bench_reopen(&b);
    journal_status(b.journal, &status);
    assert_true(status.next_ready);
    b.segment_bytes = 4096; // of another size it is made anew
    bench_reopen(&b);
    journal_status(b.journal, &status);
    assert_false(status.next_ready);
    assert_int_equal(journal_begin_epoch(b.journal, 2), 0);
    journal_status(b.journal, &status);
    assert_int_equal(status.segment_bytes, 4096);
    bench_fini(&b);
}

// The halves of an erasure, at every byte, on disk.
static void a_half_erased_part_is_no_damage_and_is_finished(void **state)
{
    (void)state;
    struct bench b;
    struct image image, after;
    struct journal_place places[BENCH_BATCH] = {0};
    struct journal_report report;
    bench_init(&b, 4096);
    assert_int_equal(bench_open(&b), 0);
    assert_int_equal(bench_append(&b, 2, places), 0);
    image_load(&image, &b, 1);
    size_t at = (size_t)places[0].offset + RECORD_HEADER + (public_length(1) + 7) / 8 * 8;
    for (size_t zeroed = 0; zeroed < 4 + private_length(1); zeroed++) {
        bench_close(&b);
        image_restore(&image);
        image_patch(&image, at, "GONE", 4);
        image_zero(&image, at + 4, zeroed);
        assert_int_equal(bench_open(&b), 0);
        assert_int_equal(bench_read_all(&b, true), 4);
        assert_int_equal(journal_verify(b.journal, &report, &b.error), 0);
        assert_int_equal(report.half_erased, 1);
        assert_int_equal(report.half_erased_seq, 1);
        assert_int_equal(journal_erase(b.journal, 1), 0);
        assert_int_equal(journal_verify(b.journal, &report, &b.error), 0);
        assert_int_equal(report.half_erased, 0);
        assert_int_equal(report.erased, 1);
    }
    image_load(&after, &b, 1);
    assert_null(memmem(after.bytes, after.length, "secret1", 7));
    image_fini(&after);
    image_fini(&image);
    bench_fini(&b);
}

struct meddler {
    struct journal *journal;
    struct journal_place place;
};

static void erase_meanwhile(void *context)
{
    struct meddler *m = context;
    assert_int_equal(journal_erase_at(m->journal, m->place), 0);
}

// The first read sees the mark of a living part, the second its zeros.
static void an_erasure_between_two_reads_is_no_damage(void **state)
{
    (void)state;
    static uint8_t text[9000];
    struct bench b;
    struct journal_position head;
    struct journal_record record;
    struct buffer bytes;
    struct journal_entry entry = {.count = 1, .private_part = {text, sizeof text}};
    memset(text, 'x', sizeof text);
    bench_init(&b, 64 * 1024);
    assert_int_equal(bench_open(&b), 0);
    journal_head(b.journal, &head);
    assert_int_equal(journal_append(b.journal, &head, &entry, 1), 0);
    buffer_init(&bytes);
    assert_int_equal(journal_read(b.journal, entry.place, &bytes, &record, &b.error), 0);
    struct meddler m = {b.journal, entry.place};
    b.faulty.hook_at = b.faulty.calls + 2;
    b.faulty.hook = erase_meanwhile;
    b.faulty.hook_context = &m;
    assert_int_equal(journal_read(b.journal, entry.place, &bytes, &record, &b.error), 0);
    assert_true(b.faulty.calls > b.faulty.hook_at);
    assert_int_equal(record.body.private_is, RECORD_PRIVATE_ERASED);
    buffer_fini(&bytes);
    bench_fini(&b);
}

static void die_at(struct bench *b, int call)
{
    b->faulty.remember = b->faulty.dead = true;
    b->faulty.error = EIO;
    b->faulty.fail_at = b->faulty.calls + call;
}

static void live_again(struct bench *b)
{
    b->faulty.fail_at = 0;
    b->faulty.dead = false;
    bench_reopen(b);
}

// The next process reads what the dead one had written and not synced, tells of it, and builds on it; it used
// to be on the disk only with the next batch, or never where that one went into the next segment.
static void what_a_dead_process_wrote_is_made_sure_before_it_is_told(void **state)
{
    (void)state;
    struct bench b;
    for (uint32_t seed = 1; seed <= POWER_SEEDS; seed++) {
        bench_init(&b, 4096);
        assert_int_equal(bench_open(&b), 0);
        assert_int_equal(bench_append(&b, 1, NULL), 0);
        die_at(&b, 2); // pwrite, fdatasync
        assert_int_equal(bench_append(&b, 4, NULL), ERROR_IO);
        live_again(&b);
        b.known_seq = bench_next_seq(&b);
        assert_int_equal(b.known_seq, after_batch(2, 4));
        bench_close(&b);
        faulty_power_cut(&b.faulty, seed);
        b.faulty.remember = false;
        bench_reopen(&b);
        assert_int_equal(bench_read_all(&b, false), b.known_seq);
        bench_fini(&b);
    }
}

// False once the erasure has fewer calls than that.
static bool erase_and_die(struct bench *b, int call)
{
    struct image image;
    struct journal_place places[BENCH_BATCH] = {0};
    bench_init(b, 4096);
    assert_int_equal(bench_open(b), 0);
    assert_int_equal(bench_append(b, 1, places), 0);
    assert_int_equal(journal_begin_epoch(b->journal, 2), 0); // in the last segment all is made sure anyway
    die_at(b, call);
    bool died = journal_erase_at(b->journal, places[0]) != 0;
    live_again(b);
    assert_int_equal(journal_erase_at(b->journal, places[0]), 0);
    bench_close(b);
    faulty_power_cut(&b->faulty, (uint32_t)call);
    image_load(&image, b, 1);
    assert_null(memmem(image.bytes, image.length, "secret1", 7));
    image_fini(&image);
    bench_fini(b);
    return died;
}

// What a dead process had erased and not synced looked erased, so nobody synced it.
static void an_erasure_that_was_cut_off_is_on_the_disk_when_it_is_finished(void **state)
{
    (void)state;
    struct bench b;
    int call = 1;
    while (erase_and_die(&b, call))
        call++;
    assert_true(call > 5);
}

// Once with real syncs and the real size.
static void the_system_calls_themselves_work(void **state)
{
    (void)state;
    struct bench b;
    struct stat st;
    struct image image;
    bench_init(&b, 0);
    struct journal_options options = {.directory = b.directory, .id = "journal for test"};
    assert_int_equal(journal_open(&options, &b.journal, NULL, &b.error), 0);
    assert_int_equal(bench_append(&b, 8, NULL), 0);
    assert_int_equal(journal_erase(b.journal, 2), 0);
    image_load(&image, &b, 1);
    assert_int_equal(image.length, JOURNAL_SEGMENT_BYTES);
    assert_int_equal(stat(image.path, &st), 0);
    assert_true((uint64_t)st.st_blocks * 512 >= JOURNAL_SEGMENT_BYTES);
    image_fini(&image);
    bench_close(&b);
    assert_int_equal(journal_open(&options, &b.journal, &b.recovery, &b.error), 0);
    assert_int_equal(b.recovery.cut_bytes, 0);
    assert_int_equal(bench_read_all(&b, true), 13);
    bench_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_call_may_fail_with_eio),
        cmocka_unit_test(any_call_may_find_the_disk_full),
        cmocka_unit_test(short_reads_and_writes_are_nobodys_business),
        cmocka_unit_test(the_process_may_die_at_any_call),
        cmocka_unit_test(the_power_may_go_at_any_call),
        cmocka_unit_test(what_a_start_finds_is_on_disk),
        cmocka_unit_test(a_failed_sync_poisons),
        cmocka_unit_test(a_write_refused_for_room_leaves_nothing),
        cmocka_unit_test(a_full_disk_is_known_early_and_is_over_when_it_is_over),
        cmocka_unit_test(a_prepared_segment_outlives_a_restart),
        cmocka_unit_test(a_half_erased_part_is_no_damage_and_is_finished),
        cmocka_unit_test(an_erasure_between_two_reads_is_no_damage),
        cmocka_unit_test(what_a_dead_process_wrote_is_made_sure_before_it_is_told),
        cmocka_unit_test(an_erasure_that_was_cut_off_is_on_the_disk_when_it_is_finished),
        cmocka_unit_test(the_system_calls_themselves_work),
    };
    return cmocka_run_group_tests_name("journal under faults", tests, NULL, NULL);
}
