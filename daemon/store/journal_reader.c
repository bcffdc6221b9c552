#include "store/journal_reader.h"

#include "base/error.h"
#include "store/journal_state.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

// An erasure may run meanwhile: it marks before it overwrites, so a second look sees the mark.
static int read_settled(const struct segment *s, uint64_t offset, uint64_t end, struct buffer *into,
                        struct record *out, enum record_shape *shape, struct store_error *error)
{
    int rc = segment_read(s, offset, end, into, out, shape, error);
    if (!rc && *shape == RECORD_WHOLE && out->private_is == RECORD_PRIVATE_DAMAGED)
        rc = segment_read(s, offset, end, into, out, shape, error);
    return rc;
}

static int name_private_damage(const struct segment *s, uint64_t offset, const struct record *record,
                               struct store_error *error)
{
    uint64_t from = offset + record_private_offset(record);
    return store_error_set(error, ERROR_CORRUPT,
                           "%s: bytes %" PRIu64 " to %" PRIu64 ", the private part of seq %" PRIu64
                           ", are damaged",
                           s->path, from, offset + record->length - 1, record->first_seq);
}

static int judge(const struct segment *s, uint64_t offset, uint64_t seq, enum record_shape shape,
                 struct store_error *error)
{
    if (shape == RECORD_NEWER)
        return store_error_set(error, ERROR_STORE_VERSION,
                               "%s: the record at byte %" PRIu64 " is of a newer version", s->path, offset);
    return journal_name_damage(s, offset, seq, error);
}

static int read_at(const struct segment *s, struct journal_place place, uint64_t end, struct buffer *into,
                   struct record *out, struct store_error *error)
{
    enum record_shape shape;
    int rc = read_settled(s, place.offset, end, into, out, &shape, error);
    if (rc)
        return rc;
    if (shape == RECORD_NONE)
        return store_error_set(error, ERROR_NOT_FOUND, "%s: no record at byte %" PRIu64, s->path,
                               place.offset);
    if (shape != RECORD_WHOLE)
        return judge(s, place.offset, s->header.first_seq, shape, error);
    if (out->private_is == RECORD_PRIVATE_DAMAGED)
        return name_private_damage(s, place.offset, out, error);
    return 0;
}

int journal_read(struct journal *j, struct journal_place place, struct buffer *into,
                 struct journal_record *out, struct store_error *error)
{
    struct journal_limit limit = journal_limit(j, place.segment);
    struct segment_loan loan;
    if (!limit.known || place.offset >= limit.end || place.offset < SEGMENT_HEADER || place.offset % 8)
        return store_error_set(error, ERROR_NOT_FOUND, "no record at %" PRIu64 ":%" PRIu64, place.segment,
                               place.offset);
    int rc = segment_cache_borrow(&j->cache, place.segment, &loan, error);
    if (rc)
        return rc;
    uint64_t end = limit.last ? limit.end : loan.segment.header.bytes;
    rc = read_at(&loan.segment, place, end, into, &out->body, error);
    out->place = place;
    segment_cache_return(&j->cache, &loan);
    return rc;
}

static int start_of(struct journal *j, uint64_t first_seq, struct journal_position *out,
                    struct store_error *error)
{
    struct segment_loan loan;
    int rc = segment_cache_borrow(&j->cache, first_seq, &loan, error);
    if (rc)
        return rc;
    *out = journal_start(&loan.segment.header);
    segment_cache_return(&j->cache, &loan);
    return 0;
}

int journal_first(struct journal *j, struct journal_position *out, struct store_error *error)
{
    pthread_mutex_lock(&j->lock);
    uint64_t first_seq = j->segments.firsts[0];
    pthread_mutex_unlock(&j->lock);
    return start_of(j, first_seq, out, error);
}

// A segment without records is the last one; the one before it has the epoch that was.
int journal_epoch_is_new(struct journal *j, bool *is_new, struct store_error *error)
{
    struct journal_position head, before;
    journal_head(j, &head);
    pthread_mutex_lock(&j->lock);
    size_t count = j->segments.count;
    uint64_t previous = count > 1 ? j->segments.firsts[count - 2] : 0;
    pthread_mutex_unlock(&j->lock);
    *is_new = head.place.offset == SEGMENT_HEADER && head.epoch > 1;
    if (!*is_new || !previous)
        return 0;
    int rc = start_of(j, previous, &before, error);
    *is_new = !rc && before.epoch < head.epoch;
    return rc;
}

void journal_cursor_init(struct journal_cursor *c, struct journal *j, const struct journal_position *from)
{
    *c = (struct journal_cursor){.journal = j, .position = *from};
    buffer_init(&c->bytes);
}

void journal_cursor_fini(struct journal_cursor *c)
{
    buffer_fini(&c->bytes);
}

// Where a segment ends, the next one must take up seq and chain.
static int enter_next(struct journal_cursor *c, uint64_t first_seq, struct store_error *error)
{
    struct journal_position start;
    int rc = start_of(c->journal, first_seq, &start, error);
    if (rc)
        return rc;
    if (start.next_seq != c->position.next_seq || start.epoch < c->position.epoch ||
        memcmp(start.chain, c->position.chain, RECORD_CHAIN) != 0)
        return store_error_set(error, ERROR_CORRUPT,
                               "journal/%020" PRIu64 ".seg: records are missing from byte %" PRIu64
                               " on (seq %" PRIu64 "): the next segment begins at seq %" PRIu64,
                               c->position.place.segment, c->position.place.offset, c->position.next_seq,
                               first_seq);
    c->position = start;
    return 0;
}

static int take_record(struct journal_cursor *c, const struct segment *s, uint64_t end,
                       struct journal_record *out, enum record_shape *shape, struct store_error *error)
{
    uint64_t offset = c->position.place.offset;
    int rc = read_settled(s, offset, end, &c->bytes, &out->body, shape, error);
    if (rc || *shape == RECORD_NONE)
        return rc;
    if (*shape != RECORD_WHOLE || !journal_follows(s, &c->position, &out->body))
        return judge(s, offset, c->position.next_seq, *shape, error);
    out->place = c->position.place;
    journal_advance(&c->position, &out->body);
    return 0;
}

// A segment that is missing is damage; "not found" would say that the journal ends here.
static int no_hole(int rc)
{
    return rc == ERROR_NOT_FOUND ? ERROR_CORRUPT : rc;
}

// The next record whose public part is good; its private part is not looked at.
static int step(struct journal_cursor *c, struct journal_record *out, struct store_error *error)
{
    for (;;) {
        struct journal_place at = c->position.place;
        struct journal_limit limit = journal_limit(c->journal, at.segment);
        struct segment_loan loan;
        enum record_shape shape;
        if (!limit.known)
            return store_error_set(error, ERROR_CORRUPT, "journal/%020" PRIu64 ".seg is not here",
                                   at.segment);
        if (limit.last && at.offset >= limit.end)
            return store_error_set(error, ERROR_NOT_FOUND, "nothing is committed after seq %" PRIu64,
                                   c->position.next_seq - 1);
        int rc = segment_cache_borrow(&c->journal->cache, at.segment, &loan, error);
        if (rc)
            return no_hole(rc);
        uint64_t end = limit.last ? limit.end : loan.segment.header.bytes;
        rc = take_record(c, &loan.segment, end, out, &shape, error);
        if (!rc && shape == RECORD_NONE && limit.last)
            rc = journal_name_damage(&loan.segment, at.offset, c->position.next_seq, error);
        segment_cache_return(&c->journal->cache, &loan);
        if (rc || shape == RECORD_WHOLE)
            return rc;
        rc = enter_next(c, limit.after, error);
        if (rc)
            return no_hole(rc);
    }
}

static int check_private(struct journal *j, const struct journal_record *r, struct store_error *error)
{
    struct segment s;
    if (r->body.private_is != RECORD_PRIVATE_DAMAGED)
        return 0;
    segment_path(journal_limit(j, r->place.segment).archived, r->place.segment, s.path);
    return name_private_damage(&s, r->place.offset, &r->body, error);
}

int journal_cursor_next(struct journal_cursor *c, struct journal_record *out, struct store_error *error)
{
    int rc = step(c, out, error);
    return rc ? rc : check_private(c->journal, out, error);
}

static int seek_from(struct journal_cursor *c, uint64_t seq, struct journal_position *out,
                     struct store_error *error)
{
    struct journal_record record;
    int rc;
    do {
        *out = c->position;
        rc = step(c, &record, error);
    } while (!rc && record.body.first_seq + record.body.count <= seq);
    return rc;
}

int journal_seek(struct journal *j, uint64_t seq, struct journal_position *out, struct store_error *error)
{
    struct journal_position start;
    struct journal_cursor c;
    journal_head(j, out);
    if (seq == out->next_seq)
        return 0;
    pthread_mutex_lock(&j->lock);
    ptrdiff_t at = segment_list_find(&j->segments, seq);
    uint64_t first_seq = at >= 0 ? j->segments.firsts[at] : 0;
    pthread_mutex_unlock(&j->lock);
    if (at < 0 || seq > out->next_seq)
        return store_error_set(error, ERROR_NOT_FOUND, "seq %" PRIu64 " is not in the journal", seq);
    int rc = start_of(j, first_seq, &start, error);
    if (rc)
        return rc;
    journal_cursor_init(&c, j, &start);
    rc = seek_from(&c, seq, out, error);
    journal_cursor_fini(&c);
    return rc;
}

static void count(struct journal *j, struct journal_report *report, const struct journal_record *record,
                  struct store_error *error)
{
    const struct record *body = &record->body;
    report->records++;
    report->seqs += body->count;
    report->bytes += body->length;
    report->erased += body->private_is == RECORD_PRIVATE_ERASED;
    if (body->private_is == RECORD_PRIVATE_HALF_ERASED && report->half_erased++ == 0)
        report->half_erased_seq = body->first_seq;
    if (body->private_is == RECORD_PRIVATE_DAMAGED && report->damaged++ == 0)
        (void)check_private(j, record, error);
}

// A segment that the cursor has left must hold nothing but zeros after its last record.
static int check_left(struct journal_cursor *c, const struct journal_position *before,
                      struct store_error *error)
{
    struct segment_loan loan;
    struct segment_rest rest;
    int rc = segment_cache_borrow(&c->journal->cache, before->place.segment, &loan, error);
    if (rc)
        return no_hole(rc);
    rc = segment_examine_rest(&loan.segment, before->place.offset, before->next_seq, &rest, error);
    if (!rc && rest.end != before->place.offset)
        rc = store_error_set(error, ERROR_CORRUPT,
                             "%s: bytes %" PRIu64 " to %" PRIu64 " are damaged: nothing was written there"
                             " (after seq %" PRIu64 ")",
                             loan.segment.path, before->place.offset, rest.end - 1, before->next_seq - 1);
    segment_cache_return(&c->journal->cache, &loan);
    return rc;
}

// The cache may know the header from before it was damaged.
static int check_header(struct journal *j, uint64_t first_seq, struct store_error *error)
{
    struct segment s;
    int rc = segment_open(&j->io, &j->home, first_seq, O_RDONLY, &s, error);
    if (!rc)
        segment_close(&s);
    return no_hole(rc);
}

// One record, or the way into an empty last segment.
static int verify_one(struct journal_cursor *c, struct journal_report *report, struct store_error *error)
{
    struct journal_position before = c->position;
    struct journal_record record;
    struct store_error found = {0};
    int rc = step(c, &record, &found);
    if (rc && rc != ERROR_NOT_FOUND) {
        *error = found;
        return rc;
    }
    if (!rc)
        count(c->journal, report, &record, error);
    if (c->position.place.segment == before.place.segment)
        return 0;
    report->segments++;
    rc = check_left(c, &before, error);
    return rc ? rc : check_header(c->journal, c->position.place.segment, error);
}

static bool is_before(const struct journal_position *at, const struct journal_position *head)
{
    return at->next_seq < head->next_seq || at->place.segment < head->place.segment;
}

int journal_verify(struct journal *j, struct journal_report *report, struct store_error *error)
{
    struct store_error found = {0};
    struct journal_position start, head;
    struct journal_cursor c;
    *report = (struct journal_report){.segments = 1};
    journal_head(j, &head);
    int rc = journal_first(j, &start, error);
    if (rc)
        return no_hole(rc);
    journal_cursor_init(&c, j, &start);
    rc = check_header(j, start.place.segment, &found);
    while (!rc && is_before(&c.position, &head))
        rc = verify_one(&c, report, &found);
    if (!rc && c.position.next_seq == head.next_seq &&
        memcmp(c.position.chain, head.chain, RECORD_CHAIN) != 0)
        rc = store_error_set(&found, ERROR_CORRUPT, "the chain does not end at the head (seq %" PRIu64 ")",
                             head.next_seq);
    if (!rc && report->damaged)
        rc = ERROR_CORRUPT;
    if (rc && error)
        *error = found;
    journal_cursor_fini(&c);
    return rc;
}
