// layer: service
// The log: levels are kept, and nobody from outside can forge a line.
#include "base/error.h"
#include "service/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

// What `say` writes to standard error.
static void capture(void (*say)(void), char *out, size_t size)
{
    int saved = dup(STDERR_FILENO), ends[2];
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    say();
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(ends[1]);
    ssize_t length = read(ends[0], out, size - 1);
    out[length > 0 ? length : 0] = 0;
    close(ends[0]);
    close(saved);
}

static void say_all(void)
{
    log_line(LOG_ERROR, "refused code=%d", 7);
    log_line(LOG_INFO, "ready");
}

static void say_forged(void)
{
    log_line(LOG_ERROR, "name=%s", "a\n<6>forged\x1b[2J");
}

static void a_level_is_kept(void **state)
{
    char text[256];
    (void)state;
    capture(say_all, text, sizeof text);
    assert_string_equal(text, "<3>refused code=7\n<6>ready\n");
    assert_int_equal(log_set_level("error"), 0);
    capture(say_all, text, sizeof text);
    assert_string_equal(text, "<3>refused code=7\n");
    assert_int_equal(log_set_level("loud"), ERROR_BAD_VALUE);
    assert_int_equal(log_set_level("info"), 0);
}

static void a_line_cannot_be_forged(void **state)
{
    char text[256];
    (void)state;
    capture(say_forged, text, sizeof text);
    assert_string_equal(text, "<3>name=a?<6>forged?[2J\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_level_is_kept),
        cmocka_unit_test(a_line_cannot_be_forged),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
