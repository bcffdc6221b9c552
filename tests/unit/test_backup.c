// layer: store, with: store_dump.c filing.c
// Backup and restore: what comes back is what was there, record for record; whatever is changed in between is
// named and refused; and what fails on the way leaves nothing by halves.
#include "base/error.h"
#include "faulty_io.h"
#include "filing.h"
#include "store/backup.h"
#include "store/journal_copy.h"
#include "store/manifest.h"
#include "store/restore.h"
#include "store/segment.h"
#include "store_dump.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { PATH = 256, SEGMENT_BYTES = 64 * 1024 };

static const int64_t NOON = 1771000000000; // the time of the fixture's whistles, in ms

struct place {
    char root[64]; // everything lies in it
    char data[PATH], backup[PATH], restored[PATH];
    struct store *store;
    struct faulty faulty;
    struct store_io io;
    struct store_error error;
};

static struct store *open_at(struct place *place, const char *directory, struct store_recovery *recovery)
{
    struct store *store = NULL;
    struct store_options options = {
        .directory = directory, .segment_bytes = SEGMENT_BYTES, .io = &place->io, .now_ms = NOON};
    memset(options.journal_id, 7, sizeof options.journal_id);
    memset(options.boot_id, 1, sizeof options.boot_id);
    int rc = store_open(&options, &store, recovery, &place->error);
    if (rc)
        print_error("%s\n", place->error.text);
    assert_int_equal(rc, 0);
    return store;
}

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    strcpy(place->root, "/tmp/whistled-backup-XXXXXX");
    assert_non_null(mkdtemp(place->root));
    snprintf(place->data, PATH, "%s/data", place->root);
    snprintf(place->backup, PATH, "%s/backup", place->root);
    snprintf(place->restored, PATH, "%s/restored", place->root);
    assert_int_equal(mkdir(place->data, 0700), 0);
    faulty_init(&place->faulty);
    place->io = faulty_io(&place->faulty);
    place->store = open_at(place, place->data, NULL);
    *state = place;
    return 0;
}

static void remove_tree(const char *path)
{
    char command[PATH + 16];
    snprintf(command, sizeof command, "rm -rf %s", path);
    assert_int_equal(system(command), 0);
}

static int teardown(void **state)
{
    struct place *place = *state;
    if (place->store)
        store_close(place->store);
    remove_tree(place->root);
    faulty_fini(&place->faulty);
    free(place);
    return 0;
}

static int back_up(struct place *place, struct backup_report *report)
{
    return store_backup(place->store, place->backup, NOON, report, &place->error);
}

static int restore_with(struct place *place, bool unlisted, int64_t now_ms, struct restore_report *report)
{
    struct restore_options options = {.from = place->backup,
                                      .to = place->restored,
                                      .unlisted = unlisted,
                                      .now_ms = now_ms,
                                      .segment_bytes = SEGMENT_BYTES,
                                      .io = &place->io};
    memset(options.boot_id, 1, sizeof options.boot_id);
    return store_restore(&options, report, &place->error);
}

static int restore(struct place *place)
{
    struct restore_report report;
    return restore_with(place, false, NOON + 5000, &report);
}

static void must(struct place *place, int rc)
{
    if (rc)
        fail_msg("%s: %s", error_name(rc), place->error.text);
}

// All tables but the state's own position, which lies in another segment now.
static const char *difference(struct store_dump *a, struct store_dump *b)
{
    memcpy(a->digest[DB_META], b->digest[DB_META], DUMP_DIGEST);
    return store_dump_difference(a, b);
}

// ---- there and back -----------------------------------------------------------------------------

static void what_was_backed_up_comes_back(void **state)
{
    struct place *place = *state;
    struct store_dump before, after;
    struct backup_report made;
    struct restore_report report;
    struct store_recovery recovery;
    for (int i = 0; i < 1000; i += 50) // several segments
        file_some(place->store, i, 50);
    assert_true(store_dump(place->store, &before));
    must(place, back_up(place, &made));
    assert_int_equal(made.head.next_seq, 1001);
    assert_true(made.files > 3);
    file_some(place->store, 1000, 50);
    must(place, restore_with(place, false, NOON + 5000, &report));
    assert_int_equal(report.landing.before.next_seq, 1001);
    assert_int_equal(report.landing.after.epoch, (NOON + 5000) / 1000);
    assert_int_equal(report.taken_ms, NOON);
    struct store *store = open_at(place, place->restored, &recovery);
    assert_int_equal(recovery.way, STORE_CLEAN);
    assert_true(store_dump(store, &after));
    assert_null(difference(&before, &after));
    file_some(store, 2000, 5);
    store_close(store);
}

static void a_directory_that_is_not_empty_is_refused(void **state)
{
    struct place *place = *state;
    struct backup_report made;
    file_some(place->store, 0, 3);
    must(place, back_up(place, &made));
    assert_int_equal(back_up(place, &made), ERROR_IN_USE);
    must(place, restore(place));
    assert_int_equal(restore(place), ERROR_IN_USE);
    assert_non_null(strstr(place->error.text, place->restored));
    store_close(open_at(place, place->restored, NULL)); // the first one is untouched
}

static void second_backup(void *context)
{
    struct place *place = context;
    struct backup_report made;
    assert_int_equal(store_backup(place->store, place->restored, NOON, &made, NULL), ERROR_BUSY);
}

static void one_backup_is_made_at_a_time(void **state)
{
    struct place *place = *state;
    struct backup_report made;
    file_some(place->store, 0, 3);
    place->faulty.hook = second_backup;
    place->faulty.hook_context = place;
    place->faulty.hook_at = place->faulty.calls + 3;
    must(place, back_up(place, &made));
    assert_true(place->faulty.calls > place->faulty.hook_at);
    place->faulty.hook_at = 0;
    must(place, restore(place));
}

static void a_clock_that_stands_before_the_backup_is_refused(void **state)
{
    struct place *place = *state;
    struct backup_report made;
    struct restore_report report;
    file_some(place->store, 0, 3);
    must(place, back_up(place, &made));
    assert_int_equal(restore_with(place, false, NOON - 1, &report), ERROR_BAD_VALUE);
    must(place, restore_with(place, false, NOON, &report));
}

static void a_plain_copy_is_taken_when_that_is_asked_for(void **state)
{
    struct place *place = *state;
    struct restore_report report;
    struct store_dump before, after;
    char command[3 * PATH];
    for (int i = 0; i < 300; i += 50)
        file_some(place->store, i, 50);
    assert_true(store_dump(place->store, &before));
    snprintf(command, sizeof command, "cp -r %s %s", place->data, place->backup);
    assert_int_equal(system(command), 0);
    assert_int_equal(restore(place), ERROR_NOT_FOUND);
    must(place, restore_with(place, true, NOON, &report));
    assert_int_equal(report.landing.replayed, 300);
    struct store *store = open_at(place, place->restored, NULL);
    assert_true(store_dump(store, &after));
    assert_null(difference(&before, &after));
    store_close(store);
}

// ---- while it is written ------------------------------------------------------------------------

struct writer {
    struct place *place;
    atomic_bool stop;
    atomic_int filed; // whistles that were committed
};

static void *write_on(void *context)
{
    struct writer *writer = context;
    for (int i = 0; !atomic_load(&writer->stop); i += 20) {
        file_some(writer->place->store, i, 20);
        atomic_store(&writer->filed, i + 20);
    }
    return NULL;
}

static void what_was_answered_before_a_backup_is_in_it(void **state)
{
    struct place *place = *state;
    struct writer writer = {.place = place};
    struct backup_report made;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_on, &writer), 0);
    for (int round = 0; round < 5; round++) {
        while (atomic_load(&writer.filed) < round * 400 + 200)
            usleep(1000);
        int answered = atomic_load(&writer.filed);
        must(place, back_up(place, &made));
        assert_true(made.head.next_seq > (uint64_t)answered);
        must(place, restore(place));
        remove_tree(place->backup);
        remove_tree(place->restored);
    }
    atomic_store(&writer.stop, true);
    pthread_join(thread, NULL);
}

enum { LONG_RECORDS = 60, LONG_PART = 3000, LONG_SEGMENT = 256 * 1024 };

struct erasing {
    struct place *place;
    struct journal *journal;
};

// A journal in which every piece that is read at once ends within a private part.
static void open_long(struct erasing *e)
{
    struct journal_options options = {
        .directory = e->place->restored, .segment_bytes = LONG_SEGMENT, .io = &e->place->io};
    struct journal_position head;
    uint8_t text[LONG_PART];
    memset(text, 'x', sizeof text);
    assert_int_equal(mkdir(e->place->restored, 0700), 0);
    assert_int_equal(mkdir(e->place->backup, 0700), 0);
    must(e->place, journal_open(&options, &e->journal, NULL, &e->place->error));
    for (int i = 0; i < LONG_RECORDS; i++) {
        struct journal_entry entry = {
            .count = 1, .public_part = {text, 6}, .private_part = {text, LONG_PART}};
        journal_head(e->journal, &head);
        assert_int_equal(journal_append(e->journal, &head, &entry, 1), 0);
    }
}

static void erase_all(void *context)
{
    struct erasing *e = context;
    for (uint64_t seq = 1; seq <= LONG_RECORDS; seq++)
        assert_int_equal(journal_erase(e->journal, seq), 0);
}

// Their marks stand in a piece that was read before, their zeros in one that is read after. True once the
// copy has fewer calls than `n`.
static bool copy_and_erase(struct place *place, int n)
{
    struct erasing e = {.place = place};
    struct manifest manifest = {0};
    struct journal_report report;
    struct journal *copy;
    char path[PATH + 16];
    struct journal_position first;
    open_long(&e);
    must(place, journal_first(e.journal, &first, &place->error)); // or the hook meets the cache at work
    snprintf(path, sizeof path, "%s/journal", place->backup);
    assert_int_equal(mkdir(path, 0700), 0);
    struct copy_target to = {.directory = open(path, O_RDONLY | O_DIRECTORY)};
    place->faulty.hook = erase_all;
    place->faulty.hook_context = &e;
    place->faulty.hook_at = place->faulty.calls + n;
    must(place, journal_copy(e.journal, &to, &manifest, &place->error));
    bool over = place->faulty.calls < place->faulty.hook_at;
    place->faulty.hook_at = 0;
    struct journal_options options = {.directory = place->backup, .read_only = true};
    must(place, journal_open(&options, &copy, NULL, &place->error));
    must(place, journal_verify(copy, &report, &place->error));
    assert_int_equal(report.records, LONG_RECORDS);
    journal_close(copy);
    journal_close(e.journal);
    close(to.directory);
    manifest_fini(&manifest);
    remove_tree(place->backup);
    remove_tree(place->restored);
    return over;
}

static void what_is_erased_meanwhile_is_not_torn(void **state)
{
    int n = 1;
    while (!copy_and_erase(*state, n))
        n++;
    assert_true(n > 8);
}

// ---- damage -------------------------------------------------------------------------------------

static void flip(int fd, off_t offset)
{
    uint8_t byte;
    assert_int_equal(pread(fd, &byte, 1, offset), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
}

static void assert_nothing_is_left(const char *directory)
{
    DIR *dir = opendir(directory);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir)))
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "lock") != 0)
            fail_msg("%s/%s was left", directory, entry->d_name);
    if (dir)
        closedir(dir);
}

static void assert_each_change_is_refused(struct place *place, const char *name)
{
    char path[2 * PATH];
    snprintf(path, sizeof path, "%s/%s", place->backup, name);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    off_t size = lseek(fd, 0, SEEK_END);
    for (off_t at = 0; at < size; at += size < 4096 ? 1 : size / 64 + 1) {
        flip(fd, at);
        int rc = restore(place);
        if (rc != ERROR_CORRUPT)
            fail_msg("%s, byte %jd: %s", name, (intmax_t)at, error_name(rc));
        if (!strstr(place->error.text, name))
            fail_msg("%s is not named: %s", name, place->error.text);
        flip(fd, at);
    }
    close(fd);
    assert_nothing_is_left(place->restored);
}

static void any_changed_byte_is_refused(void **state)
{
    struct place *place = *state;
    struct backup_report made;
    struct manifest manifest = {0};
    for (int i = 0; i < 1000; i += 50)
        file_some(place->store, i, 50);
    must(place, back_up(place, &made));
    int fd = open(place->backup, O_RDONLY | O_DIRECTORY);
    must(place, manifest_read(&manifest, fd, &place->error));
    close(fd);
    assert_true(manifest.count >= 4);
    for (size_t i = 0; i < manifest.count; i++)
        assert_each_change_is_refused(place, manifest.files[i].name);
    assert_each_change_is_refused(place, "manifest");
    manifest_fini(&manifest);
    must(place, restore(place));
}

static void a_missing_or_shorter_file_is_named(void **state)
{
    struct place *place = *state;
    struct backup_report made;
    char path[2 * PATH];
    file_some(place->store, 0, 50);
    must(place, back_up(place, &made));
    snprintf(path, sizeof path, "%s/state/data.mdb", place->backup);
    assert_int_equal(truncate(path, 4096), 0);
    assert_int_equal(restore(place), ERROR_CORRUPT);
    assert_non_null(strstr(place->error.text, "state/data.mdb: it has 4096 bytes"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(restore(place), ERROR_CORRUPT);
    assert_string_equal(place->error.text, "state/data.mdb: it is not here");
}

// A manifest that was made up: its sums fit, its state is of another journal.
static void a_state_of_another_journal_is_refused(void **state)
{
    struct place *place = *state;
    struct backup_report made;
    char command[4 * PATH], path[PATH + 16];
    file_some(place->store, 0, 50);
    must(place, back_up(place, &made));
    snprintf(command, sizeof command, "cd %s && mv backup theirs && mkdir other", place->root);
    assert_int_equal(system(command), 0);
    snprintf(path, sizeof path, "%s/other", place->root);
    store_close(place->store);
    place->store = open_at(place, path, NULL);
    file_some(place->store, 100, 50);
    must(place, back_up(place, &made));
    snprintf(command, sizeof command, "cd %s && cp theirs/state/data.mdb backup/state/", place->root);
    assert_int_equal(system(command), 0);
    int directory = open(place->backup, O_RDONLY | O_DIRECTORY);
    struct manifest mine = {0}, theirs = {0};
    must(place, manifest_read(&mine, directory, &place->error));
    snprintf(path, sizeof path, "%s/theirs", place->root);
    int other = open(path, O_RDONLY | O_DIRECTORY);
    must(place, manifest_read(&theirs, other, &place->error));
    assert_string_equal(mine.files[0].name, "state/data.mdb");
    mine.files[0] = theirs.files[0];
    must(place, manifest_write(&mine, &store_io_system, directory, &place->error));
    assert_int_equal(restore(place), ERROR_CORRUPT);
    assert_string_equal(place->error.text, "state/data.mdb: it does not stand on the journal's chain");
    manifest_fini(&mine);
    manifest_fini(&theirs);
    close(directory);
    close(other);
}

// What was copied before it was overwritten, by a backup whose journal says that it is erased.
static void erase_case(struct store *store, uint64_t case_id)
{
    struct event event = {.kind = EVENT_ERASED, .case_id = case_id, .at_ms = NOON, .state = CASE_FILED};
    assert_int_equal(store_begin(store), 0);
    event.seq = store_next_seq(store);
    struct store_record record = {.facts = {.events = &event, .event_count = 1}};
    assert_int_equal(store_take(store, &record), 0);
    assert_int_equal(store_commit(store), 0);
}

static enum record_private private_of_first(struct store *store)
{
    struct journal_position first;
    struct journal_record record;
    struct buffer bytes;
    buffer_init(&bytes);
    assert_int_equal(journal_first(store_journal(store), &first, NULL), 0);
    assert_int_equal(journal_read(store_journal(store), first.place, &bytes, &record, NULL), 0);
    buffer_fini(&bytes);
    return record.body.private_is;
}

static void what_is_erased_does_not_come_back(void **state)
{
    struct place *place = *state;
    struct backup_report made;
    file_some(place->store, 0, 20);
    erase_case(place->store, 1);
    assert_int_equal(private_of_first(place->store), RECORD_PRIVATE_LIVE); // not yet overwritten
    must(place, back_up(place, &made));
    must(place, restore(place));
    struct store *store = open_at(place, place->restored, NULL);
    assert_int_equal(private_of_first(store), RECORD_PRIVATE_ERASED);
    store_close(store);
}

// ---- faults -------------------------------------------------------------------------------------

// Fails the n-th call of a backup, then of a restore; true once there are fewer calls.
static bool fail_backup(struct place *place, int n, int error)
{
    struct backup_report made;
    place->faulty.fail_at = place->faulty.calls + n;
    place->faulty.error = error;
    int rc = back_up(place, &made);
    bool over = place->faulty.calls < place->faulty.fail_at;
    place->faulty.fail_at = 0;
    if (!rc) {
        assert_true(over || error != EIO); // a full disk can be read, a short read is gone on with
        must(place, restore(place));
        remove_tree(place->backup);
        remove_tree(place->restored);
    } else {
        assert_int_equal(rc, error == ENOSPC ? ERROR_STORAGE_FULL : ERROR_IO);
        assert_int_equal(access(place->backup, F_OK), -1);
    }
    return over;
}

static void a_backup_that_fails_leaves_nothing(void **state)
{
    struct place *place = *state;
    static const int errors[] = {ENOSPC, EIO, 0};
    file_some(place->store, 0, 20);
    for (size_t i = 0; i < 3; i++) {
        int n = 1;
        while (!fail_backup(place, n, errors[i]))
            n++;
        assert_true(n > 10);
    }
}

// LMDB's own reason, not that of who reads what it writes.
static void a_state_that_nobody_can_read_now_is_said(void **state)
{
    enum { MANY = 1000 }; // more than may read at once
    struct place *place = *state;
    static struct store_reader readers[MANY];
    struct backup_report made;
    struct arena arena;
    size_t count = 0;
    arena_init(&arena, 0);
    file_some(place->store, 0, 20);
    do
        store_read_begin(place->store, &arena, &readers[count]);
    while (!readers[count].txn.error && ++count < MANY);
    assert_int_equal(back_up(place, &made), ERROR_BUSY);
    assert_non_null(strstr(place->error.text, "MDB_READERS_FULL"));
    assert_int_equal(access(place->backup, F_OK), -1);
    while (count > 0)
        store_read_end(&readers[--count]);
    arena_fini(&arena);
    must(place, back_up(place, &made));
}

static void a_power_cut_takes_back_nothing_of_a_backup_that_was_made(void **state)
{
    struct place *place = *state;
    struct backup_report made;
    for (int i = 0; i < 300; i += 50)
        file_some(place->store, i, 50);
    for (uint32_t seed = 1; seed <= 5; seed++) {
        place->faulty.remember = true;
        must(place, back_up(place, &made));
        place->faulty.remember = false;
        faulty_power_cut(&place->faulty, seed);
        must(place, restore(place));
        remove_tree(place->backup);
        remove_tree(place->restored);
    }
}

static bool fail_restore(struct place *place, int n, int error)
{
    place->faulty.fail_at = place->faulty.calls + n;
    place->faulty.error = error;
    int rc = restore(place);
    bool over = place->faulty.calls < place->faulty.fail_at;
    place->faulty.fail_at = 0;
    if (rc && error)
        assert_nothing_is_left(place->restored);
    if (rc)
        must(place, restore(place)); // what was left is no hindrance
    store_close(open_at(place, place->restored, NULL));
    remove_tree(place->restored);
    return over;
}

static void a_restore_that_fails_leaves_nothing(void **state)
{
    struct place *place = *state;
    struct backup_report made;
    static const int errors[] = {ENOSPC, EIO};
    file_some(place->store, 0, 20);
    must(place, back_up(place, &made));
    for (size_t i = 0; i < 2; i++) {
        int n = 1;
        while (!fail_restore(place, n, errors[i]))
            n += 1 + n / 16; // most of them read the state, piece by piece
        assert_true(n > 10);
    }
}

// ---- a stop -------------------------------------------------------------------------------------

static void stop_now(void *context)
{
    struct place *place = context;
    store_end_backups(place->store);
}

// The daemon stops at the n-th call of a backup; true once there are fewer. `*cut` counts those that were cut
// off.
static bool stop_backup(struct place *place, int n, int *cut)
{
    struct backup_report made;
    place->faulty.hook = stop_now;
    place->faulty.hook_context = place;
    place->faulty.hook_at = place->faulty.calls + n;
    int rc = back_up(place, &made);
    int more = place->faulty.calls - place->faulty.hook_at;
    place->faulty.hook_at = 0;
    if (rc) {
        assert_int_equal(rc, ERROR_DRAINING);
        assert_non_null(strstr(place->error.text, ": the daemon stops"));
        assert_int_equal(back_up(place, &made), ERROR_DRAINING); // nor is another one begun
        assert_int_equal(access(place->backup, F_OK), -1);
        ++*cut;
    } else { // it had all that is copied
        must(place, restore(place));
        remove_tree(place->backup);
        remove_tree(place->restored);
    }
    assert_true(more < 12);
    return more < 0;
}

static void a_stop_cuts_a_backup_off_wherever_it_is(void **state)
{
    struct place *place = *state;
    int n = 1, cut = 0;
    for (int i = 0; i < 1000; i += 50)
        file_some(place->store, i, 50);
    while (!stop_backup(place, n, &cut)) {
        store_close(place->store);
        place->store = open_at(place, place->data, NULL);
        n++;
    }
    if (cut < 20 || cut >= n)
        fail_msg("%d of %d were cut off", cut, n);
}

static void a_directory_that_was_there_stays_and_is_empty(void **state)
{
    struct place *place = *state;
    struct backup_report made;
    file_some(place->store, 0, 50);
    assert_int_equal(mkdir(place->backup, 0700), 0);
    store_end_backups(place->store);
    assert_int_equal(back_up(place, &made), ERROR_DRAINING);
    assert_int_equal(rmdir(place->backup), 0);
}

// ---- a journal and a state that are not of one piece --------------------------------------------

static void put_journal(struct place *place, const char *from)
{
    char command[4 * PATH];
    snprintf(command, sizeof command, "rm -rf %s/journal && cp -r %s/journal %s/", place->data, from,
             place->data);
    assert_int_equal(system(command), 0);
}

// It may as well have lost its end: nobody can tell.
static void an_older_journal_under_a_newer_state_is_refused(void **state)
{
    struct place *place = *state;
    struct backup_report made;
    struct store_options options = {.directory = place->data, .segment_bytes = SEGMENT_BYTES};
    file_some(place->store, 0, 50);
    must(place, back_up(place, &made));
    file_some(place->store, 50, 50);
    store_close(place->store);
    put_journal(place, place->backup);
    assert_int_equal(store_open(&options, &place->store, NULL, &place->error), ERROR_CORRUPT);
    assert_non_null(strstr(place->error.text, "seq 100 was acknowledged"));
}

// The older one was gone on with elsewhere, further than the state. The journal is the truth, but what the
// state was told may have been answered.
static void a_journal_beside_the_state_goes_on_in_a_new_epoch(void **state)
{
    struct place *place = *state;
    struct store_recovery recovery;
    struct journal_position head;
    struct backup_report made;
    bool is_new;
    file_some(place->store, 0, 50);
    must(place, back_up(place, &made));
    file_some(place->store, 50, 50);
    store_close(place->store);
    struct store *other = open_at(place, place->backup, NULL); // as it should not be used
    file_some(other, 500, 70);
    store_close(other);
    put_journal(place, place->backup);
    place->store = open_at(place, place->data, &recovery);
    assert_true(recovery.parted);
    assert_int_equal(recovery.way, STORE_REBUILT);
    store_head(place->store, &head);
    assert_int_equal(head.epoch, NOON / 1000);
    assert_int_equal(head.next_seq, 121);
    assert_int_equal(journal_epoch_is_new(store_journal(place->store), &is_new, NULL), 0);
    assert_true(is_new);
    file_some(place->store, 900, 1);
    assert_int_equal(journal_epoch_is_new(store_journal(place->store), &is_new, NULL), 0);
    assert_false(is_new);
    store_close(place->store);
    place->store = open_at(place, place->data, &recovery); // it is one piece now
    assert_false(recovery.parted);
    assert_int_equal(recovery.way, STORE_CLEAN);
}

// A segment that was begun for a batch which then found no room: no record of it, and no new epoch.
static void an_empty_segment_is_no_new_epoch(void **state)
{
    struct place *place = *state;
    struct journal_position head;
    struct journal *j;
    struct journal_options options = {
        .directory = place->restored, .segment_bytes = SEGMENT_BYTES, .io = &place->io};
    uint8_t text[3000] = {1};
    bool is_new = false;
    int rc = 0;
    assert_int_equal(mkdir(place->restored, 0700), 0);
    must(place, journal_open(&options, &j, NULL, &place->error));
    assert_int_equal(journal_begin_epoch(j, 5), 0);
    must(place, journal_epoch_is_new(j, &is_new, &place->error));
    assert_true(is_new);
    for (int n = 0; n < 100; n++) {
        struct journal_entry entry = {.count = 1, .public_part = {text, sizeof text}};
        journal_head(j, &head);
        bool rolls = SEGMENT_BYTES - head.place.offset < record_size(sizeof text, 0);
        for (int i = 1; rolls && i < 100 && head.place.offset > SEGMENT_HEADER; i++) {
            place->faulty.fail_at = place->faulty.calls + i;
            place->faulty.error = ENOSPC;
            rc = journal_append(j, &head, &entry, 1);
            place->faulty.fail_at = 0;
            assert_int_equal(rc, ERROR_STORAGE_FULL);
            journal_head(j, &head);
        }
        if (rolls)
            break;
        assert_int_equal(journal_append(j, &head, &entry, 1), 0);
    }
    assert_int_equal(rc, ERROR_STORAGE_FULL);
    assert_int_equal(head.place.offset, SEGMENT_HEADER);
    must(place, journal_epoch_is_new(j, &is_new, &place->error));
    assert_false(is_new);
    journal_close(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_backed_up_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_directory_that_is_not_empty_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(one_backup_is_made_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_that_stands_before_the_backup_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_plain_copy_is_taken_when_that_is_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_answered_before_a_backup_is_in_it, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_erased_meanwhile_is_not_torn, setup, teardown),
        cmocka_unit_test_setup_teardown(any_changed_byte_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_missing_or_shorter_file_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_state_of_another_journal_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_erased_does_not_come_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_backup_that_fails_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_state_that_nobody_can_read_now_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(a_power_cut_takes_back_nothing_of_a_backup_that_was_made, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_restore_that_fails_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stop_cuts_a_backup_off_wherever_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(a_directory_that_was_there_stays_and_is_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_segment_is_no_new_epoch, setup, teardown),
        cmocka_unit_test_setup_teardown(an_older_journal_under_a_newer_state_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_journal_beside_the_state_goes_on_in_a_new_epoch, setup, teardown),
    };
    return cmocka_run_group_tests_name("backup", tests, NULL, NULL);
}
