#include "load.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"
#include "whistle.h"
#include "wrap.h"

// Sealed messages say that they were sent so much later, as a clock that is ahead would: what was sent when
// the daemon began, or before, it takes for one that may have come before.
enum { AHEAD_MS = 5 * 60 * 1000 - 1 };

static int64_t wall_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// ---- messages -----------------------------------------------------------------------------------

static void fill(Whistle__V1__Whistle *w, const struct load *load, uint64_t turn, char *number)
{
    w->kind = WHISTLE__V1__KIND__KIND_ISSUE;
    w->area = (char *)(uintptr_t)load->areas[turn % load->n_areas];
    w->category = (char *)(uintptr_t)load->category;
    w->title = (char *)(uintptr_t) "东门菜场门口垃圾堆积";
    w->source = (char *)(uintptr_t) "bench";
    w->source_no = number;
    w->appointed_ms = load->appointed_ms;
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
    request.sent_ms = wall_ms() + (load->key ? AHEAD_MS : 0);
    request.op_case = WHISTLE__V1__REQUEST__OP_SUBMIT;
    request.submit = &submit;
    return wrap_request(load->principal, load->key, &request, length);
}

static void note_due(struct result *out, const Whistle__V1__Reply *reply)
{
    const Whistle__V1__Receipt *receipt =
        reply->result_case == WHISTLE__V1__REPLY__RESULT_RECEIPT ? reply->receipt : NULL;
    for (size_t i = 0; receipt && i < receipt->n_called; i++) {
        out->due_ms = out->due_ms ? out->due_ms : receipt->called[i]->report_due_ms;
        out->due += receipt->called[i]->report_due_ms == out->due_ms;
    }
}

static void note(const struct load *load, struct result *out, const uint8_t *bytes, size_t length,
                 int64_t took_ns)
{
    Whistle__V1__Reply *reply = wrap_reply(load->key, bytes, length);
    if (reply && strcmp(reply->code, "ok") == 0) {
        sample_add(&out->latency, took_ns);
        note_due(out, reply);
    } else {
        out->refused++;
        snprintf(out->code, sizeof out->code, "%s", reply ? reply->code : "unreadable");
    }
    whistle_reply_free(reply);
}

// ---- the run ------------------------------------------------------------------------------------

enum { PATIENCE_S = 30, SECOND_NS = 1000000000 };

struct course {
    const struct load *load;
    struct peer *peers;
    struct pollfd *fds;
    struct result *out;
    uint64_t turn;
    unsigned flying; // whistles that are not answered yet
    int64_t end_ns;
    int64_t heard_ns; // the last answer
};

static bool goes_on(const struct course *c)
{
    const struct load *load = c->load;
    return (!load->most || c->turn < load->most) && (load->seconds <= 0 || monotonic_ns() < c->end_ns) &&
           (!load->more || load->more(load->context));
}

// The next whistle of one client; without one it has nothing more to say.
static void ask(struct course *c, unsigned i)
{
    size_t length;
    uint8_t *message = goes_on(c) ? load_request(c->load, c->turn, &length) : NULL;
    c->fds[i].fd = message ? c->peers[i].fd : -1;
    if (!message)
        return;
    peer_request(&c->peers[i], message, length);
    c->peers[i].sent_ns = monotonic_ns();
    c->turn++;
    c->flying++;
    free(message);
}

static void turn_peer(struct course *c, unsigned i)
{
    const uint8_t *message;
    size_t length;
    int got = peer_turn(&c->peers[i], &message, &length);
    if (got != 0)
        c->flying--;
    if (got > 0) {
        c->heard_ns = monotonic_ns();
        note(c->load, c->out, message, length, c->heard_ns - c->peers[i].sent_ns);
        ask(c, i);
    } else if (got < 0) {
        c->out->lost++;
        peer_close(&c->peers[i]);
        c->fds[i].fd = -1;
    }
    c->fds[i].events = peer_wants_to_send(&c->peers[i]) ? POLLOUT : POLLIN;
}

static void run(struct course *c)
{
    unsigned clients = c->load->clients;
    int64_t start = c->heard_ns = monotonic_ns();
    c->end_ns = start + (int64_t)(c->load->seconds * SECOND_NS);
    for (unsigned i = 0; i < clients; i++) {
        c->fds[i].events = POLLOUT;
        ask(c, i);
    }
    while (c->flying && monotonic_ns() - c->heard_ns < (int64_t)PATIENCE_S * SECOND_NS) {
        if (poll(c->fds, clients, 100) <= 0)
            continue;
        for (unsigned i = 0; i < clients; i++)
            if (c->fds[i].fd >= 0 && c->fds[i].revents)
                turn_peer(c, i);
    }
    c->out->lost += c->flying;
    c->out->seconds = (double)(monotonic_ns() - start) / SECOND_NS;
    c->out->per_second = (double)c->out->latency.count / c->out->seconds;
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
        run(&(struct course){.load = load, .peers = peers, .fds = fds, .out = out});
    while (opened > 0)
        peer_close(&peers[--opened]);
    free(peers);
    free(fds);
    return all;
}

bool load_was_clean(const struct result *r)
{
    if (r->refused || r->lost)
        fprintf(stderr, "whistle-bench: %" PRIu64 " whistles were refused (%s), %" PRIu64 " clients lost\n",
                r->refused, r->code, r->lost);
    return !r->refused && !r->lost;
}
