// layer: store, with: store_dump.c filing.c
// Retention: what has moved to the archive is read, erased in, verified, copied and told again as ever; where
// it is not here, what needs it says so, and nothing is dropped.
#include "base/civil.h"
#include "base/error.h"
#include "filing.h"
#include "journal_fixture.h"
#include "shell.h"
#include "store/backup.h"
#include "store/check.h"
#include "store/restore.h"
#include "store/retention.h"
#include "store/segment_list.h"
#include "store_dump.h"

enum { PATH = 256, SEGMENT_BYTES = 32 * 1024, EVENTS = 1000 };

static const int64_t NOON = 1771000000000, LATER = NOON + 1000 * DAY_MS; // all of the fixture's is older

struct place {
    char root[64];
    char data[PATH], away[PATH], other[PATH];
    struct store *store;
    struct faulty faulty;
    struct store_recovery recovery;
    struct store_error error;
};

static int try_open(struct place *place, bool rebuild)
{
    struct store_io io = faulty_io(&place->faulty);
    struct store_options options = {.directory = place->data,
                                    .segment_bytes = SEGMENT_BYTES,
                                    .io = &io,
                                    .rebuild = rebuild,
                                    .now_ms = NOON};
    memset(options.journal_id, 7, sizeof options.journal_id);
    memset(options.boot_id, 1, sizeof options.boot_id);
    place->error = (struct store_error){0};
    place->store = NULL;
    return store_open(&options, &place->store, &place->recovery, &place->error);
}

static void must(struct place *place, int rc)
{
    if (rc)
        fail_msg("%s: %s", error_name(rc), place->error.text);
}

static void reopen(struct place *place, bool rebuild)
{
    store_close(place->store);
    must(place, try_open(place, rebuild));
}

static void close_store(struct place *place)
{
    store_close(place->store);
    place->store = NULL;
}

// How many segments a folder holds.
static size_t count_in(const struct place *place, const char *folder)
{
    char path[PATH + 16];
    struct segment_list list;
    snprintf(path, sizeof path, "%s/%s", place->data, folder);
    int fd = open(path, O_RDONLY | O_DIRECTORY);
    assert_true(fd >= 0);
    segment_list_init(&list);
    assert_int_equal(segment_list_load(&list, fd, NULL), 0);
    size_t count = list.count;
    segment_list_fini(&list);
    close(fd);
    return count;
}

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    strcpy(place->root, "/tmp/whistled-archive-XXXXXX");
    assert_non_null(mkdtemp(place->root));
    snprintf(place->data, PATH, "%s/data", place->root);
    snprintf(place->away, PATH, "%s/away", place->root);
    snprintf(place->other, PATH, "%s/other", place->root);
    assert_int_equal(mkdir(place->data, 0700), 0);
    faulty_init(&place->faulty);
    must(place, try_open(place, false));
    for (int i = 0; i < EVENTS; i += 50)
        file_some(place->store, i, 50);
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    close_store(place);
    shell("rm -rf %s", place->root);
    faulty_fini(&place->faulty);
    free(place);
    return 0;
}

// Puts away all that may leave; how many segments.
static size_t put_away(struct place *place)
{
    size_t count = 0;
    for (uint64_t moved = 1; moved; count += moved != 0)
        must(place, store_retire(place->store, LATER, &moved, &place->error));
    return count;
}

static void take_the_archive_away(struct place *place)
{
    close_store(place);
    shell("mv %s/archive %s", place->data, place->away);
}

static void bring_the_archive_back(struct place *place)
{
    close_store(place);
    shell("rm -rf %s/archive && mv %s %s/archive", place->data, place->away, place->data);
}

static int read_seq(struct place *place, uint64_t seq, struct blob *private_part)
{
    static struct arena arena; // of the last reading
    struct store_reader reader;
    struct record_facts facts;
    arena_fini(&arena);
    arena_init(&arena, 0);
    store_read_begin(place->store, &arena, &reader);
    int rc = store_read_record(&reader, seq, &facts, private_part);
    store_read_end(&reader);
    return rc;
}

// ---- moved, and there as ever -------------------------------------------------------------------

static void all_but_the_last_moves_and_is_read_as_ever(void **state)
{
    struct place *place = *state;
    struct blob part;
    struct journal_report report;
    size_t before = count_in(place, "journal");
    assert_true(before > 4);
    assert_int_equal(put_away(place), before - 1);
    assert_int_equal(count_in(place, "journal"), 1);
    assert_int_equal(count_in(place, "archive"), before - 1);
    for (int again = 0; again < 2; again++) {
        for (uint64_t seq = 1; seq <= EVENTS; seq++)
            assert_true(read_seq(place, seq, &part) == 0 && part.length > 0);
        must(place, journal_verify(store_journal(place->store), &report, &place->error));
        assert_int_equal(report.seqs, EVENTS);
        reopen(place, false);
    }
    file_some(place->store, EVENTS, 50);
    assert_int_equal(read_seq(place, EVENTS + 50, &part), 0);
}

static void the_state_is_built_anew_from_both(void **state)
{
    struct place *place = *state;
    struct store_dump before, after;
    put_away(place);
    assert_true(store_dump(place->store, &before));
    reopen(place, true);
    assert_int_equal(place->recovery.replayed, EVENTS);
    assert_true(store_dump(place->store, &after));
    assert_null(store_dump_difference(&before, &after));
}

static void what_is_young_stays(void **state)
{
    struct place *place = *state;
    uint64_t moved = 1;
    must(place, store_retire(place->store, NOON - DAY_MS, &moved, &place->error));
    assert_int_equal(moved, 0);
    assert_int_equal(count_in(place, "archive"), 0);
}

// The way back after a power cut must not need the archive.
static void nothing_moves_before_a_checkpoint_holds_it(void **state)
{
    struct place *place = *state;
    struct store_status status;
    uint64_t moved;
    must(place, store_retire(place->store, LATER, &moved, &place->error));
    assert_int_equal(moved, 1);
    store_status(place->store, &status);
    assert_int_equal(status.checkpoint_seq, EVENTS + 1);
    assert_int_equal(status.journal.archived, 1);
}

static void a_backup_holds_the_archive_too(void **state)
{
    struct place *place = *state;
    struct backup_report made;
    struct restore_report report;
    size_t segments = put_away(place) + 1;
    must(place, store_backup(place->store, place->other, LATER, &made, &place->error));
    assert_int_equal(made.files, segments + 1);
    struct restore_options options = {
        .from = place->other, .to = place->away, .now_ms = LATER, .segment_bytes = SEGMENT_BYTES};
    must(place, store_restore(&options, &report, &place->error));
    assert_int_equal(report.landing.before.next_seq, EVENTS + 1);
}

static void a_plain_copy_is_restored_with_its_archive(void **state)
{
    struct place *place = *state;
    struct restore_report report;
    put_away(place);
    close_store(place);
    struct restore_options options = {.from = place->data,
                                      .to = place->away,
                                      .unlisted = true,
                                      .now_ms = LATER,
                                      .segment_bytes = SEGMENT_BYTES};
    must(place, store_restore(&options, &report, &place->error));
    assert_int_equal(report.landing.replayed, EVENTS);
    strcpy(place->data, place->away);
    assert_true(count_in(place, "archive") > 3);
}

// ---- erased -------------------------------------------------------------------------------------

static void what_has_moved_is_erased_in(void **state)
{
    struct place *place = *state;
    struct blob part;
    put_away(place);
    must(place, store_begin(place->store));
    must(place, store_can_erase(place->store, 1));
    store_abort(place->store);
    must(place, store_erase(place->store, (struct store_erasure){1, EVENTS}));
    for (int again = 0; again < 2; again++) {
        assert_int_equal(read_seq(place, 1, &part), 0);
        assert_int_equal(part.length, 0);
        assert_true(read_seq(place, 2, &part) == 0 && part.length > 0);
        reopen(place, false);
    }
}

static void erase_first(void *context)
{
    struct place *place = context;
    must(place, journal_erase_at(store_journal(place->store), (struct journal_place){1, SEGMENT_HEADER}));
}

static void begin_again(struct place *place)
{
    close_store(place);
    shell("rm -rf %s && cp -a %s %s", place->data, place->other, place->data);
    must(place, try_open(place, false));
}

static int move(struct place *place)
{
    int before = place->faulty.calls;
    must(place, journal_archive(store_journal(place->store), &place->error));
    assert_int_equal(count_in(place, "archive"), 1);
    return place->faulty.calls - before;
}

// From the last calls on, in which the copy takes the segment's place, an erasure waits.
static void what_is_erased_while_it_moves_is_erased(void **state)
{
    enum { LAST_CALLS = 4 };
    struct place *place = *state;
    struct blob part;
    close_store(place);
    shell("cp -a %s %s", place->data, place->other);
    must(place, try_open(place, false));
    int calls = move(place), hooked = 0;
    place->faulty.hook = erase_first;
    place->faulty.hook_context = place;
    for (int n = 1; n <= calls - LAST_CALLS; n += 1 + n / 3, hooked++) {
        begin_again(place);
        place->faulty.hook_at = place->faulty.calls + n;
        assert_true(move(place) > n);
        assert_true(read_seq(place, 1, &part) == 0 && part.length == 0);
    }
    assert_true(hooked > 10);
}

// ---- not here -----------------------------------------------------------------------------------

static void without_the_archive_it_goes_on(void **state)
{
    struct place *place = *state;
    struct blob part;
    struct store_status status;
    put_away(place);
    take_the_archive_away(place);
    must(place, try_open(place, false));
    store_status(place->store, &status);
    assert_true(status.journal.first_seq > 1);
    assert_int_equal(status.journal.archived, 0);
    assert_int_equal(read_seq(place, 1, &part), ERROR_NOT_FOUND);
    assert_int_equal(read_seq(place, EVENTS, &part), 0);
    file_some(place->store, EVENTS, 50);
    assert_int_equal(read_seq(place, EVENTS + 50, &part), 0);
}

// Found: the start after a crash looked for erasures to finish in what was not here.
static void without_the_archive_it_comes_back_from_a_crash(void **state)
{
    struct place *place = *state;
    char mark[PATH + 16];
    put_away(place);
    take_the_archive_away(place);
    snprintf(mark, sizeof mark, "%s/mark", place->data);
    assert_int_equal(unlink(mark), 0);
    must(place, try_open(place, false));
    assert_int_equal(place->recovery.way, STORE_CHECKPOINT);
}

// Found: a start whose mkdir failed took an archive that was there for one that was not.
static void a_failing_call_at_the_start_hides_no_archive(void **state)
{
    struct place *place = *state;
    struct store_status status;
    put_away(place);
    close_store(place);
    bool reached = true;
    int n = 0, opened = 0;
    while (reached) {
        int before = place->faulty.calls;
        place->faulty.fail_at = before + ++n;
        place->faulty.error = EIO;
        int rc = try_open(place, false);
        reached = place->faulty.calls >= place->faulty.fail_at;
        place->faulty.fail_at = 0;
        if (rc)
            continue;
        store_status(place->store, &status);
        assert_true(status.journal.archived > 3 && status.journal.first_seq == 1);
        close_store(place);
        opened++;
    }
    assert_true(n > 5 && opened > 1);
}

static void without_the_archive_nothing_is_promised_to_be_erased(void **state)
{
    struct place *place = *state;
    put_away(place);
    take_the_archive_away(place);
    must(place, try_open(place, false));
    must(place, store_begin(place->store));
    assert_int_equal(store_can_erase(place->store, 1), ERROR_ARCHIVED);
    must(place, store_can_erase(place->store, EVENTS));
    store_abort(place->store);
    must(place, store_erase(place->store, (struct store_erasure){1, EVENTS})); // as a start would again
}

static void without_the_archive_no_state_is_dropped(void **state)
{
    struct place *place = *state;
    struct store_dump before, after;
    put_away(place);
    assert_true(store_dump(place->store, &before));
    take_the_archive_away(place);
    assert_int_equal(try_open(place, true), ERROR_ARCHIVED);
    assert_non_null(strstr(place->error.text, "it begins at seq "));
    must(place, try_open(place, false));
    assert_int_equal(place->recovery.way, STORE_CLEAN);
    assert_true(store_dump(place->store, &after));
    assert_null(store_dump_difference(&before, &after));
    bring_the_archive_back(place);
    must(place, try_open(place, true));
    assert_int_equal(place->recovery.replayed, EVENTS);
}

static bool none_found(void *context, const struct difference *difference)
{
    (void)context, (void)difference;
    return true;
}

static void no_stage(void *context, enum check_stage stage)
{
    (void)context, (void)stage;
}

// Which says nothing against the state.
static void without_the_archive_no_state_is_judged(void **state)
{
    struct place *place = *state;
    struct check_report report;
    char standing[PATH + 16];
    put_away(place);
    take_the_archive_away(place);
    snprintf(standing, sizeof standing, "%s/state", place->data);
    assert_int_equal(mkdir(place->other, 0700), 0);
    struct check_options options = {.directory = place->data,
                                    .state = standing,
                                    .scratch = place->other,
                                    .found = none_found,
                                    .stage = no_stage};
    assert_int_equal(check_state(&options, &report, &place->error), ERROR_ARCHIVED);
    assert_false(report.state_is_bad);
}

// The place where another disk is to be mounted is no archive.
static void an_empty_place_is_not_written_to(void **state)
{
    struct place *place = *state;
    put_away(place);
    take_the_archive_away(place);
    must(place, try_open(place, false));
    for (int i = 0; i < EVENTS; i += 50)
        file_some(place->store, EVENTS + i, 50);
    uint64_t moved;
    assert_int_equal(store_retire(place->store, LATER, &moved, &place->error), ERROR_ARCHIVED);
    assert_int_equal(count_in(place, "archive"), 0);
    bring_the_archive_back(place);
    must(place, try_open(place, false));
    assert_true(put_away(place) > 3);
}

static void an_archive_without_a_journal_is_no_new_store(void **state)
{
    struct place *place = *state;
    put_away(place);
    close_store(place);
    shell("rm -rf %s/journal %s/state %s/mark", place->data, place->data, place->data);
    assert_int_equal(try_open(place, false), ERROR_CORRUPT);
    assert_non_null(strstr(place->error.text, "there is no segment, but the archive has "));
}

// ---- proven before it leaves --------------------------------------------------------------------

static void what_is_damaged_stays(void **state)
{
    struct place *place = *state;
    uint64_t moved;
    close_store(place);
    shell("printf x | dd of=%s/journal/00000000000000000001.seg bs=1 seek=5000 conv=notrunc status=none",
          place->data);
    must(place, try_open(place, false));
    assert_int_equal(store_retire(place->store, LATER, &moved, &place->error), ERROR_CORRUPT);
    assert_non_null(strstr(place->error.text, "journal/00000000000000000001.seg: bytes "));
    assert_int_equal(count_in(place, "archive"), 0);
}

// What a crash has left in the archive: what is erased from here on would stay in it.
static void a_copy_whose_segment_is_still_here_goes(void **state)
{
    struct place *place = *state;
    struct journal_report report;
    close_store(place);
    shell("cd %s && cp journal/00000000000000000001.seg archive && printf x "
          ">archive/00000000000000000001.seg.new",
          place->data);
    must(place, try_open(place, false));
    shell("test -z \"$(ls %s/archive)\"", place->data);
    assert_true(put_away(place) > 3);
    reopen(place, true);
    must(place, journal_verify(store_journal(place->store), &report, &place->error));
    assert_int_equal(report.seqs, EVENTS);
}

// What another life of the store has left in the archive, behind all that has moved.
static void what_is_not_before_the_journal_is_none_of_it(void **state)
{
    struct place *place = *state;
    struct journal_report report;
    close_store(place);
    shell("printf x >%s/archive/00000000000000009999.seg", place->data);
    must(place, try_open(place, false));
    must(place, journal_verify(store_journal(place->store), &report, &place->error));
    assert_true(put_away(place) > 3);
    reopen(place, true);
    must(place, journal_verify(store_journal(place->store), &report, &place->error));
    assert_int_equal(report.seqs, EVENTS);
}

// Its name would come to lie before the journal's first, and break the chain.
static void what_another_life_has_put_there_is_not_mixed_in(void **state)
{
    struct place *place = *state;
    uint64_t moved;
    shell("cp %s/journal/00000000000000000001.seg %s/archive/00000000000000000002.seg", place->data,
          place->data);
    assert_int_equal(store_retire(place->store, LATER, &moved, &place->error), ERROR_CORRUPT);
    assert_string_equal(place->error.text,
                        "archive/00000000000000000002.seg is of another life of this store: take it away");
    shell("rm %s/archive/00000000000000000002.seg", place->data);
    assert_true(put_away(place) > 3);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        EACH(all_but_the_last_moves_and_is_read_as_ever),
        EACH(the_state_is_built_anew_from_both),
        EACH(what_is_young_stays),
        EACH(nothing_moves_before_a_checkpoint_holds_it),
        EACH(a_backup_holds_the_archive_too),
        EACH(a_plain_copy_is_restored_with_its_archive),
        EACH(what_has_moved_is_erased_in),
        EACH(what_is_erased_while_it_moves_is_erased),
        EACH(without_the_archive_it_goes_on),
        EACH(a_failing_call_at_the_start_hides_no_archive),
        EACH(without_the_archive_it_comes_back_from_a_crash),
        EACH(without_the_archive_nothing_is_promised_to_be_erased),
        EACH(without_the_archive_no_state_is_dropped),
        EACH(without_the_archive_no_state_is_judged),
        EACH(an_empty_place_is_not_written_to),
        EACH(an_archive_without_a_journal_is_no_new_store),
        EACH(what_is_damaged_stays),
        EACH(a_copy_whose_segment_is_still_here_goes),
        EACH(what_is_not_before_the_journal_is_none_of_it),
        EACH(what_another_life_has_put_there_is_not_mixed_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
