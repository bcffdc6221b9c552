// What one peer may cost the daemon, and what was counted about peers.
//
// Every limit is configurable; the defaults are those of the design (§7). A limit never drops a message
// without a word: reading stops, or the connection is closed and counted under its reason.
#pragma once

#include <stddef.h>
#include <stdint.h>

// X(name, default, least, most, what it bounds)
//
// `max_message_bytes` is of the body; the id stack (at most 36 bytes) may come on top. `max_frames_a_turn`
// keeps a peer that pipelines from holding the loop: what it sent more waits for the next turn, and each KiB
// of a long request counts for one. Those who wait so stand in a line, and are served while all peers
// together had less than `max_frames_a_loop` in a turn; who sends one request after the other never stands in
// it.
#define SP_LIMITS(X)                                                                                         \
    X(max_message_bytes, 64 << 10, 1 << 10, 1 << 20, "bytes of a request: answered too_large, then closed")  \
    X(max_connections, 1024, 1, 1 << 20,                                                                     \
      "connections, a quarter for ipc alone: one never believed is closed")                                  \
    X(max_per_address, 256, 1, 1 << 20,                                                                      \
      "of an IPv4 address, IPv6 /64, or uid on ipc: one never believed is closed")                           \
    X(max_subscribers, 512, 0, 1 << 20,                                                                      \
      "of these, of the public feed: one of whose address has most is closed")                               \
    X(max_outstanding, 64, 1, 1 << 16, "unanswered requests of a connection, polls apart: reading stops")    \
    X(max_parked, 8, 0, 1 << 16, "long polls of a connection: answered empty at once")                       \
    X(max_unsent_bytes, 4 << 20, 1, 1 << 30, "answers that a peer has not taken: reading stops")             \
    X(max_subscriber_bytes, 1 << 20, 1, 1 << 30, "notices that a subscriber has not taken: disconnected")    \
    X(max_frames_a_turn, 16, 1, 1 << 16, "requests of a connection in one turn of the loop: the next turn")  \
    X(max_frames_a_loop, 16, 1, 1 << 20, "of all who have more, in one turn: the next turn")                 \
    X(handshake_ms, 1000, 1, 600000, "from the connection to the peer's eight bytes: closed")                \
    X(frame_ms, 3000, 1, 600000, "from a request's first byte to its last: closed")                          \
    X(frame_ms_per_8k, 1000, 0, 600000, "and so much more for each 8 KiB of it")                             \
    X(stall_ms, 30000, 1, 3600000, "a peer that takes nothing of what waits for it: closed")                 \
    X(linger_ms, 2000, 0, 600000, "for a peer to read its last answer: closed")                              \
    X(tick_ms, 250, 1, 1000, "how often these times are looked at")                                          \
    X(memory_mib, 512, 1, 1 << 20, "held for all, a quarter for one: busy, not read; who holds most is cut")

struct sp_limits {
#define X(name, standard, least, most, help) uint64_t name;
    SP_LIMITS(X)
#undef X
};

#define SP_LIMIT_DEFAULT(name, standard, least, most, help) .name = (standard),
#define SP_LIMITS_DEFAULT                                                                                    \
    {                                                                                                        \
        SP_LIMITS(SP_LIMIT_DEFAULT)                                                                          \
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
    X(MEMORY, "memory")           /* over memory_mib, and its principal or address held the most */          \
    X(CROWDED_OUT, "crowded_out") /* nobody was believed on it, and another needed the place */              \
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
    X(refused_subscribers, "connections refused: max_subscribers")                                           \
    X(refused_no_memory, "connections refused: out of memory, or the socket failed at once")                 \
    X(refused_memory, "connections refused: memory_mib")                                                     \
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
    X(pauses, "of these, pauses after a request that was worth nothing or came too soon")                    \
    X(yields, "times that a peer had more to read and left the turn to others")                              \
    X(bytes_in, "bytes read")                                                                                \
    X(bytes_out, "bytes written")

#define SP_GAUGES(X)                                                                                         \
    X(connections, "connections open now")                                                                   \
    X(subscribers, "of these, subscribers past their handshake")                                             \
    X(outstanding, "requests waiting for a reply")                                                           \
    X(parked, "long polls waiting")                                                                          \
    X(stopped, "connections that are not read for now")                                                      \
    X(unsent_bytes, "bytes queued for peers")                                                                \
    X(held_bytes, "bytes of memory_mib that are in use")

struct sp_stats {
#define X(field, help) uint64_t field;
    SP_COUNTERS(X)
    SP_GAUGES(X)
#undef X
    uint64_t closed[SP_CLOSE_COUNT]; // by enum sp_close_reason
};
