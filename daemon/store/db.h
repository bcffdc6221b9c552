// LMDB behind a small door: named tables, transactions whose error sticks, records with a checksum.
//
// Check once, at db_commit: after the first failure a transaction does nothing more and says so there. Bytes
// that db_get gives belong to the transaction. A write transaction belongs to the thread that began it. Each
// value is a record: version byte, CRC-32C over key and payload (big-endian), payload. LMDB has no checksums
// of its own; a record that does not fit is ERROR_CORRUPT, and db_damage names the table.
//
// Damage outside of the records, in LMDB's own pages, is an error of LMDB at best and the end of the process
// at worst: db_is_inside tells whoever notes a crash that this thread was in LMDB.
#pragma once

#include "base/blob.h"
#include "store/store_error.h"

#include <lmdb.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

// X(enumerator, name, what it maps)
#define DB_TABLES(X)                                                                                         \
    X(META, "meta", "name → value: version, position, counters")                                             \
    X(AT, "at", "first seq of a record → segment, offset, count")                                            \
    X(CASES, "cases", "case id → Case")                                                                      \
    X(HISTORY, "history", "case id, seq → event kind, time")                                                 \
    X(DUE, "due", "time, kind, case id or recipient number → nothing")                                       \
    X(PROVISIONAL, "provisional", "case id → nothing; open cases whose due times cross an unknown year")     \
    X(NOTICES, "notices", "recipient number → rungs it was told of, and held back for its digest")           \
    X(FEEDS, "feeds", "recipient number, seq → why, case id, whether it did not reach him")                  \
    X(CURSORS, "cursors", "recipient, NUL, consumer → acknowledged seq, time")                               \
    X(REQUESTS, "requests", "request id, principal → hash of the operation, first seq, answer")              \
    X(SOURCES, "sources", "source, NUL, source number → case id")                                            \
    X(NUMBERS, "numbers", "local day, count → case id; 0: passed over by a new epoch")                       \
    X(NAMES, "names", "'c' code → number, 'n' number → code; never reused")                                  \
    X(OPEN, "open", "earliest due, case id → nothing; open cases")                                           \
    X(UNIT_OPEN, "unit_open", "unit number, earliest due, case id → nothing; open summonses")                \
    X(NEAR, "near", "class number, place, filed, case id → what it is; all cases, by area and by square")    \
    X(PRECEDENTS, "precedents", "category number, area number, seq → what was ruled")                        \
    X(FACTS, "facts", "kind, time, case id, part, summons → flags, numbers of unit, area, category …")       \
    X(EXCLUSIONS, "exclusions", "case id, exclusion, what it is about → reason")                             \
    X(VIEWED, "viewed",                                                                                      \
      "case id, principal number → local day and seq of its last look at what is personal")                  \
    X(RULEBOOKS, "rulebooks", "digest → files")

enum db_table {
#define X(id, name, what) DB_##id,
    DB_TABLES(X)
#undef X
        DB_TABLE_COUNT
};

enum { DB_RECORD_VERSION = 5, DB_MAX_KEY = 511 };

struct db {
    MDB_env *env;
    MDB_dbi tables[DB_TABLE_COUNT];
    atomic_uint damaged; // 0, or one more than the table in which damage was met first
};

struct db_txn {
    struct db *db;
    MDB_txn *txn;
    int error; // sticky
};

// Opens the environment in the directory `path`, which exists, and all its tables. Opened with MDB_NOSYNC: a
// commit makes things visible, the journal makes them durable. It may take `map_bytes`; 0: 1 TiB, or half of
// the address space where that is bounded (RLIMIT_AS). It is never grown: that needs a moment without any
// reader, and there is nothing left that it could grow into. ERROR_IO, ERROR_CORRUPT, ERROR_STORAGE_FULL …
int db_open(struct db *db, const char *path, uint64_t map_bytes, struct store_error *error)
    __attribute__((warn_unused_result));
void db_close(struct db *db);

// The same, but nothing is written and nothing created: for looking at a state that nobody has open.
int db_open_to_read(struct db *db, const char *path, struct store_error *error)
    __attribute__((warn_unused_result));

const char *db_table_name(enum db_table table);

// The table in which damage was met since db_open, or "pages" where it is not one table's; NULL: none was.
// Any thread.
const char *db_damage(const struct db *db);

// Whether this thread is in LMDB now, or reads what LMDB just gave. Async-signal-safe.
bool db_is_inside(void);

// Copies the environment into the directory `path`, which has none: as it is, or compacted, which walks it.
int db_copy(struct db *db, const char *path, bool compact, struct store_error *error)
    __attribute__((warn_unused_result));

// Writes it, compacted, to an open descriptor. Where that is a pipe, who closes its other end ends this with
// ERROR_IO.
int db_copy_to(struct db *db, int fd, struct store_error *error) __attribute__((warn_unused_result));

// Whether the list of free pages can be one: pages of the file, in order, as many as each record says.
// (LMDB's own mdb_stat looks at the same.) A page in it that is in use is not seen by this.
bool db_free_list_is_sound(struct db *db);

// Everything to the disk. ERROR_IO, ERROR_STORAGE_FULL.
int db_sync(struct db *db) __attribute__((warn_unused_result));

// The one place where LMDB's codes become ours. MDB_NOTFOUND is ERROR_NOT_FOUND.
int db_error(int code);

// Begins; on failure the transaction carries the error, and everything below does nothing.
void db_begin(struct db *db, bool write, struct db_txn *txn);

// 0, or the first error since db_begin; the transaction is over either way.
int db_commit(struct db_txn *txn) __attribute__((warn_unused_result));
void db_abort(struct db_txn *txn);

// The payload under a key; bytes NULL when there is none (or the transaction failed).
struct blob db_get(struct db_txn *txn, enum db_table table, const void *key, size_t key_length);
void db_put(struct db_txn *txn, enum db_table table, const void *key, size_t key_length, const void *value,
            size_t length);
// Deleting what is not there is fine.
void db_delete(struct db_txn *txn, enum db_table table, const void *key, size_t key_length);

// Walks a table in key order.
struct db_cursor {
    struct db_txn *txn;
    MDB_cursor *cursor;
    enum db_table table;
    struct blob key;
    struct blob value;
};

void db_cursor_open(struct db_cursor *c, struct db_txn *txn, enum db_table table);
void db_cursor_close(struct db_cursor *c);

// Moves to the first entry at or after `key`, to the one after, the one before, to the last before `key`.
// False past the end, and with an error: `key` is then that of a record that does not fit, or empty.
bool db_cursor_seek(struct db_cursor *c, const void *key, size_t key_length);
bool db_cursor_next(struct db_cursor *c);
bool db_cursor_previous(struct db_cursor *c);
bool db_cursor_before(struct db_cursor *c, const void *key, size_t key_length);

// Bytes of the environment that are in use, and that it may have.
uint64_t db_used_bytes(const struct db *db);
uint64_t db_map_bytes(const struct db *db);
