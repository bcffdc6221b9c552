#include "store/manifest.h"

#include "base/buffer.h"
#include "base/error.h"
#include "store/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VERSION = 1, SUM_LINE = 4 + 2 * FILE_SUM + 1, MAX_BYTES = 64 * 1024 * 1024 };

static const char name[] = "manifest", unfinished[] = "manifest.new";

void manifest_fini(struct manifest *m)
{
    free(m->files);
    *m = (struct manifest){0};
}

struct manifest_file *manifest_add(struct manifest *m, const char *folder, const char *file)
{
    if (m->count == m->capacity) {
        size_t capacity = m->capacity ? 2 * m->capacity : 16;
        struct manifest_file *moved = reallocarray(m->files, capacity, sizeof *moved);
        if (!moved)
            return NULL;
        m->files = moved;
        m->capacity = capacity;
    }
    struct manifest_file *added = &m->files[m->count++];
    *added = (struct manifest_file){0};
    snprintf(added->name, sizeof added->name, "%s/%s", folder, file);
    return added;
}

// ---- as text ------------------------------------------------------------------------------------

static void put_hex(struct buffer *out, const uint8_t *bytes, size_t length)
{
    char hex[2 * FILE_SUM + 1];
    sodium_bin2hex(hex, sizeof hex, bytes, length);
    buffer_text(out, hex);
}

static void render(const struct manifest *m, struct buffer *out)
{
    uint8_t sum[FILE_SUM];
    buffer_printf(out, "whistled-backup %d\njournal ", VERSION);
    put_hex(out, m->journal_id, JOURNAL_ID);
    buffer_printf(out, "\nhead %" PRIu64 " %" PRIu64 " ", m->head.epoch, m->head.next_seq);
    put_hex(out, m->head.chain, RECORD_CHAIN);
    buffer_printf(out, "\ntaken %" PRId64 "\n", m->taken_ms);
    for (size_t i = 0; i < m->count; i++) {
        buffer_printf(out, "file %s %" PRIu64 " ", m->files[i].name, m->files[i].bytes);
        put_hex(out, m->files[i].sum, FILE_SUM);
        buffer_text(out, "\n");
    }
    crypto_generichash(sum, sizeof sum, out->bytes, out->length, NULL, 0);
    buffer_text(out, "sum ");
    put_hex(out, sum, FILE_SUM);
    buffer_text(out, "\n");
}

static bool read_hex(const char *text, uint8_t *out, size_t length)
{
    const char *end;
    return strlen(text) == 2 * length && !sodium_hex2bin(out, length, text, 2 * length, NULL, NULL, &end) &&
           !*end;
}

// A name that leads anywhere but into the copy's own folders is none.
static bool is_name(const char *file)
{
    uint64_t first_seq;
    return strcmp(file, "state/data.mdb") == 0 ||
           (strncmp(file, "journal/", 8) == 0 && strlen(file) == 8 + SEGMENT_NAME - 1 &&
            segment_name_parse(file + 8, &first_seq));
}

static int read_file_line(struct manifest *m, const char *line)
{
    char file[MANIFEST_NAME], hex[2 * FILE_SUM + 1];
    uint64_t bytes;
    if (sscanf(line, "file %39s %" SCNu64 " %64s", file, &bytes, hex) != 3 || !is_name(file))
        return ERROR_CORRUPT;
    char *slash = strchr(file, '/');
    *slash = 0;
    struct manifest_file *added = manifest_add(m, file, slash + 1);
    if (!added)
        return ERROR_NO_MEMORY;
    added->bytes = bytes;
    return read_hex(hex, added->sum, FILE_SUM) ? 0 : ERROR_CORRUPT;
}

static int read_line(struct manifest *m, const char *line)
{
    char hex[2 * FILE_SUM + 1];
    if (sscanf(line, "journal %32s", hex) == 1)
        return read_hex(hex, m->journal_id, JOURNAL_ID) ? 0 : ERROR_CORRUPT;
    if (sscanf(line, "head %" SCNu64 " %" SCNu64 " %64s", &m->head.epoch, &m->head.next_seq, hex) == 3)
        return read_hex(hex, m->head.chain, RECORD_CHAIN) ? 0 : ERROR_CORRUPT;
    if (sscanf(line, "taken %" SCNd64, &m->taken_ms) == 1)
        return 0;
    return read_file_line(m, line);
}

// The bytes are held to their sum before anything in them is believed.
static int check_sum(const struct buffer *text)
{
    uint8_t sum[FILE_SUM];
    char line[SUM_LINE + 1] = "sum ";
    if (text->length <= SUM_LINE)
        return ERROR_CORRUPT;
    size_t body = text->length - SUM_LINE;
    crypto_generichash(sum, sizeof sum, text->bytes, body, NULL, 0);
    sodium_bin2hex(line + 4, 2 * FILE_SUM + 1, sum, FILE_SUM);
    line[SUM_LINE - 1] = '\n';
    return memcmp(line, text->bytes + body, SUM_LINE) == 0 ? 0 : ERROR_CORRUPT;
}

static int parse(struct manifest *m, struct buffer *text, struct store_error *error)
{
    int version, rc = check_sum(text);
    if (!rc && sscanf(buffer_string(text), "whistled-backup %d\n", &version) != 1)
        rc = ERROR_CORRUPT;
    if (!rc && version != VERSION)
        return store_error_set(error, ERROR_STORE_VERSION,
                               "manifest: it is of version %d, this program knows %d", version, VERSION);
    if (!rc)
        text->bytes[text->length - SUM_LINE] = 0;
    char *rest = rc ? NULL : (char *)text->bytes, *line = rest ? strsep(&rest, "\n") : NULL;
    while (!rc && (line = strsep(&rest, "\n")) && *line)
        rc = read_line(m, line);
    if (rc)
        return store_error_set(error, rc, "manifest: it is not as it was written");
    return 0;
}

// ---- as a file ----------------------------------------------------------------------------------

static int write_file(const struct store_io *io, int directory, const struct buffer *text,
                      struct store_error *error)
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

int manifest_write(const struct manifest *m, const struct store_io *io, int directory,
                   struct store_error *error)
{
    struct buffer text;
    buffer_init(&text);
    render(m, &text);
    int rc = text.failed ? store_error_set(error, ERROR_NO_MEMORY, "no memory for the manifest")
                         : write_file(io, directory, &text, error);
    buffer_fini(&text);
    if (!rc && io->rename(io->context, directory, unfinished, name))
        rc = store_error_errno(error, "rename", unfinished);
    if (!rc && io->fsync(io->context, directory))
        rc = store_error_errno(error, "fsync", "the backup's directory");
    return rc;
}

static int load(int fd, struct buffer *text, struct store_error *error)
{
    struct stat st;
    if (fstat(fd, &st))
        return store_error_errno(error, "fstat", name);
    if (st.st_size > MAX_BYTES)
        return store_error_set(error, ERROR_CORRUPT, "manifest: it has %jd bytes", (intmax_t)st.st_size);
    uint8_t *bytes = buffer_extend(text, (size_t)st.st_size);
    if (!bytes)
        return store_error_set(error, ERROR_NO_MEMORY, "no memory for the manifest");
    return store_io_read(&store_io_system, fd, bytes, (size_t)st.st_size, 0, name, error);
}

int manifest_read(struct manifest *m, int directory, struct store_error *error)
{
    struct buffer text;
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return store_error_set(error, ERROR_NOT_FOUND, "there is no manifest");
    if (fd < 0)
        return store_error_errno(error, "open", name);
    buffer_init(&text);
    int rc = load(fd, &text, error);
    if (!rc)
        rc = parse(m, &text, error);
    buffer_fini(&text);
    close(fd);
    return rc;
}
