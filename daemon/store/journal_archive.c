#include "store/journal_archive.h"

#include "base/error.h"
#include "store/file_copy.h"
#include "store/journal_state.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct move {
    struct journal *journal;
    struct segment from;
    struct segment_header after; // of the segment behind it
    char name[SEGMENT_NAME];     // of the file
    char fresh[SEGMENT_FRESH];   // and of the copy, until it is whole
};

int journal_is_not_whole(uint64_t first_seq, struct store_error *error)
{
    return store_error_set(error, ERROR_ARCHIVED,
                           "journal: it begins at seq %" PRIu64
                           "; what comes before lies in archive files that are not here",
                           first_seq);
}

// The first seq of a folder's segments, 0 where there are none or it is not here.
static int first_of(const char *directory, const char *name, uint64_t *out, struct store_error *error)
{
    char path[PATH_MAX];
    struct segment_list list;
    *out = 0;
    snprintf(path, sizeof path, "%.4000s/%s", directory, name);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    segment_list_init(&list);
    int rc = segment_list_load(&list, fd, error);
    if (!rc && list.count)
        *out = list.firsts[0];
    segment_list_fini(&list);
    close(fd);
    return rc;
}

int journal_check_whole(const char *directory, struct store_error *error)
{
    uint64_t first, archived;
    int rc = first_of(directory, "journal", &first, error);
    rc = rc ? rc : first_of(directory, "archive", &archived, error);
    if (rc || first <= 1 || archived == 1)
        return rc;
    return journal_is_not_whole(archived ? archived : first, error);
}

bool journal_oldest(struct journal *j, struct journal_range *out)
{
    pthread_mutex_lock(&j->lock);
    const uint64_t *oldest = j->segments.firsts + j->archived;
    bool found = j->segments.count - j->archived > 1;
    if (found)
        *out = (struct journal_range){oldest[0], oldest[1]};
    pthread_mutex_unlock(&j->lock);
    return found;
}

// What another life of this store, before a restore, has put there would be taken for a part of this one.
static int check_strangers(const struct journal *j, const struct journal_range *range,
                           struct store_error *error)
{
    struct segment_list list;
    segment_list_init(&list);
    int rc = segment_list_load(&list, j->home.archive, error);
    ptrdiff_t at = rc ? -1 : segment_list_find(&list, range->after - 1);
    if (at >= 0 && list.firsts[at] > range->first_seq)
        rc = store_error_set(error, ERROR_CORRUPT,
                             "archive/%020" PRIu64 ".seg is of another life of this store: take it away",
                             list.firsts[at]);
    segment_list_fini(&list);
    return rc;
}

// Where another disk is to be mounted on it, its empty place must not be taken for the archive.
static int check_archive(struct journal *j, const struct journal_range *range, struct store_error *error)
{
    struct journal_status status;
    journal_status(j, &status);
    if (j->home.archive < 0)
        return store_error_set(error, ERROR_ARCHIVED, "archive: it is not here");
    if (!status.archived && range->first_seq != 1)
        return store_error_set(error, ERROR_ARCHIVED,
                               "archive: what comes before seq %" PRIu64 " is not there", range->first_seq);
    return check_strangers(j, range, error);
}

// From the header to the one behind it: every record whole, the chain unbroken, and nothing but zeros after.
static int prove(const struct move *move, const struct segment *copy, struct store_error *error)
{
    struct journal_position at = journal_start(&copy->header);
    struct segment_rest rest;
    uint64_t last_batch;
    bool broken;
    int rc = journal_walk(copy, &at, &broken, &last_batch, error);
    if (!rc)
        rc = segment_examine_rest(copy, at.place.offset, at.next_seq, &rest, error);
    if (!rc && (broken || rest.end != at.place.offset))
        return journal_name_damage(copy, at.place.offset, at.next_seq, error);
    if (!rc &&
        (at.next_seq != move->after.first_seq || memcmp(at.chain, move->after.chain, RECORD_CHAIN) != 0))
        return store_error_set(error, ERROR_CORRUPT, "%s does not end where the next segment begins",
                               copy->path);
    return rc;
}

static int copy_proven(void *context, struct store_error *error)
{
    const struct move *move = context;
    const struct journal *j = move->journal;
    struct segment copy = move->from;
    copy.fd = j->io.open(j->io.context, j->home.archive, move->fresh, O_RDWR | O_CREAT | O_TRUNC);
    if (copy.fd < 0)
        return store_error_errno(error, "open", move->fresh);
    const struct file_copy all = {.from = move->from.fd,
                                  .to = copy.fd,
                                  .name = move->fresh,
                                  .bytes = copy.header.bytes,
                                  .size = copy.header.bytes};
    int rc = file_copy(&j->io, &all, NULL, error);
    if (!rc)
        rc = prove(move, &copy, error);
    segment_close(&copy);
    return rc;
}

// What is erased from here on is erased in the archive, so the name in the journal must be gone for good.
static int take_place(void *context, struct store_error *error)
{
    const struct move *move = context;
    struct journal *j = move->journal;
    const struct store_io *io = &j->io;
    if (io->rename(io->context, j->home.archive, move->fresh, move->name))
        return store_error_errno(error, "rename", move->fresh);
    if (io->fsync(io->context, j->home.archive)) {
        int rc = store_error_errno(error, "fsync", "archive");
        (void)io->unlink(io->context, j->home.archive, move->name);
        return rc;
    }
    if (io->unlink(io->context, j->home.journal, move->name))
        return store_error_errno(error, "unlink", move->from.path);
    pthread_mutex_lock(&j->lock);
    j->archived++;
    pthread_mutex_unlock(&j->lock);
    segment_cache_forget(&j->cache, move->from.header.first_seq);
    if (io->fsync(io->context, j->home.journal) == 0)
        return 0;
    store_error_errno(error, "fsync", "journal");
    return journal_poison(j);
}

static int run(struct move *move, struct store_error *error)
{
    struct journal *j = move->journal;
    const struct journal_making making = {copy_proven, take_place, move, move->from.path};
    int rc = journal_make_settled(j, &making, error);
    if (rc)
        (void)j->io.unlink(j->io.context, j->home.archive, move->fresh);
    return rc;
}

static int open_both(struct move *move, const struct journal_range *range, struct store_error *error)
{
    struct journal *j = move->journal;
    struct segment after;
    int rc = segment_open(&j->io, &j->home, range->after, O_RDONLY, &after, error);
    if (rc)
        return rc;
    move->after = after.header;
    segment_close(&after);
    return segment_open(&j->io, &j->home, range->first_seq, O_RDONLY, &move->from, error);
}

int journal_archive(struct journal *j, struct store_error *error)
{
    struct journal_range range;
    struct move move = {.journal = j};
    if (!journal_oldest(j, &range))
        return store_error_set(error, ERROR_NOT_FOUND, "journal: no segment but the last is there");
    int rc = check_archive(j, &range, error);
    if (!rc)
        rc = open_both(&move, &range, error);
    if (rc)
        return rc;
    segment_name(range.first_seq, move.name);
    segment_fresh(range.first_seq, move.fresh);
    rc = run(&move, error);
    segment_close(&move.from);
    return rc;
}
