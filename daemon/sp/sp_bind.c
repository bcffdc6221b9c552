#include "sp/sp_bind.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACKLOG = 512 };

static int refuse(const char **reason)
{
    *reason = strerrordesc_np(errno);
    return errno == EADDRINUSE ? ERROR_IN_USE : ERROR_ADDRESS;
}

static int open_socket(const struct sp_address *address, int family)
{
    const int on = 1, v6only = !address->every;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || family == AF_UNIX)
        return fd;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); // not kept from restarting by TIME_WAIT
    if (family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only);
    return fd;
}

// `*` on a machine without IPv6 is every IPv4 address.
static int open_socket_or_ipv4(struct sp_address *address)
{
    int fd = open_socket(address, address->any.sa_family);
    if (fd >= 0 || errno != EAFNOSUPPORT || !address->every)
        return fd;
    in_port_t port = address->in6.sin6_port;
    address->in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
    address->length = sizeof address->in;
    return open_socket(address, AF_INET);
}

// True when the path is a socket that refuses connections: its owner is gone. Full backlogs answer EAGAIN.
static bool is_stale(const struct sp_address *address)
{
    struct stat st;
    if (lstat(address->un.sun_path, &st) || !S_ISSOCK(st.st_mode))
        return false;
    int fd = open_socket(address, AF_UNIX);
    bool refused = fd >= 0 && connect(fd, &address->any, address->length) && errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return refused;
}

static int bind_socket(int fd, const struct sp_address *address)
{
    int rc = bind(fd, &address->any, address->length);
    if (!rc || errno != EADDRINUSE || address->transport != SP_IPC)
        return rc;
    if (is_stale(address) && !unlink(address->un.sun_path))
        return bind(fd, &address->any, address->length);
    errno = EADDRINUSE;
    return -1;
}

// Other threads may make files meanwhile: theirs are for the owner alone then, and still directories.
static int bind_closed(int fd, const struct sp_address *address)
{
    mode_t usual = umask(0077);
    int rc = bind_socket(fd, address);
    umask(usual);
    return rc;
}

// By the file itself, not by its path: a mode can be set through a descriptor of this kind by that detour
// alone.
static int give_access(int handle, const struct sp_bind_access *access)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", handle);
    if (access->group != SP_BIND_ANY_GROUP && fchownat(handle, "", (uid_t)-1, access->group, AT_EMPTY_PATH))
        return -1;
    return access->mode ? chmod(path, access->mode) : 0;
}

static int settle_file(const struct sp_address *address, const struct sp_bind_access *access,
                       struct sp_bind_file *file)
{
    struct stat st;
    int handle = open(address->un.sun_path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (handle < 0)
        return -1;
    int rc = fstat(handle, &st);
    if (!rc && S_ISSOCK(st.st_mode)) {
        *file = (struct sp_bind_file){.device = st.st_dev, .inode = st.st_ino};
        rc = give_access(handle, access);
    } else if (!rc) {
        errno = ENOTSOCK;
        rc = -1;
    }
    close(handle);
    return rc;
}

static int bind_file(int fd, const struct sp_address *address, const struct sp_bind_access *access,
                     struct sp_bind_file *file)
{
    if (address->transport != SP_IPC)
        return bind_socket(fd, address);
    int rc = access->mode ? bind_closed(fd, address) : bind_socket(fd, address);
    return rc ? rc : settle_file(address, access, file);
}

static int learn_port(int fd, struct sp_address *address)
{
    socklen_t length = address->length;
    return address->transport == SP_IPC ? 0 : getsockname(fd, &address->any, &length);
}

int sp_bind_open(struct sp_address *address, const struct sp_bind_access *access, int *out,
                 struct sp_bind_file *file, const char **reason)
{
    *file = (struct sp_bind_file){0};
    int fd = open_socket_or_ipv4(address);
    if (fd < 0)
        return refuse(reason);
    // Until listen(2) nobody can connect, so mode and group are in force before the first peer.
    if (bind_file(fd, address, access, file) || listen(fd, BACKLOG) || learn_port(fd, address)) {
        int rc = refuse(reason);
        sp_bind_unlink(address, file);
        close(fd);
        return rc;
    }
    *out = fd;
    return 0;
}

static bool is_listening_stream(int fd)
{
    int type = 0, listens = 0;
    socklen_t length = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) || type != SOCK_STREAM)
        return false;
    length = sizeof listens;
    return !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) && listens;
}

static bool is_every(int fd, const struct sp_address *address)
{
    int v6only = 1;
    socklen_t length = sizeof v6only;
    return address->any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&address->in6.sin6_addr) &&
           !getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, &length) && !v6only;
}

int sp_bind_adopt(int fd, struct sp_address *address, const char **reason)
{
    *address = (struct sp_address){.length = sizeof address->un};
    if (!is_listening_stream(fd)) {
        *reason = "the descriptor is not a stream socket that listens";
        return ERROR_ADDRESS;
    }
    if (getsockname(fd, &address->any, &address->length))
        return refuse(reason);
    int family = address->any.sa_family;
    if (family != AF_UNIX && family != AF_INET && family != AF_INET6) {
        *reason = "the socket is neither IPv4 nor IPv6 nor unix";
        return ERROR_ADDRESS;
    }
    address->transport = family == AF_UNIX ? SP_IPC : SP_TCP;
    address->every = is_every(fd, address);
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) || fcntl(fd, F_SETFD, FD_CLOEXEC))
        return refuse(reason);
    return 0;
}

void sp_bind_unlink(const struct sp_address *address, const struct sp_bind_file *file)
{
    struct stat st;
    if (!file->inode || lstat(address->un.sun_path, &st))
        return;
    if (st.st_dev == file->device && st.st_ino == file->inode)
        (void)unlink(address->un.sun_path);
}
