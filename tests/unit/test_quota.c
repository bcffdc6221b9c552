// layer: service
// Token buckets: what is let through, what is to be waited for, and a table that a flood of keys does not
// grow.
#include "service/quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sodium.h>
#include <string.h>
#include <cmocka.h>

static const uint8_t secret[16] = "0123456789abcdef";

static struct quota open_quota(uint64_t rate, uint64_t burst, size_t buckets)
{
    struct quota q;
    assert_int_equal(quota_init(&q, rate, burst, buckets, secret), 0);
    return q;
}

static void a_burst_goes_through_and_then_the_rate(void **state)
{
    struct quota q = open_quota(10, 5, 64);
    (void)state;
    for (int i = 0; i < 5; i++)
        assert_int_equal(quota_take(&q, "cg", 2, 1000), 0);
    assert_int_equal(quota_take(&q, "cg", 2, 1000), 100);
    assert_int_equal(quota_take(&q, "cg", 2, 1030), 70); // who is told to wait has paid nothing
    assert_int_equal(quota_take(&q, "cg", 2, 1099), 1);
    assert_int_equal(quota_take(&q, "cg", 2, 1100), 0);
    assert_int_equal(quota_take(&q, "cg", 2, 1100), 100);
    assert_int_equal(quota_take(&q, "jj", 2, 1100), 0); // another's is its own
    size_t passed = 0;
    for (int64_t ms = 10000; ms < 20000; ms++)
        passed += quota_take(&q, "cg", 2, ms) == 0;
    assert_int_equal(passed, 5 + 99);
    quota_fini(&q);
}

static void a_rate_of_many_in_a_millisecond_is_kept_as_well(void **state)
{
    struct quota q = open_quota(300000, 1000, 64);
    size_t passed = 0;
    (void)state;
    for (int64_t ms = 1000; ms < 2000; ms++)
        for (int i = 0; i < 1000; i++)
            passed += quota_take(&q, "cg", 2, ms) == 0;
    assert_in_range(passed, 300000, 301100);
    quota_fini(&q);
}

static void what_is_done_already_is_charged_on_credit_up_to_a_bound(void **state)
{
    struct quota q = open_quota(10, 2, 64);
    int64_t wait = 0;
    (void)state;
    assert_int_equal(quota_charge(&q, "x", 1, 0), 0);
    assert_int_equal(quota_charge(&q, "x", 1, 0), 0);
    assert_int_equal(quota_charge(&q, "x", 1, 0), 100);
    assert_int_equal(quota_charge(&q, "x", 1, 0), 200);
    for (int i = 0; i < 100000; i++)
        wait = quota_charge(&q, "x", 1, 0);
    assert_in_range(wait, 10000, 10100);
    assert_int_equal(quota_charge(&q, "x", 1, 12000), 0); // and is paid back by waiting
    quota_fini(&q);
}

static void a_flood_of_keys_finds_a_table_of_fixed_size(void **state)
{
    struct quota q = open_quota(1, 100, 64);
    (void)state;
    assert_int_equal(q.sets, 16);
    for (uint32_t i = 0; i < 100000; i++)
        assert_int_equal(quota_take(&q, &i, sizeof i, 5000), 0);
    assert_int_equal(quota_count(&q, 5000), 64);
    assert_int_equal(q.forgotten, 100000 - 64);
    assert_int_equal(quota_count(&q, 5000 + 1001), 0); // full again: forgotten for nothing
    quota_fini(&q);
}

// Who floods is not forgiven by others who come and go.
static void the_emptiest_buckets_are_kept_longest(void **state)
{
    struct quota q = open_quota(1, 100, 64);
    (void)state;
    for (int i = 0; i < 100; i++)
        assert_int_equal(quota_take(&q, "flood", 5, 0), 0);
    for (uint32_t i = 0; i < 10000; i++)
        (void)quota_take(&q, &i, sizeof i, 0);
    assert_int_equal(quota_take(&q, "flood", 5, 0), 1000);
    quota_fini(&q);
}

// What is asked of an address when it comes on a new connection.
static void a_debt_can_be_asked_for(void **state)
{
    struct quota q = open_quota(10, 2, 64);
    (void)state;
    assert_int_equal(quota_debt(&q, "x", 1, 0), 0);
    assert_int_equal(quota_count(&q, 0), 0); // nothing is made of a question
    for (int i = 0; i < 5; i++)
        (void)quota_charge(&q, "x", 1, 0);
    assert_int_equal(quota_debt(&q, "x", 1, 0), 300);
    assert_int_equal(quota_debt(&q, "x", 1, 0), 300);
    assert_int_equal(quota_debt(&q, "x", 1, 250), 50);
    assert_int_equal(quota_debt(&q, "x", 1, 300), 0);
    assert_int_equal(quota_debt(&q, "y", 1, 0), 0);
    quota_fini(&q);
}

static void bytes_are_parts_of_tokens(void **state)
{
    struct quota q = open_quota(1024, 64, 64); // KiB a second, KiB
    (void)state;
    assert_int_equal(quota_take_bytes(&q, "x", 1, 60 << 10, 0), 0);
    assert_int_equal(quota_take_bytes(&q, "x", 1, 5 << 10, 0),
                     1); // a KiB is missing, for which it takes 1 ms
    assert_int_equal(quota_take_bytes(&q, "x", 1, 4 << 10, 0), 0);
    assert_int_equal(quota_take_bytes(&q, "x", 1, 100, 0), 1);
    assert_int_equal(quota_take_bytes(&q, "x", 1, 64 << 10, 10), 53);
    assert_int_equal(quota_take_bytes(&q, "x", 1, 64 << 10, 63), 0);
    quota_fini(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_goes_through_and_then_the_rate),
        cmocka_unit_test(a_debt_can_be_asked_for),
        cmocka_unit_test(bytes_are_parts_of_tokens),
        cmocka_unit_test(a_rate_of_many_in_a_millisecond_is_kept_as_well),
        cmocka_unit_test(what_is_done_already_is_charged_on_credit_up_to_a_bound),
        cmocka_unit_test(a_flood_of_keys_finds_a_table_of_fixed_size),
        cmocka_unit_test(the_emptiest_buckets_are_kept_longest),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
