// layer: service
// The list of limits: each has a name, a range that holds its default, and is set by its name.
#include "service/limits.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void each_is_set_by_its_name_and_no_other_is(void **state)
{
    const struct limit_entry *entry, *found;
    (void)state;
    for (size_t i = 0; (entry = limits_entry(i)); i++) {
        struct limits limits;
        char text[64];
        limits_init(&limits);
        assert_in_range(entry->standard, entry->least, entry->most);
        snprintf(text, sizeof text, "%s=%llu", entry->name, (unsigned long long)entry->most);
        assert_int_equal(limits_set(&limits, text, &found), 0);
        for (size_t k = 0; limits_entry(k); k++)
            assert_int_equal(limits_value(&limits, k), k == i ? entry->most : limits_entry(k)->standard);
        snprintf(text, sizeof text, "%s=%llu", entry->name, (unsigned long long)entry->most + 1);
        assert_int_equal(limits_set(&limits, text, &found), ERROR_BAD_VALUE);
        assert_ptr_equal(found, entry);
        assert_int_equal(limits_value(&limits, i), entry->most);
    }
}

static void what_is_no_limit_or_no_number_is_told_apart(void **state)
{
    static const char *const unknown[] = {
        "", "=", "=5", "max_work=5", "max_works_=5", "MAX_WORKS=5", " max_works=5"};
    static const char *const bad[] = {
        "max_works",    "max_works=",   "max_works=0",  "max_works=-1",   "max_works=+5",
        "max_works=5k", "max_works= 5", "max_works=5 ", "max_works=0x10", "max_works=99999999999999999999"};
    const struct limit_entry *entry;
    struct limits limits, before;
    (void)state;
    limits_init(&limits);
    before = limits;
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_int_equal(limits_set(&limits, unknown[i], &entry), ERROR_NOT_FOUND);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        entry = NULL;
        assert_int_equal(limits_set(&limits, bad[i], &entry), ERROR_BAD_VALUE);
        assert_string_equal(entry->name, "max_works");
    }
    assert_memory_equal(&limits, &before, sizeof limits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_set_by_its_name_and_no_other_is),
        cmocka_unit_test(what_is_no_limit_or_no_number_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
