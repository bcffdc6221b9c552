// What one peer may cost the daemon, and what was counted about peers.
//
// Every limit is configurable; the defaults are those of the design (§7). A limit never drops a message
// without a word: reading stops, or the connection is closed and counted under its reason.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct sp_limits {
    size_t max_message_bytes;    // body of a request; the id stack (at most 36 bytes) may come on top
    uint32_t max_connections;    // REQ and SUB peers together; more are accepted and closed at once
    uint32_t max_per_address;    // per IPv4 address, IPv6 /64, or uid on ipc
    uint32_t max_outstanding;    // unanswered requests per connection, parked ones apart: reading stops
    uint32_t max_parked;         // parked long polls per connection: sp_park says no
    size_t max_unsent_bytes;     // replies a REQ peer has not taken: reading stops
    size_t max_subscriber_bytes; // messages a SUB peer has not taken: it is disconnected
    uint32_t handshake_ms;       // from accept to the peer's eight bytes
    uint32_t frame_ms;           // from the first byte of a frame to its last …
    uint32_t frame_ms_per_8k;    // … and so much more for each 8 KiB that it announces
    uint32_t stall_ms;           // unsent bytes of which the peer takes none for so long: closed
    uint32_t linger_ms;          // after a last reply: time for the peer to read it and close
    uint32_t tick_ms;            // how often the deadlines above are looked at
};

#define SP_LIMITS_DEFAULT                                                                                    \
    {                                                                                                        \
        .max_message_bytes = 64 << 10, .max_connections = 1024, .max_per_address = 256,                      \
        .max_outstanding = 64, .max_parked = 8, .max_unsent_bytes = 4 << 20,                                 \
        .max_subscriber_bytes = 1 << 20, .handshake_ms = 1000, .frame_ms = 3000, .frame_ms_per_8k = 1000,    \
        .stall_ms = 30000, .linger_ms = 2000, .tick_ms = 250,                                                \
    }

// Why a connection was closed. X(enumerator, name in the metrics)
#define SP_CLOSE_REASONS(X)                                                                                  \
    X(PEER, "peer") /* it closed, or its machine went away */                                                \
    X(IO, "io")     /* reading or writing failed */                                                          \
    X(HANDSHAKE_TIMEOUT, "handshake_timeout")                                                                \
    X(HANDSHAKE_WRONG, "handshake_wrong") /* not SP, or not REQ (SUB) */                                     \
    X(FRAME_TIMEOUT, "frame_timeout")                                                                        \
    X(MALFORMED, "malformed")               /* a frame or an id stack that cannot be */                      \
    X(OVERSIZE, "oversize")                 /* after it was told so */                                       \
    X(STALLED, "stalled")                   /* does not take its replies */                                  \
    X(SLOW_SUBSCRIBER, "slow_subscriber")   /* max_subscriber_bytes */                                       \
    X(SUBSCRIBER_SPOKE, "subscriber_spoke") /* a SUB has nothing to say */                                   \
    X(NO_MEMORY, "no_memory")                                                                                \
    X(SHUTDOWN, "shutdown")

enum sp_close_reason {
#define X(id, name) SP_CLOSE_##id,
    SP_CLOSE_REASONS(X)
#undef X
        SP_CLOSE_COUNT
};

// X(field, what it counts)
#define SP_COUNTERS(X)                                                                                       \
    X(accepted, "connections accepted")                                                                      \
    X(refused_connections, "connections refused: max_connections")                                           \
    X(refused_address, "connections refused: max_per_address")                                               \
    X(refused_no_memory, "connections refused: out of memory, or the socket failed at once")                 \
    X(accept_pauses, "times that accepting paused for want of file descriptors")                             \
    X(requests, "requests handed up")                                                                        \
    X(replies, "replies queued")                                                                             \
    X(replies_late, "replies to a connection that was gone")                                                 \
    X(dropped, "requests that were given up without a reply")                                                \
    X(oversize, "requests over max_message_bytes")                                                           \
    X(polls_replaced, "parked polls replaced by their own resend")                                           \
    X(polls_refused, "polls over max_parked")                                                                \
    X(published, "messages published")                                                                       \
    X(stops, "times that reading stopped for a peer over its limits")                                        \
    X(bytes_in, "bytes read")                                                                                \
    X(bytes_out, "bytes written")

#define SP_GAUGES(X)                                                                                         \
    X(connections, "connections open now")                                                                   \
    X(subscribers, "of these, subscribers past their handshake")                                             \
    X(outstanding, "requests waiting for a reply")                                                           \
    X(parked, "long polls waiting")                                                                          \
    X(stopped, "connections that are not read for now")                                                      \
    X(unsent_bytes, "bytes queued for peers")

struct sp_stats {
#define X(field, help) uint64_t field;
    SP_COUNTERS(X)
    SP_GAUGES(X)
#undef X
    uint64_t closed[SP_CLOSE_COUNT]; // by enum sp_close_reason
};
