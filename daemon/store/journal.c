#include "store/journal.h"

#include "base/error.h"
#include "store/journal_reader.h"
#include "store/journal_state.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MIN_SEGMENT_BYTES = 512 };

// A folder of the store, made where it is not there and to be written to.
static int open_folder(struct journal *j, const struct journal_options *options, const char *name, int *out,
                       struct store_error *error)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", options->directory, name) >= (int)sizeof path)
        return store_error_set(error, ERROR_IO, "the path %.64s… is too long", options->directory);
    *out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*out < 0 && errno == ENOENT && !options->read_only) {
        if (j->io.mkdir(j->io.context, path) != 0)
            return store_error_errno(error, "mkdir", path);
        *out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    return *out < 0 ? store_error_errno(error, "open", path) : 0;
}

// The archive may lie elsewhere; where that is not to be had, it is done without.
static int open_home(struct journal *j, const struct journal_options *options, struct store_error *error)
{
    j->home = (struct segment_home){-1, -1};
    int rc = open_folder(j, options, "journal", &j->home.journal, error);
    int missing = rc ? 0 : open_folder(j, options, "archive", &j->home.archive, error);
    if (missing == ERROR_BUSY || missing == ERROR_NO_MEMORY)
        return missing;
    return rc || options->read_only ? rc : store_io_sync_directory(&j->io, options->directory, error);
}

static void close_home(struct segment_home *home)
{
    if (home->journal >= 0)
        close(home->journal);
    if (home->archive >= 0)
        close(home->archive);
}

static void init(struct journal *j, uint64_t segment_bytes)
{
    j->current.fd = -1;
    pthread_mutex_init(&j->lock, NULL);
    pthread_mutex_init(&j->moving, NULL);
    segment_cache_init(&j->cache, &j->io, &j->home);
    segment_maker_init(&j->maker, &j->io, j->home.journal, segment_bytes);
    segment_list_init(&j->segments);
    buffer_init(&j->batch);
}

int journal_open(const struct journal_options *options, struct journal **out,
                 struct journal_recovery *recovery, struct store_error *error)
{
    struct journal_recovery unwanted;
    uint64_t segment_bytes = options->segment_bytes ? options->segment_bytes : JOURNAL_SEGMENT_BYTES;
    assert(segment_bytes >= MIN_SEGMENT_BYTES && segment_bytes % 8 == 0 && segment_bytes <= UINT32_MAX);
    struct journal *j = calloc(1, sizeof *j);
    if (!j || sodium_init() < 0) {
        free(j);
        return store_error_set(error, ERROR_NO_MEMORY, "no memory for the journal");
    }
    j->io = options->io ? *options->io : store_io_system;
    int rc = open_home(j, options, error);
    if (rc) {
        close_home(&j->home);
        free(j);
        return rc;
    }
    init(j, segment_bytes);
    rc = options->read_only ? 0 : segment_maker_adopt(&j->maker, error);
    if (!rc)
        rc = journal_recover(j, options, recovery ? recovery : &unwanted, error);
    if (rc) {
        journal_close(j);
        return rc;
    }
    *out = j;
    return 0;
}

void journal_close(struct journal *j)
{
    if (!j)
        return;
    segment_close(&j->current);
    segment_maker_fini(&j->maker);
    segment_cache_fini(&j->cache);
    segment_list_fini(&j->segments);
    buffer_fini(&j->batch);
    close_home(&j->home);
    pthread_mutex_destroy(&j->moving);
    pthread_mutex_destroy(&j->lock);
    free(j);
}

const uint8_t *journal_id(const struct journal *j)
{
    return j->id;
}

const struct store_error *journal_error(const struct journal *j)
{
    return &j->error;
}

uint64_t journal_max_batch(const struct journal *j)
{
    return j->maker.bytes - SEGMENT_HEADER;
}

void journal_head(struct journal *j, struct journal_position *out)
{
    pthread_mutex_lock(&j->lock);
    *out = j->head;
    pthread_mutex_unlock(&j->lock);
}

void journal_status(struct journal *j, struct journal_status *out)
{
    bool ready = segment_maker_is_ready(&j->maker);
    pthread_mutex_lock(&j->lock);
    *out = (struct journal_status){
        .segments = j->segments.count,
        .archived = j->archived,
        .first_seq = j->segments.firsts[0],
        .segment_bytes = j->current.header.bytes,
        .used_bytes = j->head.place.offset,
        .next_ready = ready,
        .poisoned = atomic_load(&j->poisoned),
    };
    pthread_mutex_unlock(&j->lock);
}

bool journal_has_room(struct journal *j)
{
    struct journal_status status;
    journal_status(j, &status);
    return status.next_ready || status.segment_bytes - status.used_bytes >= status.segment_bytes / 16;
}

struct journal_limit journal_limit(struct journal *j, uint64_t segment)
{
    struct journal_limit limit = {.end = UINT64_MAX};
    pthread_mutex_lock(&j->lock);
    ptrdiff_t at = segment_list_find(&j->segments, segment);
    limit.known = at >= 0 && j->segments.firsts[at] == segment;
    limit.archived = limit.known && (size_t)at < j->archived;
    limit.last = limit.known && (size_t)at + 1 == j->segments.count;
    if (limit.last)
        limit.end = j->head.place.offset;
    else if (limit.known)
        limit.after = j->segments.firsts[at + 1];
    pthread_mutex_unlock(&j->lock);
    return limit;
}

bool journal_follows(const struct segment *s, const struct journal_position *at, const struct record *record)
{
    uint8_t chain[RECORD_CHAIN];
    if (record->epoch != s->header.epoch || record->first_seq != at->next_seq)
        return false;
    record_chain(at->chain, record->public_part, chain);
    return memcmp(chain, record->chain, RECORD_CHAIN) == 0;
}

void journal_advance(struct journal_position *at, const struct record *record)
{
    at->epoch = record->epoch;
    at->next_seq = record->first_seq + record->count;
    at->place.offset += record->length;
    memcpy(at->chain, record->chain, RECORD_CHAIN);
}

int journal_poison(struct journal *j)
{
    atomic_store(&j->poisoned, true);
    return ERROR_IO;
}

int journal_check_writable(struct journal *j)
{
    if (!atomic_load(&j->poisoned))
        return 0;
    return store_error_set(&j->error, ERROR_IO,
                           "a write failed earlier: open the journal again to decide it");
}

static void publish_segment(struct journal *j, const struct segment *next)
{
    pthread_mutex_lock(&j->lock);
    segment_close(&j->current);
    j->current = *next;
    segment_list_add(&j->segments, next->header.first_seq);
    j->head.epoch = next->header.epoch;
    j->head.place = (struct journal_place){next->header.first_seq, SEGMENT_HEADER};
    pthread_mutex_unlock(&j->lock);
    segment_cache_forget(&j->cache, next->header.first_seq);
}

int journal_roll(struct journal *j, uint64_t epoch, struct store_error *error)
{
    struct segment_header header = {.epoch = epoch, .first_seq = j->head.next_seq};
    struct segment next;
    bool named;
    memcpy(header.id, j->id, JOURNAL_ID);
    memcpy(header.chain, j->head.chain, RECORD_CHAIN);
    pthread_mutex_lock(&j->lock);
    int rc = segment_list_reserve(&j->segments);
    pthread_mutex_unlock(&j->lock);
    if (rc)
        return store_error_set(error, rc, "no memory for one more segment");
    rc = segment_maker_take(&j->maker, &header, &next, &named, error);
    if (rc == ERROR_IO || (rc && named))
        return journal_poison(j);
    if (!rc)
        publish_segment(j, &next);
    return rc;
}

// The bytes of the batch, or more than any segment holds.
static uint64_t batch_size(const struct journal_entry *entries, size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        size_t public_bytes = entries[i].public_part.length, private_bytes = entries[i].private_part.length;
        if (public_bytes > RECORD_MAX_PART || private_bytes > RECORD_MAX_PART)
            return UINT64_MAX;
        total += record_size(public_bytes, private_bytes);
        if (total > UINT32_MAX)
            return UINT64_MAX;
    }
    return total;
}

// Puts the records one behind the other; `at` becomes the position after them.
static void encode_batch(struct journal *j, struct journal_entry *entries, size_t count, uint8_t *out,
                         struct journal_position *at)
{
    uint64_t batch_seq = at->next_seq;
    for (size_t i = 0; i < count; i++) {
        struct journal_entry *e = &entries[i];
        struct record record = {
            .count = e->count,
            .epoch = at->epoch,
            .first_seq = at->next_seq,
            .batch_seq = batch_seq,
            .public_part = e->public_part,
            .private_part = e->private_part,
            .length = (uint32_t)record_size(e->public_part.length, e->private_part.length),
        };
        record_chain(at->chain, e->public_part, record.chain);
        record_encode(&record, j->current.seed, out);
        e->first_seq = at->next_seq;
        e->place = at->place;
        out += record.length;
        journal_advance(at, &record);
    }
}

// A disk that refused for lack of room has maybe taken a part. Zeros over it, synced, make it as if nothing
// had been tried; where that fails too, it is in doubt.
static int write_batch(struct journal *j, uint64_t offset)
{
    const struct segment *s = &j->current;
    int rc = store_io_write(&j->io, s->fd, j->batch.bytes, j->batch.length, offset, s->path, &j->error);
    if (!rc)
        rc = store_io_sync(&j->io, s->fd, s->path, &j->error);
    if (!rc)
        return 0;
    if (rc != ERROR_IO && segment_wipe(s, offset, offset + j->batch.length, NULL) == 0)
        return rc;
    return journal_poison(j);
}

static int append_batch(struct journal *j, struct journal_entry *entries, size_t count, uint64_t bytes)
{
    struct journal_position at = j->head;
    buffer_clear(&j->batch);
    uint8_t *out = buffer_extend(&j->batch, (size_t)bytes);
    if (!out) {
        buffer_fini(&j->batch);
        return store_error_set(&j->error, ERROR_NO_MEMORY, "no memory for a batch of %" PRIu64 " bytes",
                               bytes);
    }
    encode_batch(j, entries, count, out, &at);
    int rc = write_batch(j, j->head.place.offset);
    if (rc)
        return rc;
    pthread_mutex_lock(&j->lock);
    j->head = at;
    pthread_mutex_unlock(&j->lock);
    return 0;
}

static bool is_head(const struct journal *j, const struct journal_position *at)
{
    return at->epoch == j->head.epoch && at->next_seq == j->head.next_seq &&
           memcmp(at->chain, j->head.chain, RECORD_CHAIN) == 0;
}

int journal_append(struct journal *j, const struct journal_position *expected, struct journal_entry *entries,
                   size_t count)
{
    int rc = journal_check_writable(j);
    if (rc)
        return rc;
    if (!is_head(j, expected))
        return store_error_set(&j->error, ERROR_FENCED,
                               "the head is at %" PRIu64 ":%" PRIu64 ", not at %" PRIu64 ":%" PRIu64,
                               j->head.epoch, j->head.next_seq, expected->epoch, expected->next_seq);
    if (count == 0)
        return 0;
    uint64_t bytes = batch_size(entries, count);
    if (bytes > journal_max_batch(j))
        return store_error_set(&j->error, ERROR_TOO_LARGE,
                               "a batch of %" PRIu64 " bytes, %" PRIu64 " are allowed", bytes,
                               journal_max_batch(j));
    if (bytes > j->current.header.bytes - j->head.place.offset)
        rc = journal_roll(j, j->head.epoch, &j->error);
    return rc ? rc : append_batch(j, entries, count, bytes);
}

int journal_prepare(struct journal *j, bool *ready, struct store_error *error)
{
    return segment_maker_step(&j->maker, ready, error);
}

int journal_begin_epoch(struct journal *j, uint64_t epoch)
{
    int rc = journal_check_writable(j);
    if (rc)
        return rc;
    if (epoch <= j->head.epoch)
        return store_error_set(&j->error, ERROR_BAD_VALUE, "epoch %" PRIu64 " is not after %" PRIu64, epoch,
                               j->head.epoch);
    return journal_roll(j, epoch, &j->error);
}

uint64_t journal_epoch_after(uint64_t epoch, int64_t now_ms)
{
    uint64_t second = now_ms > 0 ? (uint64_t)now_ms / 1000 : 0;
    return second > epoch ? second : epoch + 1;
}
