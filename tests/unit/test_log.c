// layer: service
// The log: levels are kept, and nobody from outside can forge a line.
#include "base/error.h"
#include "base/text.h"
#include "service/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
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

// A line for each byte that a text can have, alone and between others, which may take it for a tail of
// theirs.
static void say_every_byte(void)
{
    for (int byte = 1; byte < 256; byte++)
        log_line(LOG_ERROR, "%c=\xc2%c\xe4\xb9%c<0>", byte, byte, byte);
}

static void say_a_long_one(void)
{
    char text[4096];
    memset(text, 'x', sizeof text);
    memcpy(text + sizeof text - 5, "\n<0>", 5);
    log_line(LOG_ERROR, "%s", text);
    for (size_t at = 0; at < sizeof text - 4; at += 3)
        memcpy(text + at, "\xe6\x9a\xb4", 3);
    log_line(LOG_ERROR, "%.*s", (int)sizeof text - 8, text);
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

static bool is_one_line(const char *line, size_t length)
{
    return length > 3 && strncmp(line, "<3>", 3) == 0 && text_is_clean(line, length, false);
}

static void every_byte_leaves_one_clean_line(void **state)
{
    static char text[32768];
    int lines = 0;
    (void)state;
    capture(say_every_byte, text, sizeof text);
    for (const char *at = text, *end; (end = strchr(at, '\n')); at = end + 1, lines++)
        assert_true(is_one_line(at, (size_t)(end - at)));
    assert_int_equal(lines, 255);
    assert_non_null(strstr(text, "<3>A=?A??A<0>\n"));      // what is printable stays
    assert_non_null(strstr(text, "<3>?=\?\?\?\?\?<0>\n")); // 0xff, say
}

static void a_long_line_is_cut_and_stays_clean(void **state)
{
    static char text[8192];
    (void)state;
    capture(say_a_long_one, text, sizeof text);
    char *end = strchr(text, '\n'), *last = strrchr(text, '\n');
    assert_true(end && last != end && !last[1]);
    assert_true(is_one_line(text, (size_t)(end - text)));
    assert_true(is_one_line(end + 1, (size_t)(last - end - 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_level_is_kept),
        cmocka_unit_test(a_line_cannot_be_forged),
        cmocka_unit_test(every_byte_leaves_one_clean_line),
        cmocka_unit_test(a_long_line_is_cut_and_stays_clean),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
