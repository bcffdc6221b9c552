// layer: service
// Sealed messages that come again.
#include "service/salts.h"

#include "base/civil.h"
#include "engine/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static bool see(struct salts *salts, uint64_t number, int64_t now_ms)
{
    uint8_t salt[SUITE_SALT] = {0};
    memcpy(salt, &number, sizeof number);
    return salts_seen(salts, salt, now_ms);
}

static void what_comes_again_within_ten_minutes_is_known(void **state)
{
    (void)state;
    struct salts salts;
    assert_int_equal(salts_init(&salts, 0), 0);
    for (uint64_t i = 0; i < 5000; i++)
        assert_false(see(&salts, i, (int64_t)i));
    for (uint64_t i = 0; i < 5000; i++)
        assert_true(see(&salts, i, 10 * MINUTE_MS + (int64_t)i - 1));
    assert_false(see(&salts, 9999, 10 * MINUTE_MS));
    assert_true(see(&salts, 9999, 20 * MINUTE_MS - 1));
    assert_false(see(&salts, 1, 20 * MINUTE_MS + 5000)); // forgotten by now
    salts_fini(&salts);
}

// Sets that grew took more and more of whoever sent many messages, for ten minutes.
static void what_is_kept_is_bounded_and_takes_what_it_took_at_first(void **state)
{
    (void)state;
    struct salts salts;
    assert_int_equal(salts_init(&salts, 0), 0);
    const uint32_t *slots[2] = {salts.now.slots, salts.before.slots};
    size_t mistaken = 0;
    for (uint64_t i = 0; i < 3500000; i++)
        mistaken += see(&salts, i, 1000);
    assert_true(mistaken < 3);
    assert_true(salts.now.slots == slots[1] && salts.before.slots == slots[0]);
    assert_true(salts.now.count <= 1 << 20 && salts.before.count <= 1 << 20);
    assert_true(see(&salts, 3499999, 1000));
    assert_true(see(&salts, 2500000, 1000));
    assert_false(see(&salts, 0, 1000));
    salts_fini(&salts);
}

static void a_long_pause_forgets_all(void **state)
{
    (void)state;
    struct salts salts;
    assert_int_equal(salts_init(&salts, 0), 0);
    assert_false(see(&salts, 1, 0));
    assert_false(see(&salts, 1, 60 * MINUTE_MS));
    assert_true(see(&salts, 1, 61 * MINUTE_MS));
    salts_fini(&salts);
}

// What one process refused was once done by the next, for whoever had listened.
static void what_may_have_come_before_the_process_began_is_told(void **state)
{
    (void)state;
    struct salts salts;
    assert_int_equal(salts_init(&salts, 60 * MINUTE_MS), 0);
    assert_int_equal(salts_unknown_until(&salts), 65 * MINUTE_MS);
    assert_false(see(&salts, 1, 61 * MINUTE_MS));
    assert_int_equal(salts_unknown_until(&salts), 65 * MINUTE_MS); // from there on it knows
    assert_false(request_is_surely_new(0, salts_unknown_until(&salts)));
    assert_false(request_is_surely_new(65 * MINUTE_MS, salts_unknown_until(&salts)));
    assert_true(request_is_surely_new(65 * MINUTE_MS + 1, salts_unknown_until(&salts)));
    assert_true(request_is_surely_new(0, 0)); // it came plain
    salts_fini(&salts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_again_within_ten_minutes_is_known),
        cmocka_unit_test(what_is_kept_is_bounded_and_takes_what_it_took_at_first),
        cmocka_unit_test(a_long_pause_forgets_all),
        cmocka_unit_test(what_may_have_come_before_the_process_began_is_told),
    };
    return cmocka_run_group_tests_name("salts", tests, NULL, NULL);
}
