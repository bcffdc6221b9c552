// A server as its own parts see it. Nothing outside this folder includes this.
#pragma once

#include "sp/sp_account.h"
#include "sp/sp_server.h"

enum { SP_READ_BYTES = 64 << 10 };

TAILQ_HEAD(sp_conn_list, sp_conn);
LIST_HEAD(sp_listener_list, sp_listener);

struct sp_server {
    uv_loop_t *loop;
    struct sp_limits limits;
    struct sp_stats stats;
    struct sp_callbacks callbacks;
    void *context;         // of the callbacks
    struct sp_table table; // open requests
    struct sp_accounts accounts;
    uint64_t remote;                 // connections open now that are not ipc
    uint64_t subscribing;            // and those of PUB, from their first byte
    struct sp_conn_list conns;       // every connection that is not closed
    struct sp_conn_list subscribers; // PUB's, past their handshake
    struct sp_conn_list touched;     // to be settled before the loop waits
    struct sp_conn_list yielded; // had more to read than their turn; they wait for the next, longest first
    struct sp_conn_list paused;  // sp_pauses.h
    struct sp_listener_list listeners;
    uint64_t accepted; // last connection number given
    uint64_t turn;     // of the loop, counted where what was touched is settled
    uint64_t frames;   // taken in this turn
    uv_timer_t tick;   // one for all deadlines
    uv_timer_t pauses; // active while somebody is paused
    uv_prepare_t settle;
    uv_idle_t hurry;  // active while somebody waits for the next turn, so that the loop does not wait
    unsigned handles; // of libuv, not yet closed; the server goes with the last one
    bool closing;
    void (*closed)(void *context);
    void *closed_context;
    char input[SP_READ_BYTES]; // one read at a time is consumed before the next: one buffer serves all
};

// A handle of the server has closed.
void sp_server_release(struct sp_server *s);
