// A socket that accepts peers for one role.
//
// Accepting is done here and not by libuv, so that a peer over the limits costs one close(2), and so that a
// want of descriptors pauses accepting until the next tick instead of spinning (libuv 1.44 can lose the spare
// descriptor by which it gets out of that).
#pragma once

#include "sp/sp_bind.h"
#include "sp/sp_conn.h"

struct sp_listener {
    LIST_ENTRY(sp_listener) of_server;
    struct sp_server *server;
    const struct sp_role *role;
    uv_poll_t poll;
    int fd;
    bool paused; // until the next tick
    struct sp_address address;
    struct sp_bind_file file; // ours to remove; none for an adopted socket
};

// Begins to accept on `fd`, which is the listener's from here on; on an error it is closed. 0,
// ERROR_NO_MEMORY, or ERROR_ADDRESS.
int sp_listener_open(struct sp_server *s, const struct sp_role *role, int fd,
                     const struct sp_address *address, const struct sp_bind_file *file)
    __attribute__((warn_unused_result));

// Accepts again after a pause.
void sp_listener_resume(struct sp_listener *l);

// Closes the socket and removes its file.
void sp_listener_close(struct sp_listener *l);
