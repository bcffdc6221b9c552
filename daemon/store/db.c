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

enum { HEADER = 5, MAX_READERS = 126, NO_TABLE = DB_TABLE_COUNT, LOCK_BYTES = 16 * 1024, PATH_BYTES = 4096 };

// How deep this thread is in LMDB.
static _Thread_local volatile unsigned inside;

bool db_is_inside(void)
{
    return inside > 0;
}

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
    case MDB_VERSION_MISMATCH:
        return ERROR_STORE_VERSION;
    default:
        return code < 0 ? ERROR_CORRUPT : ERROR_IO; // LMDB's others are about pages that cannot be
    }
}

const char *db_table_name(enum db_table table)
{
    return table_names[table];
}

const char *db_damage(const struct db *db)
{
    unsigned damaged = atomic_load(&db->damaged);
    return !damaged ? NULL : damaged > NO_TABLE ? "pages" : table_names[damaged - 1];
}

// What was met first stays.
static int note(struct db *db, unsigned table, int error)
{
    unsigned none = 0;
    if (error == ERROR_CORRUPT)
        atomic_compare_exchange_strong(&db->damaged, &none, table + 1);
    return error;
}

static int fail(struct db *db, struct store_error *error, const char *what, int rc)
{
    db_close(db);
    return store_error_set(error, db_error(rc), "state: %s: %s", what, mdb_strerror(rc));
}

static int open_tables(struct db *db, bool write)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(db->env, NULL, write ? 0 : MDB_RDONLY, &txn);
    for (int i = 0; rc == 0 && i < DB_TABLE_COUNT; i++) {
        rc = mdb_dbi_open(txn, table_names[i], write ? MDB_CREATE : 0, &db->tables[i]);
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

static int open_env(struct db *db, const char *path, bool write, uint64_t map_bytes,
                    struct store_error *error)
{
    int dead;
    unsigned more = write ? MDB_NORDAHEAD : MDB_RDONLY; // a look walks all of it
    *db = (struct db){.env = NULL};
    int rc = write ? reserve_lock(path, error) : 0;
    if (rc)
        return rc;
    rc = mdb_env_create(&db->env);
    if (rc)
        return fail(db, error, "create", rc);
    mdb_env_set_maxdbs(db->env, DB_TABLE_COUNT);
    mdb_env_set_maxreaders(db->env, MAX_READERS);
    mdb_env_set_mapsize(db->env, map_bytes ? map_bytes : largest_map());
    rc = mdb_env_open(db->env, path, MDB_NOSYNC | MDB_NOTLS | more, 0640);
    if (rc)
        return fail(db, error, "open", rc);
    mdb_reader_check(db->env, &dead);
    rc = open_tables(db, write);
    return rc ? fail(db, error, "tables", rc) : 0;
}

int db_open(struct db *db, const char *path, uint64_t map_bytes, struct store_error *error)
{
    inside++;
    int rc = open_env(db, path, true, map_bytes, error);
    inside--;
    return rc;
}

int db_open_to_read(struct db *db, const char *path, struct store_error *error)
{
    inside++;
    int rc = open_env(db, path, false, 0, error);
    inside--;
    return rc;
}

void db_close(struct db *db)
{
    inside++;
    if (db->env)
        mdb_env_close(db->env);
    db->env = NULL;
    inside--;
}

static int copied(struct db *db, int rc, struct store_error *error)
{
    return rc ? store_error_set(error, note(db, NO_TABLE, db_error(rc)), "state: copy: %s", mdb_strerror(rc))
              : 0;
}

int db_copy(struct db *db, const char *path, bool compact, struct store_error *error)
{
    inside++;
    int rc = mdb_env_copy2(db->env, path, compact ? MDB_CP_COMPACT : 0);
    inside--;
    return copied(db, rc, error);
}

int db_copy_to(struct db *db, int fd, struct store_error *error)
{
    inside++;
    int rc = mdb_env_copyfd2(db->env, fd, MDB_CP_COMPACT);
    inside--;
    return copied(db, rc, error);
}

// A record: how many, then the pages, the highest first.
static bool is_free_record(MDB_val value, size_t last_page)
{
    size_t count, page, before = 1;
    if (value.mv_size < sizeof count)
        return false;
    memcpy(&count, value.mv_data, sizeof count);
    if (count > value.mv_size / sizeof page - 1)
        return false;
    for (size_t i = count; i > 0; i--, before = page) {
        memcpy(&page, (const uint8_t *)value.mv_data + i * sizeof page, sizeof page);
        if (page <= before || page > last_page)
            return false;
    }
    return true;
}

static bool walk_free_list(MDB_txn *txn, size_t last_page)
{
    enum { FREE_LIST = 0 }; // LMDB's own table
    MDB_cursor *cursor;
    MDB_val key, value;
    int rc = mdb_cursor_open(txn, FREE_LIST, &cursor);
    if (rc)
        return false;
    bool sound = true;
    for (rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST); !rc && sound;
         rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))
        sound = key.mv_size == sizeof(size_t) && is_free_record(value, last_page);
    mdb_cursor_close(cursor);
    return sound && rc == MDB_NOTFOUND;
}

bool db_free_list_is_sound(struct db *db)
{
    MDB_envinfo info;
    MDB_txn *txn;
    bool sound = false;
    inside++;
    if (!mdb_env_info(db->env, &info) && !mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn)) {
        sound = walk_free_list(txn, info.me_last_pgno);
        mdb_txn_abort(txn);
    }
    inside--;
    return sound;
}

int db_sync(struct db *db)
{
    inside++;
    int rc = mdb_env_sync(db->env, 1);
    inside--;
    return db_error(rc);
}

void db_begin(struct db *db, bool write, struct db_txn *txn)
{
    *txn = (struct db_txn){.db = db};
    inside++;
    int rc = mdb_txn_begin(db->env, NULL, write ? 0 : MDB_RDONLY, &txn->txn);
    inside--;
    txn->error = note(db, NO_TABLE, db_error(rc));
}

// A short write, which is what a disk that has just become full gives, is EIO to LMDB. Nothing is synced
// here, so that no other EIO is lost by this.
static int commit_error(int code)
{
    return db_error(code == EIO ? ENOSPC : code);
}

int db_commit(struct db_txn *txn)
{
    if (txn->error) {
        db_abort(txn);
        return txn->error;
    }
    inside++;
    int rc = mdb_txn_commit(txn->txn);
    inside--;
    txn->error = note(txn->db, NO_TABLE, commit_error(rc));
    txn->txn = NULL;
    return txn->error;
}

void db_abort(struct db_txn *txn)
{
    inside++;
    if (txn->txn)
        mdb_txn_abort(txn->txn);
    txn->txn = NULL;
    inside--;
}

static void stick(struct db_txn *txn, enum db_table table, int rc)
{
    if (rc && !txn->error)
        txn->error = note(txn->db, table, db_error(rc));
}

static uint32_t checksum(const void *key, size_t key_length, const uint8_t *payload, size_t length)
{
    return crc32c(crc32c(0, key, key_length), payload, length);
}

// Takes the header off; a record that does not fit makes the transaction fail.
static struct blob open_record(struct db_txn *txn, enum db_table table, MDB_val key, MDB_val value)
{
    const uint8_t *bytes = value.mv_data;
    if (value.mv_size == 0)
        return (struct blob){(const uint8_t *)"", 0};
    bool fits =
        value.mv_size >= HEADER && bytes[0] == DB_RECORD_VERSION &&
        get32(bytes + 1) == checksum(key.mv_data, key.mv_size, bytes + HEADER, value.mv_size - HEADER);
    if (!fits) {
        txn->error = txn->error ? txn->error : note(txn->db, table, ERROR_CORRUPT);
        return (struct blob){0};
    }
    return (struct blob){bytes + HEADER, value.mv_size - HEADER};
}

struct blob db_get(struct db_txn *txn, enum db_table table, const void *key, size_t key_length)
{
    MDB_val k = {key_length, (void *)key}, v;
    struct blob found = {0};
    if (txn->error)
        return found;
    inside++;
    int rc = mdb_get(txn->txn, txn->db->tables[table], &k, &v);
    if (!rc)
        found = open_record(txn, table, k, v);
    inside--;
    if (rc != MDB_NOTFOUND)
        stick(txn, table, rc);
    return found;
}

void db_put(struct db_txn *txn, enum db_table table, const void *key, size_t key_length, const void *value,
            size_t length)
{
    MDB_val k = {key_length, (void *)key}, v = {length ? length + HEADER : 0, NULL};
    if (txn->error)
        return;
    inside++;
    int rc = mdb_put(txn->txn, txn->db->tables[table], &k, &v, MDB_RESERVE);
    inside--;
    stick(txn, table, rc);
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
    inside++;
    int rc = mdb_del(txn->txn, txn->db->tables[table], &k, NULL);
    inside--;
    stick(txn, table, rc == MDB_NOTFOUND ? 0 : rc);
}

void db_cursor_open(struct db_cursor *c, struct db_txn *txn, enum db_table table)
{
    *c = (struct db_cursor){.txn = txn, .table = table};
    if (txn->error)
        return;
    inside++;
    int rc = mdb_cursor_open(txn->txn, txn->db->tables[table], &c->cursor);
    inside--;
    stick(txn, table, rc);
}

void db_cursor_close(struct db_cursor *c)
{
    inside++;
    if (c->cursor)
        mdb_cursor_close(c->cursor);
    c->cursor = NULL;
    inside--;
}

static bool move(struct db_cursor *c, MDB_val key, MDB_cursor_op op)
{
    MDB_val value;
    if (c->txn->error || !c->cursor)
        return false;
    inside++;
    int rc = mdb_cursor_get(c->cursor, &key, &value, op);
    if (!rc) {
        c->key = (struct blob){key.mv_data, key.mv_size};
        c->value = open_record(c->txn, c->table, key, value);
    } else if (rc != MDB_NOTFOUND) {
        c->key = c->value = (struct blob){0};
    }
    inside--;
    stick(c->txn, c->table, rc == MDB_NOTFOUND ? 0 : rc);
    return !rc && c->txn->error == 0;
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
    inside++;
    int rc = mdb_env_info(db->env, &info);
    rc = rc ? rc : mdb_env_stat(db->env, &stat);
    inside--;
    if (rc)
        return 0;
    return ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
}

uint64_t db_map_bytes(const struct db *db)
{
    MDB_envinfo info;
    return mdb_env_info(db->env, &info) ? 0 : info.me_mapsize;
}
