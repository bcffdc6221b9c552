// Listening sockets, made with POSIX calls so that each step can be refused with its reason.
#pragma once

#include "sp/sp_address.h"

#include <stdbool.h>
#include <sys/types.h>

// The file behind an ipc socket, by which its owner recognises it.
struct sp_bind_file {
    dev_t device;
    ino_t inode; // 0: none
};

#define SP_BIND_ANY_GROUP ((gid_t)-1)

// Whose an ipc file is to be.
struct sp_bind_access {
    mode_t mode; // 0: by the umask
    gid_t group; // SP_BIND_ANY_GROUP: the process's
};

// Opens a socket that listens on `address`, which is updated to what the kernel chose. An ipc file has its
// mode and group before anybody can connect, and never a wider mode; what stands in its place by then, put
// there by somebody who can write into the directory, is left as it is and refused. A socket file on which
// nobody answers is replaced; two daemons that start on one path in the same instant are kept apart by the
// store's lock, not by this. 0; ERROR_IN_USE or ERROR_ADDRESS with the reason (static text).
int sp_bind_open(struct sp_address *address, const struct sp_bind_access *access, int *fd,
                 struct sp_bind_file *file, const char **reason) __attribute__((warn_unused_result));

// Looks a foreign descriptor over: a stream socket of a known family that listens. Makes it non-blocking and
// close-on-exec, and tells its address. 0, or ERROR_ADDRESS.
int sp_bind_adopt(int fd, struct sp_address *address, const char **reason)
    __attribute__((warn_unused_result));

// Removes the ipc file if it is still ours.
void sp_bind_unlink(const struct sp_address *address, const struct sp_bind_file *file);
