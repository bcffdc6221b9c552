// layer: status
// The status socket on a loop of its own: idle peers, stopping in the middle of things, whose file it is.
#include "status/status.h"

#include "base/error.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

enum { IDLE_MS = 200, PATIENCE_MS = 60000 };

struct desk {
    char directory[64];
    char path[96];
    char rules[256];
    uv_loop_t loop;
    struct store *store;
    struct service *service;
    struct status *status;
    struct status_options options;
    int drains;
    int stops;
};

static void on_fatal(void *context, int error)
{
    (void)context;
    fail_msg("%s", error_name(error));
}

static void on_drain(void *context)
{
    struct desk *desk = context;
    desk->drains++;
}

static int on_log_level(void *context, const char *level)
{
    (void)context;
    return strcmp(level, "debug") == 0 ? 0 : ERROR_BAD_VALUE;
}

static void on_stopped(void *context)
{
    struct desk *desk = context;
    desk->stops++;
}

static void open_service(struct desk *desk)
{
    struct store_options store = {.directory = desk->directory, .segment_bytes = 1 << 20};
    struct rulebook_report report;
    struct service_options service = {.loop = &desk->loop, .on_fatal = on_fatal, .context = desk};
    limits_init(&service.limits);
    rulebook_report_init(&report);
    assert_int_equal(rulebook_load(desk->rules, &service.book, &report), 0);
    rulebook_report_fini(&report);
    assert_int_equal(store_open(&store, &desk->store, NULL, NULL), 0);
    service.store = desk->store;
    assert_int_equal(service_start(&service, &desk->service), 0);
}

static int setup(void **state)
{
    static const char here[] = __FILE__;
    struct desk *desk = calloc(1, sizeof *desk);
    strcpy(desk->directory, "/tmp/whistled-status-XXXXXX");
    assert_non_null(mkdtemp(desk->directory));
    snprintf(desk->path, sizeof desk->path, "%s/status.sock", desk->directory);
    snprintf(desk->rules, sizeof desk->rules, "%.*s/config/city",
             (int)(sizeof here - sizeof "/tests/unit/test_status_socket.c"), here);
    uv_loop_init(&desk->loop);
    open_service(desk);
    desk->options = (struct status_options){.loop = &desk->loop,
                                            .service = desk->service,
                                            .path = desk->path,
                                            .group = STATUS_GROUP_NONE,
                                            .rulebook = desk->rules,
                                            .idle_ms = IDLE_MS,
                                            .on_drain = on_drain,
                                            .on_log_level = on_log_level,
                                            .context = desk};
    assert_int_equal(status_start(&desk->options, &desk->status, NULL), 0);
    *state = desk;
    return 0;
}

static void run_until_stopped(struct desk *desk, int stops)
{
    while (desk->stops < stops)
        uv_run(&desk->loop, UV_RUN_ONCE);
}

// Nothing may be left on the loop, and no file of the socket.
static int teardown(void **state)
{
    struct desk *desk = *state;
    char command[128];
    int stops = desk->stops;
    status_stop(desk->status, on_stopped, desk);
    run_until_stopped(desk, stops + 1);
    service_stop(desk->service, on_stopped, desk);
    run_until_stopped(desk, stops + 2);
    uv_run(&desk->loop, UV_RUN_DEFAULT);
    service_destroy(desk->service);
    store_close(desk->store);
    assert_int_equal(uv_loop_close(&desk->loop), 0);
    assert_int_not_equal(access(desk->path, F_OK), 0);
    snprintf(command, sizeof command, "rm -rf %s", desk->directory);
    assert_int_equal(system(command), 0);
    free(desk);
    return 0;
}

// ---- a peer on the same thread ----------------------------------------------------------------------------

static int connect_to(const struct desk *desk)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    strcpy(address.sun_path, desk->path);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

// Turns the loop until the peer is closed; what came. Counts the time by the loop's own clock.
static const char *read_all(struct desk *desk, int fd, char *text, size_t size)
{
    size_t used = 0;
    uint64_t began = uv_now(&desk->loop);
    ssize_t got;
    while ((got = read(fd, text + used, size - 1 - used)) != 0) {
        used += got > 0 ? (size_t)got : 0;
        assert_true(uv_now(&desk->loop) - began < PATIENCE_MS);
        uv_run(&desk->loop, got > 0 ? UV_RUN_NOWAIT : UV_RUN_ONCE);
    }
    text[used] = '\0';
    close(fd);
    return text;
}

static int say(const struct desk *desk, const char *line)
{
    int fd = connect_to(desk);
    assert_int_equal(write(fd, line, strlen(line)), (ssize_t)strlen(line));
    return fd;
}

static void assert_answer(struct desk *desk, const char *line, const char *begin)
{
    static char text[1 << 16];
    int fd = say(desk, line);
    shutdown(fd, SHUT_WR);
    read_all(desk, fd, text, sizeof text);
    if (strncmp(text, begin, strlen(begin)) != 0)
        fail_msg("%s: %s", line, text);
}

// ---- the tests --------------------------------------------------------------------------------------------

static void an_idle_peer_is_closed(void **state)
{
    struct desk *desk = *state;
    char text[64];
    uint64_t began = (uv_update_time(&desk->loop), uv_now(&desk->loop));
    assert_string_equal(read_all(desk, connect_to(desk), text, sizeof text), "");
    assert_true(uv_now(&desk->loop) - began >= IDLE_MS);
}

static void half_a_line_is_idle_too(void **state)
{
    struct desk *desk = *state;
    char text[64];
    assert_string_equal(read_all(desk, say(desk, "stat"), text, sizeof text), "");
}

static void a_peer_that_answers_is_not_idle_before_its_time(void **state)
{
    struct desk *desk = *state;
    static char text[1 << 16];
    int fd = say(desk, "json help\njson day\n");
    read_all(desk, fd, text, sizeof text);
    assert_ptr_not_equal(strchr(text, '\n'), strrchr(text, '\n')); // both were answered
}

static void the_log_level_is_passed_on(void **state)
{
    struct desk *desk = *state;
    assert_answer(desk, "log debug\n", "ok debug\n");
    assert_answer(desk, "log loud\n", "error bad_value");
    assert_answer(desk, "log\n", "error missing");
}

static void a_drain_is_told_once(void **state)
{
    struct desk *desk = *state;
    assert_answer(desk, "json drain\n", "{\"code\":\"ok\"");
    assert_int_equal(desk->drains, 1);
    assert_answer(desk, "help\n", "command");
    assert_int_equal(desk->drains, 1);
}

static void a_drain_whose_peer_is_gone_drains(void **state)
{
    struct desk *desk = *state;
    close(say(desk, "drain\n"));
    while (!desk->drains)
        uv_run(&desk->loop, UV_RUN_ONCE);
}

// Stopping waits for what runs in the pool; its answer goes nowhere, and nothing is left behind (teardown
// looks).
static void it_stops_with_commands_in_the_pool(void **state)
{
    struct desk *desk = *state;
    int fds[3] = {say(desk, "reload\nstatus\n"), say(desk, "metrics\n"), say(desk, "feeds\n")};
    for (int i = 0; i < 10; i++)
        uv_run(&desk->loop, UV_RUN_NOWAIT);
    for (size_t i = 0; i < 3; i++)
        close(fds[i]);
}

static void a_reload_by_signal_may_be_under_way(void **state)
{
    struct desk *desk = *state;
    status_reload(desk->status);
    status_reload(desk->status); // refused: one is under way
    status_reload(NULL);
}

static void a_second_reload_is_refused_while_one_is_under_way(void **state)
{
    struct desk *desk = *state;
    static char text[1 << 16];
    int first = say(desk, "reload\n");
    assert_answer(desk, "reload\n", "error busy");
    assert_int_equal(strncmp(read_all(desk, first, text, sizeof text), "ok rulebook ", 12), 0);
    assert_answer(desk, "reload\n", "ok rulebook ");
}

static void nothing_to_stop_is_stopped_at_once(void **state)
{
    struct desk *desk = *state;
    status_stop(NULL, on_stopped, desk);
    assert_int_equal(desk->stops, 1);
}

static void the_path_of_somebody_else_is_left(void **state)
{
    struct desk *desk = *state;
    struct status *second = NULL;
    const char *reason = NULL;
    assert_int_equal(status_start(&desk->options, &second, &reason), ERROR_IN_USE);
    assert_null(second);
    assert_non_null(reason);
    assert_answer(desk, "help\n", "command"); // the first one goes on
}

static void a_path_that_cannot_be_is_refused(void **state)
{
    struct desk *desk = *state;
    struct status_options options = desk->options;
    struct status *second = NULL;
    char far[200];
    memset(far, 'x', sizeof far - 1);
    far[sizeof far - 1] = '\0';
    options.path = far;
    assert_int_equal(status_start(&options, &second, NULL), ERROR_ADDRESS);
    options.path = "/nonexistent/status.sock";
    assert_int_equal(status_start(&options, &second, NULL), ERROR_ADDRESS);
}

static void the_mode_is_as_asked(void **state)
{
    struct desk *desk = *state;
    struct status_options options = desk->options;
    struct status *second = NULL;
    struct stat st;
    char path[112];
    snprintf(path, sizeof path, "%s.2", desk->path);
    options.path = path;
    options.mode = 0600;
    options.group = getgid();
    assert_int_equal(status_start(&options, &second, NULL), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_gid, getgid());
    status_stop(second, on_stopped, desk);
    run_until_stopped(desk, 1);
    assert_int_not_equal(access(path, F_OK), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_idle_peer_is_closed),
        TEST(half_a_line_is_idle_too),
        TEST(a_peer_that_answers_is_not_idle_before_its_time),
        TEST(the_log_level_is_passed_on),
        TEST(a_drain_is_told_once),
        TEST(a_drain_whose_peer_is_gone_drains),
        TEST(it_stops_with_commands_in_the_pool),
        TEST(a_reload_by_signal_may_be_under_way),
        TEST(a_second_reload_is_refused_while_one_is_under_way),
        TEST(nothing_to_stop_is_stopped_at_once),
        TEST(the_path_of_somebody_else_is_left),
        TEST(a_path_that_cannot_be_is_refused),
        TEST(the_mode_is_as_asked),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
