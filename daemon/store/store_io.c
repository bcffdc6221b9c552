#include "store/store_io.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int system_mkdir(void *context, const char *path)
{
    (void)context;
    return mkdir(path, 0700);
}

static int system_open(void *context, int directory, const char *name, int flags)
{
    (void)context;
    return openat(directory, name, flags | O_CLOEXEC, 0600);
}

static int system_allocate(void *context, int fd, off_t bytes)
{
    (void)context;
    return fallocate(fd, 0, 0, bytes);
}

static ssize_t system_pread(void *context, int fd, void *bytes, size_t length, off_t offset)
{
    (void)context;
    return pread(fd, bytes, length, offset);
}

static ssize_t system_pwrite(void *context, int fd, const void *bytes, size_t length, off_t offset)
{
    (void)context;
    return pwrite(fd, bytes, length, offset);
}

static int system_fdatasync(void *context, int fd)
{
    (void)context;
    return fdatasync(fd);
}

static int system_fsync(void *context, int fd)
{
    (void)context;
    return fsync(fd);
}

static int system_rename(void *context, int directory, const char *from, const char *to)
{
    (void)context;
    return renameat(directory, from, directory, to);
}

static int system_unlink(void *context, int directory, const char *name)
{
    (void)context;
    return unlinkat(directory, name, 0);
}

const struct store_io store_io_system = {
    .mkdir = system_mkdir,
    .open = system_open,
    .allocate = system_allocate,
    .pread = system_pread,
    .pwrite = system_pwrite,
    .fdatasync = system_fdatasync,
    .fsync = system_fsync,
    .rename = system_rename,
    .unlink = system_unlink,
};

int store_io_read(const struct store_io *io, int fd, void *bytes, size_t length, uint64_t offset,
                  const char *name, struct store_error *error)
{
    uint8_t *at = bytes;
    while (length > 0) {
        ssize_t n = io->pread(io->context, fd, at, length, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return store_error_errno(error, "pread", name);
        if (n == 0)
            return store_error_set(error, ERROR_CORRUPT, "%s: the file ends at byte %ju", name,
                                   (uintmax_t)offset);
        at += n;
        length -= (size_t)n;
        offset += (uint64_t)n;
    }
    return 0;
}

int store_io_write(const struct store_io *io, int fd, const void *bytes, size_t length, uint64_t offset,
                   const char *name, struct store_error *error)
{
    const uint8_t *at = bytes;
    while (length > 0) {
        ssize_t n = io->pwrite(io->context, fd, at, length, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            errno = EIO;
        if (n <= 0)
            return store_error_errno(error, "pwrite", name);
        at += n;
        length -= (size_t)n;
        offset += (uint64_t)n;
    }
    return 0;
}

int store_io_zero(const struct store_io *io, int fd, uint64_t length, uint64_t offset, const char *name,
                  struct store_error *error)
{
    static const uint8_t zeros[64 * 1024];
    while (length > 0) {
        size_t piece = length < sizeof zeros ? (size_t)length : sizeof zeros;
        int rc = store_io_write(io, fd, zeros, piece, offset, name, error);
        if (rc)
            return rc;
        offset += piece;
        length -= piece;
    }
    return 0;
}

int store_io_sync(const struct store_io *io, int fd, const char *name, struct store_error *error)
{
    int rc;
    do
        rc = io->fdatasync(io->context, fd);
    while (rc && errno == EINTR);
    return rc ? store_error_errno(error, "fdatasync", name) : 0;
}

int store_io_sync_directory(const struct store_io *io, const char *path, struct store_error *error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return store_error_errno(error, "open", path);
    int rc = io->fsync(io->context, fd) ? store_error_errno(error, "fsync", path) : 0;
    close(fd);
    return rc;
}
