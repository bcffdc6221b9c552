#include "store/suspect_file.h"

#include "base/buffer.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_BYTES = 1024, VERSION = 1 };

// ---- writing --------------------------------------------------------------------------------------

static void write_head(struct buffer *out, const struct suspect *suspect)
{
    char id[2 * INHAND_ID + 1];
    sodium_bin2hex(id, sizeof id, suspect->id, INHAND_ID);
    buffer_printf(out, "suspect %d\n", VERSION);
    buffer_printf(out, "stage %d %s\n", (int)suspect->stage, inhand_stage_name(suspect->stage));
    buffer_printf(out, "principal %s\n", suspect->principal);
    buffer_printf(out, "id %s\n", id);
    buffer_printf(out, "blame %u\n", suspect->blame);
    buffer_printf(out, "deaths %u\n", suspect->deaths);
    buffer_printf(out, "run %" PRIu64 "\n", suspect->run);
    buffer_printf(out, "first_ms %" PRId64 "\n", suspect->first_ms);
    buffer_printf(out, "last_ms %" PRId64 "\n", suspect->last_ms);
    buffer_printf(out, "bytes %zu\n\n", suspect->bytes);
}

static int write_whole(int fd, const struct buffer *text, const char *name, struct store_error *error)
{
    for (size_t at = 0; at < text->length;) {
        ssize_t n = write(fd, text->bytes + at, text->length - at);
        if (n <= 0)
            return store_error_errno(error, "write", name);
        at += (size_t)n;
    }
    return fsync(fd) ? store_error_errno(error, "fsync", name) : 0;
}

// A request may be personal: its bytes do not stay on the disk behind its name.
static int wipe(int fd)
{
    static const uint8_t zeros[4096];
    struct stat is;
    if (fstat(fd, &is))
        return ERROR_IO;
    for (off_t at = 0; at < is.st_size;) {
        off_t left = is.st_size - at;
        ssize_t n = pwrite(fd, zeros, left < (off_t)sizeof zeros ? (size_t)left : sizeof zeros, at);
        if (n <= 0)
            return ERROR_IO;
        at += n;
    }
    return fsync(fd) ? ERROR_IO : 0;
}

static int open_to_wipe(int directory, const char *name)
{
    return openat(directory, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
}

static int put_in_place(int directory, const char *name, struct store_error *error)
{
    int before = open_to_wipe(directory, name), rc = 0;
    if (renameat(directory, "new", directory, name) || fsync(directory) || (before >= 0 && wipe(before)))
        rc = store_error_errno(error, "rename", name);
    if (before >= 0)
        close(before);
    return rc;
}

static int write_text(int directory, const char *name, const struct buffer *text, struct store_error *error)
{
    int fd = openat(directory, "new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return store_error_errno(error, "open", name);
    int rc = write_whole(fd, text, name, error);
    close(fd);
    return rc ? rc : put_in_place(directory, name, error);
}

int suspect_file_write(int directory, const struct suspect *suspect, struct blob bytes,
                       struct store_error *error)
{
    char name[SUSPECT_HEX + 1];
    struct buffer text;
    suspect_hex(suspect->name, name);
    buffer_init(&text);
    write_head(&text, suspect);
    buffer_append(&text, bytes.bytes, bytes.length);
    int rc = text.failed ? store_error_set(error, ERROR_NO_MEMORY, "%s", name)
                         : write_text(directory, name, &text, error);
    buffer_fini(&text);
    return rc;
}

int suspect_file_remove(int directory, const struct suspect *suspect)
{
    char name[SUSPECT_HEX + 1];
    suspect_hex(suspect->name, name);
    int fd = open_to_wipe(directory, name);
    if (fd < 0)
        return errno == ENOENT ? 0 : ERROR_IO;
    int rc = wipe(fd);
    close(fd);
    if (!rc && (unlinkat(directory, name, 0) || fsync(directory)))
        rc = ERROR_IO;
    return rc;
}

// ---- reading --------------------------------------------------------------------------------------

// The value behind `word`, which must begin the line at `*at`; moves on to the next line.
static const char *value_of(char **at, const char *word)
{
    size_t length = strlen(word);
    char *end = strchr(*at, '\n');
    if (!end || strncmp(*at, word, length) != 0 || (*at)[length] != ' ')
        return NULL;
    const char *value = *at + length + 1;
    *end = '\0';
    *at = end + 1;
    return value;
}

static bool read_number(char **at, const char *word, uint64_t *out)
{
    const char *value = value_of(at, word);
    char *end;
    if (!value || *value < '0' || *value > '9')
        return false;
    errno = 0;
    *out = strtoull(value, &end, 10);
    return !errno && (*end == '\0' || *end == ' ');
}

static bool read_names(char **at, struct suspect *out)
{
    uint64_t stage;
    if (!read_number(at, "stage", &stage) || stage < INHAND_OPENING || stage > INHAND_ANSWERING)
        return false;
    out->stage = (enum inhand_stage)stage;
    const char *principal = value_of(at, "principal");
    if (!principal || strlen(principal) >= sizeof out->principal)
        return false;
    strcpy(out->principal, principal);
    const char *id = value_of(at, "id");
    return id && strlen(id) == 2 * INHAND_ID &&
           sodium_hex2bin(out->id, INHAND_ID, id, 2 * INHAND_ID, NULL, NULL, NULL) == 0;
}

static bool read_counts(char **at, struct suspect *out)
{
    uint64_t blame, deaths, first, last, bytes;
    if (!read_number(at, "blame", &blame) || !read_number(at, "deaths", &deaths) ||
        !read_number(at, "run", &out->run) || !read_number(at, "first_ms", &first) ||
        !read_number(at, "last_ms", &last) || !read_number(at, "bytes", &bytes))
        return false;
    out->blame = (unsigned)blame;
    out->deaths = (unsigned)deaths;
    out->first_ms = (int64_t)first;
    out->last_ms = (int64_t)last;
    out->bytes = bytes;
    return blame <= INT32_MAX && deaths <= INT32_MAX && last <= INT64_MAX;
}

bool suspect_file_read(int directory, const char *name, struct suspect *out)
{
    char head[HEAD_BYTES], *at = head;
    uint64_t version;
    *out = (struct suspect){0};
    if (strlen(name) != SUSPECT_HEX ||
        sodium_hex2bin(out->name, REQUEST_NAME, name, SUSPECT_HEX, NULL, NULL, NULL))
        return false;
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t length = fd < 0 ? -1 : read(fd, head, sizeof head - 1);
    if (fd >= 0)
        close(fd);
    if (length < 0)
        return false;
    head[length] = '\0';
    return read_number(&at, "suspect", &version) && version == VERSION && read_names(&at, out) &&
           read_counts(&at, out);
}
