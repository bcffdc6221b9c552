// layer: service
// Each silence is told once, and again only after the subscriber was heard of in between.
#include "service/silence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

struct told {
    int count;
    bool heard;
    char last[32];
};

static bool tell(void *context, const char *recipient)
{
    struct told *told = context;
    told->count++;
    snprintf(told->last, sizeof told->last, "%s", recipient);
    return told->heard;
}

static void each_silence_is_told_once(void **state)
{
    struct silence silence;
    struct told told = {.heard = true};
    (void)state;
    silence_init(&silence);
    silence_heard(&silence, "cg", 1000);
    silence_heard(&silence, "jj", 1500);
    silence_look(&silence, 2000, 1000, tell, &told);
    assert_int_equal(told.count, 0);
    silence_look(&silence, 2001, 1000, tell, &told);
    silence_look(&silence, 2400, 1000, tell, &told);
    assert_int_equal(told.count, 1);
    assert_string_equal(told.last, "cg");
    assert_int_equal(silence_count(&silence), 1);
    silence_heard(&silence, "cg", 2450);
    assert_int_equal(silence_count(&silence), 0);
    silence_look(&silence, 4000, 1000, tell, &told);
    assert_int_equal(told.count, 3);
    assert_int_equal(silence_count(&silence), 2);
    silence_fini(&silence);
}

static void what_could_not_be_told_is_told_later(void **state)
{
    struct silence silence;
    struct told told = {.heard = false};
    (void)state;
    silence_init(&silence);
    silence_heard(&silence, "cg", 0);
    silence_look(&silence, 5000, 1000, tell, &told);
    silence_look(&silence, 5000, 1000, tell, &told);
    assert_int_equal(told.count, 2);
    told.heard = true;
    silence_look(&silence, 5000, 1000, tell, &told);
    silence_look(&silence, 5000, 1000, tell, &told);
    assert_int_equal(told.count, 3);
    silence_fini(&silence);
}

static void no_more_are_watched_than_memory_allows(void **state)
{
    struct silence silence;
    struct told told = {.heard = true};
    char recipient[32];
    (void)state;
    silence_init(&silence);
    for (int i = 0; i < SILENCE_MAX + 10; i++) {
        snprintf(recipient, sizeof recipient, "u/%d", i);
        silence_heard(&silence, recipient, 0);
    }
    assert_int_equal(silence.count, SILENCE_MAX);
    silence_look(&silence, 10, 1, tell, &told);
    assert_int_equal(told.count, SILENCE_MAX);
    silence_fini(&silence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_silence_is_told_once),
        cmocka_unit_test(what_could_not_be_told_is_told_later),
        cmocka_unit_test(no_more_are_watched_than_memory_allows),
    };
    return cmocka_run_group_tests_name("silence", tests, NULL, NULL);
}
