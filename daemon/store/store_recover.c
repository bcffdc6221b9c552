// The way back after each kind of stop, and checkpoints, which make it short.
#include "store/store_state.h"

#include "base/error.h"
#include "store/file_copy.h"
#include "store/journal_archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHECKPOINT_MIN_BYTES = 256 * 1024 * 1024 };

// ---- files --------------------------------------------------------------------------------------

static void path_of(const struct store *store, const char *name, char path[PATH_BYTES])
{
    if ((size_t)snprintf(path, PATH_BYTES, "%s/%s", store->directory, name) >= PATH_BYTES)
        path[PATH_BYTES - 1] = 0;
}

static bool exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

static int make_directory(const char *path, struct store_error *error)
{
    return mkdir(path, 0750) && errno != EEXIST ? store_error_errno(error, "mkdir", path) : 0;
}

static int copy_all(int source, int target, const char *name, struct store_error *error)
{
    struct stat status;
    if (source < 0 || target < 0 || fstat(source, &status))
        return store_error_errno(error, "copy", name);
    uint64_t bytes = (uint64_t)status.st_size;
    const struct file_copy copy = {source, target, name, bytes, bytes, NULL};
    return file_copy(&store_io_system, &copy, NULL, error);
}

static int copy_file(const char *from, const char *to, struct store_error *error)
{
    int source = open(from, O_RDONLY | O_CLOEXEC);
    int target = source < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    int rc = copy_all(source, target, to, error);
    if (source >= 0)
        close(source);
    if (target >= 0)
        close(target);
    return rc;
}

// Copies beside the target and renames: half a copy, which LMDB would map and then miss pages of, is never
// taken for a state.
static int install_copy(const char *from, const char *to, struct store_error *error)
{
    char half[PATH_BYTES + 8];
    snprintf(half, sizeof half, "%s.new", to);
    int rc = copy_file(from, half, error);
    if (!rc && rename(half, to))
        rc = store_error_errno(error, "rename", half);
    if (rc)
        unlink(half);
    return rc;
}

static void drop(const struct store *store, const char *name)
{
    char path[PATH_BYTES];
    path_of(store, name, path);
    unlink(path);
}

static void drop_state(const struct store *store)
{
    drop(store, "state/data.mdb");
    drop(store, "state/lock.mdb");
}

// Copies that were cut off hold the room that the journal needs.
static void drop_halves(const struct store *store)
{
    drop(store, "state/data.mdb.new");
    drop(store, "checkpoint.new/data.mdb");
}

// What says nothing against the state.
static bool is_shortage(int error)
{
    return error == ERROR_STORAGE_FULL || error == ERROR_NO_MEMORY || error == ERROR_BUSY;
}

// ---- the state ----------------------------------------------------------------------------------

static int open_state(struct store *store, struct store_error *error)
{
    char path[PATH_BYTES];
    path_of(store, "state", path);
    int rc = make_directory(path, error);
    return rc ? rc : db_open(&store->db, path, store->map_bytes, error);
}

static int begin_empty(struct store *store, enum store_way *way, struct store_error *error)
{
    int rc = journal_check_whole(store->directory, error);
    if (rc)
        return rc;
    db_close(&store->db);
    drop_state(store);
    *way = STORE_REBUILT;
    return open_state(store, error);
}

// Puts the newest checkpoint in the place of the state; without one, or when it cannot be opened, the state
// begins empty.
static int restore_checkpoint(struct store *store, enum store_way *way, struct store_error *error)
{
    char checkpoint[PATH_BYTES], state[PATH_BYTES];
    path_of(store, "checkpoint/data.mdb", checkpoint);
    if (!exists(checkpoint))
        return begin_empty(store, way, error);
    db_close(&store->db);
    drop_state(store);
    path_of(store, "state", state);
    int rc = make_directory(state, error);
    path_of(store, "state/data.mdb", state);
    if (!rc)
        rc = install_copy(checkpoint, state, error);
    if (rc)
        return rc;
    *way = STORE_CHECKPOINT;
    rc = open_state(store, error);
    return rc && !is_shortage(rc) ? begin_empty(store, way, error) : rc;
}

// Does the state stand on this journal's chain?
static bool lies_on_chain(struct store *store, const struct state_position *position)
{
    struct journal_position there;
    if (memcmp(position->journal_id, journal_id(store->journal), JOURNAL_ID) != 0)
        return false;
    int rc = journal_seek(store->journal, position->at.next_seq, &there, NULL);
    return rc == 0 && there.next_seq == position->at.next_seq &&
           memcmp(there.chain, position->at.chain, RECORD_CHAIN) == 0;
}

static int open_journal(struct store *store, const struct store_options *options, uint64_t known_seq,
                        struct store_recovery *recovery, struct store_error *error)
{
    struct journal_options journal = {
        .directory = options->directory,
        .segment_bytes = options->segment_bytes,
        .known_seq = known_seq,
        .io = options->io,
    };
    memcpy(journal.id, options->journal_id, sizeof journal.id);
    return journal_open(&journal, &store->journal, &recovery->journal, error);
}

// The state by the mark: as it is, or from the checkpoint. What was closed in order is written to from here
// on, unsynced: its mark must not say "clean" any more when the power fails.
static int choose_state(struct store *store, enum store_way *way, struct store_error *error)
{
    char path[PATH_BYTES];
    enum store_mark mark = store_mark_read(store->directory, store->boot);
    path_of(store, "state/data.mdb", path);
    if (mark == MARK_LOST || (mark == MARK_NONE && exists(path)))
        return restore_checkpoint(store, way, error);
    int rc = mark == MARK_CLEAN ? store_mark_write(store->directory, store->boot, false, error) : 0;
    if (rc)
        return rc;
    *way = !exists(path) ? STORE_REBUILT : mark == MARK_CLEAN ? STORE_CLEAN : STORE_CONTINUED;
    rc = open_state(store, error);
    return rc && !is_shortage(rc) ? restore_checkpoint(store, way, error) : rc;
}

// A state that is not of this chain, or cannot be read, is dropped: first for the checkpoint, then for
// nothing.
static int settle_on_chain(struct store *store, enum store_way *way, struct store_error *error)
{
    struct state_position position;
    for (int attempt = 0; attempt < 2; attempt++) {
        int rc = replay_stands_at(&store->db, &position);
        if (is_shortage(rc))
            return store_error_set(error, rc, "the state cannot be read");
        if (rc == ERROR_NOT_FOUND && *way != STORE_CHECKPOINT)
            *way = STORE_REBUILT;
        if (rc == ERROR_NOT_FOUND || (!rc && lies_on_chain(store, &position)))
            return 0;
        if (attempt == 1)
            break;
        rc = restore_checkpoint(store, way, error);
        if (rc)
            return rc;
    }
    return begin_empty(store, way, error);
}

// Whatever there is of a state is dropped, its copies too; what made it doubtful is over with that.
static int build_anew(struct store *store, enum doubt_why why, struct store_recovery *recovery,
                      struct store_error *error)
{
    int rc = begin_empty(store, &recovery->way, error);
    if (rc)
        return rc;
    drop(store, "checkpoint/data.mdb");
    recovery->why = why;
    doubt_settle(&store->doubt);
    return 0;
}

// An open state is never behind by more than the journal's last batch.
static bool lacks_one_batch(struct store *store)
{
    struct state_position position;
    struct journal_cursor cursor;
    struct journal_record record;
    uint64_t batch_seq = 0;
    int rc = replay_stands_at(&store->db, &position);
    if (rc)
        return false;
    journal_cursor_init(&cursor, store->journal, &position.at);
    while ((rc = journal_cursor_next(&cursor, &record, NULL)) == 0) {
        if (batch_seq && record.body.batch_seq != batch_seq)
            break;
        batch_seq = record.body.batch_seq;
    }
    journal_cursor_fini(&cursor);
    return rc == ERROR_NOT_FOUND;
}

// Without room a state that is as whole as it ever was is used as it is.
static int lag(struct store *store, struct store_error *error)
{
    if (!lacks_one_batch(store))
        return store_error_set(error, ERROR_STORAGE_FULL, "no room to build the state anew from the journal");
    atomic_store(&store->behind, true);
    return 0;
}

static int catch_up(struct store *store, const struct store_options *options, struct store_recovery *recovery,
                    struct store_error *error)
{
    struct replay replay = {.journal = store->journal,
                            .db = &store->db,
                            .progress = options->progress,
                            .context = options->context};
    int rc = replay_run(&replay, error);
    recovery->replayed += replay.replayed;
    if (rc == ERROR_STORAGE_FULL)
        rc = lag(store, error);
    if (rc || recovery->way == STORE_CLEAN)
        return rc;
    rc = store_finish_erasures(store);
    return rc ? store_error_set(error, rc, "what was to be erased cannot be: %s", error_name(rc)) : 0;
}

int store_recover(struct store *store, const struct store_options *options, struct store_recovery *recovery,
                  struct store_error *error)
{
    struct state_position position = {0};
    enum doubt_why why = doubt_begin(&store->doubt, store->directory);
    *recovery = (struct store_recovery){0};
    drop_halves(store);
    int rc = options->rebuild ? build_anew(store, DOUBT_ASKED, recovery, error)
             : why            ? build_anew(store, why, recovery, error)
                              : choose_state(store, &recovery->way, error);
    if (rc)
        return rc;
    bool known = replay_stands_at(&store->db, &position) == 0;
    rc = open_journal(store, options, known ? position.at.next_seq : 0, recovery, error);
    if (!rc && known)
        rc = store_part(store, &position, options->now_ms, &recovery->parted, error);
    if (!rc)
        rc = settle_on_chain(store, &recovery->way, error);
    if (!rc)
        rc = catch_up(store, options, recovery, error);
    if (rc == ERROR_CORRUPT && db_damage(&store->db)) { // the state's, not the journal's
        rc = build_anew(store, DOUBT_DAMAGE, recovery, error);
        recovery->replayed = 0;
        rc = rc ? rc : catch_up(store, options, recovery, error);
    }
    if (!rc && recovery->journal.created)
        recovery->way = STORE_CREATED;
    return rc;
}

int store_catch_up(struct store *store)
{
    struct replay replay = {.journal = store->journal, .db = &store->db};
    return replay_run(&replay, NULL);
}

// ---- checkpoints --------------------------------------------------------------------------------

static bool worth_it(struct store *store, const struct state_position *position)
{
    uint64_t last = atomic_load(&store->checkpoint), state = db_used_bytes(&store->db);
    uint64_t records = position->at.next_seq - (last ? last : 1);
    uint64_t floor = state > CHECKPOINT_MIN_BYTES ? state : CHECKPOINT_MIN_BYTES;
    enum { BYTES_AN_EVENT = 512 }; // what a record costs the journal, measured on whistles of ordinary length
    return records * BYTES_AN_EVENT > floor;
}

// Puts a compacted, synced copy of the state into a directory, which is made if need be.
static int copy_state(struct store *store, const char *directory, struct store_error *error)
{
    char file[PATH_BYTES + 16];
    snprintf(file, sizeof file, "%s/data.mdb", directory);
    unlink(file);
    int rc = make_directory(directory, error);
    if (rc)
        return rc;
    rc = db_copy(&store->db, directory, true, error);
    int fd = rc ? -1 : open(file, O_RDONLY | O_CLOEXEC);
    if (!rc && (fd < 0 || fsync(fd)))
        rc = store_error_errno(error, "fsync", file);
    if (fd >= 0)
        close(fd);
    if (rc)
        unlink(file); // on a full disk it holds the room that the journal needs
    return rc;
}

int store_sync_state(struct store *store, struct store_error *error)
{
    char state[PATH_BYTES];
    int rc = db_sync(&store->db);
    if (rc)
        return store_error_set(error, rc, "state: sync: %s", error_name(rc));
    path_of(store, "state", state);
    return store_io_sync_directory(&store_io_system, state, error);
}

int store_snapshot(struct store *store, const char *directory, struct store_error *error)
{
    return db_copy(&store->db, directory, false, error);
}

int store_checkpoint(struct store *store, bool force, struct store_error *error)
{
    struct state_position position;
    char fresh[PATH_BYTES], made[PATH_BYTES + 16], target[PATH_BYTES];
    if (replay_stands_at(&store->db, &position) || (!force && !worth_it(store, &position)))
        return 0;
    path_of(store, "checkpoint.new", fresh);
    path_of(store, "checkpoint", target);
    int rc = copy_state(store, fresh, error);
    if (!rc)
        rc = make_directory(target, error);
    snprintf(made, sizeof made, "%s/data.mdb", fresh);
    path_of(store, "checkpoint/data.mdb", target);
    if (!rc && rename(made, target))
        rc = store_error_errno(error, "rename", made);
    path_of(store, "checkpoint", target);
    if (!rc)
        rc = store_io_sync_directory(&store_io_system, target, error);
    if (!rc)
        rc = store_io_sync_directory(&store_io_system, store->directory, error);
    if (!rc)
        atomic_store(&store->checkpoint, position.at.next_seq);
    return rc;
}
