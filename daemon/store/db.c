#include "store/db.h"

#include "base/crc32c.h"
#include "base/error.h"
#include "store/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { HEADER = 5, MAX_READERS = 126, LOCK_BYTES = 16 * 1024, PATH_BYTES = 4096 };

// ThreadSanitizer's shadow leaves less room.
#if defined(__SANITIZE_THREAD__)
static const uint64_t MAP_BYTES = (uint64_t)1 << 34;
#else
static const uint64_t MAP_BYTES = (uint64_t)1 << 40;
#endif

static const char *const table_names[] = {
#define X(id, name, what) name,
    DB_TABLES(X)
#undef X
};

int db_error(int code)
{
    switch (code) {
    case MDB_SUCCESS:
        return 0;
    case MDB_NOTFOUND:
        return ERROR_NOT_FOUND;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ERROR_STORAGE_FULL;
    case MDB_READERS_FULL:
    case EMFILE:
    case ENFILE:
        return ERROR_BUSY;
    case ENOMEM:
        return ERROR_NO_MEMORY;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
        return ERROR_CORRUPT;
    case MDB_VERSION_MISMATCH:
        return ERROR_STORE_VERSION;
    default:
        return ERROR_IO;
    }
}

static int fail(struct db *db, struct store_error *error, const char *what, int rc)
{
    db_close(db);
    return store_error_set(error, db_error(rc), "state: %s: %s", what, mdb_strerror(rc));
}

static int open_tables(struct db *db)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(db->env, NULL, 0, &txn);
    for (int i = 0; rc == 0 && i < DB_TABLE_COUNT; i++) {
        rc = mdb_dbi_open(txn, table_names[i], MDB_CREATE, &db->tables[i]);
        if (rc)
            mdb_txn_abort(txn);
    }
    return rc ? rc : mdb_txn_commit(txn);
}

// The other half is for everything else.
static uint64_t largest_map(void)
{
    struct rlimit space;
    if (getrlimit(RLIMIT_AS, &space) || space.rlim_cur == RLIM_INFINITY || space.rlim_cur / 2 > MAP_BYTES)
        return MAP_BYTES;
    return space.rlim_cur / 2;
}

// LMDB maps its table of readers as a file of holes: without room for one it is a SIGBUS that says so.
static int reserve_lock(const char *path, struct store_error *error)
{
    char file[PATH_BYTES + 16];
    snprintf(file, sizeof file, "%s/lock.mdb", path);
    int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0)
        return store_error_errno(error, "open", file);
    errno = posix_fallocate(fd, 0, LOCK_BYTES);
    int rc = errno ? store_error_errno(error, "fallocate", file) : 0;
    close(fd);
    return rc;
}

int db_open(struct db *db, const char *path, uint64_t map_bytes, struct store_error *error)
{
    int dead;
    db->env = NULL;
    int rc = reserve_lock(path, error);
    if (rc)
        return rc;
    rc = mdb_env_create(&db->env);
    if (rc)
        return fail(db, error, "create", rc);
    mdb_env_set_maxdbs(db->env, DB_TABLE_COUNT);
    mdb_env_set_maxreaders(db->env, MAX_READERS);
    mdb_env_set_mapsize(db->env, map_bytes ? map_bytes : largest_map());
    rc = mdb_env_open(db->env, path, MDB_NOSYNC | MDB_NOTLS | MDB_NORDAHEAD, 0640);
    if (rc)
        return fail(db, error, "open", rc);
    mdb_reader_check(db->env, &dead);
    rc = open_tables(db);
    return rc ? fail(db, error, "tables", rc) : 0;
}

void db_close(struct db *db)
{
    if (db->env)
        mdb_env_close(db->env);
    db->env = NULL;
}

void db_begin(const struct db *db, bool write, struct db_txn *txn)
{
    *txn = (struct db_txn){.db = db};
    txn->error = db_error(mdb_txn_begin(db->env, NULL, write ? 0 : MDB_RDONLY, &txn->txn));
}

// A short write, which is what a disk that has just become full gives, is EIO to LMDB. Nothing is synced
// here, so that no other EIO is lost by this.
static int commit_error(int code)
{
    return db_error(code == EIO ? ENOSPC : code);
}

int db_commit(struct db_txn *txn)
{
    if (txn->error)
        db_abort(txn);
    else
        txn->error = commit_error(mdb_txn_commit(txn->txn));
    txn->txn = NULL;
    return txn->error;
}

void db_abort(struct db_txn *txn)
{
    if (txn->txn)
        mdb_txn_abort(txn->txn);
    txn->txn = NULL;
}

static void stick(struct db_txn *txn, int rc)
{
    if (rc && !txn->error)
        txn->error = db_error(rc);
}

static uint32_t checksum(const void *key, size_t key_length, const uint8_t *payload, size_t length)
{
    return crc32c(crc32c(0, key, key_length), payload, length);
}

// Takes the header off; a record that does not fit makes the transaction fail.
static struct blob open_record(struct db_txn *txn, MDB_val key, MDB_val value)
{
    const uint8_t *bytes = value.mv_data;
    if (value.mv_size == 0)
        return (struct blob){(const uint8_t *)"", 0};
    bool fits =
        value.mv_size >= HEADER && bytes[0] == DB_RECORD_VERSION &&
        get32(bytes + 1) == checksum(key.mv_data, key.mv_size, bytes + HEADER, value.mv_size - HEADER);
    if (!fits) {
        txn->error = txn->error ? txn->error : ERROR_CORRUPT;
        return (struct blob){0};
    }
    return (struct blob){bytes + HEADER, value.mv_size - HEADER};
}

struct blob db_get(struct db_txn *txn, enum db_table table, const void *key, size_t key_length)
{
    MDB_val k = {key_length, (void *)key}, v;
    if (txn->error)
        return (struct blob){0};
    int rc = mdb_get(txn->txn, txn->db->tables[table], &k, &v);
    if (rc == MDB_NOTFOUND)
        return (struct blob){0};
    stick(txn, rc);
    return rc ? (struct blob){0} : open_record(txn, k, v);
}

void db_put(struct db_txn *txn, enum db_table table, const void *key, size_t key_length, const void *value,
            size_t length)
{
    MDB_val k = {key_length, (void *)key}, v = {length ? length + HEADER : 0, NULL};
    if (txn->error)
        return;
    int rc = mdb_put(txn->txn, txn->db->tables[table], &k, &v, MDB_RESERVE);
    stick(txn, rc);
    if (rc || !length)
        return;
    uint8_t *bytes = v.mv_data;
    bytes[0] = DB_RECORD_VERSION;
    put32(bytes + 1, checksum(key, key_length, value, length));
    memcpy(bytes + HEADER, value, length);
}

void db_delete(struct db_txn *txn, enum db_table table, const void *key, size_t key_length)
{
    MDB_val k = {key_length, (void *)key};
    if (txn->error)
        return;
    int rc = mdb_del(txn->txn, txn->db->tables[table], &k, NULL);
    stick(txn, rc == MDB_NOTFOUND ? 0 : rc);
}

void db_cursor_open(struct db_cursor *c, struct db_txn *txn, enum db_table table)
{
    *c = (struct db_cursor){.txn = txn, .table = table};
    if (!txn->error)
        stick(txn, mdb_cursor_open(txn->txn, txn->db->tables[table], &c->cursor));
}

void db_cursor_close(struct db_cursor *c)
{
    if (c->cursor)
        mdb_cursor_close(c->cursor);
    c->cursor = NULL;
}

static bool move(struct db_cursor *c, MDB_val key, MDB_cursor_op op)
{
    MDB_val value;
    if (c->txn->error || !c->cursor)
        return false;
    int rc = mdb_cursor_get(c->cursor, &key, &value, op);
    if (rc) {
        stick(c->txn, rc == MDB_NOTFOUND ? 0 : rc);
        return false;
    }
    c->key = (struct blob){key.mv_data, key.mv_size};
    c->value = open_record(c->txn, key, value);
    return c->txn->error == 0;
}

bool db_cursor_seek(struct db_cursor *c, const void *key, size_t key_length)
{
    // LMDB refuses a key of no bytes, which stands before all others
    return move(c, (MDB_val){key_length, (void *)key}, key_length ? MDB_SET_RANGE : MDB_FIRST);
}

bool db_cursor_next(struct db_cursor *c)
{
    return move(c, (MDB_val){0}, MDB_NEXT);
}

bool db_cursor_previous(struct db_cursor *c)
{
    return move(c, (MDB_val){0}, MDB_PREV);
}

bool db_cursor_before(struct db_cursor *c, const void *key, size_t key_length)
{
    bool found = db_cursor_seek(c, key, key_length);
    return move(c, (MDB_val){0}, found ? MDB_PREV : MDB_LAST);
}

uint64_t db_used_bytes(const struct db *db)
{
    MDB_envinfo info;
    MDB_stat stat;
    if (mdb_env_info(db->env, &info) || mdb_env_stat(db->env, &stat))
        return 0;
    return ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
}

uint64_t db_map_bytes(const struct db *db)
{
    MDB_envinfo info;
    return mdb_env_info(db->env, &info) ? 0 : info.me_mapsize;
}
