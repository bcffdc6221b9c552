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
// tells that what stands there is whole and yet does not belong there, which no crash can do.
static int walk(struct journal *j, bool *broken, struct store_error *error)
{
    struct buffer bytes;
    struct record record;
    enum record_shape shape;
    const struct segment *s = &j->current;
    int rc;
    buffer_init(&bytes);
    for (;;) {
        rc = segment_read(s, j->head.place.offset, s->header.bytes, &bytes, &record, &shape, error);
        if (rc || shape != RECORD_WHOLE || record.private_is == RECORD_PRIVATE_DAMAGED)
            break;
        *broken = !journal_follows(s, &j->head, &record);
        if (*broken)
            break;
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
    rc = check_known(j, options->known_seq, error);
    if (rc || rest.end == offset)
        return rc;
    recovery->cut = j->head.place;
    recovery->cut_bytes = rest.end - offset;
    recovery->cut_whole = rest.whole;
    return options->read_only ? 0 : segment_wipe(s, offset, rest.end, error);
}

static int open_last(struct journal *j, const struct journal_options *options,
                     struct journal_recovery *recovery, struct store_error *error)
{
    uint64_t first_seq = j->segments.firsts[j->segments.count - 1];
    bool broken = false;
    int flags = options->read_only ? O_RDONLY : O_RDWR;
    int rc = segment_open(&j->io, j->directory, first_seq, flags, &j->current, error);
    if (rc) {
        j->current.fd = -1;
        return rc;
    }
    const struct segment_header *header = &j->current.header;
    memcpy(j->id, header->id, JOURNAL_ID);
    j->head = (struct journal_position){header->epoch, first_seq, {0}, {first_seq, SEGMENT_HEADER}};
    memcpy(j->head.chain, header->chain, RECORD_CHAIN);
    rc = walk(j, &broken, error);
    return rc ? rc : cut_tail(j, options, broken, recovery, error);
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
    if (!j->segments.count && options->read_only)
        return store_error_set(error, ERROR_NOT_FOUND, "journal: there is no segment");
    return j->segments.count ? open_last(j, options, recovery, error) : create(j, options, recovery, error);
}
