#include "store/backup.h"

#include "base/error.h"
#include "store/journal_copy.h"
#include "store/state_copy.h"
#include "store/store_state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct backup {
    struct store *store;
    const char *path;
    bool made; // the directory was not there
    int directory;
    struct manifest manifest;
};

static int make_folder(const struct backup *b, const char *name, int *out, struct store_error *error)
{
    char path[PATH_BYTES];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", b->path, name) >= sizeof path)
        return store_error_set(error, ERROR_IO, "the path %.64s… is too long", b->path);
    if (b->store->io.mkdir(b->store->io.context, path))
        return store_error_errno(error, "mkdir", path);
    *out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *out < 0 ? store_error_errno(error, "open", path) : 0;
}

// The copy stands at a place of its own in the journal, which is found when it is opened.
static int take_state(struct backup *b, struct store_error *error)
{
    const struct store_io *io = &b->store->io;
    int folder = -1, fd = -1, rc = make_folder(b, "state", &folder, error);
    struct manifest_file *file = rc ? NULL : manifest_add(&b->manifest, "state", "data.mdb");
    if (!rc && !file)
        rc = store_error_set(error, ERROR_NO_MEMORY, "no memory for the manifest");
    if (!rc && (fd = io->open(io->context, folder, "data.mdb", O_RDWR | O_CREAT)) < 0)
        rc = store_error_errno(error, "open", file->name);
    const struct state_copy copy = {&b->store->db, fd, "state/data.mdb", &b->store->cut_off};
    if (!rc)
        rc = state_copy(io, &copy, &file->bytes, file->sum, error);
    if (!rc && io->fsync(io->context, folder))
        rc = store_error_errno(error, "fsync", "state");
    if (fd >= 0)
        close(fd);
    if (folder >= 0)
        close(folder);
    return rc;
}

static int take_journal(struct backup *b, struct store_error *error)
{
    struct copy_target to = {-1, &b->store->cut_off};
    int rc = make_folder(b, "journal", &to.directory, error);
    if (!rc)
        rc = journal_copy(b->store->journal, &to, &b->manifest, error);
    if (to.directory >= 0)
        close(to.directory);
    return rc;
}

static int open_empty(struct backup *b, struct store_error *error)
{
    b->made = mkdir(b->path, 0700) == 0;
    if (!b->made && errno != EEXIST)
        return store_error_errno(error, "mkdir", b->path);
    b->directory = open(b->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (b->directory < 0)
        return store_error_errno(error, "open", b->path);
    if (file_is_empty(b->directory, NULL, 0))
        return 0;
    return store_error_set(error, ERROR_IN_USE, "%s is not empty", b->path);
}

static int sync_parent(const struct backup *b, struct store_error *error)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%.4000s/..", b->path);
    return store_io_sync_directory(&b->store->io, path, error);
}

static int fill(struct backup *b, struct store_error *error)
{
    int rc = take_state(b, error);
    if (!rc)
        rc = take_journal(b, error);
    if (!rc)
        rc = manifest_write(&b->manifest, &b->store->io, b->directory, error);
    if (!rc)
        rc = sync_parent(b, error);
    if (rc)
        file_clear(b->directory);
    return rc;
}

static void report(const struct backup *b, struct backup_report *out)
{
    *out = (struct backup_report){
        .head = b->manifest.head, .files = b->manifest.count, .taken_ms = b->manifest.taken_ms};
    for (size_t i = 0; i < b->manifest.count; i++)
        out->bytes += b->manifest.files[i].bytes;
}

int store_backup(struct store *store, const char *directory, int64_t now_ms, struct backup_report *out,
                 struct store_error *error)
{
    struct backup b = {.store = store, .path = directory, .directory = -1, .manifest = {.taken_ms = now_ms}};
    if (atomic_flag_test_and_set(&store->backing_up))
        return store_error_set(error, ERROR_BUSY, "another backup is being made");
    int rc = open_empty(&b, error);
    if (!rc)
        rc = fill(&b, error);
    if (b.directory >= 0)
        close(b.directory);
    if (rc && b.made)
        rmdir(directory);
    if (!rc)
        report(&b, out);
    manifest_fini(&b.manifest);
    atomic_flag_clear(&store->backing_up);
    return rc;
}

void store_end_backups(struct store *store)
{
    atomic_store(&store->cut_off, true);
}
