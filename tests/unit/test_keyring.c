// layer: keys
// The file of keys: what it may look like, what is wrong with it, and who may read it.
#include "keys/keyring.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#define KEY_A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define KEY_B "FF112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff"
#define KEY_C "EE112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff"

static int parse(const char *text, struct keyring **ring, struct keyring_fault *fault)
{
    return keyring_parse("keys", text, strlen(text), ring, fault);
}

static void a_ring_is_read_line_by_line(void **state)
{
    (void)state;
    struct keyring *ring;
    struct keyring_fault fault;
    const char *text = "# who  which  key\n\n  jia \tdesk-1  " KEY_A " # the first\r\njia desk_2."
                       " " KEY_B;
    assert_int_equal(parse(text, &ring, &fault), 0);
    assert_int_equal(keyring_count(ring), 2);
    const struct seal_key *key = keyring_find(ring, "jia", "desk_2.", 0);
    assert_ptr_equal(key, keyring_at(ring, 1));
    assert_int_equal(key->bytes[0], 0xff);
    assert_int_equal(key->bytes[31], 0xff);
    assert_int_equal(keyring_find(ring, "jia", "desk-1", INT64_MAX - 1)->bytes[1], 0x11);
    assert_null(keyring_find(ring, "jia", "desk-3", 0));
    assert_null(keyring_find(ring, "jia/desk-1", "", 0));
    assert_null(keyring_find(ring, "yi", "desk-1", 0));
    assert_null(keyring_find(ring, "", "none", 0)); // nobody's opens nothing
    keyring_destroy(ring);
}

static void a_key_ends_with_its_last_day(void **state)
{
    (void)state;
    struct keyring *ring;
    struct keyring_fault fault;
    setenv("TZ", "Asia/Shanghai", 1);
    tzset();
    assert_int_equal(parse("jia old " KEY_A " until=2026-12-31\n", &ring, &fault), 0);
    int64_t midnight_ms = INT64_C(1798732800000); // 2027-01-01T00:00+08:00
    assert_non_null(keyring_find(ring, "jia", "old", midnight_ms - 1));
    assert_null(keyring_find(ring, "jia", "old", midnight_ms));
    keyring_destroy(ring);
}

static void who_speaks_takes_its_own_good_keys_in_order(void **state)
{
    (void)state;
    struct keyring *ring;
    struct keyring_fault fault;
    const char *text = "yi a " KEY_A "\njia old " KEY_B " until=2026-12-31\njia new " KEY_C "\n";
    int64_t after_ms = INT64_C(1798900000000); // 2027-01-02
    assert_int_equal(parse(text, &ring, &fault), 0);
    assert_int_equal(keyring_good_from(ring, "jia", 0, 0), 1);
    assert_int_equal(keyring_good_from(ring, "jia", 2, 0), 2);
    assert_int_equal(keyring_good_from(ring, "jia", 3, 0), 3);
    assert_int_equal(keyring_good_from(ring, "jia", 0, after_ms), 2);
    assert_int_equal(keyring_good_from(ring, "bing", 0, 0), keyring_count(ring));
    keyring_destroy(ring);
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *fault;
    } wrong[] = {
        {"\njia desk-1\n", "keys:2: a line has a principal, a key id, a key and, if need be, until=DATE"},
        {"jia a " KEY_A " until=2026-12-31 more",
         "keys:1: a line has a principal, a key id, a key and, if need be, until=DATE"},
        {"jia a/b " KEY_A, "keys:1: a key id has 1 to 32 letters, digits and - _ ."},
        {"jia abcdefghijklmnopqrstuvwxyz0123456 " KEY_A,
         "keys:1: a key id has 1 to 32 letters, digits and - _ ."},
        {"jia a 00ff", "keys:1: the key is not 64 hexadecimal digits"},
        {"jia a " KEY_A "00", "keys:1: the key is not 64 hexadecimal digits"},
        {"jia a g" KEY_A, "keys:1: the key is not 64 hexadecimal digits"},
        {"jia a " KEY_A " 2026-12-31", "keys:1: the end of a key is until=YYYY-MM-DD"},
        {"jia a " KEY_A " until=2026-13-31", "keys:1: the end of a key is until=YYYY-MM-DD"},
        {"jia a " KEY_A " until=2026-12-31T", "keys:1: the end of a key is until=YYYY-MM-DD"},
        {"jia a " KEY_A "\njia a " KEY_B, "keys:2: jia has a key a already"},
        {"jia a " KEY_A "\nyi b " KEY_A, "keys:2: the key is the same as that of jia"},
        {"a23456789012345678901234567890123456789012345678901234567890abcd a " KEY_A,
         "keys:1: the principal has more than 63 characters"},
    };
    struct keyring *ring;
    struct keyring_fault fault;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(parse(wrong[i].text, &ring, &fault), ERROR_BAD_VALUE);
        assert_string_equal(fault.text, wrong[i].fault);
        assert_null(ring);
    }
    assert_int_equal(keyring_parse("keys", "jia\0a", 5, &ring, &fault), ERROR_BAD_VALUE);
}

static void a_file_that_others_may_read_is_refused(void **state)
{
    (void)state;
    char path[] = "/tmp/whistled-keyring-XXXXXX";
    struct keyring *ring;
    struct keyring_fault fault;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "jia a " KEY_A "\n", 6 + 64 + 1), 6 + 64 + 1);
    close(fd);
    assert_int_equal(keyring_load(path, true, &ring, &fault), 0);
    assert_int_equal(keyring_count(ring), 1);
    keyring_destroy(ring);
    for (mode_t bit = 1; bit <= 040; bit <<= 1) {
        chmod(path, 0600 | bit);
        assert_int_equal(keyring_load(path, true, &ring, &fault), ERROR_BAD_VALUE);
        assert_non_null(strstr(fault.text, "others may read it; chmod 0600"));
    }
    chmod(path, 0600);
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 12345, (gid_t)-1), 0);
        assert_int_equal(keyring_load(path, true, &ring, &fault), ERROR_BAD_VALUE);
        assert_non_null(strstr(fault.text, "belongs to user 12345"));
    }
    unlink(path);
    assert_int_equal(keyring_load(path, true, &ring, &fault), ERROR_IO);
    assert_non_null(strstr(fault.text, "No such file"));
    assert_int_equal(keyring_load(path, false, &ring, &fault), 0);
    assert_int_equal(keyring_count(ring), 0);
    keyring_destroy(ring);
    assert_int_equal(keyring_load("/tmp", true, &ring, &fault), ERROR_BAD_VALUE);
}

// What python3-cryptography made of the same parts; proto/README.md says how.
static void a_message_is_sealed_to_the_byte(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0x99, 0x1a, 0xb4, 0xc0, 0xd1, 0xb9, 0x6e, 0x03, 0x09, 0x49, 0x80,
                                       0x68, 0xd4, 0xfa, 0xfe, 0xbe, 0x19, 0x27, 0xa5, 0x78, 0x48};
    uint8_t key[SUITE_KEY], salt[SUITE_SALT], sealed[5 + SUITE_TAG], plain[5];
    struct ulid id;
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof salt; i++)
        salt[i] = (uint8_t)(100 + i);
    for (size_t i = 0; i < sizeof id.bytes; i++)
        id.bytes[i] = (uint8_t)(200 + i);
    const struct suite_label label = {1, SUITE_REQUEST, "jia", "desk-1", &id};
    suite_seal(key, &label, salt, "hello", 5, sealed);
    assert_int_equal(sizeof sealed, sizeof expected);
    assert_memory_equal(sealed, expected, sizeof expected);
    assert_true(suite_open(key, &label, salt, sealed, sizeof sealed, plain));
    assert_memory_equal(plain, "hello", 5);
    const struct suite_label others[] = {{2, SUITE_REQUEST, "jia", "desk-1", &id},
                                         {1, SUITE_REPLY, "jia", "desk-1", &id},
                                         {1, SUITE_REQUEST, "ji", "adesk-1", &id},
                                         {1, SUITE_REQUEST, "jia", "desk-2", &id}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(suite_open(key, &others[i], salt, sealed, sizeof sealed, plain));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_is_read_line_by_line),
        cmocka_unit_test(a_key_ends_with_its_last_day),
        cmocka_unit_test(who_speaks_takes_its_own_good_keys_in_order),
        cmocka_unit_test(what_is_wrong_is_named_with_its_line),
        cmocka_unit_test(a_file_that_others_may_read_is_refused),
        cmocka_unit_test(a_message_is_sealed_to_the_byte),
    };
    return cmocka_run_group_tests_name("keyring", tests, NULL, NULL);
}
