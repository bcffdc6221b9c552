// layer: core
// Names and phones as those see them who need no more than to recognise somebody.
#include "core/mask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void of_a_name_the_first_character_stays(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"张三", "张**"},      {"张", "张**"}, {"欧阳修文", "欧**"},
                                           {"John Smith", "J**"}, {"", ""},       {"𠮷田", "𠮷**"}};
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_string_equal(mask_name(&arena, names[i][0]), names[i][1]);
    assert_string_equal(mask_name(&arena, NULL), "");
    arena_fini(&arena);
}

static void of_a_phone_the_last_four_digits_stay(void **state)
{
    (void)state;
    static const char *const phones[][2] = {{"13800008000", "*******8000"},
                                            {"+86 138-0000-8000", "*********8000"},
                                            {"12345678", "****5678"},
                                            {"1234567", "*******"},
                                            {"110", "***"},
                                            {"", ""},
                                            {"call me", ""}};
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof phones / sizeof phones[0]; i++)
        assert_string_equal(mask_phone(&arena, phones[i][0]), phones[i][1]);
    assert_string_equal(mask_phone(&arena, NULL), "");
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_name_the_first_character_stays),
        cmocka_unit_test(of_a_phone_the_last_four_digits_stay),
    };
    return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
