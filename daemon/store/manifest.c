#include "store/manifest.h"

#include "base/buffer.h"
#include "base/error.h"
#include "store/segment.h"
#include "store/summed_file.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1 };

static const char name[] = "manifest";

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

static int parse(struct manifest *m, struct buffer *text, struct store_error *error)
{
    int version, rc = 0;
    char *rest = (char *)text->bytes, *line = strsep(&rest, "\n");
    if (sscanf(line, "whistled-backup %d", &version) != 1)
        return summed_file_corrupt(name, error);
    if (version != VERSION)
        return store_error_set(error, ERROR_STORE_VERSION,
                               "manifest: it is of version %d, this program knows %d", version, VERSION);
    while (!rc && (line = strsep(&rest, "\n")) && *line)
        rc = read_line(m, line);
    return rc ? store_error_set(error, rc, "manifest: it is not as it was written") : 0;
}

// ---- as a file ----------------------------------------------------------------------------------

int manifest_write(const struct manifest *m, const struct store_io *io, int directory,
                   struct store_error *error)
{
    struct buffer text;
    buffer_init(&text);
    render(m, &text);
    int rc = summed_file_write(io, directory, name, &text, error);
    buffer_fini(&text);
    return rc;
}

int manifest_read(struct manifest *m, int directory, struct store_error *error)
{
    struct buffer text;
    buffer_init(&text);
    int rc = summed_file_read(directory, name, &text, error);
    if (!rc)
        rc = parse(m, &text, error);
    buffer_fini(&text);
    return rc;
}
