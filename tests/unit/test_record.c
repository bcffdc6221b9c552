// layer: store
// The bytes of a record and of a segment's header, and the small helpers beside them.
#include "base/crc32c.h"
#include "base/error.h"
#include "store/boot.h"
#include "store/bytes.h"
#include "store/record.h"
#include "store/segment.h"
#include "store/store_lock.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static const uint8_t id[16] = "a journal's id.";

struct sample {
    struct record record;
    uint8_t bytes[1024];
    size_t length;
    uint32_t seed;
};

static void sample_make(struct sample *s, size_t public_bytes, size_t private_bytes)
{
    static uint8_t text[512];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * 7 + 1);
    *s = (struct sample){.seed = record_seed(id)};
    s->record = (struct record){
        .count = 3,
        .epoch = 2,
        .first_seq = 41,
        .batch_seq = 40,
        .public_part = {text, public_bytes},
        .private_part = {text + 100, private_bytes},
    };
    uint8_t before[RECORD_CHAIN];
    record_genesis(id, before);
    record_chain(before, s->record.public_part, s->record.chain);
    s->length = record_size(public_bytes, private_bytes);
    assert_true(s->length <= sizeof s->bytes);
    record_encode(&s->record, s->seed, s->bytes);
}

static void a_record_goes_there_and_back(void **state)
{
    (void)state;
    for (size_t public_bytes = 0; public_bytes < 20; public_bytes++) {
        for (size_t private_bytes = 0; private_bytes < 20; private_bytes++) {
            struct sample s;
            struct record out;
            sample_make(&s, public_bytes, private_bytes);
            assert_int_equal(s.length % 8, 0);
            assert_int_equal(record_decode(s.bytes, sizeof s.bytes, s.seed, &out), RECORD_WHOLE);
            assert_int_equal(out.length, s.length);
            assert_int_equal(out.count, 3);
            assert_int_equal(out.epoch, 2);
            assert_int_equal(out.first_seq, 41);
            assert_int_equal(out.batch_seq, 40);
            assert_memory_equal(out.chain, s.record.chain, RECORD_CHAIN);
            assert_int_equal(out.public_part.length, public_bytes);
            assert_memory_equal(out.public_part.bytes, s.record.public_part.bytes, public_bytes);
            assert_int_equal(out.private_is, RECORD_PRIVATE_LIVE);
            assert_int_equal(out.private_part.length, private_bytes);
            assert_memory_equal(out.private_part.bytes, s.record.private_part.bytes, private_bytes);
        }
    }
}

// What is on disks must be readable for ever: the layout is pinned here, not derived.
static void the_layout_is_the_documented_one(void **state)
{
    (void)state;
    static const uint8_t head[48] = {
        0x57, 0x68, 0x4a, 0x52, 0, 1, 0, 0,  0, 0, 0, 120, 0, 0, 0, 3,  0, 0, 0, 0, 0, 0, 0, 2,
        0,    0,    0,    0,    0, 0, 0, 41, 0, 0, 0, 0,   0, 0, 0, 40, 0, 0, 0, 5, 0, 0, 0, 9,
    };
    struct sample s;
    sample_make(&s, 5, 9);
    assert_int_equal(s.length, 88 + 8 + 8 + 16);
    assert_memory_equal(s.bytes, head, sizeof head);
    assert_memory_equal(s.bytes + 48, s.record.chain, 32);
    uint8_t covered[84 + 8];
    memcpy(covered, s.bytes, 84);
    memcpy(covered + 84, s.bytes + 88, 8);
    assert_int_equal(get32(s.bytes + 84), crc32c(crc32c(0, id, 16), covered, sizeof covered));
    assert_memory_equal(s.bytes + 96, "LIVE", 4);
    assert_int_equal(get32(s.bytes + 100), crc32c(crc32c(0, id, 16), s.bytes + 104, 16));
}

static void the_chain_is_blake2b_over_the_chain_before_and_the_public_part(void **state)
{
    (void)state;
    uint8_t text[RECORD_CHAIN + 5] = {1, 2, 3}, expected[RECORD_CHAIN], chain[RECORD_CHAIN];
    memcpy(text + RECORD_CHAIN, "hello", 5);
    crypto_generichash(expected, sizeof expected, text, sizeof text, NULL, 0);
    memcpy(chain, text, RECORD_CHAIN);
    record_chain(chain, (struct blob){text + RECORD_CHAIN, 5}, chain);
    assert_memory_equal(chain, expected, RECORD_CHAIN);
}

static void every_flipped_bit_is_seen(void **state)
{
    (void)state;
    struct sample s;
    struct record out;
    sample_make(&s, 21, 30);
    size_t private_at = record_private_offset(&s.record);
    for (size_t i = 0; i < s.length * 8; i++) {
        s.bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        enum record_shape shape = record_decode(s.bytes, s.length, s.seed, &out);
        if (i / 8 < private_at) {
            assert_int_equal(shape, RECORD_BAD);
        } else {
            assert_int_equal(shape, RECORD_WHOLE);
            assert_int_equal(out.private_is, RECORD_PRIVATE_DAMAGED);
            assert_int_equal(out.private_part.length, 0);
        }
        s.bytes[i / 8] ^= (uint8_t)(1 << i % 8);
    }
}

static void a_record_cut_short_is_bad(void **state)
{
    (void)state;
    struct sample s;
    struct record out;
    sample_make(&s, 21, 30);
    for (size_t length = 1; length < s.length; length++)
        assert_int_equal(record_decode(s.bytes, length, s.seed, &out), RECORD_BAD);
    memset(s.bytes, 0, sizeof s.bytes);
    for (size_t length = 0; length < 200; length++)
        assert_int_equal(record_decode(s.bytes, length, s.seed, &out), RECORD_NONE);
}

static void erasing_keeps_crc_and_chain_and_halves_are_known(void **state)
{
    (void)state;
    struct sample s;
    struct record out;
    sample_make(&s, 21, 30);
    uint8_t *header = s.bytes + record_private_offset(&s.record);
    uint8_t mark[RECORD_PRIVATE_HEADER];
    record_erased_header(mark);
    memcpy(header, mark, 4);
    for (size_t zeroed = 0; zeroed < 4 + 30; zeroed++) {
        assert_int_equal(record_decode(s.bytes, s.length, s.seed, &out), RECORD_WHOLE);
        assert_int_equal(out.private_is, RECORD_PRIVATE_HALF_ERASED);
        assert_int_equal(out.private_part.length, 0);
        assert_int_equal(out.private_bytes, 30);
        header[4 + zeroed] = 0;
    }
    assert_int_equal(record_decode(s.bytes, s.length, s.seed, &out), RECORD_WHOLE);
    assert_int_equal(out.private_is, RECORD_PRIVATE_ERASED);
}

static void another_journals_record_is_bad_here(void **state)
{
    (void)state;
    static const uint8_t other[16] = "another journal";
    struct sample s;
    struct record out;
    sample_make(&s, 21, 30);
    assert_int_equal(record_decode(s.bytes, s.length, record_seed(other), &out), RECORD_BAD);
}

static void a_newer_record_is_told_apart_from_a_bad_one(void **state)
{
    (void)state;
    struct sample s;
    struct record out;
    sample_make(&s, 8, 0);
    put16(s.bytes + 4, RECORD_VERSION + 1);
    assert_int_equal(record_decode(s.bytes, s.length, s.seed, &out), RECORD_BAD);
    put32(s.bytes + 84, crc32c(crc32c(s.seed, s.bytes, 84), s.bytes + 88, 8));
    assert_int_equal(record_decode(s.bytes, s.length, s.seed, &out), RECORD_NEWER);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

// The crc is made to fit, so that what stands behind it is reached too.
static void no_bytes_can_lead_outside_of_them(void **state)
{
    (void)state;
    uint32_t random = 7;
    for (int round = 0; round < 20000; round++) {
        struct sample s;
        struct record out;
        sample_make(&s, next_random(&random) % 40, next_random(&random) % 40);
        size_t length = next_random(&random) % (s.length + 1);
        uint8_t *exact = malloc(length + 1);
        for (int i = 0; i < 3; i++)
            s.bytes[next_random(&random) % 96] = (uint8_t)next_random(&random);
        uint64_t covered = ((uint64_t)get32(s.bytes + 40) + 7) / 8 * 8;
        if (covered <= sizeof s.bytes - 88)
            put32(s.bytes + 84, crc32c(crc32c(s.seed, s.bytes, 84), s.bytes + 88, covered));
        memcpy(exact, s.bytes, length);
        if (record_decode(exact, length, s.seed, &out) == RECORD_WHOLE) {
            assert_true(out.length <= length && out.public_part.length <= length);
            assert_true(out.count > 0 && out.batch_seq <= out.first_seq);
        }
        free(exact);
    }
}

static void shapes_have_names(void **state)
{
    (void)state;
    assert_string_equal(record_shape_name(RECORD_BAD), "bad");
    assert_string_equal(record_private_name(RECORD_PRIVATE_HALF_ERASED), "half_erased");
}

static void a_segment_header_goes_there_and_back_and_every_bit_counts(void **state)
{
    (void)state;
    struct segment_header in = {.epoch = 5, .first_seq = 77, .bytes = 4096}, out;
    uint8_t bytes[SEGMENT_HEADER];
    memcpy(in.id, id, sizeof in.id);
    memset(in.chain, 9, sizeof in.chain);
    segment_header_encode(&in, bytes);
    assert_int_equal(segment_header_decode(bytes, &out), 0);
    assert_memory_equal(&in, &out, sizeof in);
    for (size_t i = 0; i < sizeof bytes * 8; i++) {
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_int_equal(segment_header_decode(bytes, &out), ERROR_CORRUPT);
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    put16(bytes + 8, SEGMENT_VERSION + 1);
    put32(bytes + 124, crc32c(0, bytes, 124));
    assert_int_equal(segment_header_decode(bytes, &out), ERROR_STORE_VERSION);
}

static void segment_names_sort_and_parse(void **state)
{
    (void)state;
    char a[SEGMENT_NAME], b[SEGMENT_NAME];
    uint64_t seq;
    segment_name(9, a);
    segment_name(10, b);
    assert_true(strcmp(a, b) < 0);
    segment_name(UINT64_MAX, b);
    assert_true(segment_name_parse(b, &seq));
    assert_true(seq == UINT64_MAX);
    assert_false(segment_name_parse("next", &seq));
    assert_false(segment_name_parse("", &seq));
    assert_false(segment_name_parse("00000000000000000001.seg.bak", &seq));
    assert_false(segment_name_parse("99999999999999999999.seg", &seq));
}

static void a_boot_id_is_read(void **state)
{
    (void)state;
    uint8_t boot[BOOT_ID], again[BOOT_ID];
    assert_true(boot_id_parse("01234567-89ab-cdef-0123-456789ABCDEF\n", boot));
    assert_memory_equal(boot, "\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef", BOOT_ID);
    assert_false(boot_id_parse("01234567-89ab-cdef-0123-456789abcde", boot));
    assert_false(boot_id_parse("01234567-89ab-cdef-0123-456789abcdefa", boot));
    assert_false(boot_id_parse("01234567+89ab-cdef-0123-456789abcdef", boot));
    assert_false(boot_id_parse("", boot));
    assert_int_equal(boot_id_read(boot), 0);
    assert_int_equal(boot_id_read(again), 0);
    assert_memory_equal(boot, again, BOOT_ID);
}

static void a_second_daemon_is_told_the_pid_of_the_first(void **state)
{
    (void)state;
    char directory[] = "/tmp/whistled-lock-XXXXXX", file[64], pid[32];
    struct store_lock first, second;
    struct store_error error;
    assert_non_null(mkdtemp(directory));
    assert_int_equal(store_lock_take(&first, directory, &error), 0);
    assert_int_equal(store_lock_take(&second, directory, &error), ERROR_STORE_LOCKED);
    snprintf(pid, sizeof pid, "pid %ld", (long)getpid());
    assert_non_null(strstr(error.text, pid));
    store_lock_release(&second);
    store_lock_release(&first);
    assert_int_equal(store_lock_take(&second, directory, &error), 0);
    store_lock_release(&second);
    snprintf(file, sizeof file, "%s/lock", directory);
    unlink(file);
    rmdir(directory);
    assert_int_equal(store_lock_take(&first, directory, &error), ERROR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_goes_there_and_back),
        cmocka_unit_test(the_layout_is_the_documented_one),
        cmocka_unit_test(the_chain_is_blake2b_over_the_chain_before_and_the_public_part),
        cmocka_unit_test(every_flipped_bit_is_seen),
        cmocka_unit_test(a_record_cut_short_is_bad),
        cmocka_unit_test(erasing_keeps_crc_and_chain_and_halves_are_known),
        cmocka_unit_test(another_journals_record_is_bad_here),
        cmocka_unit_test(a_newer_record_is_told_apart_from_a_bad_one),
        cmocka_unit_test(no_bytes_can_lead_outside_of_them),
        cmocka_unit_test(shapes_have_names),
        cmocka_unit_test(a_segment_header_goes_there_and_back_and_every_bit_counts),
        cmocka_unit_test(segment_names_sort_and_parse),
        cmocka_unit_test(a_boot_id_is_read),
        cmocka_unit_test(a_second_daemon_is_told_the_pid_of_the_first),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
