// REP and PUB of nanomsg's Scalability Protocols, spoken natively on a libuv loop.
//
// One server has any number of addresses; those opened as SP_REP take requests (see sp_rep.h), those opened
// as SP_PUB have subscribers (see sp_pub.h). Everything here belongs to the loop's thread. What a turn of the
// loop has for a peer leaves before the loop waits again, in one system call.
//
//     struct sp_server *s = sp_server_create(loop, NULL, &callbacks, service);
//     rc = sp_server_listen(s, SP_REP, "tcp://*:5555", 0, &report);
//     …
//     sp_server_close(&s, on_server_closed, service);
//
// The process must ignore SIGPIPE: libuv 1.44 writes with plain write(2).
#pragma once

#include "base/buffer.h"
#include "sp/sp_limits.h"
#include "sp/sp_peer.h"
#include "sp/sp_token.h"

#include <uv.h>

struct sp_server;

struct sp_request {
    struct sp_token token;      // for sp_reply; exactly one of reply, drop and on_gone ends a request
    const struct sp_peer *peer; // good as long as the token lives
    const uint8_t *body;        // good until on_request returns
    size_t length;              // of `body`, may be 0
};

enum sp_gone {
    SP_GONE_REPLACED, // a parked poll whose id was sent again on its connection
    SP_GONE_CLOSED,   // the connection ended
};

struct sp_callbacks {
    // A request came. It may be answered within the call or in any later turn. The same SP id may come again
    // while the first is open (a client resends after its own time-out); both are handed up.
    void (*on_request)(void *context, const struct sp_request *request);
    // An open request ended without a reply; the token is dead already. `attachment` is what sp_attach left.
    // May be called from within any function of this layer. NULL: nobody cares.
    void (*on_gone)(void *context, struct sp_token token, void *attachment, enum sp_gone why);
    // Writes the reply body to a request of `announced` payload bytes, of which nothing but the id was read;
    // after it the connection is closed. NULL, or nothing written: closed without a reply.
    void (*on_too_large)(void *context, const struct sp_peer *peer, uint64_t announced, struct buffer *body);
    // For how many ms what a peer who has just come says is not read. NULL: for none.
    uint64_t (*on_arrival)(void *context, const struct sp_peer *peer);
    // What a peer said was not SP, or no request: its connection is being closed. NULL: nobody cares.
    void (*on_nonsense)(void *context, const struct sp_peer *peer);
};

// `limits` NULL means the defaults; both are copied. NULL when out of memory.
struct sp_server *sp_server_create(uv_loop_t *loop, const struct sp_limits *limits,
                                   const struct sp_callbacks *callbacks, void *context);

// What came of listening, for the log and for people.
struct sp_listen_report {
    char address[SP_ADDRESS_TEXT]; // as bound (the port that was chosen for port 0); or as given, on an error
    const char *reason;            // static text, on an error
};

// Listens on `url` as SP_REP or SP_PUB. `mode` is the file mode of an ipc socket; 0 leaves it to the umask.
// A stale socket at the path is replaced if nobody answers on it; any other file is never touched.
// 0; ERROR_ADDRESS, ERROR_IN_USE, ERROR_NO_MEMORY. `report` may be NULL.
int sp_server_listen(struct sp_server *s, enum sp_protocol protocol, const char *url, mode_t mode,
                     struct sp_listen_report *report) __attribute__((warn_unused_result));

// Serves a stream socket that already listens (socket activation); the server closes it in the end, and at
// once on an error. Its file, if any, is left where it is. Errors as above.
int sp_server_adopt(struct sp_server *s, enum sp_protocol protocol, int fd, struct sp_listen_report *report)
    __attribute__((warn_unused_result));

// Accepts nobody any more; who is connected stays.
void sp_server_deafen(struct sp_server *s);

// The layers above hold `bytes` more (or fewer) for this principal: they count against memory_mib, and
// against its share of that.
void sp_hold(struct sp_server *s, const char *principal, int64_t bytes);

// False while something new should not be begun for this principal: it holds more than a quarter of
// memory_mib, or more than a little while all hold more than memory_mib.
bool sp_may_hold(const struct sp_server *s, const char *principal);

// Live counters and gauges.
const struct sp_stats *sp_server_stats(const struct sp_server *s);
const struct sp_limits *sp_server_limits(const struct sp_server *s);

// The name of a close reason in the metrics.
const char *sp_close_name(enum sp_close_reason reason);

// Offers what is queued to the kernel once more, closes everything (on_gone for each open request), and calls
// `closed` in a later turn, when no handle of the server is left and its memory is given back. To lose no
// reply: deafen, answer, and wait for the gauges `outstanding` and `unsent_bytes` first.
void sp_server_close(struct sp_server **s, void (*closed)(void *context), void *context);
