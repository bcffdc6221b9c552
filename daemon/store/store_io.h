// The system calls under the journal, as a table, so that tests can make any of them fail.
//
// Each entry is the POSIX call of its name: −1 and errno on failure. `directory` is an open directory, `name`
// a file in it. Entries may be called from several threads at once.
#pragma once

#include "store/store_error.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct store_io {
    void *context; // handed to each entry; borrowed
    int (*mkdir)(void *context, const char *path);
    int (*open)(void *context, int directory, const char *name, int flags);
    int (*allocate)(void *context, int fd, off_t bytes); // fallocate(2) from 0, mode 0
    ssize_t (*pread)(void *context, int fd, void *bytes, size_t length, off_t offset);
    ssize_t (*pwrite)(void *context, int fd, const void *bytes, size_t length, off_t offset);
    int (*fdatasync)(void *context, int fd);
    int (*fsync)(void *context, int fd); // files whose size is new, and directories
    int (*rename)(void *context, int directory, const char *from, const char *to);
    int (*unlink)(void *context, int directory, const char *name);
};

// The real system calls.
extern const struct store_io store_io_system;

// Reads or writes all of `length` bytes, over short counts and EINTR; 0 or an error with `name` in its text.
// A file that ends too early is ERROR_CORRUPT.
int store_io_read(const struct store_io *io, int fd, void *bytes, size_t length, uint64_t offset,
                  const char *name, struct store_error *error) __attribute__((warn_unused_result));
int store_io_write(const struct store_io *io, int fd, const void *bytes, size_t length, uint64_t offset,
                   const char *name, struct store_error *error) __attribute__((warn_unused_result));

// Writes zeros.
int store_io_zero(const struct store_io *io, int fd, uint64_t length, uint64_t offset, const char *name,
                  struct store_error *error) __attribute__((warn_unused_result));

// fdatasync.
int store_io_sync(const struct store_io *io, int fd, const char *name, struct store_error *error)
    __attribute__((warn_unused_result));

// fsync of the directory at `path`: the names in it are on disk.
int store_io_sync_directory(const struct store_io *io, const char *path, struct store_error *error)
    __attribute__((warn_unused_result));
