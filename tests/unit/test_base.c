// layer: base
// What every layer stands on: arena, buffer, text, dates, checksums, ids, maps.
#include "base/arena.h"
#include "base/buffer.h"
#include "base/civil.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/strmap.h"
#include "base/text.h"
#include "base/ulid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void an_arena_refuses_past_its_cap_and_says_so(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 1024);
    assert_non_null(arena_alloc(&a, 1000));
    assert_false(arena_failed(&a));
    assert_null(arena_alloc(&a, 100));
    assert_true(arena_failed(&a));
    assert_null(arena_array(&a, SIZE_MAX / 2, 16));
    arena_fini(&a);
    assert_string_equal(arena_printf(&a, "%d-%s", 7, "七"), "7-七");
    arena_fini(&a);
}

static void an_arena_array_grows_and_keeps_its_items(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 0);
    size_t capacity = 0;
    int *items = NULL;
    for (int i = 0; i < 1000; i++) {
        items = arena_grow(&a, items, (size_t)i, &capacity, sizeof *items);
        items[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(items[i], i);
    arena_fini(&a);
}

static void a_buffer_grows(void **state)
{
    (void)state;
    struct buffer b;
    buffer_init(&b);
    for (int i = 0; i < 500; i++)
        buffer_printf(&b, "%03d", i);
    assert_int_equal(b.length, 1500);
    assert_memory_equal(buffer_string(&b) + 1497, "499", 4);
    buffer_fini(&b);
}

static void text_is_held_to_rfc_3629(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        bool good;
    } cases[] = {
        {"plain", true},         {"书院街道 暴露垃圾", true}, {"\xf0\x9f\x9a\xa8", true}, {"\xc0\xaf", false},
        {"\xed\xa0\x80", false}, {"\xf4\x90\x80\x80", false}, {"\xe4\xb9", false},        {"\x80", false},
        {"\xff", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(text_is_utf8(cases[i].bytes, strlen(cases[i].bytes)), cases[i].good);
    assert_false(text_is_utf8("a\0b", 3));
    assert_false(text_is_clean("a\nb", 3, false));
    assert_true(text_is_clean("a\nb", 3, true));
    assert_false(text_is_clean("\x1b[31m", 5, true));
    assert_false(text_is_clean("\xe2\x80\xae", 3, true));
    assert_false(text_is_clean("\xe2\x80\xa8", 3, false));
    assert_true(text_is_clean("\xe2\x80\xa8", 3, true));
    assert_int_equal(text_characters("吹哨 ok"), 5);
    assert_int_equal(text_columns("吹哨 ok"), 7);
    assert_int_equal(text_prefix("吹哨 ok", 2), 6);
}

static void what_cannot_be_seen_is_shown(void **state)
{
    (void)state;
    char text[] = "a\xe2\x80\x8b"   // U+200B
                  "b\n\xe2\x80\xa9" // U+2029
                  "c";
    text_tame(text, strlen(text), true);
    assert_string_equal(text, "a\xe2\x80\x8b"
                              "b\n\xe2\x80\xa9"
                              "c");
    text_tame(text, strlen(text), false);
    assert_string_equal(text, "a???b????c");
}

static void days_go_there_and_back(void **state)
{
    (void)state;
    assert_int_equal(civil_to_days((struct civil_date){1970, 1, 1}), 0);
    assert_int_equal(civil_to_days((struct civil_date){2026, 2, 13}), 20497);
    assert_int_equal(civil_weekday(20497), 5);
    assert_int_equal(civil_weekday(-1), 3);
    for (int32_t day = -800000; day < 800000; day += 37)
        assert_int_equal(civil_to_days(civil_from_days(day)), day);
    struct civil_date date;
    assert_true(civil_parse("2024-02-29", &date));
    assert_false(civil_parse("2026-02-29", &date));
    assert_false(civil_parse("2026/02/13", &date));
}

static void crc32c_gives_the_published_check_values(void **state)
{
    (void)state;
    assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283u);
    uint8_t zeros[32] = {0}; // RFC 3720, B.4
    assert_int_equal(crc32c(0, zeros, sizeof zeros), 0x8a9136aau);
    assert_int_equal(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283u);
}

static void ulids_keep_their_time_and_text(void **state)
{
    (void)state;
    const uint8_t random[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 255};
    struct ulid id = ulid_make(1469918176385, random), back;
    char text[ULID_TEXT + 1];
    ulid_format(&id, text);
    assert_memory_equal(text, "01ARYZ6S41", 10); // the time of the specification's example
    assert_true(ulid_parse(text, &back));
    assert_memory_equal(&id, &back, sizeof id);
    assert_int_equal(ulid_time_ms(&back), 1469918176385);
    assert_false(ulid_parse("8ZZZZZZZZZZZZZZZZZZZZZZZZZ", &back));
    assert_false(ulid_parse("short", &back));
}

static void a_map_finds_what_was_added_once(void **state)
{
    (void)state;
    struct strmap m;
    strmap_init(&m);
    assert_int_equal(strmap_find(&m, "x"), STRMAP_NONE);
    assert_int_equal(strmap_add(&m, "书院", 7), 0);
    assert_int_equal(strmap_add(&m, "书院", 8), ERROR_IN_USE);
    assert_int_equal(strmap_find(&m, "书院"), 7);
    assert_int_equal(strmap_find(&m, NULL), STRMAP_NONE);
    strmap_fini(&m);
}

static void every_error_has_one_name(void **state)
{
    (void)state;
    assert_string_equal(error_name(ERROR_UNKNOWN_AREA), "unknown_area");
    assert_int_equal(error_from_name("unknown_area"), ERROR_UNKNOWN_AREA);
    assert_string_equal(error_name(-9999), "internal");
#define X(id, value, name, sentence) assert_int_equal(error_from_name(name), value);
    ERRORS(X)
#undef X
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arena_refuses_past_its_cap_and_says_so),
        cmocka_unit_test(an_arena_array_grows_and_keeps_its_items),
        cmocka_unit_test(a_buffer_grows),
        cmocka_unit_test(text_is_held_to_rfc_3629),
        cmocka_unit_test(what_cannot_be_seen_is_shown),
        cmocka_unit_test(days_go_there_and_back),
        cmocka_unit_test(crc32c_gives_the_published_check_values),
        cmocka_unit_test(ulids_keep_their_time_and_text),
        cmocka_unit_test(a_map_finds_what_was_added_once),
        cmocka_unit_test(every_error_has_one_name),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
