#include "store/journal_state.h"

#include "base/error.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SURE_BYTES = 64 * 1024 };

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
    return store_error_set(error, ERROR_CORRUPT, "%s: bytes %" PRIu64 " to %" PRIu64 " are damaged (seq %s)",
                           s->path, offset, last - 1, seqs);
}

// A process that died between a batch's write and its sync has left records that are read, and then built on
// and told of, but may not be on the disk; the same goes for the name of a segment. A sync alone would not
// do: after one that failed the kernel takes pages for clean that were never written. So the last batch, the
// only one that can be meant, is written once more, over itself.
static int make_sure(struct journal *j, uint64_t from, struct store_error *error)
{
    uint8_t bytes[SURE_BYTES];
    const struct segment *s = &j->current;
    int rc = 0;
    while (from < j->head.place.offset && !rc) {
        uint64_t left = j->head.place.offset - from;
        size_t piece = left < sizeof bytes ? (size_t)left : sizeof bytes;
        rc = store_io_read(&j->io, s->fd, bytes, piece, from, s->path, error);
        if (!rc)
            rc = store_io_write(&j->io, s->fd, bytes, piece, from, s->path, error);
        from += piece;
    }
    if (!rc)
        rc = store_io_sync(&j->io, s->fd, s->path, error);
    if (!rc && j->io.fsync(j->io.context, j->home.journal))
        rc = store_error_errno(error, "fsync", "journal");
    return rc;
}

int journal_walk(const struct segment *s, struct journal_position *at, bool *broken, uint64_t *last_batch,
                 struct store_error *error)
{
    struct buffer bytes;
    struct record record;
    enum record_shape shape;
    int rc;
    *broken = false;
    buffer_init(&bytes);
    for (;;) {
        rc = segment_read(s, at->place.offset, s->header.bytes, &bytes, &record, &shape, error);
        if (rc || shape != RECORD_WHOLE || record.private_is == RECORD_PRIVATE_DAMAGED)
            break;
        *broken = !journal_follows(s, at, &record);
        if (*broken)
            break;
        if (record.batch_seq == record.first_seq)
            *last_batch = at->place.offset;
        journal_advance(at, &record);
    }
    buffer_fini(&bytes);
    if (!rc && shape == RECORD_NEWER)
        rc = store_error_set(error, ERROR_STORE_VERSION,
                             "%s: the record at byte %" PRIu64 " is of a newer version", s->path,
                             at->place.offset);
    return rc;
}

// What was acknowledged and is not there was damaged if anything stands in its place, else it was cut off.
static int name_lost(const struct journal *j, uint64_t known_seq, bool blank, struct store_error *error)
{
    if (!blank)
        return journal_name_damage(&j->current, j->head.place.offset, j->head.next_seq, error);
    return store_error_set(error, ERROR_CORRUPT,
                           "%s: the journal ends before seq %" PRIu64 " (byte %" PRIu64 "), but seq %" PRIu64
                           " was acknowledged",
                           j->current.path, j->head.next_seq, j->head.place.offset, known_seq - 1);
}

// Cuts what follows the last good record, if it is no more than the torn end of a batch.
static int cut_tail(struct journal *j, const struct journal_options *options, bool broken,
                    struct journal_recovery *recovery, struct store_error *error)
{
    struct segment_rest rest;
    const struct segment *s = &j->current;
    uint64_t offset = j->head.place.offset;
    int rc = segment_examine_rest(s, offset, j->head.next_seq, &rest, error);
    if (rc)
        return rc;
    if (broken || rest.later_batch)
        return journal_name_damage(s, offset, j->head.next_seq, error);
    if (j->head.next_seq < options->known_seq)
        return name_lost(j, options->known_seq, rest.end == offset, error);
    if (rest.end == offset)
        return 0;
    recovery->cut = j->head.place;
    recovery->cut_bytes = rest.end - offset;
    recovery->cut_whole = rest.whole;
    return options->read_only ? 0 : segment_wipe(s, offset, rest.end, error);
}

// Nobody looks behind the head that is given: what stands there may be half written.
static int take_head(struct journal *j, const struct journal_position *upto, struct store_error *error)
{
    ptrdiff_t at = segment_list_find(&j->segments, upto->place.segment);
    if (at < 0 || j->segments.firsts[at] != upto->place.segment)
        return store_error_set(error, ERROR_CORRUPT, "journal/%020" PRIu64 ".seg is not here",
                               upto->place.segment);
    j->segments.count = (size_t)at + 1;
    j->head = *upto;
    return 0;
}

static int open_last(struct journal *j, const struct journal_options *options,
                     struct journal_recovery *recovery, struct store_error *error)
{
    uint64_t first_seq = j->segments.firsts[j->segments.count - 1];
    uint64_t last_batch = SEGMENT_HEADER;
    bool broken;
    int flags = options->read_only ? O_RDONLY : O_RDWR;
    int rc = segment_open(&j->io, &j->home, first_seq, flags, &j->current, error);
    if (rc) {
        j->current.fd = -1;
        return rc;
    }
    const struct segment_header *header = &j->current.header;
    memcpy(j->id, header->id, JOURNAL_ID);
    if (options->upto)
        return 0;
    j->head = journal_start(header);
    rc = journal_walk(&j->current, &j->head, &broken, &last_batch, error);
    if (!rc)
        rc = cut_tail(j, options, broken, recovery, error);
    return rc || options->read_only ? rc : make_sure(j, last_batch, error);
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

struct journal_position journal_start(const struct segment_header *header)
{
    struct journal_position start = {
        .epoch = header->epoch, .next_seq = header->first_seq, .place = {header->first_seq, SEGMENT_HEADER}};
    memcpy(start.chain, header->chain, RECORD_CHAIN);
    return start;
}

// What is in the archive and not before the journal's own segments is none of theirs: another life of this
// store, before a restore, has put it there.
static int list_archive(struct journal *j, struct store_error *error)
{
    struct segment_list older;
    segment_list_init(&older);
    int rc = segment_list_load(&older, j->home.archive, error);
    if (!rc && older.count && !j->segments.count)
        rc = store_error_set(error, ERROR_CORRUPT, "journal: there is no segment, but the archive has %zu",
                             older.count);
    if (!rc && older.count && segment_list_prepend(&j->segments, &older, &j->archived))
        rc = store_error_set(error, ERROR_NO_MEMORY, "no memory for the list of segments");
    segment_list_fini(&older);
    return rc;
}

// A move that a crash cut off has left a copy of what is still here. It goes, since nothing is erased in it.
static void drop_copies(struct journal *j)
{
    char name[SEGMENT_NAME], fresh[SEGMENT_FRESH];
    segment_name(j->segments.firsts[0], name);
    segment_fresh(j->segments.firsts[0], fresh);
    (void)j->io.unlink(j->io.context, j->home.archive, name);
    (void)j->io.unlink(j->io.context, j->home.archive, fresh);
}

// An archive that cannot be read is not here.
static int list_segments(struct journal *j, bool read_only, struct store_error *error)
{
    int rc = segment_list_load(&j->segments, j->home.journal, error);
    if (rc || j->home.archive < 0)
        return rc;
    if (j->segments.count && !read_only)
        drop_copies(j);
    rc = list_archive(j, error);
    if (rc != ERROR_IO)
        return rc;
    close(j->home.archive);
    j->home.archive = -1;
    return 0;
}

int journal_recover(struct journal *j, const struct journal_options *options,
                    struct journal_recovery *recovery, struct store_error *error)
{
    *recovery = (struct journal_recovery){0};
    int rc = list_segments(j, options->read_only, error);
    if (!rc && options->upto)
        rc = take_head(j, options->upto, error);
    if (rc)
        return rc;
    if (!j->segments.count && options->read_only)
        return store_error_set(error, ERROR_NOT_FOUND, "journal: there is no segment");
    return j->segments.count ? open_last(j, options, recovery, error) : create(j, options, recovery, error);
}
