// layer: rulebook
// Time zones from files: against the C library from 1990 to 2099, and files that are not what they say.
#include "base/civil.h"
#include "base/error.h"
#include "rulebook/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

static int32_t libc_offset(int64_t at_s)
{
    time_t time = (time_t)at_s;
    struct tm tm;
    localtime_r(&time, &tm);
    return (int32_t)tm.tm_gmtoff;
}

// 0 where the loaded zone shows at each half hour, and around each change to the second, what the C library
// shows.
static int compare(const struct zone *zone)
{
    int64_t from_s = civil_to_days((struct civil_date){1990, 1, 1}) * INT64_C(86400);
    int64_t to_s = civil_to_days((struct civil_date){ZONE_LAST_YEAR + 1, 1, 1}) * INT64_C(86400);
    for (int64_t s = from_s; s < to_s; s += 6 * 3600)
        if (zone_offset(zone, s * SECOND_MS) != libc_offset(s))
            return 1;
    for (size_t i = 0; i < zone->count; i++) {
        int64_t at_s = zone->changes[i].at_ms / SECOND_MS;
        if (at_s < from_s)
            continue;
        for (int64_t s = at_s - 1; s <= at_s; s++)
            if (zone_offset(zone, s * SECOND_MS) != libc_offset(s))
                return 2;
    }
    return 0;
}

// TZ belongs to a process, so each zone is compared in one of its own.
static void assert_agrees_with_libc(const char *name)
{
    struct arena arena;
    struct zone zone;
    const char *why = NULL;
    arena_init(&arena, 0);
    assert_int_equal(zone_load(&arena, NULL, name, &zone, &why), 0);
    assert_string_equal(zone.name, name);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setenv("TZ", name, 1);
        tzset();
        _exit(compare(&zone));
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    arena_fini(&arena);
    assert_int_equal(status, 0);
}

static void zones_agree_with_the_c_library(void **state)
{
    (void)state;
    static const char *const names[] = {
        "Asia/Shanghai",    "America/New_York",  "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo",
        "Europe/Dublin",    "Africa/Casablanca", "Pacific/Apia",  "Asia/Kathmandu",      "America/St_Johns",
        "Antarctica/Troll", "Asia/Tehran",       "UTC",           "America/Nuuk",
    };
    if (access(ZONE_DIRECTORY "/Asia/Shanghai", R_OK) != 0) {
        print_message("no time zone database here: skipped\n");
        skip();
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_agrees_with_libc(names[i]);
}

static void local_times_lead_back_to_their_instants(void **state)
{
    (void)state;
    struct arena arena;
    struct zone zone;
    arena_init(&arena, 0);
    if (access(ZONE_DIRECTORY "/Australia/Lord_Howe", R_OK) != 0)
        skip();
    assert_int_equal(zone_load(&arena, NULL, "Australia/Lord_Howe", &zone, NULL), 0);
    int64_t last = INT64_MIN;
    for (int64_t local = INT64_C(631152000000); local < INT64_C(4102444800000); local += 15 * MINUTE_MS) {
        int64_t utc = zone_utc(&zone, local), reached = zone_reached(&zone, local);
        int64_t shown = zone_local(&zone, utc);
        assert_true(shown == local || shown == local + 30 * MINUTE_MS); // the gap there is half an hour
        assert_true(shown == local ? reached == utc : reached <= utc);
        assert_true(reached >= last);
        last = reached;
    }
    arena_fini(&arena);
}

// A file of version 2 in memory: one type, no change, and the footer.

static size_t put_header(uint8_t *at, char version, uint32_t types)
{
    memset(at, 0, 44);
    memcpy(at, "TZif", 4);
    at[4] = (uint8_t)version;
    at[39] = (uint8_t)types;
    at[43] = 4; // bytes of abbreviations
    return 44;
}

static size_t put_block(uint8_t *at, int32_t offset_s)
{
    uint32_t bits = (uint32_t)offset_s;
    uint8_t type[10] = {(uint8_t)(bits >> 24),
                        (uint8_t)(bits >> 16),
                        (uint8_t)(bits >> 8),
                        (uint8_t)bits,
                        0,
                        0,
                        'X',
                        'X',
                        'X',
                        0};
    memcpy(at, type, sizeof type);
    return sizeof type;
}

static size_t make_file(uint8_t *bytes, char version, int32_t offset_s, const char *footer)
{
    size_t length = put_header(bytes, version, 1);
    length += put_block(bytes + length, offset_s);
    length += put_header(bytes + length, version, 1);
    length += put_block(bytes + length, offset_s);
    return length + (size_t)sprintf((char *)bytes + length, "\n%s\n", footer);
}

static int decode_footer(struct arena *arena, const char *footer, struct zone *zone)
{
    uint8_t bytes[512];
    size_t length = make_file(bytes, '2', -5 * 3600, footer);
    return zone_decode(arena, "Test/Zone", bytes, length, zone, NULL);
}

static void footers_are_read_or_refused(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "UTC0",
                                       "<-03>3",
                                       "CST-8",
                                       "EST5EDT,M3.2.0,M11.1.0",
                                       "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
                                       "IST-1GMT0,M10.5.0,M3.5.0/1",
                                       "EET-2EEST,M3.5.0/0,M10.5.0/0",
                                       "AAA3BBB,J60/2,J300/-1",
                                       "AAA3BBB2:30:15,59,300/25",
                                       "<-02>2<-01>,M3.5.0/-1,M10.5.0/0"};
    static const char *const bad[] = {"X",
                                      "EST",
                                      "EST5EDT",
                                      "EST5EDT,M3.2.0",
                                      "EST5EDT,M13.2.0,M11.1.0",
                                      "EST5EDT,M3.6.0,M11.1.0",
                                      "EST5EDT,M3.2.7,M11.1.0",
                                      "EST5EDT,M3.2.0,M11.1.0x",
                                      "<-03",
                                      "EST25",
                                      "EST5EDT,J0,J300",
                                      "EST5EDT,M3.2.0/168,M11.1.0",
                                      "EST99999999999",
                                      "EST5EDT,366,1"};
    struct arena arena;
    arena_init(&arena, 0);
    struct zone zone;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(decode_footer(&arena, good[i], &zone), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(decode_footer(&arena, bad[i], &zone), ERROR_CORRUPT);
    arena_fini(&arena);
}

static void every_kind_of_date_in_a_footer_falls_on_its_day(void **state)
{
    (void)state;
    struct arena arena;
    struct zone zone;
    arena_init(&arena, 0);
    // J60 is 1 March in every year; 59 is 1 March, but 29 February in leap years; M2.5.0 is the last Sunday.
    static const struct {
        const char *footer;
        struct civil_date date;
    } cases[] = {
        {"AAA0BBB,J60/0,J300/0", {2028, 3, 1}},       {"AAA0BBB,J60/0,J300/0", {2027, 3, 1}},
        {"AAA0BBB,59/0,300/0", {2028, 2, 29}},        {"AAA0BBB,59/0,300/0", {2027, 3, 1}},
        {"AAA0BBB,M2.5.0/0,M9.1.0/0", {2026, 2, 22}}, {"AAA0BBB,M2.5.0/0,M9.1.0/0", {2032, 2, 29}},
        {"AAA0BBB,M3.2.0/0,M11.1.0/0", {2026, 3, 8}}, {"AAA0BBB,M12.5.6/0,M3.1.0/0", {2026, 12, 26}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(decode_footer(&arena, cases[i].footer, &zone), 0);
        int64_t at_ms = civil_to_days(cases[i].date) * DAY_MS;
        assert_int_equal(zone_offset(&zone, at_ms - 1), 0);
        assert_int_equal(zone_offset(&zone, at_ms), 3600);
    }
    arena_fini(&arena);
}

static void names_that_lead_elsewhere_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "/etc/passwd",
                                      "../../etc/passwd",
                                      "Asia/../../x",
                                      "Asia/Shang hai",
                                      "Asia/\n",
                                      "a23456789012345678901234567890123456789012345678901234567890123456"};
    struct arena arena;
    struct zone zone;
    const char *why = NULL;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(zone_load(&arena, NULL, bad[i], &zone, &why), ERROR_BAD_VALUE);
    assert_non_null(why);
    assert_int_equal(zone_load(&arena, "/nowhere", "Asia/Shanghai", &zone, &why), ERROR_NOT_FOUND);
    assert_non_null(strstr(why, "/nowhere/Asia/Shanghai"));
    assert_int_equal(zone_load(&arena, "/", "tmp", &zone, &why), ERROR_IO); // a directory
    arena_fini(&arena);
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    struct arena arena;
    struct zone zone;
    uint8_t bytes[512];
    arena_init(&arena, 0);
    size_t length = make_file(bytes, '2', 3600, "CET-1");
    assert_int_equal(zone_decode(&arena, "x", bytes, length, &zone, NULL), 0);
    for (size_t cut = 0; cut < length; cut++)
        assert_int_equal(zone_decode(&arena, "x", bytes, cut, &zone, NULL), ERROR_CORRUPT);
    length = make_file(bytes, 0, 3600, "CET-1");
    assert_int_equal(zone_decode(&arena, "x", bytes, length, &zone, NULL), ERROR_CORRUPT);
    length = make_file(bytes, '2', 3600, "CET-1");
    memset(bytes + 20, 0xff, 24); // counts far past the end
    assert_int_equal(zone_decode(&arena, "x", bytes, length, &zone, NULL), ERROR_CORRUPT);
    length = make_file(bytes, '2', 3600, "CET-1");
    bytes[54 + 31] = 1; // a leap second in the second header
    assert_int_equal(zone_decode(&arena, "x", bytes, length, &zone, NULL), ERROR_CORRUPT);
    arena_fini(&arena);
}

// Whatever stands in the bytes, it ends in an answer; the sanitizers watch the rest.
static void any_changed_byte_ends_in_an_answer(void **state)
{
    (void)state;
    uint8_t bytes[8192];
    FILE *file = fopen(ZONE_DIRECTORY "/America/New_York", "rb");
    if (!file)
        skip();
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    for (size_t i = 0; i < length; i++)
        for (int change = 0; change < 3; change++) {
            static const uint8_t masks[] = {0xff, 0x80, 0x01};
            struct arena arena;
            struct zone zone;
            arena_init(&arena, 0);
            bytes[i] ^= masks[change];
            int e = zone_decode(&arena, "x", bytes, length, &zone, NULL);
            assert_true(e == 0 || e == ERROR_CORRUPT);
            bytes[i] ^= masks[change];
            arena_fini(&arena);
        }
}

static void without_memory_nothing_is_loaded(void **state)
{
    (void)state;
    struct arena arena;
    struct zone zone;
    uint8_t bytes[512];
    size_t length = make_file(bytes, '2', -5 * 3600, "EST5EDT,M3.2.0,M11.1.0");
    arena_init(&arena, 64);
    assert_int_equal(zone_decode(&arena, "x", bytes, length, &zone, NULL), ERROR_NO_MEMORY);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones_agree_with_the_c_library),
        cmocka_unit_test(local_times_lead_back_to_their_instants),
        cmocka_unit_test(footers_are_read_or_refused),
        cmocka_unit_test(every_kind_of_date_in_a_footer_falls_on_its_day),
        cmocka_unit_test(names_that_lead_elsewhere_are_refused),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(any_changed_byte_ends_in_an_answer),
        cmocka_unit_test(without_memory_nothing_is_loaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
