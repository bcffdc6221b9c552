#include "store/restore.h"

#include "base/error.h"
#include "store/manifest.h"
#include "store/segment.h"
#include "store/segment_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct restore {
    const struct restore_options *options;
    const struct store_io *io;
    int from; // the backup's directory
    struct manifest manifest;
    struct landing landing;
};

// ---- what is there ------------------------------------------------------------------------------

static int list_segments(struct restore *r, const char *folder_name, struct store_error *error)
{
    struct segment_list list;
    char name[SEGMENT_NAME];
    int folder = openat(r->from, folder_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return store_error_errno(error, "open", folder_name);
    segment_list_init(&list);
    int rc = segment_list_load(&list, folder, error);
    for (size_t i = 0; i < list.count && !rc; i++) {
        segment_name(list.firsts[i], name);
        if (!manifest_add(&r->manifest, folder_name, name))
            rc = store_error_set(error, ERROR_NO_MEMORY, "no memory for the list of files");
    }
    segment_list_fini(&list);
    close(folder);
    return rc;
}

// An archive that is not here is done without.
static int list_journal(struct restore *r, struct store_error *error)
{
    bool archived = faccessat(r->from, "archive", X_OK, 0) == 0;
    int rc = list_segments(r, "journal", error);
    return rc || !archived ? rc : list_segments(r, "archive", error);
}

static bool holds_journal(const struct manifest *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (strncmp(m->files[i].name, "journal/", 8) == 0)
            return true;
    return false;
}

static int list_files(struct restore *r, struct store_error *error)
{
    int rc = r->options->unlisted ? list_journal(r, error) : manifest_read(&r->manifest, r->from, error);
    if (!rc && !holds_journal(&r->manifest))
        rc = store_error_set(error, ERROR_NOT_FOUND, "journal: there is no segment");
    if (!rc && r->options->now_ms < r->manifest.taken_ms)
        rc = store_error_set(error, ERROR_BAD_VALUE,
                             "the machine's clock stands before the time at which the backup was made");
    return rc;
}

// ---- copying ------------------------------------------------------------------------------------

static int compare(const struct manifest_file *file, uint64_t bytes, const uint8_t sum[FILE_SUM],
                   struct store_error *error)
{
    if (bytes != file->bytes)
        return store_error_set(error, ERROR_CORRUPT, "%s: it has %ju bytes, not the %ju of the manifest",
                               file->name, (uintmax_t)bytes, (uintmax_t)file->bytes);
    if (memcmp(sum, file->sum, FILE_SUM) != 0)
        return store_error_set(error, ERROR_CORRUPT, "%s: its checksum is not that of the manifest",
                               file->name);
    return 0;
}

static int copy_open(struct restore *r, struct manifest_file *file, int from, int to,
                     struct store_error *error)
{
    uint8_t sum[FILE_SUM];
    struct stat st;
    if (fstat(from, &st))
        return store_error_errno(error, "fstat", file->name);
    uint64_t bytes = (uint64_t)st.st_size;
    const struct file_copy copy = {from, to, file->name, bytes, bytes, NULL};
    int rc = !r->options->unlisted && bytes != file->bytes ? 0 : file_copy(r->io, &copy, sum, error);
    if (r->options->unlisted)
        file->bytes = bytes;
    return rc || r->options->unlisted ? rc : compare(file, bytes, sum, error);
}

// A file's name is "FOLDER/NAME".
static int copy_file(struct restore *r, struct manifest_file *file, struct store_error *error)
{
    const char *name = strchr(file->name, '/') + 1;
    char folder_name[MANIFEST_NAME];
    int folder = -1, to = -1, from = openat(r->from, file->name, O_RDONLY | O_CLOEXEC);
    if (from < 0 && errno == ENOENT)
        return store_error_set(error, ERROR_CORRUPT, "%s: it is not here", file->name);
    if (from < 0)
        return store_error_errno(error, "open", file->name);
    snprintf(folder_name, sizeof folder_name, "%.*s", (int)(name - file->name - 1), file->name);
    int rc = landing_folder(&r->landing, folder_name, &folder, error);
    if (!rc && (to = r->io->open(r->io->context, folder, name, O_RDWR | O_CREAT | O_TRUNC)) < 0)
        rc = store_error_errno(error, "open", file->name);
    if (!rc)
        rc = copy_open(r, file, from, to, error);
    if (!rc && r->io->fsync(r->io->context, folder))
        rc = store_error_errno(error, "fsync", folder_name);
    close(from);
    if (to >= 0)
        close(to);
    if (folder >= 0)
        close(folder);
    return rc;
}

// ---- all of it ----------------------------------------------------------------------------------

static int land(struct restore *r, struct restore_report *report, struct store_error *error)
{
    const struct restore_options *o = r->options;
    struct landing_terms terms = {.now_ms = o->now_ms,
                                  .segment_bytes = o->segment_bytes,
                                  .io = o->io,
                                  .has_state = !o->unlisted,
                                  .expected = o->unlisted ? NULL : &r->manifest.head};
    memcpy(terms.boot_id, o->boot_id, sizeof terms.boot_id);
    int rc = landing_begin(&r->landing, o->to, error);
    for (size_t i = 0; i < r->manifest.count && !rc; i++) {
        rc = copy_file(r, &r->manifest.files[i], error);
        report->bytes += r->manifest.files[i].bytes;
    }
    if (!rc)
        rc = landing_settle(&r->landing, &terms, &report->landing, error);
    landing_end(&r->landing);
    return rc;
}

int store_restore(const struct restore_options *options, struct restore_report *report,
                  struct store_error *error)
{
    struct restore r = {.options = options, .io = options->io ? options->io : &store_io_system};
    *report = (struct restore_report){0};
    r.landing.directory = -1;
    r.from = open(options->from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r.from < 0)
        return store_error_errno(error, "open", options->from);
    int rc = list_files(&r, error);
    if (!rc)
        rc = land(&r, report, error);
    report->taken_ms = r.manifest.taken_ms;
    report->files = r.manifest.count;
    manifest_fini(&r.manifest);
    close(r.from);
    return rc;
}
