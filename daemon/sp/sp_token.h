// Open requests, and the tokens by which the rest of the daemon knows them.
//
// A token is a value: it may be copied, queued and sent to another thread, and it never dangles. Its serial
// number is given once in the life of a server, so a token whose request was answered, dropped, replaced or
// cut off is known to be dead. Only the loop thread looks tokens up.
#pragma once

#include "sp/sp_frame.h"

#include <sys/queue.h>

struct sp_token {
    uint64_t serial; // 0: no request
    uint32_t slot;
};

struct sp_conn;

struct sp_open {
    LIST_ENTRY(sp_open) of_conn; // the connection's open requests; of the free list while free
    struct sp_conn *conn;
    void *attachment;    // the service's own, see sp_attach
    uint64_t serial;     // 0 while free
    uint32_t slot;       // its place in the table, for ever
    bool parked;         // a long poll: it counts apart
    uint8_t stack_bytes; // of `stack`
    uint8_t stack[SP_STACK_MAX];
};

LIST_HEAD(sp_open_list, sp_open);

// Open requests by slot, in blocks that never move. It grows to the most that were ever open at once.
struct sp_table {
    struct sp_open **blocks; // owned
    uint32_t count;          // blocks
    uint64_t serial;         // last one given
    struct sp_open_list free;
};

void sp_table_init(struct sp_table *t);
void sp_table_fini(struct sp_table *t);

// A blank open request with a new serial; NULL when out of memory. The caller links it.
struct sp_open *sp_table_take(struct sp_table *t);

// Gives it back; every token for it is dead from here on. The caller has unlinked it.
void sp_table_give(struct sp_table *t, struct sp_open *open);

// NULL for a dead token, whatever its bytes.
struct sp_open *sp_table_find(const struct sp_table *t, struct sp_token token);

struct sp_token sp_token_of(const struct sp_open *open);
