// rulebook_load: the files of a directory, read into memory.
#include "rulebook/rulebook.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct directory {
    struct rulebook_file files[RULEBOOK_MAX_FILES];
    size_t count;
    size_t bytes;
    struct arena arena;
    struct rulebook_report *report;
};

static bool is_ours(const char *name)
{
    static const char *const endings[] = {".yaml", ".yml", ".csv", ".geojson"};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t ending = strlen(endings[i]);
        if (name[0] != '.' && length > ending && strcmp(name + length - ending, endings[i]) == 0)
            return true;
    }
    return false;
}

static int unreadable(struct directory *d, const char *name, const char *why)
{
    report_file(d->report, FINDING_UNREADABLE, name, 0, 0, "cannot be read: %s", why);
    return ERROR_IO;
}

static int read_whole(int fd, uint8_t *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        ssize_t got = read(fd, bytes + at, length - at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return ERROR_IO;
        at += (size_t)got;
    }
    return 0;
}

static int read_open(struct directory *d, const char *name, int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return unreadable(d, name, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return 0;
    size_t length = (size_t)status.st_size;
    if (d->count == RULEBOOK_MAX_FILES || length > RULEBOOK_MAX_BYTES - d->bytes)
        return unreadable(d, name, "the directory has too many files, or too large ones");
    uint8_t *bytes = arena_alloc(&d->arena, length + 1);
    char *kept = arena_strdup(&d->arena, name);
    if (!bytes || !kept)
        return ERROR_NO_MEMORY;
    if (read_whole(fd, bytes, length) != 0)
        return unreadable(d, name, "it ends early or fails");
    d->files[d->count++] = (struct rulebook_file){.name = kept, .bytes = {.bytes = bytes, .length = length}};
    d->bytes += length;
    return 0;
}

static int read_file(struct directory *d, int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return unreadable(d, name, strerror(errno));
    int error = read_open(d, name, fd);
    close(fd);
    return error;
}

static int read_directory(struct directory *d, const char *path)
{
    DIR *stream = opendir(path);
    if (!stream)
        return unreadable(d, path, strerror(errno));
    int error = 0;
    for (struct dirent *entry; (entry = readdir(stream)) && error != ERROR_NO_MEMORY;)
        if (is_ours(entry->d_name)) {
            int failed = read_file(d, dirfd(stream), entry->d_name);
            error = failed ? failed : error;
        }
    closedir(stream);
    return error;
}

int rulebook_load(const char *dir, struct rulebook **out, struct rulebook_report *report)
{
    *out = NULL;
    struct directory *d = calloc(1, sizeof *d);
    if (!d)
        return ERROR_NO_MEMORY;
    d->report = report;
    arena_init(&d->arena, 0);
    int error = read_directory(d, dir);
    if (!error)
        error = rulebook_load_files(d->files, d->count, out, report);
    arena_fini(&d->arena);
    free(d);
    return error;
}
