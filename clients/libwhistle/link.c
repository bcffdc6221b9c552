#include "link.h"

#include <nanomsg/nn.h>
#include <nanomsg/reqrep.h>
#include <nanomsg/tcp.h>
#include <string.h>

// nanomsg counts its own 4 bytes, and closes the connection without a word at a larger message; so it is
// given twice the room, and the size is checked where an error can be told.
int link_prepare(int socket, const char *address, uint32_t max_bytes)
{
    int room = (int)(max_bytes < (1u << 29) ? max_bytes * 2 + 64 : 1u << 30);
    if (nn_setsockopt(socket, NN_SOL_SOCKET, NN_RCVMAXSIZE, &room, sizeof room) < 0)
        return WHISTLE_BAD_ADDRESS;
    int most_ms = 1000, only_4 = strchr(address, '[') ? 0 : 1;
    nn_setsockopt(socket, NN_SOL_SOCKET, NN_RECONNECT_IVL_MAX, &most_ms, sizeof most_ms);
    nn_setsockopt(socket, NN_SOL_SOCKET, NN_IPV4ONLY, &only_4, sizeof only_4);
    if (strncmp(address, "tcp://", 6) != 0 && strncmp(address, "ipc://", 6) != 0)
        return WHISTLE_BAD_ADDRESS;
    return nn_connect(socket, address) < 0 ? WHISTLE_BAD_ADDRESS : WHISTLE_OK;
}

int link_open(struct whistle *w)
{
    w->socket = nn_socket(AF_SP, NN_REQ);
    if (w->socket < 0)
        return handle_result(w, WHISTLE_BAD_ADDRESS, w->address);
    // The library sends again under its own clock, with a fresh time in the message.
    int never = INT32_MAX;
    nn_setsockopt(w->socket, NN_REQ, NN_REQ_RESEND_IVL, &never, sizeof never);
    if (link_prepare(w->socket, w->address, w->max_reply) == WHISTLE_OK)
        return WHISTLE_OK;
    link_close(w);
    return handle_result(w, WHISTLE_BAD_ADDRESS, w->address);
}

void link_close(struct whistle *w)
{
    if (w->socket >= 0)
        nn_close(w->socket);
    w->socket = -1;
}

int link_send(struct whistle *w, const void *bytes, size_t length)
{
    int sent = nn_send(w->socket, bytes, length, 0);
    return sent < 0 ? WHISTLE_NO_ANSWER : WHISTLE_OK;
}

int link_receive(struct whistle *w, uint32_t wait_ms, void **bytes, size_t *length)
{
    int wait = wait_ms > INT32_MAX ? INT32_MAX : (int)wait_ms;
    nn_setsockopt(w->socket, NN_SOL_SOCKET, NN_RCVTIMEO, &wait, sizeof wait);
    int got = nn_recv(w->socket, bytes, NN_MSG, wait == 0 ? NN_DONTWAIT : 0);
    if (got >= 0) {
        *length = (size_t)got;
        return WHISTLE_OK;
    }
    int error = nn_errno();
    return error == ETIMEDOUT || error == EAGAIN || error == EINTR ? WHISTLE_NOTHING : WHISTLE_NO_ANSWER;
}

void link_free(void *bytes)
{
    nn_freemsg(bytes);
}
