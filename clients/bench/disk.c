#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_BYTES = 16 << 20 };

static int filled_file(const char *directory)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/whistle-bench-XXXXXX", directory);
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return -1;
    unlink(path);
    char *zeros = calloc(1, FILE_BYTES);
    bool good = zeros && pwrite(fd, zeros, FILE_BYTES, 0) == FILE_BYTES && fsync(fd) == 0;
    free(zeros);
    if (good)
        return fd;
    close(fd);
    return -1;
}

double disk_syncs(const char *directory, const void *bytes, size_t length, double seconds, struct sample *out)
{
    int fd = filled_file(directory);
    if (fd < 0)
        return -1;
    int64_t start = monotonic_ns(), end = start + (int64_t)(seconds * 1e9), now = start;
    off_t at = 0;
    while (now < end) {
        if (at + (off_t)length > FILE_BYTES)
            at = 0;
        if (pwrite(fd, bytes, length, at) != (ssize_t)length || fdatasync(fd) != 0)
            break;
        at += (off_t)length;
        int64_t after = monotonic_ns();
        sample_add(out, after - now);
        now = after;
    }
    close(fd);
    return (double)out->count / ((double)(now - start) / 1e9);
}
