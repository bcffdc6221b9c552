#include "load.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"
#include "whistle.h"

static int64_t wall_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// ---- messages
// ------------------------------------------------------------------------------------------------

static void fill(Whistle__V1__Whistle *w, const struct load *load, uint64_t turn, char *number)
{
    w->kind = WHISTLE__V1__KIND__KIND_ISSUE;
    w->area = (char *)(uintptr_t)load->areas[turn % load->n_areas];
    w->category = (char *)(uintptr_t)load->category;
    w->title = (char *)(uintptr_t) "东门菜场门口垃圾堆积";
    w->source = (char *)(uintptr_t) "bench";
    w->source_no = number;
}

static uint8_t *pack(const struct load *load, Whistle__V1__Request *request, size_t *length)
{
    Whistle__V1__Envelope envelope = WHISTLE__V1__ENVELOPE__INIT;
    size_t inner = whistle__v1__request__get_packed_size(request);
    uint8_t *body = malloc(inner), *whole = NULL;
    envelope.version = 1;
    envelope.principal = (char *)(uintptr_t)load->principal;
    envelope.id = request->id;
    envelope.body_case = WHISTLE__V1__ENVELOPE__BODY_PLAIN;
    envelope.plain = (ProtobufCBinaryData){inner, body};
    if (body) {
        whistle__v1__request__pack(request, body);
        whole = malloc(whistle__v1__envelope__get_packed_size(&envelope));
    }
    if (whole)
        *length = whistle__v1__envelope__pack(&envelope, whole);
    free(body);
    return whole;
}

uint8_t *load_request(const struct load *load, uint64_t turn, size_t *length)
{
    Whistle__V1__Request request = WHISTLE__V1__REQUEST__INIT;
    Whistle__V1__Submit submit = WHISTLE__V1__SUBMIT__INIT;
    Whistle__V1__Whistle whistle = WHISTLE__V1__WHISTLE__INIT;
    Whistle__V1__Personal personal = WHISTLE__V1__PERSONAL__INIT;
    uint8_t id[16];
    char number[64];
    // Another run is another process: its whistles are new ones.
    snprintf(number, sizeof number, "%d-%lld-%llu", getpid(), (long long)wall_ms(), (unsigned long long)turn);
    whistle_make_id(id);
    fill(&whistle, load, turn, number);
    personal.name = (char *)(uintptr_t) "张三";
    personal.phone = (char *)(uintptr_t) "13800000000";
    personal.text = (char *)(uintptr_t) "门口的垃圾已经三天没有清理,气味很大,请尽快处理。";
    whistle.personal = &personal;
    submit.whistle = &whistle;
    request.id = (ProtobufCBinaryData){sizeof id, id};
    request.sent_ms = wall_ms();
    request.op_case = WHISTLE__V1__REQUEST__OP_SUBMIT;
    request.submit = &submit;
    return pack(load, &request, length);
}

static void note(struct result *out, const uint8_t *bytes, size_t length, int64_t took_ns)
{
    Whistle__V1__Envelope *envelope = whistle__v1__envelope__unpack(NULL, length, bytes);
    Whistle__V1__Reply *reply =
        envelope && envelope->body_case == WHISTLE__V1__ENVELOPE__BODY_PLAIN
            ? whistle__v1__reply__unpack(NULL, envelope->plain.len, envelope->plain.data)
            : NULL;
    if (reply && strcmp(reply->code, "ok") == 0) {
        sample_add(&out->latency, took_ns);
    } else {
        out->refused++;
        snprintf(out->code, sizeof out->code, "%s", reply ? reply->code : "unreadable");
    }
    whistle_reply_free(reply);
    if (envelope)
        whistle__v1__envelope__free_unpacked(envelope, NULL);
}

// ---- the run
// -------------------------------------------------------------------------------------------------

static bool ask(const struct load *load, struct peer *p, uint64_t turn)
{
    size_t length;
    uint8_t *message = load_request(load, turn, &length);
    if (!message)
        return false;
    peer_request(p, message, length);
    p->sent_ns = monotonic_ns();
    free(message);
    return true;
}

static void turn_peer(const struct load *load, struct peer *p, struct pollfd *fd, uint64_t *turn,
                      struct result *out)
{
    const uint8_t *message;
    size_t length;
    int got = peer_turn(p, &message, &length);
    if (got > 0) {
        note(out, message, length, monotonic_ns() - p->sent_ns);
        ask(load, p, (*turn)++);
    } else if (got < 0) {
        out->lost++;
        peer_close(p);
        fd->fd = -1;
    }
    fd->events = peer_wants_to_send(p) ? POLLOUT : POLLIN;
}

static void run(const struct load *load, struct peer *peers, struct pollfd *fds, struct result *out)
{
    uint64_t turn = 0;
    for (unsigned i = 0; i < load->clients; i++) {
        ask(load, &peers[i], turn++);
        fds[i] = (struct pollfd){peers[i].fd, POLLOUT, 0};
    }
    int64_t start = monotonic_ns(), end = start + (int64_t)(load->seconds * 1e9);
    while (monotonic_ns() < end && out->lost < load->clients) {
        if (poll(fds, load->clients, 100) <= 0)
            continue;
        for (unsigned i = 0; i < load->clients; i++)
            if (fds[i].fd >= 0 && fds[i].revents)
                turn_peer(load, &peers[i], &fds[i], &turn, out);
    }
    out->per_second = (double)out->latency.count / ((double)(monotonic_ns() - start) / 1e9);
}

bool load_run(const struct load *load, struct result *out)
{
    *out = (struct result){0};
    struct peer *peers = calloc(load->clients, sizeof *peers);
    struct pollfd *fds = calloc(load->clients, sizeof *fds);
    unsigned opened = 0;
    while (peers && fds && opened < load->clients && peer_open(&peers[opened], load->url))
        opened++;
    bool all = opened == load->clients;
    if (all)
        run(load, peers, fds, out);
    while (opened > 0)
        peer_close(&peers[--opened]);
    free(peers);
    free(fds);
    return all;
}
