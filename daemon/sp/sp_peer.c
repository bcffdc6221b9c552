#include "sp/sp_peer.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

// An IPv6 host commonly owns its whole /64, so counting single addresses would count nothing.
enum { IPV6_NETWORK_BYTES = 8 };

static void key_of_in(uint8_t key[SP_PEER_KEY], const void *in)
{
    key[10] = key[11] = 0xff; // as IPv4 is written within IPv6
    memcpy(key + 12, in, 4);
}

static void key_of_in6(uint8_t key[SP_PEER_KEY], const struct in6_addr *in6)
{
    if (IN6_IS_ADDR_V4MAPPED(in6))
        key_of_in(key, in6->s6_addr + 12);
    else
        memcpy(key, in6, IPV6_NETWORK_BYTES);
}

static int init_ipc(struct sp_peer *peer, int fd)
{
    struct ucred cred;
    socklen_t length = sizeof cred;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &length))
        return ERROR_IO;
    peer->uid = cred.uid;
    peer->gid = cred.gid;
    peer->pid = cred.pid;
    memcpy(peer->key, &cred.uid, sizeof cred.uid);
    snprintf(peer->text, sizeof peer->text, "ipc uid=%u pid=%d", (unsigned)cred.uid, (int)cred.pid);
    return 0;
}

int sp_peer_init(struct sp_peer *peer, int fd, const struct sp_address *from)
{
    *peer = (struct sp_peer){.transport = from->transport, .uid = (uid_t)-1, .gid = (gid_t)-1};
    if (from->transport == SP_IPC)
        return init_ipc(peer, fd);
    sp_address_format(from, peer->text);
    if (from->any.sa_family == AF_INET)
        key_of_in(peer->key, &from->in.sin_addr);
    else
        key_of_in6(peer->key, &from->in6.sin6_addr);
    return 0;
}

bool sp_peer_same_address(const struct sp_peer *a, const struct sp_peer *b)
{
    return a->transport == b->transport && !memcmp(a->key, b->key, SP_PEER_KEY);
}
