// Preloaded into the daemon: writes down what it does to the files of its store, and what it answers, in the
// order in which it happens, for system/power.py to build the disks from that a power cut may leave.
//
//     DISK_RECORD=FILE        where to; appended to, so that several runs of a daemon make one record
//     DISK_RECORD_ROOT=DIR    the store, as the daemon is told it
//     DISK_RECORD_DIE=CALL:PART:N    kill -9 right after the n-th CALL (write, rename) on a path with PART
//     DISK_RECORD_HANG=PART   what writes to a path with PART writes the first half and never comes back
//
// An entry is a head, two paths, and bytes; little-endian. Files are told by their inode, since descriptors
// outlive names. A write is made and written down under one lock, so that the order is true. A sync is two
// entries, where it begins and where it has succeeded: it covers what stands before the first, from the
// second on. Written zeros are only counted. A socket's bytes are written down before they are sent.
//
// The system calls are made raw, none of them beyond what the daemon's filter allows.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum op { START = 1, CREATE, TRUNCATE, WRITE, ALLOCATE, SYNC_BEGIN, SYNC_END, RENAME, UNLINK, MKDIR, ANSWER };
enum { FLAG_DSYNC = 1, FLAG_ZEROS = 2, FLAG_DIRECTORY = 4 };
enum { PATH_BYTES = 4096, MAX_FDS = 1 << 20, KEPT = 1, KEPT_DSYNC = 2 };

struct head {
    uint8_t op, flags;
    uint16_t path_bytes, second_bytes, zero;
    uint64_t inode;
    int64_t offset;  // of a write; a size; the ticket of a sync
    uint64_t length; // of what was written
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int out = -1;
static char root[PATH_BYTES], parent[PATH_BYTES];
static uint8_t kept[MAX_FDS]; // descriptors of the store
static int64_t tickets;
static char die_call[16], die_part[64], hang_part[64];
static int die_after;

// ---- the record -----------------------------------------------------------------------------------

static void put(struct head head, const char *path, const char *second, const void *bytes)
{
    bool has_bytes = bytes && !(head.flags & FLAG_ZEROS);
    head.path_bytes = (uint16_t)(path ? strlen(path) : 0);
    head.second_bytes = (uint16_t)(second ? strlen(second) : 0);
    struct iovec parts[] = {{&head, sizeof head},
                            {(void *)path, head.path_bytes},
                            {(void *)second, head.second_bytes},
                            {(void *)bytes, has_bytes ? head.length : 0}};
    size_t want = 0;
    for (int i = 0; i < 4; i++)
        want += parts[i].iov_len;
    if (syscall(SYS_writev, out, parts, 4) != (long)want)
        abort(); // a record with a hole would prove nothing
}

static void die_at(const char *call, const char *path)
{
    if (die_after && strcmp(call, die_call) == 0 && strstr(path, die_part) && --die_after == 0)
        raise(SIGKILL);
}

static bool is_below(const char *path)
{
    size_t length = strlen(root);
    return strncmp(path, root, length) == 0 && (path[length] == 0 || path[length] == '/');
}

static uint64_t inode_at(const char *path)
{
    struct stat st;
    return fstatat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) ? 0 : st.st_ino;
}

static uint64_t inode_of(int fd)
{
    struct stat st;
    return fstat(fd, &st) ? 0 : st.st_ino;
}

__attribute__((constructor)) static void begin(void)
{
    const char *file = getenv("DISK_RECORD"), *where = getenv("DISK_RECORD_ROOT");
    const char *die = getenv("DISK_RECORD_DIE"), *hang = getenv("DISK_RECORD_HANG");
    if (!file || !where)
        return;
    snprintf(root, sizeof root, "%s", where);
    snprintf(parent, sizeof parent, "%s", where);
    *strrchr(parent, '/') = 0;
    snprintf(hang_part, sizeof hang_part, "%s", hang ? hang : "");
    if (die && *die && sscanf(die, "%15[^:]:%63[^:]:%d", die_call, die_part, &die_after) != 3)
        abort();
    out = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (out < 0)
        abort();
    put((struct head){.op = START, .inode = inode_at(parent)}, root, NULL, NULL);
}

static bool is_kept(int fd)
{
    return out >= 0 && fd >= 0 && fd < MAX_FDS && kept[fd];
}

// ---- names ----------------------------------------------------------------------------------------

// The whole path of a name in an open directory; false where it is not the store's.
static bool whole(int directory, const char *name, char path[PATH_BYTES])
{
    char link[64];
    size_t length = 0;
    if (out < 0)
        return false;
    if (name[0] != '/') {
        snprintf(link, sizeof link, directory == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", directory);
        ssize_t n = readlink(link, path, PATH_BYTES - 1);
        length = n < 0 ? 0 : (size_t)n;
    }
    snprintf(path + length, PATH_BYTES - length, "%s%s", length ? "/" : "", name);
    return is_below(path);
}

static void path_of(int fd, char path[PATH_BYTES])
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, PATH_BYTES - 1);
    path[n < 0 ? 0 : n] = 0;
}

static int open_at(int directory, const char *name, int flags, mode_t mode)
{
    char path[PATH_BYTES];
    bool mine = whole(directory, name, path), made = false;
    if (!mine && (out < 0 || strcmp(path, parent) != 0))
        return (int)syscall(SYS_openat, directory, name, flags, mode);
    pthread_mutex_lock(&lock);
    if (mine && flags & O_CREAT)
        made = inode_at(path) == 0;
    int fd = (int)syscall(SYS_openat, directory, name, flags, mode);
    if (fd >= 0 && fd < MAX_FDS)
        kept[fd] = flags & O_DSYNC ? KEPT_DSYNC : KEPT;
    if (fd >= 0 && made)
        put((struct head){.op = CREATE, .inode = inode_of(fd)}, path, NULL, NULL);
    else if (fd >= 0 && flags & O_TRUNC)
        put((struct head){.op = TRUNCATE, .inode = inode_of(fd)}, path, NULL, NULL);
    pthread_mutex_unlock(&lock);
    return fd;
}

static int open_with(int directory, const char *name, int flags, va_list rest)
{
    return open_at(directory, name, flags, flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0);
}

int open(const char *name, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    int fd = open_with(AT_FDCWD, name, flags, rest);
    va_end(rest);
    return fd;
}

int openat(int directory, const char *name, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    int fd = open_with(directory, name, flags, rest);
    va_end(rest);
    return fd;
}

int open64(const char *name, int flags, ...) __attribute__((alias("open")));
int openat64(int directory, const char *name, int flags, ...) __attribute__((alias("openat")));

int close(int fd)
{
    if (is_kept(fd))
        kept[fd] = 0;
    return (int)syscall(SYS_close, fd);
}

static int rename_at(int from, const char *old, int to, const char *new)
{
    char before[PATH_BYTES], after[PATH_BYTES];
    bool mine = whole(from, old, before);
    mine |= whole(to, new, after);
    if (!mine)
        return (int)syscall(SYS_renameat2, from, old, to, new, 0);
    pthread_mutex_lock(&lock);
    int rc = (int)syscall(SYS_renameat2, from, old, to, new, 0);
    if (rc == 0) {
        put((struct head){.op = RENAME}, before, after, NULL);
        die_at("rename", after);
    }
    pthread_mutex_unlock(&lock);
    return rc;
}

int rename(const char *old, const char *new)
{
    return rename_at(AT_FDCWD, old, AT_FDCWD, new);
}

int renameat(int from, const char *old, int to, const char *new)
{
    return rename_at(from, old, to, new);
}

int unlinkat(int directory, const char *name, int flags)
{
    char path[PATH_BYTES];
    if (!whole(directory, name, path))
        return (int)syscall(SYS_unlinkat, directory, name, flags);
    pthread_mutex_lock(&lock);
    int rc = (int)syscall(SYS_unlinkat, directory, name, flags);
    if (rc == 0)
        put((struct head){.op = UNLINK}, path, NULL, NULL);
    pthread_mutex_unlock(&lock);
    return rc;
}

int unlink(const char *name)
{
    return unlinkat(AT_FDCWD, name, 0);
}

int rmdir(const char *name)
{
    return unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
}

int mkdirat(int directory, const char *name, mode_t mode)
{
    char path[PATH_BYTES];
    if (!whole(directory, name, path))
        return (int)syscall(SYS_mkdirat, directory, name, mode);
    pthread_mutex_lock(&lock);
    int rc = (int)syscall(SYS_mkdirat, directory, name, mode);
    if (rc == 0)
        put((struct head){.op = MKDIR, .inode = inode_at(path)}, path, NULL, NULL);
    pthread_mutex_unlock(&lock);
    return rc;
}

int mkdir(const char *name, mode_t mode)
{
    return mkdirat(AT_FDCWD, name, mode);
}

// ---- bytes ----------------------------------------------------------------------------------------

static bool is_zero(const char *bytes, size_t length)
{
    return length > 0 && bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0;
}

static void written(int fd, const struct iovec *parts, int count, size_t done, off_t offset)
{
    char path[PATH_BYTES];
    uint8_t flags = kept[fd] == KEPT_DSYNC ? FLAG_DSYNC : 0;
    for (int i = 0; i < count && done > 0; i++) {
        size_t piece = parts[i].iov_len < done ? parts[i].iov_len : done;
        uint8_t zeros = is_zero(parts[i].iov_base, piece) ? FLAG_ZEROS : 0;
        put((struct head){.op = WRITE,
                          .flags = flags | zeros,
                          .inode = inode_of(fd),
                          .offset = offset,
                          .length = piece},
            NULL, NULL, parts[i].iov_base);
        offset += (off_t)piece;
        done -= piece;
    }
    if (die_after) {
        path_of(fd, path);
        die_at("write", path);
    }
}

static bool hangs_at(int fd)
{
    char path[PATH_BYTES];
    if (!*hang_part)
        return false;
    path_of(fd, path);
    return strstr(path, hang_part) != NULL;
}

static ssize_t write_parts(int fd, const struct iovec *parts, int count, off_t offset)
{
    struct iovec half = {parts->iov_base, parts->iov_len / 2};
    bool hangs = hangs_at(fd);
    if (hangs)
        parts = &half, count = 1;
    pthread_mutex_lock(&lock);
    bool moves = offset < 0; // by the descriptor's own offset
    off_t at = moves ? lseek(fd, 0, SEEK_CUR) : offset;
    ssize_t n = moves ? syscall(SYS_writev, fd, parts, count)
                      : syscall(SYS_pwritev, fd, parts, count, offset, (long)0);
    if (n > 0)
        written(fd, parts, count, (size_t)n, at);
    pthread_mutex_unlock(&lock);
    while (hangs)
        sleep(1);
    return n;
}

static void answered(int fd, const struct iovec *parts, int count)
{
    struct stat st;
    if (out < 0 || fstat(fd, &st) || !S_ISSOCK(st.st_mode))
        return;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < count; i++)
        put((struct head){.op = ANSWER, .length = parts[i].iov_len}, NULL, NULL, parts[i].iov_base);
    pthread_mutex_unlock(&lock);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
    struct iovec part = {(void *)bytes, length};
    return is_kept(fd) ? write_parts(fd, &part, 1, offset) : syscall(SYS_pwrite64, fd, bytes, length, offset);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    return is_kept(fd) ? write_parts(fd, parts, count, offset)
                       : syscall(SYS_pwritev, fd, parts, count, offset, (long)0);
}

ssize_t write(int fd, const void *bytes, size_t length)
{
    struct iovec part = {(void *)bytes, length};
    if (is_kept(fd))
        return write_parts(fd, &part, 1, -1);
    answered(fd, &part, 1);
    return syscall(SYS_write, fd, bytes, length);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    if (is_kept(fd))
        return write_parts(fd, parts, count, -1);
    answered(fd, parts, count);
    return syscall(SYS_writev, fd, parts, count);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset) __attribute__((alias("pwrite")));
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset)
    __attribute__((alias("pwritev")));

int ftruncate(int fd, off_t size)
{
    pthread_mutex_lock(&lock);
    int rc = (int)syscall(SYS_ftruncate, fd, size);
    if (rc == 0 && is_kept(fd))
        put((struct head){.op = TRUNCATE, .inode = inode_of(fd), .offset = size}, NULL, NULL, NULL);
    pthread_mutex_unlock(&lock);
    return rc;
}

int fallocate(int fd, int mode, off_t offset, off_t length)
{
    pthread_mutex_lock(&lock);
    int rc = (int)syscall(SYS_fallocate, fd, mode, offset, length);
    if (rc == 0 && is_kept(fd))
        put(
            (struct head){
                .op = ALLOCATE, .inode = inode_of(fd), .offset = offset, .length = (uint64_t)length},
            NULL, NULL, NULL);
    pthread_mutex_unlock(&lock);
    return rc;
}

int ftruncate64(int fd, off_t size) __attribute__((alias("ftruncate")));
int fallocate64(int fd, int mode, off_t offset, off_t length) __attribute__((alias("fallocate")));

// ---- syncs ----------------------------------------------------------------------------------------

static void note_sync(enum op op, int fd, int64_t ticket)
{
    put((struct head){.op = (uint8_t)op, .inode = inode_of(fd), .offset = ticket}, NULL, NULL, NULL);
}

static int sync_by(long call, int fd)
{
    if (!is_kept(fd))
        return (int)syscall(call, fd);
    pthread_mutex_lock(&lock);
    int64_t ticket = ++tickets;
    note_sync(SYNC_BEGIN, fd, ticket);
    pthread_mutex_unlock(&lock);
    int rc = (int)syscall(call, fd);
    pthread_mutex_lock(&lock);
    if (rc == 0)
        note_sync(SYNC_END, fd, ticket);
    pthread_mutex_unlock(&lock);
    return rc;
}

int fsync(int fd)
{
    return sync_by(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return sync_by(SYS_fdatasync, fd);
}
