// whistle status: one line to the daemon's status socket, and its answer as it comes.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buffer.h"
#include "intl.h"
#include "tool.h"

struct status {
    struct tool *tool; // first, for tool_parse_init
    struct buffer line;
};

static const struct argp_option options[] = {
    {"socket", 's', N_("PATH"), 0, N_("the status socket (WHISTLE_STATUS)"), 1},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct status *s = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        tool_parse_init(state);
        return 0;
    case 's':
        s->tool->settings.status = arg;
        return 0;
    case ARGP_KEY_ARG:
        buffer_text(&s->line, s->line.length ? " " : "");
        buffer_text(&s->line, arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

// A refusal begins with "error"; in JSON its code is not "ok".
static bool is_refusal(const char *answer, size_t length)
{
    static const char error[] = "error ", code[] = "{\"code\":", ok[] = "{\"code\":\"ok\"";
    if (length >= sizeof error - 1 && memcmp(answer, error, sizeof error - 1) == 0)
        return true;
    return length >= sizeof ok - 1 && memcmp(answer, code, sizeof code - 1) == 0 &&
           memcmp(answer, ok, sizeof ok - 1) != 0;
}

static void keep_tail(char tail[2], const char *bytes, size_t length)
{
    if (length > 1)
        tail[0] = bytes[length - 2];
    else
        tail[0] = tail[1];
    tail[1] = bytes[length - 1];
}

// A text ends with an empty line, JSON is a line. A daemon that ends over it closes before.
static bool is_whole(const char tail[2], bool json)
{
    return tail[1] == '\n' && (json || tail[0] == '\n');
}

// The daemon answers and, since nothing more will come from here, closes. `*refused`: it would not. False and
// errno where it did not say all.
static bool converse(int fd, struct buffer *line, bool *refused)
{
    char chunk[16384], tail[2] = "";
    bool json = strncmp(buffer_string(line), "json ", 5) == 0;
    ssize_t got = -1;
    bool first = true;
    buffer_text(line, "\n");
    if (send(fd, line->bytes, line->length, MSG_NOSIGNAL) == (ssize_t)line->length &&
        shutdown(fd, SHUT_WR) == 0)
        while ((got = read(fd, chunk, sizeof chunk)) > 0) {
            *refused = *refused || (first && is_refusal(chunk, (size_t)got));
            first = false;
            keep_tail(tail, chunk, (size_t)got);
            fwrite(chunk, 1, (size_t)got, stdout);
        }
    if (got == 0)
        errno = ECONNRESET;
    return got == 0 && is_whole(tail, json);
}

int command_status(struct tool *tool, int argc, char **argv)
{
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = N_("[COMMAND...]"),
        .doc = N_("Passes a line to the daemon on this machine; help lists what it knows.")};
    struct status s = {.tool = tool};
    if (!tool_parse(tool, &argp, argc, argv, &s))
        return EXIT_USAGE;
    if (s.line.length == 0)
        buffer_text(&s.line, "status");
    int fd = connect_to(tool->settings.status);
    bool refused = false;
    bool done = fd >= 0 && converse(fd, &s.line, &refused);
    if (!done)
        fprintf(stderr, _("whistle: no status from %s: %s\n"), tool->settings.status, strerror(errno));
    if (fd >= 0)
        close(fd);
    buffer_fini(&s.line);
    return done && !refused ? EXIT_DONE : EXIT_FAILED;
}
