#include "store/journal_copy.h"

#include "base/error.h"
#include "store/journal_reader.h"
#include "store/journal_state.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { TRIES = 100, WAIT_US = 20 * 1000 };

static int copy_once(struct journal *j, const struct segment *s, uint64_t end, const struct copy_target *to,
                     struct manifest_file *file, struct store_error *error)
{
    char name[SEGMENT_NAME];
    segment_name(s->header.first_seq, name);
    int fd = j->io.open(j->io.context, to->directory, name, O_RDWR | O_CREAT | O_TRUNC);
    if (fd < 0)
        return store_error_errno(error, "open", name);
    const struct file_copy copy = {s->fd, fd, name, end, s->header.bytes, to->cut_off};
    int rc = file_copy(&j->io, &copy, file->sum, error);
    close(fd);
    return rc;
}

// An erasure marks a private part before it overwrites it. A reader that saw the mark's place before and the
// part's after would have what looks like damage.
static int copy_settled(struct journal *j, const struct segment *s, uint64_t end,
                        const struct copy_target *to, struct manifest_file *file, struct store_error *error)
{
    for (int i = 0; i < TRIES; i++) {
        unsigned before = atomic_load(&j->erasing);
        int rc = before % 2 ? 0 : copy_once(j, s, end, to, file, error);
        if (rc || (before % 2 == 0 && atomic_load(&j->erasing) == before))
            return rc;
        usleep(WAIT_US);
    }
    return store_error_set(error, ERROR_BUSY, "%s: it is erased in again and again", s->path);
}

static int copy_segment(struct journal *j, uint64_t first_seq, uint64_t end, const struct copy_target *to,
                        struct manifest *manifest, struct store_error *error)
{
    struct segment s;
    char name[SEGMENT_NAME];
    int rc = segment_open(&j->io, &j->home, first_seq, O_RDONLY, &s, error);
    if (rc)
        return rc;
    segment_name(first_seq, name);
    struct manifest_file *file = manifest_add(manifest, "journal", name);
    if (file) {
        file->bytes = s.header.bytes;
        rc = copy_settled(j, &s, end < s.header.bytes ? end : s.header.bytes, to, file, error);
    } else {
        rc = store_error_set(error, ERROR_NO_MEMORY, "no memory for the manifest");
    }
    segment_close(&s);
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
