#include "store/store_mark.h"

#include "base/error.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { HEX = 2 * BOOT_ID + 1, PATH_BYTES = 4096 };

static void mark_path(char path[PATH_BYTES], const char *directory, const char *name)
{
    snprintf(path, PATH_BYTES, "%s/%s", directory, name);
}

enum store_mark store_mark_read(const char *directory, const uint8_t boot[BOOT_ID])
{
    char path[PATH_BYTES], mine[HEX], theirs[HEX] = "", state[8] = "";
    mark_path(path, directory, "mark");
    FILE *file = fopen(path, "re");
    if (!file)
        return MARK_NONE;
    int read = fscanf(file, "%32[0-9a-f] %7[a-z]", theirs, state);
    fclose(file);
    sodium_bin2hex(mine, sizeof mine, boot, BOOT_ID);
    if (read == 2 && strcmp(state, "clean") == 0)
        return MARK_CLEAN;
    return read == 2 && strcmp(state, "open") == 0 && strcmp(mine, theirs) == 0 ? MARK_OPEN : MARK_LOST;
}

static int write_file(const char *path, const char *text, struct store_error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0)
        return store_error_errno(error, "open", path);
    ssize_t length = (ssize_t)strlen(text);
    int rc = 0;
    if (write(fd, text, (size_t)length) != length || fsync(fd))
        rc = store_error_errno(error, "write", path);
    close(fd);
    return rc;
}

static int sync_directory(const char *directory, struct store_error *error)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return store_error_errno(error, "open", directory);
    int rc = fsync(fd) ? store_error_errno(error, "fsync", directory) : 0;
    close(fd);
    return rc;
}

int store_mark_write(const char *directory, const uint8_t boot[BOOT_ID], bool clean,
                     struct store_error *error)
{
    char path[PATH_BYTES], fresh[PATH_BYTES], hex[HEX], text[64];
    mark_path(path, directory, "mark");
    mark_path(fresh, directory, "mark.new");
    sodium_bin2hex(hex, sizeof hex, boot, BOOT_ID);
    snprintf(text, sizeof text, "%s %s\n", hex, clean ? "clean" : "open");
    int rc = write_file(fresh, text, error);
    if (!rc && rename(fresh, path))
        rc = store_error_errno(error, "rename", fresh);
    return rc ? rc : sync_directory(directory, error);
}
