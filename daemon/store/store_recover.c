// The way back after each kind of stop, and checkpoints, which make it short.
#include "store/store_state.h"

#include "base/error.h"

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

static int copy_bytes(int from, int to)
{
    char bytes[65536];
    ssize_t got;
    while ((got = read(from, bytes, sizeof bytes)) > 0)
        if (write(to, bytes, (size_t)got) != got)
            return -1;
    return got < 0 ? -1 : 0;
}

static int copy_file(const char *from, const char *to, struct store_error *error)
{
    int source = open(from, O_RDONLY | O_CLOEXEC);
    int target = source < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    int rc = 0;
    if (target < 0 || copy_bytes(source, target) || fsync(target))
        rc = store_error_errno(error, "copy", to);
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

static void drop_state(const struct store *store)
{
    char path[PATH_BYTES];
    path_of(store, "state/data.mdb", path);
    unlink(path);
    path_of(store, "state/lock.mdb", path);
    unlink(path);
}

// ---- the state ----------------------------------------------------------------------------------

static int open_state(struct store *store, struct store_error *error)
{
    char path[PATH_BYTES];
    path_of(store, "state", path);
    int rc = make_directory(path, error);
    return rc ? rc : db_open(&store->db, path, error);
}

static int begin_empty(struct store *store, enum store_way *way, struct store_error *error)
{
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
    db_close(&store->db);
    drop_state(store);
    path_of(store, "checkpoint/data.mdb", checkpoint);
    path_of(store, "state", state);
    int rc = make_directory(state, error);
    if (rc || !exists(checkpoint))
        return rc ? rc : begin_empty(store, way, error);
    path_of(store, "state/data.mdb", state);
    rc = install_copy(checkpoint, state, error);
    if (rc)
        return rc;
    *way = STORE_CHECKPOINT;
    return open_state(store, error) ? begin_empty(store, way, error) : 0;
}

// False in a state that is new, and in one that cannot be read (`*unreadable`, which may be NULL): damaged,
// or of another version of the records.
static bool state_position(struct store *store, struct state_position *position, bool *unreadable)
{
    struct db_txn txn;
    db_begin(&store->db, false, &txn);
    bool known = state_get_position(&txn, position) && !txn.error;
    if (unreadable)
        *unreadable = txn.error != 0;
    db_abort(&txn);
    return known;
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

// From here on the state is written to and not synced: a state that was closed in order is so no more.
static int begin_to_write(struct store *store, enum store_mark mark, struct store_error *error)
{
    return mark == MARK_CLEAN ? store_mark_write(store->directory, store->boot, false, error) : 0;
}

// The state by the mark: as it is, or from the checkpoint.
static int choose_state(struct store *store, enum store_way *way, struct store_error *error)
{
    char path[PATH_BYTES];
    enum store_mark mark = store_mark_read(store->directory, store->boot);
    path_of(store, "state/data.mdb", path);
    if (mark == MARK_LOST || (mark == MARK_NONE && exists(path)))
        return restore_checkpoint(store, way, error);
    *way = !exists(path) ? STORE_REBUILT : mark == MARK_CLEAN ? STORE_CLEAN : STORE_CONTINUED;
    int rc = begin_to_write(store, mark, error);
    if (rc)
        return rc;
    if (open_state(store, error) == 0)
        return 0;
    return restore_checkpoint(store, way, error);
}

// A state that is not of this chain, or cannot be read, is dropped: first for the checkpoint, then for
// nothing.
static int settle_on_chain(struct store *store, enum store_way *way, struct store_error *error)
{
    struct state_position position;
    bool unreadable;
    for (int attempt = 0; attempt < 2; attempt++) {
        bool known = state_position(store, &position, &unreadable);
        if (known ? lies_on_chain(store, &position) : !unreadable)
            return 0;
        if (attempt == 1)
            break;
        int rc = restore_checkpoint(store, way, error);
        if (rc)
            return rc;
    }
    return begin_empty(store, way, error);
}

int store_recover(struct store *store, const struct store_options *options, struct store_recovery *recovery,
                  struct store_error *error)
{
    struct state_position position = {0};
    *recovery = (struct store_recovery){0};
    int rc = choose_state(store, &recovery->way, error);
    if (rc)
        return rc;
    bool known = state_position(store, &position, NULL);
    rc = open_journal(store, options, known ? position.at.next_seq : 0, recovery, error);
    if (!rc)
        rc = settle_on_chain(store, &recovery->way, error);
    if (!rc)
        rc = store_catch_up(store, &recovery->replayed, error);
    if (!rc && recovery->journal.created)
        recovery->way = STORE_CREATED;
    return rc;
}

// ---- catching up --------------------------------------------------------------------------------

static int apply_one(struct store *store, struct db_txn *txn, const struct journal_record *record)
{
    struct record_facts facts;
    struct arena arena;
    arena_init(&arena, 0);
    int rc = facts_decode(&arena, record->body.public_part, record->body.private_part, &facts);
    if (!rc) {
        project(txn, &arena, &facts);
        state_put_place(txn, record->body.first_seq, record->body.count, record->place);
        rc = txn->error;
    }
    arena_fini(&arena);
    (void)store;
    return rc;
}

static int apply_some(struct store *store, struct journal_cursor *cursor, uint64_t *applied, bool *more,
                      struct store_error *error)
{
    struct journal_record record;
    struct state_position position;
    struct db_txn txn;
    int rc = 0;
    db_begin(&store->db, true, &txn);
    for (int i = 0; i < BATCH_MAX_RECORDS && !rc; i++) {
        rc = journal_cursor_next(cursor, &record, error);
        if (!rc)
            rc = apply_one(store, &txn, &record);
        if (!rc)
            *applied += record.body.count;
    }
    *more = rc == 0;
    if (rc && rc != ERROR_NOT_FOUND) {
        db_abort(&txn);
        return rc;
    }
    memcpy(position.journal_id, journal_id(store->journal), sizeof position.journal_id);
    position.at = cursor->position;
    state_put_position(&txn, &position);
    return db_commit(&txn);
}

int store_catch_up(struct store *store, uint64_t *replayed, struct store_error *error)
{
    struct state_position position;
    struct journal_cursor cursor;
    bool more = true;
    int rc = 0;
    *replayed = 0;
    if (!state_position(store, &position, NULL))
        rc = journal_first(store->journal, &position.at, error);
    if (rc)
        return rc;
    journal_cursor_init(&cursor, store->journal, &position.at);
    while (more && !rc)
        rc = apply_some(store, &cursor, replayed, &more, error);
    journal_cursor_fini(&cursor);
    return rc;
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

static int copy_state(struct store *store, const char *directory, struct store_error *error)
{
    char file[PATH_BYTES + 16];
    snprintf(file, sizeof file, "%s/data.mdb", directory);
    unlink(file);
    int rc = make_directory(directory, error);
    if (rc)
        return rc;
    int code = mdb_env_copy2(store->db.env, directory, MDB_CP_COMPACT);
    int fd = code ? -1 : open(file, O_RDONLY | O_CLOEXEC);
    if (code)
        rc = store_error_set(error, db_error(code), "checkpoint: %s", mdb_strerror(code));
    else if (fd < 0 || fsync(fd))
        rc = store_error_errno(error, "fsync", file);
    if (fd >= 0)
        close(fd);
    if (rc)
        unlink(file); // on a full disk it holds the room that the journal needs
    return rc;
}

static int sync_path(const char *path, struct store_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int rc = fd < 0 || fsync(fd) ? store_error_errno(error, "fsync", path) : 0;
    if (fd >= 0)
        close(fd);
    return rc;
}

int store_checkpoint(struct store *store, bool force, struct store_error *error)
{
    struct state_position position;
    char fresh[PATH_BYTES], made[PATH_BYTES + 16], target[PATH_BYTES];
    if (!state_position(store, &position, NULL) || (!force && !worth_it(store, &position)))
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
        rc = sync_path(target, error);
    if (!rc)
        rc = sync_path(store->directory, error);
    if (!rc)
        atomic_store(&store->checkpoint, position.at.next_seq);
    return rc;
}
