#include "store/landing.h"

#include "base/error.h"
#include "store/file_copy.h"
#include "store/store_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char side_name[] = "landing";

static void clear_side(const struct landing *l)
{
    int fd = openat(l->directory, side_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    file_clear(fd);
    close(fd);
    unlinkat(l->directory, side_name, AT_REMOVEDIR);
}

// What an attempt left that was cut off is no store.
static int look_at(struct landing *l, struct store_error *error)
{
    static const char *const passed_over[] = {"lock", side_name};
    l->directory = open(l->target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (l->directory < 0)
        return store_error_errno(error, "open", l->target);
    if (!file_is_empty(l->directory, passed_over, 2))
        return store_error_set(error, ERROR_IN_USE, "%s is not empty", l->target);
    int rc = store_lock_take(&l->lock, l->target, error);
    if (rc)
        return rc;
    clear_side(l);
    return mkdirat(l->directory, side_name, 0700) ? store_error_errno(error, "mkdir", l->side) : 0;
}

int landing_begin(struct landing *l, const char *target, struct store_error *error)
{
    *l = (struct landing){.target = target, .directory = -1, .lock = {-1}};
    if ((size_t)snprintf(l->side, sizeof l->side, "%s/%s", target, side_name) >= sizeof l->side - 64)
        return store_error_set(error, ERROR_IO, "the path %.64s… is too long", target);
    if (mkdir(target, 0750) && errno != EEXIST)
        return store_error_errno(error, "mkdir", target);
    return look_at(l, error);
}

int landing_folder(struct landing *l, const char *name, int *out, struct store_error *error)
{
    char path[LANDING_PATH + 64];
    snprintf(path, sizeof path, "%s/%.40s", l->side, name);
    if (mkdir(path, 0750) && errno != EEXIST)
        return store_error_errno(error, "mkdir", path);
    *out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *out < 0 ? store_error_errno(error, "open", path) : 0;
}

static int check_head(const struct journal_position *head, const struct journal_position *expected,
                      struct store_error *error)
{
    if (!expected || (head->epoch == expected->epoch && head->next_seq == expected->next_seq &&
                      memcmp(head->chain, expected->chain, RECORD_CHAIN) == 0))
        return 0;
    return store_error_set(error, ERROR_CORRUPT,
                           "journal: it ends at %" PRIu64 "/%" PRIu64 ", not at %" PRIu64 "/%" PRIu64
                           " as it should, or with another chain",
                           head->epoch, head->next_seq - 1, expected->epoch, expected->next_seq - 1);
}

static int prove(struct store *store, const struct landing_terms *terms,
                 const struct store_recovery *recovery, struct landing_report *report,
                 struct store_error *error)
{
    struct journal_report walked;
    journal_head(store->journal, &report->before);
    report->replayed = recovery->replayed;
    bool empty = report->before.next_seq == 1; // then the state has no place yet
    if (terms->has_state && recovery->way != STORE_CLEAN && !empty)
        return store_error_set(error, ERROR_CORRUPT,
                               "state/data.mdb: it does not stand on the journal's chain");
    int rc = check_head(&report->before, terms->expected, error);
    return rc ? rc : journal_verify(store->journal, &walked, error);
}

static int begin_epoch(struct store *store, const struct landing_terms *terms, struct landing_report *report,
                       struct store_error *error)
{
    int rc = journal_begin_epoch(store->journal, journal_epoch_after(report->before.epoch, terms->now_ms));
    if (rc && error)
        *error = *journal_error(store->journal);
    journal_head(store->journal, &report->after);
    return rc;
}

// Its state was written and synced as a copy, which is what the mark says of one that was closed in order.
static int settle(struct landing *l, const struct landing_terms *terms, struct landing_report *report,
                  struct store_error *error)
{
    struct store *store;
    struct store_recovery recovery;
    struct store_options options = {.directory = l->side,
                                    .segment_bytes = terms->segment_bytes,
                                    .io = terms->io,
                                    .now_ms = terms->now_ms};
    memcpy(options.boot_id, terms->boot_id, sizeof options.boot_id);
    int rc = terms->has_state ? store_mark_write(l->side, terms->boot_id, true, error) : 0;
    if (!rc)
        rc = store_open(&options, &store, &recovery, error);
    if (rc)
        return rc;
    rc = prove(store, terms, &recovery, report, error);
    if (!rc)
        rc = store_repeat_erasures(store, error);
    if (!rc)
        rc = begin_epoch(store, terms, report, error);
    store_close(store);
    return rc;
}

static bool holds(const struct landing *l, const char *name)
{
    char path[LANDING_PATH + 64];
    snprintf(path, sizeof path, "%s/%s", side_name, name);
    return faccessat(l->directory, path, F_OK, 0) == 0;
}

static int move_up(struct landing *l, const char *name, struct store_error *error)
{
    char path[LANDING_PATH + 64];
    snprintf(path, sizeof path, "%s/%s", side_name, name);
    if (renameat(l->directory, path, l->directory, name))
        return store_error_errno(error, "rename", path);
    return fsync(l->directory) ? store_error_errno(error, "fsync", l->target) : 0;
}

int landing_settle(struct landing *l, const struct landing_terms *terms, struct landing_report *report,
                   struct store_error *error)
{
    *report = (struct landing_report){0};
    int rc = settle(l, terms, report, error);
    if (!rc)
        rc = move_up(l, "state", error);
    if (!rc)
        rc = move_up(l, "mark", error);
    if (!rc && holds(l, "archive"))
        rc = move_up(l, "archive", error);
    return rc ? rc : move_up(l, "journal", error);
}

void landing_end(struct landing *l)
{
    if (l->directory < 0)
        return;
    if (l->lock.fd >= 0)
        clear_side(l);
    store_lock_release(&l->lock);
    close(l->directory);
    l->directory = -1;
}
