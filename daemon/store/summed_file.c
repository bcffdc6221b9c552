#include "store/summed_file.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SUM = 32, SUM_LINE = 4 + 2 * SUM + 1, MAX_BYTES = 64 * 1024 * 1024, NAME_BYTES = 64 };

// The last line to these bytes, and a NUL.
static void sum_line(const uint8_t *bytes, size_t length, char line[SUM_LINE + 1])
{
    uint8_t sum[SUM];
    char hex[2 * SUM + 1];
    crypto_generichash(sum, sizeof sum, bytes, length, NULL, 0);
    sodium_bin2hex(hex, sizeof hex, sum, sizeof sum);
    snprintf(line, SUM_LINE + 1, "sum %s\n", hex);
}

// ---- writing ------------------------------------------------------------------------------------

static int write_synced(const struct store_io *io, int directory, const char *unfinished,
                        const struct buffer *text, struct store_error *error)
{
    int fd = io->open(io->context, directory, unfinished, O_RDWR | O_CREAT | O_TRUNC);
    if (fd < 0)
        return store_error_errno(error, "open", unfinished);
    int rc = store_io_write(io, fd, text->bytes, text->length, 0, unfinished, error);
    if (!rc && io->fsync(io->context, fd))
        rc = store_error_errno(error, "fsync", unfinished);
    close(fd);
    return rc;
}

int summed_file_write(const struct store_io *io, int directory, const char *name, struct buffer *text,
                      struct store_error *error)
{
    char line[SUM_LINE + 1], unfinished[NAME_BYTES];
    sum_line(text->bytes, text->length, line);
    buffer_text(text, line);
    if (text->failed)
        return store_error_set(error, ERROR_NO_MEMORY, "no memory for %s", name);
    snprintf(unfinished, sizeof unfinished, "%s.new", name);
    int rc = write_synced(io, directory, unfinished, text, error);
    if (!rc && io->rename(io->context, directory, unfinished, name))
        rc = store_error_errno(error, "rename", unfinished);
    if (rc)
        io->unlink(io->context, directory, unfinished);
    else if (io->fsync(io->context, directory))
        rc = store_error_errno(error, "fsync the directory of", name);
    return rc;
}

// ---- reading ------------------------------------------------------------------------------------

int summed_file_corrupt(const char *name, struct store_error *error)
{
    return store_error_set(error, ERROR_CORRUPT, "%s: it is not as it was written", name);
}

static int load(int fd, const char *name, struct buffer *text, struct store_error *error)
{
    struct stat st;
    if (fstat(fd, &st))
        return store_error_errno(error, "fstat", name);
    if (!st.st_size)
        return summed_file_corrupt(name, error);
    if (st.st_size > MAX_BYTES)
        return store_error_set(error, ERROR_CORRUPT, "%s: it has %jd bytes", name, (intmax_t)st.st_size);
    uint8_t *bytes = buffer_extend(text, (size_t)st.st_size);
    if (!bytes)
        return store_error_set(error, ERROR_NO_MEMORY, "no memory for %s", name);
    return store_io_read(&store_io_system, fd, bytes, (size_t)st.st_size, 0, name, error);
}

static int take_sum_off(struct buffer *text, const char *name, struct store_error *error)
{
    char line[SUM_LINE + 1];
    size_t body = text->length > SUM_LINE ? text->length - SUM_LINE : 0;
    if (!body)
        return summed_file_corrupt(name, error);
    sum_line(text->bytes, body, line);
    if (memcmp(line, text->bytes + body, SUM_LINE) != 0)
        return summed_file_corrupt(name, error);
    text->bytes[text->length = body] = 0;
    return 0;
}

int summed_file_read(int directory, const char *name, struct buffer *text, struct store_error *error)
{
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return store_error_set(error, ERROR_NOT_FOUND, "there is no %s", name);
    if (fd < 0)
        return store_error_errno(error, "open", name);
    int rc = load(fd, name, text, error);
    close(fd);
    return rc ? rc : take_sum_off(text, name, error);
}
