#include "status/admit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GROUPS_AT_ONCE = 64 };

static bool has(const gid_t *groups, size_t count, gid_t group)
{
    for (size_t i = 0; i < count; i++)
        if (groups[i] == group)
            return true;
    return false;
}

// The kernel says how much room it wants where there is too little.
static bool is_among_many(int fd, gid_t group, socklen_t bytes)
{
    gid_t *groups = malloc(bytes);
    bool found = groups && !getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &bytes) &&
                 has(groups, bytes / sizeof *groups, group);
    free(groups);
    return found;
}

static bool is_member(int fd, gid_t group)
{
    gid_t groups[GROUPS_AT_ONCE];
    socklen_t bytes = sizeof groups;
    if (!getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &bytes))
        return has(groups, bytes / sizeof *groups, group);
    return errno == ERANGE && is_among_many(fd, group, bytes);
}

bool admit_peer(int fd, gid_t group, uid_t *uid)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    *uid = (uid_t)-1;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length))
        return false;
    *uid = peer.uid;
    return peer.uid == 0 || peer.uid == geteuid() ||
           (group != (gid_t)-1 && (peer.gid == group || is_member(fd, group)));
}
