// layer: store
// The guard over processes that really die: each death is that of a child, over the same directory.
#include "store/guard.h"

#include "base/error.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <pthread.h>
#include <cmocka.h>

enum { MANY = 100 };

struct yard {
    char directory[64];
    struct guard *guard;
    struct suspect told[INHAND_SLOTS];
    size_t told_count;
    char trouble[256];
    int64_t now_ms;
};

static const uint8_t some_id[INHAND_ID] = {1, 2, 3};

static void tell(void *context, const struct suspect *suspect, const char *trouble)
{
    struct yard *yard = context;
    yard->told[yard->told_count++] = *suspect;
    snprintf(yard->trouble, sizeof yard->trouble, "%s", trouble ? trouble : "");
}

static void open_guard(struct yard *yard)
{
    const struct guard_options options = {
        .directory = yard->directory, .now_ms = ++yard->now_ms, .tell = tell, .context = yard};
    yard->told_count = 0;
    assert_int_equal(guard_open(&options, &yard->guard, NULL), 0);
}

static int setup(void **state)
{
    static struct yard yard;
    yard = (struct yard){.now_ms = 1700000000000};
    strcpy(yard.directory, "/tmp/whistled-guard-XXXXXX");
    assert_non_null(mkdtemp(yard.directory));
    *state = &yard;
    return 0;
}

static int teardown(void **state)
{
    struct yard *yard = *state;
    char command[128];
    guard_close(yard->guard);
    snprintf(command, sizeof command, "rm -rf %s", yard->directory);
    return system(command);
}

static struct inhand_note note_of(const char *text)
{
    return (struct inhand_note){INHAND_DECIDING, "cg", some_id, {(const uint8_t *)text, strlen(text)}};
}

// ---- deaths -------------------------------------------------------------------------------------

// In a child: opens the guard, takes `text` in hand, and does what ends it.
static void dies(struct yard *yard, const char *text, void (*end)(struct yard *yard))
{
    fflush(NULL);
    yard->now_ms++;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        for (int number = 1; number < 32; number++)
            if (number != SIGKILL && number != SIGSTOP)
                signal(number, SIG_DFL); // cmocka's
        open_guard(yard);
        struct inhand_note note = note_of(text);
        guard_take(yard->guard, &note);
        end(yard);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void by_abort(struct yard *yard)
{
    (void)yard;
    abort();
}

static void by_kill(struct yard *yard)
{
    (void)yard;
    kill(getpid(), SIGKILL);
}

static void by_exit(struct yard *yard)
{
    (void)yard;
    _exit(1);
}

static volatile uintptr_t nowhere = 16;

static void by_fault(struct yard *yard)
{
    (void)yard;
    *(volatile int *)nowhere = 1;
}

static int fall(int depth)
{
    volatile char room[4096];
    room[0] = (char)depth;
    return depth < 0 ? 0 : fall(depth + 1) + room[0];
}

static void by_overflow(struct yard *yard)
{
    (void)yard;
    nowhere = (uintptr_t)fall(0);
}

static void *crash(void *argument)
{
    struct yard *yard = argument;
    struct inhand_note note = note_of("culprit");
    guard_take(yard->guard, &note);
    abort();
}

static void by_another_thread(struct yard *yard)
{
    pthread_t thread;
    pthread_create(&thread, NULL, crash, yard);
    pause();
}

static void when_done(struct yard *yard)
{
    guard_done(yard->guard);
    abort();
}

static void when_dropped(struct yard *yard)
{
    guard_drop(yard->guard);
    abort();
}

// As a watchdog does it.
static void from_outside(struct yard *yard)
{
    (void)yard;
    pid_t self = getpid();
    if (fork() == 0) {
        kill(self, SIGABRT);
        _exit(0);
    }
    pause();
}

static void expect(struct yard *yard, const char *text, unsigned blame, unsigned deaths)
{
    char name[GUARD_NAME];
    uint8_t hash[REQUEST_NAME];
    struct inhand_note note = note_of(text);
    request_name(note.principal, note.bytes, hash);
    for (size_t i = 0; i < yard->told_count; i++)
        if (memcmp(yard->told[i].name, hash, sizeof hash) == 0) {
            assert_int_equal(yard->told[i].blame, blame);
            assert_int_equal(yard->told[i].deaths, deaths);
            assert_int_equal(yard->told[i].stage, INHAND_DECIDING);
            assert_string_equal(yard->told[i].principal, "cg");
            assert_memory_equal(yard->told[i].id, some_id, sizeof some_id);
            bool admitted = guard_admit(yard->guard, &note, name);
            assert_int_equal(admitted, blame < SUSPECT_QUARANTINE);
            guard_drop(yard->guard);
            return;
        }
    fail_msg("%s was not in hand", text);
}

static void close_guard(struct yard *yard)
{
    guard_close(yard->guard);
    yard->guard = NULL;
}

static void each_way_to_die_has_its_blame(void **state)
{
    static const struct {
        void (*end)(struct yard *yard);
        unsigned blame;
    } ways[] = {{by_abort, 2}, {by_fault, 2}, {by_overflow, 2},
                {by_kill, 1},  {by_exit, 1},  {from_outside, 1}};
    struct yard *yard = *state;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        char text[16];
        snprintf(text, sizeof text, "way %zu", i);
        dies(yard, text, ways[i].end);
        open_guard(yard);
        assert_int_equal(yard->told_count, 1);
        expect(yard, text, ways[i].blame, 1);
        close_guard(yard);
    }
}

static void the_thread_that_crashed_is_told_from_the_others(void **state)
{
    struct yard *yard = *state;
    dies(yard, "innocent", by_another_thread);
    open_guard(yard);
    assert_int_equal(yard->told_count, 2);
    expect(yard, "culprit", 2, 1);
    expect(yard, "innocent", 1, 1);
}

static void what_was_done_or_handed_on_is_not_blamed(void **state)
{
    struct yard *yard = *state;
    dies(yard, "done", when_done);
    open_guard(yard);
    assert_int_equal(yard->told_count, 0);
    close_guard(yard);
    dies(yard, "dropped", when_dropped);
    open_guard(yard);
    assert_int_equal(yard->told_count, 0);
}

static void two_crashes_quarantine_and_so_do_four_kills(void **state)
{
    struct yard *yard = *state;
    for (unsigned deaths = 1; deaths <= 4; deaths++) {
        dies(yard, "killed", by_kill);
        open_guard(yard);
        expect(yard, "killed", deaths, deaths);
        close_guard(yard);
    }
    dies(yard, "crashes", by_abort);
    dies(yard, "crashes", by_abort);
    open_guard(yard);
    expect(yard, "crashes", 4, 2);
    struct guard_stats stats;
    guard_stats(yard->guard, &stats);
    assert_int_equal(stats.quarantined, 2);
    assert_int_equal(stats.refused, 1); // by this process
    assert_true(stats.watching);
}

// A kill, then an answer, then a kill: the first is forgotten, also on the disk.
static void what_is_worked_without_harm_is_forgotten(void **state)
{
    struct yard *yard = *state;
    struct inhand_note note = note_of("honest");
    char name[GUARD_NAME];
    dies(yard, "honest", by_abort);
    open_guard(yard);
    assert_true(guard_admit(yard->guard, &note, name));
    assert_false(guard_littered(yard->guard));
    guard_done(yard->guard);
    assert_true(guard_littered(yard->guard));
    guard_sweep(yard->guard);
    close_guard(yard);
    dies(yard, "honest", by_abort);
    open_guard(yard);
    expect(yard, "honest", 2, 1);
}

static void putting_it_off_is_no_proof(void **state)
{
    struct yard *yard = *state;
    struct inhand_note note = note_of("put off");
    dies(yard, "put off", by_abort);
    open_guard(yard);
    guard_take(yard->guard, &note);
    guard_drop(yard->guard);
    close_guard(yard);
    dies(yard, "put off", by_abort);
    open_guard(yard);
    expect(yard, "put off", 4, 2);
}

// ---- the notes ------------------------------------------------------------------------------------

static struct inhand *open_notes(struct yard *yard, uint8_t boot)
{
    uint8_t id[BOOT_ID] = {boot};
    struct inhand *inhand = NULL;
    assert_int_equal(inhand_open(yard->directory, id, &inhand, NULL), 0);
    return inhand;
}

// By a process that is gone without a word.
static void leave_notes(struct yard *yard, uint8_t boot, const char *text)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct inhand *inhand = open_notes(yard, boot);
        struct inhand_note note = note_of(text);
        inhand_begin(inhand, 7);
        inhand_take(inhand, &note);
        _exit(0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static unsigned count_left(const struct inhand *inhand)
{
    struct inhand_left left;
    unsigned count = 0;
    for (unsigned i = 0; i < INHAND_SLOTS; i++)
        count += inhand_left(inhand, i, &left);
    return count;
}

static void another_boot_forgets(void **state)
{
    struct yard *yard = *state;
    leave_notes(yard, 1, "before the power cut");
    struct inhand *inhand = open_notes(yard, 2);
    assert_int_equal(count_left(inhand), 0);
    assert_int_equal(inhand_run(inhand), 0);
    inhand_close(inhand);
}

static void what_is_left_is_whole_and_is_wiped_when_it_is_begun(void **state)
{
    struct yard *yard = *state;
    struct inhand_left left;
    leave_notes(yard, 1, "what it was");
    struct inhand *inhand = open_notes(yard, 1);
    assert_int_equal(count_left(inhand), 1);
    assert_int_equal(inhand_run(inhand), 7);
    for (unsigned i = 0; i < INHAND_SLOTS; i++)
        if (inhand_left(inhand, i, &left)) {
            assert_memory_equal(left.note.bytes.bytes, "what it was", left.note.bytes.length);
            assert_int_equal(left.note.bytes.length, strlen("what it was"));
            assert_false(left.crashed);
            assert_true(left.held_ms >= 0 && left.held_ms < 10000);
        }
    inhand_begin(inhand, 8);
    assert_int_equal(count_left(inhand), 0);
    inhand_close(inhand);
}

// Whatever stands in the file, reading it is sound.
static void notes_that_are_rubbish(void **state)
{
    struct yard *yard = *state;
    struct inhand_left left;
    char path[128];
    snprintf(path, sizeof path, "%s/inhand", yard->directory);
    leave_notes(yard, 1, "x");
    struct stat found;
    assert_int_equal(stat(path, &found), 0);
    size_t size = (size_t)found.st_size, head = 16 + BOOT_ID;
    unsigned char *bytes = malloc(size);
    for (unsigned seed = 0; seed < MANY; seed++) {
        FILE *file = fopen(path, "r+");
        assert_non_null(file);
        srandom(seed);
        for (size_t i = 0; i < size; i++)
            bytes[i] = (unsigned char)(seed % 2 ? random() : random() & 1);
        assert_int_equal(fseek(file, (long)head, SEEK_SET), 0);
        assert_int_equal(fwrite(bytes, 1, size - head, file), size - head);
        fclose(file);
        struct inhand *inhand = open_notes(yard, 1);
        for (unsigned i = 0; i < INHAND_SLOTS; i++)
            if (inhand_left(inhand, i, &left)) {
                assert_true(left.note.bytes.length <= INHAND_BYTES);
                assert_true(strlen(left.note.principal) < INHAND_PRINCIPAL);
            }
        inhand_close(inhand);
        leave_notes(yard, 1, "x");
    }
    free(bytes);
    assert_int_equal(truncate(path, 100), 0);
    struct inhand *inhand = open_notes(yard, 1);
    assert_int_equal(count_left(inhand), 0);
    inhand_close(inhand);
}

static void long_and_empty_requests_are_noted(void **state)
{
    struct yard *yard = *state;
    static char text[INHAND_BYTES + 1000];
    char name[GUARD_NAME];
    memset(text, 'a', sizeof text - 1);
    for (int i = 0; i < 2; i++) {
        dies(yard, text, by_abort);
        dies(yard, "", by_abort);
    }
    open_guard(yard);
    struct inhand_note whole = note_of(text), empty = note_of("");
    assert_false(guard_admit(yard->guard, &whole, name));
    assert_false(guard_admit(yard->guard, &empty, name));
    guard_drop(yard->guard);
}

static void *take_one(void *argument)
{
    struct inhand_note note = note_of("of a thread");
    struct yard *yard = argument;
    guard_take(yard->guard, &note);
    guard_done(yard->guard);
    return NULL;
}

// One beyond the slots notes nothing, and goes on. The last, since it uses the slots of this process up.
static void more_threads_than_slots(void **state)
{
    struct yard *yard = *state;
    open_guard(yard);
    for (int i = 0; i < INHAND_SLOTS + 2; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, take_one, yard), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
    }
}

// ---- suspects ---------------------------------------------------------------------------------------

static struct suspect suspect_number(unsigned i, unsigned blame, uint64_t run)
{
    struct suspect suspect = {.stage = INHAND_LOOKING, .blame = blame, .run = run, .last_ms = (int64_t)run};
    memcpy(suspect.name, &i, sizeof i);
    strcpy(suspect.principal, "cg");
    return suspect;
}

static void blame(struct suspects *suspects, unsigned i, unsigned blame, uint64_t run)
{
    struct suspect more = suspect_number(i, blame, run);
    assert_int_equal(suspects_blame(suspects, &more, (struct blob){(const uint8_t *)"x", 1}, NULL, NULL), 0);
}

static struct suspects *open_suspects(struct yard *yard)
{
    struct suspects *suspects = NULL;
    unsigned unread;
    assert_int_equal(suspects_open(yard->directory, &suspects, &unread, NULL), 0);
    assert_int_equal(unread, 0);
    return suspects;
}

static void a_death_is_counted_once(void **state)
{
    struct yard *yard = *state;
    struct suspect list[SUSPECTS_MAX];
    struct suspects *suspects = open_suspects(yard);
    blame(suspects, 1, 2, 10);
    blame(suspects, 1, 2, 10); // it died again before it had forgotten the first
    suspects_close(suspects);
    suspects = open_suspects(yard);
    blame(suspects, 1, 2, 10);
    assert_int_equal(suspects_list(suspects, list), 1);
    assert_int_equal(list[0].blame, 2);
    assert_int_equal(list[0].deaths, 1);
    suspects_close(suspects);
}

static unsigned files_in(const struct yard *yard)
{
    char command[128];
    unsigned count = 0;
    snprintf(command, sizeof command, "ls %s/poison | wc -l", yard->directory);
    FILE *pipe = popen(command, "r");
    assert_int_equal(fscanf(pipe, "%u", &count), 1);
    pclose(pipe);
    return count;
}

static void the_oldest_goes_and_the_quarantined_stay(void **state)
{
    struct yard *yard = *state;
    struct suspects *suspects = open_suspects(yard);
    blame(suspects, 0, 4, 1);
    for (unsigned i = 1; i < MANY; i++)
        blame(suspects, i, 1, i + 1);
    for (int again = 0; again < 2; again++) {
        struct suspect list[SUSPECTS_MAX], first = suspect_number(0, 0, 0);
        assert_int_equal(suspects_list(suspects, list), SUSPECTS_MAX);
        assert_int_equal(files_in(yard), SUSPECTS_MAX);
        assert_true(suspects_hold(suspects, first.name));
        assert_int_equal(list[0].last_ms, MANY);
        assert_int_equal(list[SUSPECTS_MAX - 2].last_ms, MANY - SUSPECTS_MAX + 2);
        suspects_close(suspects);
        suspects = open_suspects(yard);
    }
    suspects_close(suspects);
}

static void releasing_needs_enough_of_the_hash(void **state)
{
    struct yard *yard = *state;
    struct suspects *suspects = open_suspects(yard);
    struct suspect was;
    char hex[SUSPECT_HEX + 1];
    blame(suspects, 1, 4, 1);
    blame(suspects, 1 + (1 << 30), 4, 1);
    struct suspect one = suspect_number(1, 0, 0);
    suspect_hex(one.name, hex);
    assert_int_equal(suspects_release(suspects, "", NULL), ERROR_BAD_VALUE);
    assert_int_equal(suspects_release(suspects, "01000000000g", NULL), ERROR_BAD_VALUE);
    assert_int_equal(suspects_release(suspects, "020000000000", NULL), ERROR_NOT_FOUND);
    assert_int_equal(suspects_release(suspects, hex, &was), 0);
    assert_memory_equal(was.name, one.name, REQUEST_NAME);
    assert_int_equal(suspects_release(suspects, hex, &was), ERROR_NOT_FOUND);
    assert_int_equal(files_in(yard), 1);
    blame(suspects, 2, 1, 1);
    one = suspect_number(2, 0, 0);
    one.name[REQUEST_NAME - 1] = 1;
    one.run = 2;
    assert_int_equal(suspects_blame(suspects, &one, (struct blob){0}, NULL, NULL), 0);
    assert_int_equal(suspects_release(suspects, "020000000000", NULL), ERROR_AMBIGUOUS);
    suspects_close(suspects);
}

// promise: a full disk keeps nobody from starting.
static void a_full_disk(void **state)
{
    struct yard *yard = *state;
    struct guard_stats stats;
    char path[512];
    dies(yard, "while it was full", by_abort);
    struct rlimit before, none = {0, RLIM_INFINITY};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    none.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    open_guard(yard);
    assert_int_equal(yard->told_count, 1);
    assert_non_null(strstr(yard->trouble, "File too large"));
    guard_stats(yard->guard, &stats);
    assert_true(stats.watching); // its file was there already
    assert_int_equal(stats.suspects, 1);
    close_guard(yard);
    open_guard(yard);
    guard_stats(yard->guard, &stats);
    assert_true(stats.watching); // it stays there over an orderly end
    close_guard(yard);
    snprintf(path, sizeof path, "%s/inhand", yard->directory);
    assert_int_equal(unlink(path), 0);
    open_guard(yard);
    guard_stats(yard->guard, &stats);
    assert_false(stats.watching);
    struct inhand_note note = note_of("unseen");
    guard_take(yard->guard, &note);
    guard_done(yard->guard);
    guard_alive(yard->guard);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
}

// ---- names ------------------------------------------------------------------------------------------

static bool same(const void *a, size_t a_length, const void *b, size_t b_length, bool sealed)
{
    uint8_t one[REQUEST_NAME], other[REQUEST_NAME];
    struct blob left = {a, a_length}, right = {b, b_length};
    if (sealed) {
        request_name_sealed(left, one);
        request_name_sealed(right, other);
    } else {
        request_name("cg", left, one);
        request_name("cg", right, other);
    }
    return memcmp(one, other, sizeof one) == 0;
}

#define SAME(a, b)          same(a, sizeof a - 1, b, sizeof b - 1, false)
#define SAME_ENVELOPE(a, b) same(a, sizeof a - 1, b, sizeof b - 1, true)

static void a_request_is_known_by_what_it_asks(void **state)
{
    uint8_t one[REQUEST_NAME], other[REQUEST_NAME];
    struct blob act = {(const uint8_t *)"\x5a\x01x", 3};
    (void)state;
    // id (1), sent_ms (2), act (11)
    assert_true(SAME("\x0a\x02zz\x10\x81\x01\x5a\x01x", "\x5a\x01x"));
    assert_true(SAME("\x5a\x01x\x10\x05", "\x0a\x00\x5a\x01x"));
    assert_false(SAME("\x5a\x01x", "\x5a\x01y"));
    assert_false(SAME("\x5a\x01x\x1a\x01n", "\x5a\x01x")); // another agent
    assert_false(SAME("\x5a\x01x\x5a\x01x", "\x5a\x01x"));
    assert_false(SAME("\x0a\x7f", "")); // longer than there is: no id, but rubbish
    assert_false(SAME("\x0a\x7f", "\x0a\x7e"));
    assert_false(SAME("\x0b", "\x0c")); // a group, which there is none of
    assert_false(SAME("\x11"
                      "1234567",
                      "\x11"
                      "1234568")); // a fixed64 that is cut off
    assert_true(SAME("\x11"
                     "12345678",
                     "\x15"
                     "1234")); // both are a sent_ms, however they are written
    assert_false(SAME("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", ""));
    request_name("cg", act, one);
    request_name("lh", act, other);
    assert_memory_not_equal(one, other, REQUEST_NAME);
    request_name_sealed(act, other);
    assert_memory_not_equal(one, other, REQUEST_NAME);
}

static void an_envelope_is_known_by_what_is_in_it(void **state)
{
    (void)state;
    // version (1), principal (3), key_id (4), id (5), salt (6), sealed (7), plain (8)
    assert_true(SAME_ENVELOPE("\x1a\x02"
                              "cg\x2a\x01i\x42\x06\x0a\x01i\x5a\x01x",
                              "\x1a\x02"
                              "cg\x2a\x01j\x42\x08\x0a\x01j\x10\x05\x5a\x01x"));
    assert_false(SAME_ENVELOPE("\x1a\x02"
                               "cg\x42\x03\x5a\x01x",
                               "\x1a\x02"
                               "cf\x42\x03\x5a\x01x"));
    assert_false(SAME_ENVELOPE("\x22\x01k\x42\x03\x5a\x01x", "\x42\x03\x5a\x01x"));
    assert_false(SAME_ENVELOPE("\x42\x03\x5a\x01x", "\x3a\x03\x5a\x01x"));
    assert_true(SAME_ENVELOPE("\x32\x02ss\x3a\x01x", "\x32\x02tt\x3a\x01x"));
    assert_false(SAME_ENVELOPE("\x3a\x01x", "\x3a\x01y"));
    assert_false(SAME_ENVELOPE("\x08\x01", "\x08\x02"));
}

static void any_bytes_have_a_name(void **state)
{
    uint8_t name[REQUEST_NAME], bytes[64];
    (void)state;
    srandom(1);
    for (int i = 0; i < 100 * MANY; i++) {
        size_t length = (size_t)random() % sizeof bytes;
        uint8_t *exact = malloc(length + 1);
        for (size_t j = 0; j < length; j++)
            exact[j] = (uint8_t)(random() % 3 ? random() : 0x42);
        request_name("cg", (struct blob){exact, length}, name);
        request_name_sealed((struct blob){exact, length}, name);
        free(exact);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_way_to_die_has_its_blame),
        TEST(the_thread_that_crashed_is_told_from_the_others),
        TEST(what_was_done_or_handed_on_is_not_blamed),
        TEST(two_crashes_quarantine_and_so_do_four_kills),
        TEST(what_is_worked_without_harm_is_forgotten),
        TEST(putting_it_off_is_no_proof),
        TEST(another_boot_forgets),
        TEST(what_is_left_is_whole_and_is_wiped_when_it_is_begun),
        TEST(notes_that_are_rubbish),
        TEST(long_and_empty_requests_are_noted),
        TEST(a_death_is_counted_once),
        TEST(the_oldest_goes_and_the_quarantined_stay),
        TEST(releasing_needs_enough_of_the_hash),
        TEST(a_full_disk),
        TEST(a_request_is_known_by_what_it_asks),
        TEST(an_envelope_is_known_by_what_is_in_it),
        TEST(any_bytes_have_a_name),
        TEST(more_threads_than_slots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
