#include "store/journal_state.h"

#include "base/error.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int journal_name_damage(const struct segment *s, uint64_t offset, uint64_t seq, struct store_error *error)
{
    struct segment_rest rest;
    char seqs[64];
    int rc = segment_examine_rest(s, offset + 8, seq + 1, &rest, error);
    if (rc)
        return rc;
    uint64_t last = rest.next_valid ? rest.next_valid : rest.end > offset + 8 ? rest.end : s->header.bytes;
    if (rest.next_valid)
        snprintf(seqs, sizeof seqs, "%" PRIu64 " to %" PRIu64, seq, rest.next_seq - 1);
    else
        snprintf(seqs, sizeof seqs, "%" PRIu64 " on", seq);
    return store_error_set(error, ERROR_CORRUPT,
                           "journal/%s: bytes %" PRIu64 " to %" PRIu64 " are damaged (seq %s)", s->name,
                           offset, last - 1, seqs);
}

// Walks the current segment from its header. Ends at the first place where no good record follows; `*broken`
// tells that what stands there is whole and yet does not belong there, which no crash can do. `*batch` is
// where the last batch begins.
static int walk(struct journal *j, uint64_t *batch, bool *broken, struct store_error *error)
{
    struct buffer bytes;
    struct record record;
    enum record_shape shape;
    const struct segment *s = &j->current;
    int rc;
    *batch = j->head.place.offset;
    buffer_init(&bytes);
    for (;;) {
        rc = segment_read(s, j->head.place.offset, s->header.bytes, &bytes, &record, &shape, error);
        if (rc || shape != RECORD_WHOLE || record.private_is == RECORD_PRIVATE_DAMAGED)
            break;
        *broken = !journal_follows(s, &j->head, &record);
        if (*broken)
            break;
        if (record.batch_seq == record.first_seq)
            *batch = j->head.place.offset;
        journal_advance(&j->head, &record);
    }
    buffer_fini(&bytes);
    if (!rc && shape == RECORD_NEWER)
        rc = store_error_set(error, ERROR_STORE_VERSION,
                             "journal/%s: the record at byte %" PRIu64 " is of a newer version", s->name,
                             j->head.place.offset);
    return rc;
}

static int check_known(const struct journal *j, uint64_t known_seq, struct store_error *error)
{
    if (j->head.next_seq >= known_seq)
        return 0;
    return store_error_set(error, ERROR_CORRUPT,
                           "journal/%s: the journal ends before seq %" PRIu64 " (byte %" PRIu64
                           "), but seq %" PRIu64 " was acknowledged",
                           j->current.name, j->head.next_seq, j->head.place.offset, known_seq - 1);
}

// Cuts what follows the last good record, if it is no more than the torn end of a batch.
static int cut_tail(struct journal *j, bool broken, uint64_t known_seq, struct journal_recovery *recovery,
                    struct store_error *error)
{
    struct segment_rest rest;
    const struct segment *s = &j->current;
    uint64_t offset = j->head.place.offset;
    int rc = segment_examine_rest(s, offset, j->head.next_seq, &rest, error);
    if (rc)
        return rc;
    if (broken || rest.later_batch)
        return journal_name_damage(s, offset, j->head.next_seq, error);
    rc = check_known(j, known_seq, error);
    if (rc || rest.end == offset)
        return rc;
    recovery->cut = j->head.place;
    recovery->cut_bytes = rest.end - offset;
    recovery->cut_whole = rest.whole;
    return segment_wipe(s, offset, rest.end, error);
}

// What is read here may be nowhere but in memory: the process died before its sync, or the sync failed, after
// which the kernel takes for written what it could not write. Each batch is synced before the next one, so
// that only the last may be so, and the segment's name. They are written once more before anybody relies on
// them.
static int settle_tail(struct journal *j, uint64_t batch, struct store_error *error)
{
    struct buffer bytes;
    const struct segment *s = &j->current;
    size_t length = (size_t)(j->head.place.offset - batch);
    int rc = 0;
    buffer_init(&bytes);
    uint8_t *room = length ? buffer_extend(&bytes, length) : NULL;
    if (length && !room)
        rc = store_error_set(error, ERROR_NO_MEMORY, "no memory for a batch of %zu bytes", length);
    if (!rc && length)
        rc = store_io_read(s->io, s->fd, room, length, batch, s->name, error);
    if (!rc && length)
        rc = store_io_write(s->io, s->fd, room, length, batch, s->name, error);
    if (!rc)
        rc = store_io_sync(s->io, s->fd, s->name, error);
    if (!rc && j->io.fsync(j->io.context, j->directory))
        rc = store_error_errno(error, "fsync", "journal");
    buffer_fini(&bytes);
    return rc;
}

static int open_last(struct journal *j, const struct journal_options *options,
                     struct journal_recovery *recovery, struct store_error *error)
{
    uint64_t first_seq = j->segments.firsts[j->segments.count - 1];
    uint64_t batch;
    bool broken = false;
    int rc = segment_open(&j->io, j->directory, first_seq, O_RDWR, &j->current, error);
    if (rc) {
        j->current.fd = -1;
        return rc;
    }
    const struct segment_header *header = &j->current.header;
    memcpy(j->id, header->id, JOURNAL_ID);
    j->head = (struct journal_position){header->epoch, first_seq, {0}, {first_seq, SEGMENT_HEADER}};
    memcpy(j->head.chain, header->chain, RECORD_CHAIN);
    rc = walk(j, &batch, &broken, error);
    if (!rc)
        rc = cut_tail(j, broken, options->known_seq, recovery, error);
    return rc ? rc : settle_tail(j, batch, error);
}

static int create(struct journal *j, const struct journal_options *options, struct journal_recovery *recovery,
                  struct store_error *error)
{
    if (options->known_seq > 1)
        return store_error_set(error, ERROR_CORRUPT,
                               "journal: there is no segment, but seq %" PRIu64 " was acknowledged",
                               options->known_seq - 1);
    memcpy(j->id, options->id, JOURNAL_ID);
    j->head.next_seq = 1;
    record_genesis(j->id, j->head.chain);
    recovery->created = true;
    return journal_roll(j, 1, error);
}

int journal_recover(struct journal *j, const struct journal_options *options,
                    struct journal_recovery *recovery, struct store_error *error)
{
    *recovery = (struct journal_recovery){0};
    int rc = segment_list_load(&j->segments, j->directory, error);
    if (rc)
        return rc;
    return j->segments.count ? open_last(j, options, recovery, error) : create(j, options, recovery, error);
}
