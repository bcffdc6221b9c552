#include "pulse.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sample.h"

enum { LINE_BYTES = 4096, PATIENCE_S = 30 };

int pulse_open(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0)
        return fd;
    fprintf(stderr, "whistle-bench: %s: %s\n", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static size_t read_line(int fd, char line[LINE_BYTES])
{
    size_t length = 0;
    ssize_t got;
    while (length < LINE_BYTES && (got = recv(fd, line + length, LINE_BYTES - length, 0)) > 0) {
        length += (size_t)got;
        if (line[length - 1] == '\n')
            return length;
    }
    return 0;
}

bool pulse_ask(int fd, struct pulse *out)
{
    static const char question[] = "json pulse 1\n";
    char line[LINE_BYTES];
    json_int_t city = 0, ticks = 0, events = 0, stall = 0;
    if (send(fd, question, strlen(question), MSG_NOSIGNAL) < 0)
        return false;
    json_t *root = json_loadb(line, read_line(fd, line), JSON_DISABLE_EOF_CHECK, NULL);
    bool good = json_unpack(root, "{s:{s:I}, s:{s:I}, s:{s:I, s:I}}", "clock", "city_ms", &city, "loop",
                            "stall_ms", &stall, "engine", "ticks", &ticks, "events", &events) == 0;
    *out = (struct pulse){monotonic_ns(), city, (uint64_t)ticks, (uint64_t)events, stall};
    json_decref(root);
    return good;
}
