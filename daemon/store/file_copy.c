#include "store/file_copy.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 * 1024 };

static bool all_zero(const uint8_t *bytes, size_t length)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0;
}

static int copy_piece(const struct store_io *io, const struct file_copy *copy, uint64_t offset,
                      crypto_generichash_state *state, struct store_error *error)
{
    uint8_t bytes[PIECE_BYTES] = {0};
    uint64_t left = copy->size - offset, given = offset < copy->bytes ? copy->bytes - offset : 0;
    size_t piece = left < sizeof bytes ? (size_t)left : sizeof bytes;
    size_t read = given < piece ? (size_t)given : piece;
    int rc = file_copy_wanted(copy->cut_off, copy->name, error);
    if (!rc && read)
        rc = store_io_read(io, copy->from, bytes, read, offset, copy->name, error);
    if (rc)
        return rc;
    if (state)
        crypto_generichash_update(state, bytes, piece);
    if (copy->to < 0 || all_zero(bytes, piece))
        return 0;
    return store_io_write(io, copy->to, bytes, piece, offset, copy->name, error);
}

int file_copy_wanted(const atomic_bool *cut_off, const char *name, struct store_error *error)
{
    if (!cut_off || !atomic_load(cut_off))
        return 0;
    return store_error_set(error, ERROR_DRAINING, "%s: the daemon stops, copying it was cut off", name);
}

int file_copy(const struct store_io *io, const struct file_copy *copy, uint8_t sum[FILE_SUM],
              struct store_error *error)
{
    crypto_generichash_state state;
    int rc = 0;
    if (sum)
        crypto_generichash_init(&state, NULL, 0, FILE_SUM);
    for (uint64_t offset = 0; offset < copy->size && !rc; offset += PIECE_BYTES)
        rc = copy_piece(io, copy, offset, sum ? &state : NULL, error);
    if (sum)
        crypto_generichash_final(&state, sum, FILE_SUM);
    if (rc || copy->to < 0)
        return rc;
    if (ftruncate(copy->to, (off_t)copy->size)) // where it ends with a hole
        return store_error_errno(error, "ftruncate", copy->name);
    return io->fsync(io->context, copy->to) ? store_error_errno(error, "fsync", copy->name) : 0;
}

static bool is_entry(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

bool file_is_empty(int directory, const char *const *passed_over, size_t count)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    bool empty = dir != NULL;
    while (empty && (entry = readdir(dir))) {
        bool passed = !is_entry(entry);
        for (size_t i = 0; i < count; i++)
            passed |= strcmp(entry->d_name, passed_over[i]) == 0;
        empty = passed;
    }
    if (dir)
        closedir(dir);
    else if (fd >= 0)
        close(fd);
    return empty;
}

static void clear_flat(int directory)
{
    DIR *dir = directory < 0 ? NULL : fdopendir(directory);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir)))
        if (is_entry(entry))
            unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    else if (directory >= 0)
        close(directory);
}

void file_clear(int directory)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        if (!is_entry(entry) || unlinkat(fd, entry->d_name, 0) == 0)
            continue;
        clear_flat(openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        unlinkat(fd, entry->d_name, AT_REMOVEDIR);
    }
    if (dir)
        closedir(dir);
    else if (fd >= 0)
        close(fd);
}
