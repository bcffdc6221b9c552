#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <libfyaml.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/text.h"
#include "intl.h"

static bool read_all(int fd, struct buffer *out)
{
    for (;;) {
        uint8_t *room = buffer_extend(out, 65536);
        ssize_t got = room ? read(fd, room, 65536) : -1;
        out->length -= room ? 65536 - (size_t)(got > 0 ? got : 0) : 0;
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
    }
}

char *file_read(struct arena *arena, const char *path, size_t *length)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct buffer content;
    buffer_init(&content);
    char *text = NULL;
    if (fd >= 0 && read_all(fd, &content)) {
        text = arena_strndup(arena, (const char *)content.bytes, content.length);
        *length = content.length;
    }
    if (!text)
        fprintf(stderr, _("cannot read %s: %s\n"), path, strerror(errno));
    if (fd >= 0 && !standard)
        close(fd);
    buffer_fini(&content);
    return text;
}

struct fy_document *file_yaml(struct arena *arena, const char *path)
{
    size_t length;
    char *text = file_read(arena, path, &length);
    if (!text)
        return NULL;
    if (!text_is_utf8(text, length)) {
        fprintf(stderr, _("%s: not UTF-8\n"), path);
        return NULL;
    }
    struct fy_parse_cfg cfg = {.flags = FYPCF_DEFAULT_DOC};
    struct fy_document *document = fy_document_build_from_string(&cfg, text, length);
    if (!document)
        fprintf(stderr, _("%s: not a YAML document\n"), path);
    return document;
}

bool file_make_directory(const char *path)
{
    char part[PATH_MAX];
    for (const char *at = path; *at; at++) {
        if (*at != '/' || at == path)
            continue;
        snprintf(part, sizeof part, "%.*s", (int)(at - path), path);
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return false;
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static bool write_synced(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t put = write(fd, bytes, length);
        if (put < 0 && errno != EINTR)
            return false;
        bytes += put > 0 ? put : 0;
        length -= put > 0 ? (size_t)put : 0;
    }
    return fsync(fd) == 0;
}

static bool sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return synced;
}

bool file_write_durably(const char *directory, const char *name, const void *bytes, size_t length)
{
    char path[PATH_MAX], draft[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    snprintf(draft, sizeof draft, "%s/.%s.new", directory, name);
    int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool written = write_synced(fd, bytes, length);
    written = close(fd) == 0 && written;
    if (written && rename(draft, path) == 0)
        return sync_directory(directory);
    unlink(draft);
    return false;
}

// What is there already: a device is taken as it is, else it must be the user's own, and a file is emptied.
static bool take_over(int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return false;
    if (S_ISCHR(st.st_mode))
        return true;
    errno = EPERM;
    return st.st_uid == geteuid() && fchmod(fd, 0600) == 0 && (!S_ISREG(st.st_mode) || ftruncate(fd, 0) == 0);
}

FILE *file_open_private(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 && take_over(fd) ? fdopen(fd, "w") : NULL;
    if (!file && fd >= 0)
        close(fd);
    return file;
}

bool file_sha256(const char *path, unsigned char digest[32], size_t *size)
{
    crypto_hash_sha256_state state;
    unsigned char chunk[65536];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = -1;
    *size = 0;
    crypto_hash_sha256_init(&state);
    while (fd >= 0 && (got = read(fd, chunk, sizeof chunk)) > 0) {
        crypto_hash_sha256_update(&state, chunk, (size_t)got);
        *size += (size_t)got;
    }
    if (got < 0)
        fprintf(stderr, _("cannot read %s: %s\n"), path, strerror(errno));
    crypto_hash_sha256_final(&state, digest);
    if (fd >= 0)
        close(fd);
    return got == 0;
}
