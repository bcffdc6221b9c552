#include "store/store_mark.h"

#include "base/error.h"
#include "store/store_io.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { HEX = 2 * BOOT_ID + 1, PATH_BYTES = 4096 };

static void mark_path(char path[PATH_BYTES], const char *directory)
{
    snprintf(path, PATH_BYTES, "%s/mark", directory);
}

enum store_mark store_mark_read(const char *directory, const uint8_t boot[BOOT_ID])
{
    char path[PATH_BYTES], mine[HEX], theirs[HEX] = "", state[8] = "";
    mark_path(path, directory);
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

// Over what stands there, and as long: a disk that is full has room for it. A mark that was torn is none.
static int write_file(const char *path, const char *text, struct store_error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0)
        return store_error_errno(error, "open", path);
    ssize_t length = (ssize_t)strlen(text);
    int rc = 0;
    errno = ENOSPC; // of a write that was cut short
    if (write(fd, text, (size_t)length) != length || fsync(fd))
        rc = store_error_errno(error, "write", path);
    close(fd);
    return rc;
}

int store_mark_write(const char *directory, const uint8_t boot[BOOT_ID], bool clean,
                     struct store_error *error)
{
    char path[PATH_BYTES], hex[HEX], text[64];
    mark_path(path, directory);
    sodium_bin2hex(hex, sizeof hex, boot, BOOT_ID);
    snprintf(text, sizeof text, "%s %-5s\n", hex, clean ? "clean" : "open");
    int rc = write_file(path, text, error);
    return rc ? rc : store_io_sync_directory(&store_io_system, directory, error);
}
