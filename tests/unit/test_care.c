// layer: store
// When the store was last backed up and last checked: known after a restart, however the one before ended;
// and never in the way, whatever stands in the file and whatever the disk does.
#include "base/error.h"
#include "faulty_io.h"
#include "store/care.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "shell.h"

enum { PATH = 128 };

struct yard {
    char directory[64], file[PATH];
    struct faulty faulty;
    struct store_io io;
    struct store_error error;
    struct care *care;
};

static void begin(struct yard *yard)
{
    yard->error = (struct store_error){0};
    assert_int_equal(care_open(yard->directory, &yard->io, &yard->care, &yard->error), 0);
}

static void again(struct yard *yard)
{
    care_close(yard->care);
    begin(yard);
}

static int setup(void **state)
{
    static struct yard yard;
    strcpy(yard.directory, "/tmp/whistled-care-XXXXXX");
    assert_non_null(mkdtemp(yard.directory));
    snprintf(yard.file, sizeof yard.file, "%s/care", yard.directory);
    faulty_init(&yard.faulty);
    yard.io = faulty_io(&yard.faulty);
    begin(&yard);
    *state = &yard;
    return 0;
}

static int teardown(void **state)
{
    struct yard *yard = *state;
    care_close(yard->care);
    faulty_fini(&yard->faulty);
    shell("rm -rf %s", yard->directory);
    return 0;
}

static const struct care_run made = {.begun_ms = 1771000000000,
                                     .took_ms = 2500,
                                     .seq = 4711,
                                     .bytes = 123456789,
                                     .where = "/var/backups/of the city/2026-02-13"};
static const struct care_run full = {
    .begun_ms = 1771086400000, .took_ms = 90, .code = ERROR_STORAGE_FULL, .where = "/var/backups/2026-02-14"};
static const struct care_run checked = {.begun_ms = 1771090000000, .took_ms = 60000, .seq = 4800};
static const struct care_run damaged = {
    .begun_ms = 1771690000000, .took_ms = 61000, .code = ERROR_CORRUPT, .seq = 5000};

static void must_note(struct yard *yard, enum care_kind kind, const struct care_run *run)
{
    assert_int_equal(care_note(yard->care, kind, run, &yard->error), 0);
}

static void is_same(const struct care_run *a, const struct care_run *b)
{
    assert_int_equal(a->begun_ms, b->begun_ms);
    assert_int_equal(a->took_ms, b->took_ms);
    assert_int_equal(a->code, b->code);
    assert_int_equal(a->seq, b->seq);
    assert_int_equal(a->bytes, b->bytes);
    assert_string_equal(a->where, b->where);
}

static void knows(struct yard *yard, enum care_kind kind, const struct care_run *last,
                  const struct care_run *good)
{
    static const struct care_run never;
    struct care_book book;
    care_read(yard->care, &book);
    is_same(&book.last[kind], last ? last : &never);
    is_same(&book.good[kind], good ? good : &never);
}

// ---- there and back -----------------------------------------------------------------------------

static void at_first_nothing_is_known(void **state)
{
    struct yard *yard = *state;
    knows(yard, CARE_BACKUP, NULL, NULL);
    knows(yard, CARE_CHECK, NULL, NULL);
    assert_int_equal(yard->error.code, 0);
    assert_int_equal(access(yard->file, F_OK), -1);
}

static void what_was_noted_is_known_after_a_restart(void **state)
{
    struct yard *yard = *state;
    must_note(yard, CARE_BACKUP, &made);
    again(yard);
    knows(yard, CARE_BACKUP, &made, &made);
    knows(yard, CARE_CHECK, NULL, NULL);
    must_note(yard, CARE_CHECK, &checked);
    must_note(yard, CARE_BACKUP, &full);
    must_note(yard, CARE_CHECK, &damaged);
    for (int i = 0; i < 2; i++, again(yard)) {
        knows(yard, CARE_BACKUP, &full, &made); // the one that failed does not take the good one's place
        knows(yard, CARE_CHECK, &damaged, &checked);
    }
    must_note(yard, CARE_CHECK, &checked);
    again(yard);
    knows(yard, CARE_CHECK, &checked, &checked);
    assert_int_equal(yard->error.code, 0);
}

static void one_that_failed_at_first_is_no_good_one(void **state)
{
    struct yard *yard = *state;
    must_note(yard, CARE_BACKUP, &full);
    again(yard);
    knows(yard, CARE_BACKUP, &full, NULL);
}

// ---- a file that is not as it was written -------------------------------------------------------

static char *slurp(const char *path, long *length)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *length = ftell(file);
    rewind(file);
    char *bytes = malloc((size_t)*length);
    assert_int_equal(fread(bytes, 1, (size_t)*length, file), *length);
    fclose(file);
    return bytes;
}

static void put(const char *path, const char *bytes, long length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, (size_t)length, file), length);
    fclose(file);
}

// It counts as none, that is said, and the next note makes it good.
static void counts_as_none(struct yard *yard, int code)
{
    again(yard);
    assert_int_equal(yard->error.code, code);
    assert_non_null(strstr(yard->error.text, "care"));
    knows(yard, CARE_BACKUP, NULL, NULL);
    knows(yard, CARE_CHECK, NULL, NULL);
    must_note(yard, CARE_BACKUP, &made);
    again(yard);
    assert_int_equal(yard->error.code, 0);
    knows(yard, CARE_BACKUP, &made, &made);
}

static void any_changed_byte_and_any_lost_end_is_noticed(void **state)
{
    struct yard *yard = *state;
    long length;
    must_note(yard, CARE_BACKUP, &made);
    must_note(yard, CARE_CHECK, &damaged);
    char *bytes = slurp(yard->file, &length);
    for (long at = 0; at < length; at++) {
        bytes[at] ^= 4;
        put(yard->file, bytes, length);
        counts_as_none(yard, ERROR_CORRUPT);
        bytes[at] ^= 4;
        put(yard->file, bytes, at);
        counts_as_none(yard, ERROR_CORRUPT);
    }
    assert_true(length > 200);
    free(bytes);
}

// As a program of another day may have written it: its sum fits.
static void put_summed(struct yard *yard, const char *text)
{
    shell("cd %s && printf '%s' > care && printf 'sum %%s\\n' $(b2sum -l 256 < care | cut -d' ' -f1) >> care",
          yard->directory, text);
}

static void what_a_newer_program_wrote_is_not_guessed_at(void **state)
{
    struct yard *yard = *state;
    struct care_book book;
    put_summed(yard, "whistled-care 2\\nbackup last 1 2 ok 3 4 /x\\n");
    counts_as_none(yard, ERROR_STORE_VERSION);
    put_summed(yard, "whistled-care 1\\nrestore last 1 2 ok 3 4 /x\\n");
    counts_as_none(yard, ERROR_CORRUPT);
    put_summed(yard, "whistled-care 1\\nbackup last 1 2 melted 3 4 /x\\n");
    again(yard);
    care_read(yard->care, &book);
    assert_int_equal(book.last[CARE_BACKUP].code, ERROR_INTERNAL); // some failure, never a success
}

static void what_is_no_file_is_not_in_the_way(void **state)
{
    struct yard *yard = *state;
    shell("mkdir %s", yard->file);
    again(yard);
    assert_int_equal(yard->error.code, ERROR_IO);
    assert_int_not_equal(care_note(yard->care, CARE_BACKUP, &made, &yard->error), 0);
    knows(yard, CARE_BACKUP, &made, &made);
    shell("rmdir %s && ln -s /dev/null %s", yard->file, yard->file);
    counts_as_none(yard, ERROR_IO); // no link is followed
}

// ---- faults -------------------------------------------------------------------------------------

// Fails the n-th call; true once there are fewer.
static bool fail_note(struct yard *yard, int n, int error)
{
    must_note(yard, CARE_BACKUP, &made);
    yard->faulty.fail_at = yard->faulty.calls + n;
    yard->faulty.error = error;
    int rc = care_note(yard->care, CARE_BACKUP, &full, &yard->error);
    bool over = yard->faulty.calls < yard->faulty.fail_at;
    yard->faulty.fail_at = 0;
    knows(yard, CARE_BACKUP, &full, &made); // as long as this process lives
    if (error)
        assert_int_equal(rc, over ? 0 : error == ENOSPC ? ERROR_STORAGE_FULL : ERROR_IO);
    again(yard);
    assert_int_equal(yard->error.code, 0); // what there was, or what was written: never a half
    struct care_book book;
    care_read(yard->care, &book);
    is_same(&book.good[CARE_BACKUP], &made);
    is_same(&book.last[CARE_BACKUP], book.last[CARE_BACKUP].code ? &full : &made);
    shell("test ! -e %s.new", yard->file);
    return over;
}

static void a_disk_that_fails_costs_the_note_at_most(void **state)
{
    static const int errors[] = {ENOSPC, EIO, 0};
    for (size_t i = 0; i < 3; i++) {
        int n = 1;
        while (!fail_note(*state, n, errors[i]))
            n++;
        assert_true(n > 4);
    }
}

static void a_power_cut_takes_back_nothing_that_was_noted(void **state)
{
    struct yard *yard = *state;
    for (uint32_t seed = 1; seed <= 50; seed++) {
        yard->faulty.remember = true;
        must_note(yard, CARE_BACKUP, seed % 2 ? &made : &full);
        faulty_power_cut(&yard->faulty, seed);
        again(yard);
        assert_int_equal(yard->error.code, 0);
        knows(yard, CARE_BACKUP, seed % 2 ? &made : &full, &made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(at_first_nothing_is_known),
        TEST(what_was_noted_is_known_after_a_restart),
        TEST(one_that_failed_at_first_is_no_good_one),
        TEST(any_changed_byte_and_any_lost_end_is_noticed),
        TEST(what_a_newer_program_wrote_is_not_guessed_at),
        TEST(what_is_no_file_is_not_in_the_way),
        TEST(a_disk_that_fails_costs_the_note_at_most),
        TEST(a_power_cut_takes_back_nothing_that_was_noted),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
