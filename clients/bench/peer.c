#include "peer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const uint8_t greeting[8] = {0, 'S', 'P', 0, 0, 0x30, 0, 0};
static const uint8_t welcome[8] = {0, 'S', 'P', 0, 0, 0x31, 0, 0};

static int connect_ipc(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static int connect_first(const struct addrinfo *address)
{
    for (; address; address = address->ai_next) {
        int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, address->ai_addr, address->ai_addrlen) == 0) {
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
            return fd;
        }
        if (fd >= 0)
            close(fd);
    }
    return -1;
}

static int connect_tcp(const char *name)
{
    char host[256];
    const char *colon = strrchr(name, ':');
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    if (!colon)
        return -1;
    bool brackets = *name == '[';
    snprintf(host, sizeof host, "%.*s", (int)(colon - name) - 2 * brackets, name + brackets);
    if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
        return -1;
    int fd = connect_first(found);
    freeaddrinfo(found);
    return fd;
}

static bool shake_hands(int fd)
{
    uint8_t theirs[8];
    struct timeval limit = {.tv_sec = 5};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return send(fd, greeting, 8, MSG_NOSIGNAL) == 8 && recv(fd, theirs, 8, MSG_WAITALL) == 8 &&
           memcmp(theirs, welcome, 8) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

bool peer_open(struct peer *p, const char *url)
{
    p->ipc = strncmp(url, "ipc://", 6) == 0;
    p->out_length = p->out_done = p->in_length = 0;
    p->fd = p->ipc ? connect_ipc(url + 6) : strncmp(url, "tcp://", 6) == 0 ? connect_tcp(url + 6) : -1;
    if (p->fd >= 0 && shake_hands(p->fd))
        return true;
    fprintf(stderr, "whistle-bench: %s: %s\n", url, strerror(errno));
    peer_close(p);
    return false;
}

void peer_close(struct peer *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}

static size_t put_number(uint8_t *to, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        to[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
    return bytes;
}

void peer_request(struct peer *p, const void *message, size_t length)
{
    assert(length + 13 <= PEER_BUFFER);
    size_t at = 0;
    if (p->ipc)
        p->out[at++] = 1;
    at += put_number(p->out + at, length + 4, 8);
    at += put_number(p->out + at, 0x80000001u, 4);
    memcpy(p->out + at, message, length);
    p->out_length = at + length;
    p->out_done = p->in_length = 0;
}

bool peer_wants_to_send(const struct peer *p)
{
    return p->out_done < p->out_length;
}

static bool passing(ssize_t moved)
{
    return moved < 0 && (errno == EAGAIN || errno == EINTR);
}

static int take(struct peer *p, const uint8_t **message, size_t *length)
{
    size_t head = p->ipc ? 9 : 8;
    uint64_t size = 0;
    if (p->in_length < head)
        return 0;
    for (size_t i = head - 8; i < head; i++)
        size = size << 8 | p->in[i];
    if (size < 4 || size > PEER_BUFFER - head)
        return -1;
    if (p->in_length < head + size)
        return 0;
    *message = p->in + head + 4;
    *length = (size_t)size - 4;
    return 1;
}

int peer_turn(struct peer *p, const uint8_t **message, size_t *length)
{
    if (peer_wants_to_send(p)) {
        ssize_t sent = send(p->fd, p->out + p->out_done, p->out_length - p->out_done, MSG_NOSIGNAL);
        p->out_done += sent > 0 ? (size_t)sent : 0;
        return sent >= 0 || passing(sent) ? 0 : -1;
    }
    ssize_t got = recv(p->fd, p->in + p->in_length, PEER_BUFFER - p->in_length, 0);
    if (got <= 0)
        return passing(got) ? 0 : -1;
    p->in_length += (size_t)got;
    return take(p, message, length);
}
