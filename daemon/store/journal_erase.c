// Erasing what is private of a record, in place.
#include "base/error.h"
#include "store/journal_reader.h"
#include "store/journal_state.h"

#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

enum { TRIES = 100, WAIT_US = 20 * 1000 };

static int erase_in(struct journal *j, const struct segment *s, struct journal_place place, uint64_t end)
{
    struct buffer bytes;
    struct record record;
    enum record_shape shape;
    buffer_init(&bytes);
    int rc = segment_read(s, place.offset, end, &bytes, &record, &shape, &j->error);
    if (!rc && shape != RECORD_WHOLE)
        rc = store_error_set(&j->error, ERROR_CORRUPT, "%s: no record at byte %" PRIu64, s->path,
                             place.offset);
    bool erased = !rc && record.private_is == RECORD_PRIVATE_ERASED;
    if (!rc && record.private_bytes && !erased)
        rc = segment_erase(s, place.offset, &record, &j->error);
    if (erased) // by a process that died before it was synced, maybe; else this costs nothing
        rc = store_io_sync(&j->io, s->fd, s->path, &j->error);
    buffer_fini(&bytes);
    return rc;
}

static int erase_there(struct journal *j, struct journal_place place)
{
    struct journal_limit limit = journal_limit(j, place.segment);
    if (!limit.known || place.offset >= limit.end)
        return store_error_set(&j->error, ERROR_NOT_FOUND, "no record at %" PRIu64 ":%" PRIu64, place.segment,
                               place.offset);
    struct segment s;
    int rc = segment_open(&j->io, &j->home, place.segment, O_RDWR, &s, &j->error);
    if (rc)
        return rc;
    atomic_fetch_add(&j->erasing, 1);
    rc = erase_in(j, &s, place, limit.last ? limit.end : s.header.bytes);
    atomic_fetch_add(&j->erasing, 1);
    segment_close(&s);
    return rc == ERROR_IO ? journal_poison(j) : rc;
}

int journal_erase_at(struct journal *j, struct journal_place place)
{
    int rc = journal_check_writable(j);
    if (rc)
        return rc;
    pthread_mutex_lock(&j->moving);
    rc = erase_there(j, place);
    pthread_mutex_unlock(&j->moving);
    return rc;
}

// True when no erasure came in between, and `*rc` says what came of it.
static bool make_once(struct journal *j, const struct journal_making *making, int *rc,
                      struct store_error *error)
{
    unsigned before = atomic_load(&j->erasing);
    if (before % 2)
        return false;
    *rc = making->make(making->context, error);
    pthread_mutex_lock(&j->moving);
    bool settled = atomic_load(&j->erasing) == before;
    if (settled && !*rc && making->keep)
        *rc = making->keep(making->context, error);
    pthread_mutex_unlock(&j->moving);
    return settled;
}

int journal_make_settled(struct journal *j, const struct journal_making *making, struct store_error *error)
{
    int rc = 0;
    for (int i = 0; i < TRIES; i++) {
        if (make_once(j, making, &rc, error))
            return rc;
        usleep(WAIT_US);
    }
    return store_error_set(error, ERROR_BUSY, "%s: it is erased in again and again", making->path);
}

bool journal_can_erase_at(struct journal *j, struct journal_place place)
{
    struct journal_limit limit = journal_limit(j, place.segment);
    struct segment s;
    if (!limit.known || !limit.archived)
        return limit.known;
    if (segment_open(&j->io, &j->home, place.segment, O_RDWR, &s, NULL))
        return false;
    segment_close(&s);
    return true;
}

int journal_erase(struct journal *j, uint64_t seq)
{
    struct journal_position at;
    int rc = journal_seek(j, seq, &at, &j->error);
    if (rc)
        return rc;
    if (seq >= j->head.next_seq)
        return store_error_set(&j->error, ERROR_NOT_FOUND, "seq %" PRIu64 " was not written yet", seq);
    return journal_erase_at(j, at.place);
}
