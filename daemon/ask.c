#include "ask.h"

#include "base/error.h"
#include "offline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

const char *ask_path(const char *given)
{
    const char *path = given ? given : getenv("WHISTLE_STATUS");
    return path && *path ? path : "/run/whistled/status.sock";
}

bool ask_is_wanted(const char *given)
{
    const char *path = given ? given : getenv("WHISTLE_STATUS");
    return path && *path;
}

// A connection to the status socket with one question asked; -1, with errno set.
static int send_line(const char *path, const char *line)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ssize_t length = (ssize_t)strlen(line);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        write(fd, line, (size_t)length) == length && shutdown(fd, SHUT_WR) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static int read_answer(int fd, struct buffer *answer)
{
    char piece[4096];
    ssize_t got;
    while ((got = read(fd, piece, sizeof piece)) > 0)
        buffer_append(answer, piece, (size_t)got);
    close(fd);
    return got < 0 ? ERROR_IO : answer->failed ? ERROR_NO_MEMORY : 0;
}

int ask_daemon(const char *path, struct buffer *answer, const char *line, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, line);
    int length = vsnprintf(text, sizeof text, line, arguments);
    va_end(arguments);
    int rc = length < 0 || (size_t)length >= sizeof text ? ERROR_TOO_LONG : 0;
    int fd = rc ? -1 : send_line(path, text);
    if (!rc)
        rc = fd < 0 ? ERROR_IO : read_answer(fd, answer);
    if (rc)
        offline_complain(rc, path);
    return rc;
}

bool ask_is_refusal(struct buffer *answer)
{
    return strncmp(buffer_string(answer), "error ", 6) == 0;
}

bool ask_relay(struct buffer *answer)
{
    bool refused = ask_is_refusal(answer);
    fputs(buffer_string(answer), refused ? stderr : stdout);
    return !refused;
}
