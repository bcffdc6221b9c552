// Who is at the other end of a connection, as the kernel says it.
#pragma once

#include "sp/sp_address.h"

#include <sys/types.h>

enum { SP_PEER_KEY = 16 };

struct sp_peer {
    enum sp_transport transport;
    uint64_t connection;        // a number of its own in the life of the server
    char text[SP_ADDRESS_TEXT]; // "tcp://192.0.2.7:40112" or "ipc uid=1000 pid=4242", for people and logs
    uint8_t key[SP_PEER_KEY];   // what max_per_address counts: IPv4, IPv6 /64, or uid
    uid_t uid;                  // SO_PEERCRED; ipc only, else (uid_t)-1
    gid_t gid;                  // likewise
    pid_t pid;                  // likewise, else 0; may have ended since
};

// Describes the peer of a connected socket; `from` is what accept said. 0, or ERROR_IO where an ipc peer has
// no credentials.
int sp_peer_init(struct sp_peer *peer, int fd, const struct sp_address *from)
    __attribute__((warn_unused_result));

bool sp_peer_same_address(const struct sp_peer *a, const struct sp_peer *b);
