// Sockets that the service manager opened and hands over (sd_listen_fds(3)), told apart by their names:
// FileDescriptorName= of a socket unit.
//
// They stay open while the daemon is away, so that clients wait over a restart instead of being refused, and
// the daemon needs no right to open them itself.
#pragma once

#include "sp/sp_server.h"

#include <stdbool.h>

// X(enumerator, FileDescriptorName=)
#define INHERIT_ROLES(X)                                                                                     \
    X(REQUESTS, "requests")                                                                                  \
    X(NOTICES, "notices")                                                                                    \
    X(STATUS, "status")

enum inherit_role {
#define X(id, name) INHERIT_##id,
    INHERIT_ROLES(X)
#undef X
};

enum { INHERIT_MAX = 32 };

struct inherit {
    int count;
    int fds[INHERIT_MAX];
    enum inherit_role roles[INHERIT_MAX];
};

// What was handed over; nothing is fine. It is taken out of the environment. Complains of a name that is none
// of ours, of too many, and of a second status socket: ERROR_BAD_VALUE, ERROR_TOO_MANY.
int inherit_take(struct inherit *inherit) __attribute__((warn_unused_result));

// The first descriptor of that role; 0 where there is none.
int inherit_find(const struct inherit *inherit, enum inherit_role role);

// Whether requests come in over TCP on one of them.
bool inherit_has_tcp(const struct inherit *inherit);

// Has the server serve those of the role as `protocol`, and logs each. Complains of one that cannot be.
int inherit_adopt(const struct inherit *inherit, enum inherit_role role, struct sp_server *server,
                  enum sp_protocol protocol) __attribute__((warn_unused_result));
