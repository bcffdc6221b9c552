#include "link.h"

#include <nanomsg/nn.h>
#include <nanomsg/pubsub.h>
#include <stdlib.h>
#include <string.h>

#include "tame.h"
#include "unpack.h"

enum { MAX_NOTICE = 65536 };

struct whistle_subscription {
    int socket;
    uint64_t published; // of the last notice
    uint64_t lost;
};

static int open_socket(const char *address, const char *area)
{
    int socket = nn_socket(AF_SP, NN_SUB);
    if (socket < 0)
        return -1;
    if (nn_setsockopt(socket, NN_SUB, NN_SUB_SUBSCRIBE, area, strlen(area)) < 0 ||
        link_prepare(socket, address, MAX_NOTICE) != WHISTLE_OK) {
        nn_close(socket);
        return -1;
    }
    return socket;
}

int whistle_subscribe(const char *address, const char *area, struct whistle_subscription **out)
{
    *out = NULL;
    if (!address || !area)
        return WHISTLE_BAD_USE;
    struct whistle_subscription *s = calloc(1, sizeof *s);
    if (!s)
        return WHISTLE_NO_MEMORY;
    s->socket = open_socket(address, area);
    if (s->socket < 0) {
        free(s);
        return WHISTLE_BAD_ADDRESS;
    }
    *out = s;
    return WHISTLE_OK;
}

// A notice stands behind the area's code, "/" and a NUL. A daemon that began anew counts from the start
// again.
static int read_notice(struct whistle_subscription *s, const uint8_t *bytes, size_t length,
                       Whistle__V1__Notice **notice)
{
    const uint8_t *nul = memchr(bytes, 0, length);
    if (!nul)
        return WHISTLE_BAD_REPLY;
    length -= (size_t)(nul + 1 - bytes);
    *notice = unpack_within(unpack_usual_room(length), &whistle__v1__notice__descriptor, nul + 1, length);
    if (!*notice)
        return WHISTLE_BAD_REPLY;
    tame_message(&(*notice)->base);
    uint64_t published = (*notice)->published;
    if (s->published && published > s->published + 1)
        s->lost += published - s->published - 1;
    s->published = published;
    return WHISTLE_OK;
}

int whistle_next(struct whistle_subscription *s, uint32_t wait_ms, Whistle__V1__Notice **notice)
{
    void *bytes;
    int wait = wait_ms > INT32_MAX ? INT32_MAX : (int)wait_ms;
    *notice = NULL;
    nn_setsockopt(s->socket, NN_SOL_SOCKET, NN_RCVTIMEO, &wait, sizeof wait);
    int length = nn_recv(s->socket, &bytes, NN_MSG, wait == 0 ? NN_DONTWAIT : 0);
    if (length < 0)
        return WHISTLE_NOTHING;
    int result = read_notice(s, bytes, (size_t)length, notice);
    nn_freemsg(bytes);
    return result;
}

uint64_t whistle_lost(const struct whistle_subscription *s)
{
    return s->lost;
}

void whistle_notice_free(Whistle__V1__Notice *notice)
{
    if (notice)
        whistle__v1__notice__free_unpacked(notice, NULL);
}

void whistle_unsubscribe(struct whistle_subscription *s)
{
    if (!s)
        return;
    nn_close(s->socket);
    free(s);
}
