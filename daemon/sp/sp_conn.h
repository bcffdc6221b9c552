// One connection: handshake, frames in, chunks out, deadlines.
//
// What a connection is for (REP or PUB) stands in its role; here is only what both have in common. A
// connection is freed by libuv's close callback and by nothing else, so that its pointer stays good for the
// rest of the turn in which it is closed.
#pragma once

#include "sp/sp_queue.h"
#include "sp/sp_state.h"

enum sp_conn_state {
    SP_CONN_GREETING, // awaits the peer's eight bytes
    SP_CONN_OPEN,
    SP_CONN_LAST_WORD, // a final reply is on its way; input is discarded
    SP_CONN_LINGERING, // it has left and our side is shut: the peer may read it, then closes
    SP_CONN_CLOSED,
};

// The hooks of a protocol. Any of them may close the connection.
struct sp_role {
    enum sp_protocol says, expects;
    void (*opened)(struct sp_conn *c);
    // A whole payload; it is good during the call. NULL: this peer has nothing to say, a byte closes it.
    void (*frame)(struct sp_conn *c, const uint8_t *payload, size_t length);
    // A frame over the limit, of which only the id stack was read.
    void (*oversize)(struct sp_conn *c, const struct sp_frame *frame);
    // Nothing can be sent any more. Called once for each `opened`.
    void (*closed)(struct sp_conn *c);
};

struct sp_conn {
    TAILQ_ENTRY(sp_conn) of_server;
    TAILQ_ENTRY(sp_conn) of_touched;
    TAILQ_ENTRY(sp_conn) of_yielded;
    TAILQ_ENTRY(sp_conn) of_paused;
    TAILQ_ENTRY(sp_conn) of_subscribers;
    struct sp_server *server;
    const struct sp_role *role;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    uv_write_t write; // in flight while `writing`
    size_t writing;   // bytes that it carries
    struct sp_frame_reader reader;
    struct sp_queue queue;
    struct sp_open_list open;   // requests
    uint32_t outstanding;       // of these, not parked
    uint32_t parked;            // of these, parked
    uint8_t *rest;              // owned: what was read but not worked on when reading stopped
    size_t rest_bytes;          // allocated
    struct sp_span unread;      // of it
    size_t held;                // bytes of `rest` and the reader, as counted in held_bytes
    size_t charged;             // bytes of this connection that stand in the account of its payer
    struct sp_account *address; // a reference
    struct sp_account *payer;   // a reference; the same, until somebody was believed
    uint64_t deadline_ms;       // loop time; 0: none
    uint64_t frame_began_ms;    // loop time; 0: no frame is half read
    uint64_t paused_ms;         // loop time until which it is not read; 0: it is not paused
    uint64_t touched_turn;      // when it was put on the server's list
    uint64_t turn;              // in which it last had frames …
    uint64_t frames;            // … and how many
    uint64_t progress_ms;       // when the peer last took a byte, while it has some to take
    size_t in_kernel;           // of the write in flight, at the last look
    enum sp_close_reason last;  // why, once LINGERING is over
    uint8_t state;              // enum sp_conn_state
    uint8_t greeted;            // bytes of the peer's handshake
    bool stopped;               // reading is …
    bool yielded;               // … and it waits for a turn: is on the server's list of those
    bool touched;               // is on the server's list
    bool believed;              // somebody was, on it
    struct sp_peer peer;
};

// Moves it to a state that may follow its own.
void sp_conn_become(struct sp_conn *c, enum sp_conn_state state);

// Queues a chunk (a reference of its own is taken); it leaves before the loop waits. Out of memory closes
// the connection: ERROR_NO_MEMORY.
int sp_conn_send(struct sp_conn *c, struct sp_chunk *chunk) __attribute__((warn_unused_result));

// Tries to send what is queued now rather than at the end of the turn.
void sp_conn_flush(struct sp_conn *c);

// Has the connection looked at before the loop waits: flushed, and read again if it may be.
void sp_conn_touch(struct sp_conn *c);

// What is queued is the last that the peer hears; then it is closed for `why`.
void sp_conn_finish(struct sp_conn *c, enum sp_close_reason why);

// The work of a touch.
void sp_conn_settle(struct sp_conn *c);

// Closes it if a deadline has passed, the peer takes nothing of what waits for it, or it went away while it
// was not read.
void sp_conn_check(struct sp_conn *c, uint64_t now_ms);

// Closes at once; a second time does nothing.
void sp_conn_close(struct sp_conn *c, enum sp_close_reason why);
