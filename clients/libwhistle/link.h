// nanomsg, and nothing else here knows it: the one REQ socket of a handle.
//
// A libnanomsg client that got into trouble (a peer that closes right after the handshake, an oversize
// answer) never recovers by itself, so that the only cure is a new socket: link_close, link_open.
#pragma once

#include "handle.h"

// Makes the socket and names its peer. BAD_ADDRESS, with the address in whistle_text.
int link_open(struct whistle *w);

// Closes it if it is open.
void link_close(struct whistle *w);

// Hands one message over; a request that still waited there is forgotten. NO_ANSWER: it cannot be sent.
int link_send(struct whistle *w, const void *bytes, size_t length);

// Waits for the answer. OK: `*bytes` is to be given back with link_free; NOTHING within `wait_ms`;
// NO_ANSWER: the socket is of no more use.
int link_receive(struct whistle *w, uint32_t wait_ms, void **bytes, size_t *length);
void link_free(void *bytes);

// Options that REQ and SUB share: room for answers, IPv6 where the address has brackets.
int link_prepare(int socket, const char *address, uint32_t max_bytes);
