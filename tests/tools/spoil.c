// spoil DIR TABLE missing|more|flipped: changes the first record of a table of the state in DIR behind its
// owner's back. Takes it out; puts one more there, under the key "zz"; or flips the last bit of its value.
#include <lmdb.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4096 };

static void must(int rc, const char *what)
{
    if (!rc)
        return;
    fprintf(stderr, "spoil: %s: %s\n", what, mdb_strerror(rc));
    exit(EXIT_FAILURE);
}

static void change(MDB_txn *txn, MDB_dbi table, const char *how)
{
    static uint8_t bytes[MOST];
    MDB_cursor *cursor;
    MDB_val key, value, more = {2, (void *)"zz"};
    must(mdb_cursor_open(txn, table, &cursor), "cursor");
    must(strcmp(how, "more") == 0 ? 0 : mdb_cursor_get(cursor, &key, &value, MDB_FIRST), "the first record");
    if (strcmp(how, "missing") == 0) {
        must(mdb_cursor_del(cursor, 0), "delete");
    } else if (strcmp(how, "more") == 0) {
        value = (MDB_val){0, bytes};
        must(mdb_cursor_put(cursor, &more, &value, 0), "put");
    } else {
        must(value.mv_size == 0 || value.mv_size > MOST, "its value");
        memcpy(bytes, value.mv_data, value.mv_size);
        bytes[value.mv_size - 1] ^= 1;
        value.mv_data = bytes;
        must(mdb_cursor_put(cursor, &key, &value, MDB_CURRENT), "put");
    }
    mdb_cursor_close(cursor);
}

int main(int argc, char **argv)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi table;
    if (argc != 4)
        return fprintf(stderr, "usage: spoil DIR TABLE missing|more|flipped\n"), EXIT_FAILURE;
    must(mdb_env_create(&env), "create");
    must(mdb_env_set_maxdbs(env, 64), "tables");
    must(mdb_env_set_mapsize(env, (size_t)1 << 30), "map");
    must(mdb_env_open(env, argv[1], 0, 0640), argv[1]);
    must(mdb_txn_begin(env, NULL, 0, &txn), "begin");
    must(mdb_dbi_open(txn, argv[2], 0, &table), argv[2]);
    change(txn, table, argv[3]);
    must(mdb_txn_commit(txn), "commit");
    mdb_env_close(env);
    return EXIT_SUCCESS;
}
