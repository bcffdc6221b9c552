// Who may use the status socket: root, the daemon's own user, and the members of one group ((gid_t)-1: nobody
// more), as the kernel says it of the peer. The file's mode alone would go by whoever may write the file, and
// a socket that was handed over has the mode that somebody else gave it.
#pragma once

#include <stdbool.h>
#include <sys/types.h>

// True when the peer of the connected unix socket may. The groups of a peer are those that it had when it
// connected. What is not known of it is against it. `*uid` is whose it is, (uid_t)-1 where that is not known.
bool admit_peer(int fd, gid_t group, uid_t *uid);
