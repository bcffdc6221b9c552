// Where to listen, as nanomsg writes it: tcp://127.0.0.1:5555, tcp://[::1]:5555, tcp://*:5555,
// ipc:///run/x.sock
//
// Addresses are numeric; `*` is every address of both families. Port 0 lets the kernel choose. An ipc path
// may be relative, as with libnanomsg (ipc://x.sock).
#pragma once

#include "sp/sp_frame.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <netinet/in.h>

enum { SP_ADDRESS_TEXT = 128 }; // the longest URL, NUL included: ipc:// and 107 bytes of path

struct sp_address {
    enum sp_transport transport;
    bool every; // tcp://*: an IPv6 socket that takes IPv4 too
    socklen_t length;
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
    };
};

// 0, or ERROR_ADDRESS with the reason in words (static text) in `*reason`.
int sp_address_parse(const char *url, struct sp_address *out, const char **reason)
    __attribute__((warn_unused_result));

// The URL of an address, as sp_address_parse reads it; an IPv4 address inside IPv6 is written as IPv4.
void sp_address_format(const struct sp_address *address, char text[SP_ADDRESS_TEXT]);
