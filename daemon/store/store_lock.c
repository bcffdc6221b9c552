#include "store/store_lock.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int open_file(const char *directory, struct store_error *error)
{
    int root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return store_error_errno(error, "open", directory);
    int fd = openat(root, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int rc = fd < 0 ? store_error_errno(error, "open", "lock") : fd;
    close(root);
    return rc;
}

static int refuse(int fd, const char *directory, struct store_error *error)
{
    char text[32];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = 0;
    return store_error_set(error, ERROR_STORE_LOCKED, "%s is held by pid %ld", directory,
                           strtol(text, NULL, 10));
}

// A full disk may keep the pid from being written; the lock holds all the same.
static void write_pid(int fd)
{
    char text[32];
    int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)length, 0) != length)
        errno = 0;
}

int store_lock_take(struct store_lock *lock, const char *directory, struct store_error *error)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    lock->fd = -1;
    int fd = open_file(directory, error);
    if (fd < 0)
        return fd;
    int rc = 0;
    if (fcntl(fd, F_OFD_SETLK, &whole) != 0)
        rc = errno == EAGAIN || errno == EACCES ? refuse(fd, directory, error)
                                                : store_error_errno(error, "lock", directory);
    if (rc) {
        close(fd);
        return rc;
    }
    write_pid(fd);
    lock->fd = fd;
    return 0;
}

void store_lock_release(struct store_lock *lock)
{
    if (lock->fd >= 0)
        close(lock->fd);
    lock->fd = -1;
}
