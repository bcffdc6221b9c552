// One client of a load: a plain socket that speaks SP as a REQ, without blocking.
//
// Plain sockets and not nanomsg, since hundreds of nanomsg sockets in one process measure nanomsg's one
// worker thread instead of the daemon.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PEER_BUFFER = 65536 };

struct peer {
    int fd;
    bool ipc;
    uint8_t out[PEER_BUFFER];
    size_t out_length, out_done;
    uint8_t in[PEER_BUFFER];
    size_t in_length;
    int64_t sent_ns;
};

// Connects and shakes hands (waiting at most 5 s). False with a message.
bool peer_open(struct peer *p, const char *url);
void peer_close(struct peer *p);

// Frames a message to be sent; peer_turn sends it.
void peer_request(struct peer *p, const void *message, size_t length);

// Goes on after poll said the socket is ready. 1: an answer is complete, and `*message` points into `p` until
// the next request; 0: not yet; -1: the connection is lost.
int peer_turn(struct peer *p, const uint8_t **message, size_t *length);

// Whether there is something to be sent.
bool peer_wants_to_send(const struct peer *p);
