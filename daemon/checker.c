#include "checker.h"

#include "base/error.h"
#include "base/text.h"
#include "check_report.h"
#include "store/check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, REPORT_BYTES = 128 * 1024, NICER = 15 };

// ---- the child that walks -------------------------------------------------------------------------

// Whoever waits tells of its death; nothing else is to catch it.
static void die_plainly(void)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        signal(numbers[i], SIG_DFL);
}

static void walk(const struct check_places *places, int out)
{
    die_plainly();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    check_report_write(places->directory, places->state, places->scratch, out);
    _exit(EXIT_SUCCESS);
}

// ---- who waits for it -----------------------------------------------------------------------------

// What the child says until it closes the pipe. False: the other side of `watched` is gone.
static bool listen_to(int from, int watched, struct buffer *said)
{
    struct pollfd fds[2] = {{.fd = from, .events = POLLIN}, {.fd = watched, .events = POLLIN}};
    for (;;) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return false;
        if (watched >= 0 && fds[1].revents)
            return false;
        if (!fds[0].revents)
            continue;
        uint8_t bytes[4096];
        ssize_t got = read(from, bytes, sizeof bytes);
        if (got <= 0)
            return true;
        buffer_append(said, bytes, (size_t)got);
    }
}

static int wait_for(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

void checker_run(const struct check_places *places, int watched, struct buffer *report)
{
    int pipe_fds[2];
    struct buffer said;
    buffer_init(&said);
    pid_t child = pipe2(pipe_fds, O_CLOEXEC) ? -1 : fork();
    if (child == 0)
        walk(places, pipe_fds[1]);
    if (child < 0) {
        check_report_failed(errno, report);
        return;
    }
    close(pipe_fds[1]);
    if (!listen_to(pipe_fds[0], watched, &said))
        kill(child, SIGKILL);
    close(pipe_fds[0]);
    check_report_read(&said, wait_for(child), report);
    buffer_fini(&said);
}

// ---- the helper -----------------------------------------------------------------------------------

// A question is three paths, each with its NUL.
static bool read_places(const char *bytes, size_t length, struct check_places *out)
{
    const char **to[] = {&out->directory, &out->state, &out->scratch};
    for (size_t i = 0; i < 3; i++) {
        const char *end = memchr(bytes, '\0', length);
        if (!end)
            return false;
        *to[i] = bytes;
        length -= (size_t)(end + 1 - bytes);
        bytes = end + 1;
    }
    return true;
}

static void help(int fd)
{
    static char question[3 * PATH_BYTES];
    struct check_places places;
    ssize_t got;
    while ((got = recv(fd, question, sizeof question, 0)) > 0 &&
           read_places(question, (size_t)got, &places)) {
        struct buffer report;
        buffer_init(&report);
        checker_run(&places, fd, &report);
        ssize_t sent = send(fd, report.bytes, report.length, MSG_NOSIGNAL);
        buffer_fini(&report);
        if (sent < 0)
            break;
    }
    _exit(EXIT_SUCCESS);
}

// It holds nothing of the daemon's but its end of the pair, and standard error.
static void become_helper(int fd)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "whistled-check");
    setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + NICER); // nobody waits for it
    if (fd != 3 && dup2(fd, 3) != 3)
        _exit(EXIT_FAILURE);
    fcntl(3, F_SETFD, FD_CLOEXEC);
    close_range(4, ~0U, 0);
    help(3);
}

void checker_begin(struct checker *checker)
{
    int pair[2];
    checker->fd = -1;
    atomic_flag_clear(&checker->busy);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        return;
    pid_t child = fork();
    if (child == 0)
        become_helper(pair[1]);
    close(pair[1]);
    if (child < 0)
        close(pair[0]);
    else
        checker->fd = pair[0];
}

void checker_end(struct checker *checker)
{
    if (checker->fd >= 0)
        shutdown(checker->fd, SHUT_RDWR);
}

// ---- the daemon's side ----------------------------------------------------------------------------

static void remove_state(const char *directory, const char *name)
{
    static const char *const files[] = {"data.mdb", "lock.mdb"};
    char path[PATH_BYTES + 64];
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/check/%s/%s", directory, name, files[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/check/%s", directory, name);
    rmdir(path);
}

void checker_clean(const char *directory)
{
    char path[PATH_BYTES + 64];
    remove_state(directory, "state");
    remove_state(directory, "second");
    snprintf(path, sizeof path, "%s/check", directory);
    rmdir(path);
}

static int make_place(const char *directory, const char *name, char path[PATH_BYTES],
                      struct store_error *error)
{
    if (snprintf(path, PATH_BYTES, "%s/check%s", directory, name) >= PATH_BYTES)
        return store_error_set(error, ERROR_IO, "the path of the store is too long");
    return mkdir(path, 0700) ? store_error_errno(error, "mkdir", path) : 0;
}

// The answer, which is as long as it is.
static int ask(int fd, const struct check_places *places, struct buffer *report)
{
    struct buffer question;
    buffer_init(&question);
    buffer_append(&question, places->directory, strlen(places->directory) + 1);
    buffer_append(&question, places->state, strlen(places->state) + 1);
    buffer_append(&question, places->scratch, strlen(places->scratch) + 1);
    bool asked = !question.failed && send(fd, question.bytes, question.length, MSG_NOSIGNAL) > 0;
    buffer_fini(&question);
    uint8_t *room = buffer_extend(report, REPORT_BYTES);
    if (!room)
        return ERROR_NO_MEMORY;
    ssize_t got = asked ? recv(fd, room, REPORT_BYTES, 0) : 0;
    report->length = got > 0 ? (size_t)got : 0;
    return report->length ? 0 : ERROR_DRAINING;
}

static int check_copy(struct checker *checker, struct store *store, struct buffer *report,
                      struct store_error *error)
{
    char top[PATH_BYTES], state[PATH_BYTES], second[PATH_BYTES];
    const char *directory = store_directory(store);
    int rc = make_place(directory, "", top, error);
    rc = rc ? rc : make_place(directory, "/state", state, error);
    rc = rc ? rc : make_place(directory, "/second", second, error);
    rc = rc ? rc : store_snapshot(store, state, error);
    return rc ? rc : ask(checker->fd, &(struct check_places){directory, state, second}, report);
}

int checker_check(struct checker *checker, struct store *store, struct buffer *report,
                  struct store_error *error)
{
    if (checker->fd < 0)
        return ERROR_UNKNOWN_OPERATION;
    if (atomic_flag_test_and_set(&checker->busy))
        return ERROR_BUSY;
    checker_clean(store_directory(store));
    int rc = check_copy(checker, store, report, error);
    checker_clean(store_directory(store));
    if (!rc && check_report_blames_state(report) && store_distrust(store))
        rc = store_error_set(error, ERROR_IO, "the state is damaged, and DIR/doubt cannot be written");
    atomic_flag_clear(&checker->busy);
    return rc;
}
