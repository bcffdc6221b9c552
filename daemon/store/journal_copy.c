#include "store/journal_copy.h"

#include "base/error.h"
#include "store/journal_reader.h"
#include "store/journal_state.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

// A copy of one segment.
struct job {
    struct journal *journal;
    const struct copy_target *to;
    struct segment segment;
    char name[SEGMENT_NAME];
    uint64_t end; // of what is committed
    struct manifest_file *file;
};

static int copy_once(void *context, struct store_error *error)
{
    const struct job *job = context;
    const struct store_io *io = &job->journal->io;
    const struct segment *s = &job->segment;
    int fd = io->open(io->context, job->to->directory, job->name, O_RDWR | O_CREAT | O_TRUNC);
    if (fd < 0)
        return store_error_errno(error, "open", job->name);
    const struct file_copy copy = {s->fd, fd, job->name, job->end, s->header.bytes, job->to->cut_off};
    int rc = file_copy(io, &copy, job->file->sum, error);
    close(fd);
    return rc;
}

static int copy_open(struct job *job, struct manifest *manifest, struct store_error *error)
{
    const struct segment *s = &job->segment;
    const struct journal_making making = {copy_once, NULL, job, s->path};
    segment_name(s->header.first_seq, job->name);
    job->file = manifest_add(manifest, "journal", job->name);
    if (!job->file)
        return store_error_set(error, ERROR_NO_MEMORY, "no memory for the manifest");
    job->file->bytes = s->header.bytes;
    job->end = job->end < s->header.bytes ? job->end : s->header.bytes;
    return journal_make_settled(job->journal, &making, error);
}

static int copy_segment(struct journal *j, uint64_t first_seq, uint64_t end, const struct copy_target *to,
                        struct manifest *manifest, struct store_error *error)
{
    struct job job = {.journal = j, .to = to, .end = end};
    int rc = segment_open(&j->io, &j->home, first_seq, O_RDONLY, &job.segment, error);
    if (rc)
        return rc;
    rc = copy_open(&job, manifest, error);
    segment_close(&job.segment);
    return rc;
}

int journal_copy(struct journal *j, const struct copy_target *to, struct manifest *manifest,
                 struct store_error *error)
{
    struct journal_position first;
    bool last = false;
    int rc = journal_first(j, &first, error);
    memcpy(manifest->journal_id, j->id, JOURNAL_ID);
    for (uint64_t at = first.place.segment; !rc && !last;) {
        journal_head(j, &manifest->head);
        last = manifest->head.place.segment == at;
        rc = copy_segment(j, at, last ? manifest->head.place.offset : UINT64_MAX, to, manifest, error);
        if (!rc && !last)
            at = journal_limit(j, at).after;
    }
    if (!rc && j->io.fsync(j->io.context, to->directory))
        rc = store_error_errno(error, "fsync", "journal");
    return rc;
}
