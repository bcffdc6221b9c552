// layer: sp
// The whole SP server on a loop of its own, against peers that send what the bytes say, in the pieces that
// they say, while the service answers, parks, drops, publishes, and time passes. Each request ends once and
// in one way, the gauges say what there is, what a peer reads is frames, and in the end nothing is left.
#include "input.h"

#include "sp/sp_arrival.h"
#include "sp/sp_conn.h"
#include "sp/sp_pub.h"
#include "sp/sp_rep.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

enum { PEERS = 6, REQUESTS = 64, SOCKET_BYTES = 4096, READ_MAX = 1 << 20 };

static const struct sp_limits limits = {
    .max_message_bytes = 256,
    .max_connections = 4,
    .max_per_address = 3,
    .max_subscribers = 2,
    .memory_mib = 1,
    .max_outstanding = 4,
    .max_parked = 2,
    .max_unsent_bytes = 4096,
    .max_subscriber_bytes = 4096,
    .handshake_ms = 1000,
    .frame_ms = 3000,
    .frame_ms_per_8k = 1000,
    .stall_ms = 30000,
    .linger_ms = 2000,
    .tick_ms = 250,
};

struct peer {
    int fd; // 0: there is none
    enum sp_transport transport;
    struct sp_frame_reader reader; // of what it reads
    size_t greeted;
};

struct town {
    uv_loop_t loop;
    struct sp_server *server;
    struct peer peers[PEERS];
    struct sp_token open[REQUESTS]; // requests that nobody has ended
    size_t open_count;
    uint64_t requests, ahead_ms;
    bool closed;
};

// ---- the service --------------------------------------------------------------------------------

static void forget(struct town *town, struct sp_token token)
{
    size_t i = 0;
    while (i < town->open_count && town->open[i].serial != token.serial)
        i++;
    MUST(i < town->open_count); // it was open, and ends now
    town->open[i] = town->open[--town->open_count];
}

static void on_request(void *context, const struct sp_request *request)
{
    struct town *town = context;
    MUST(request->length <= limits.max_message_bytes + SP_STACK_MAX &&
         sp_is_open(town->server, request->token));
    free(exact_copy((struct blob){request->body, request->length})); // all of it can be read
    town->requests++;
    if (town->open_count == REQUESTS)
        sp_drop(town->server, request->token);
    else
        town->open[town->open_count++] = request->token;
}

static void on_gone(void *context, struct sp_token token, void *attachment, enum sp_gone why)
{
    (void)why;
    MUST(!attachment || attachment == context);
    forget(context, token);
}

static void on_too_large(void *context, const struct sp_peer *peer, uint64_t announced, struct buffer *body)
{
    (void)context, (void)peer;
    MUST(announced > limits.max_message_bytes);
    buffer_text(body, "too large");
}

static uint64_t on_arrival(void *context, const struct sp_peer *peer)
{
    const struct town *town = context;
    (void)peer;
    return town->requests % 8 == 7 ? 300 : 0;
}

static void on_nonsense(void *context, const struct sp_peer *peer)
{
    (void)context;
    MUST(peer->connection > 0);
}

static const struct sp_callbacks callbacks = {on_request, on_gone, on_too_large, on_arrival, on_nonsense};

// ---- the peers ----------------------------------------------------------------------------------

static void leave(struct peer *peer)
{
    if (peer->fd)
        close(peer->fd);
    sp_frame_fini(&peer->reader);
    *peer = (struct peer){0};
}

static void connect_peer(struct town *town, struct peer *peer, uint8_t how)
{
    int pair[2], room = SOCKET_BYTES;
    struct sp_address from = {.transport = how & 1 ? SP_IPC : SP_TCP, .any.sa_family = AF_INET};
    leave(peer);
    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
    MUST(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room) == 0);
    *peer = (struct peer){.fd = pair[1], .transport = from.transport};
    sp_frame_init(&peer->reader, from.transport, READ_MAX);
    sp_arrive(town->server, how & 2 ? &sp_pub_role : &sp_rep_role, pair[0], &from);
}

static void say(const struct peer *peer, struct blob bytes)
{
    if (peer->fd && bytes.length)
        (void)!send(peer->fd, bytes.bytes, bytes.length, MSG_NOSIGNAL);
}

static void say_hello(const struct peer *peer, uint8_t how)
{
    uint8_t hello[SP_HANDSHAKE_BYTES];
    sp_handshake(how & 1 ? SP_SUB : SP_REQ, hello);
    say(peer, (struct blob){hello, sizeof hello});
}

// A frame as it should be, but for its payload.
static void say_frame(const struct peer *peer, struct blob payload)
{
    uint8_t head[SP_HEAD_MAX];
    size_t skip = peer->transport == SP_TCP;
    sp_frame_head(payload.length, head);
    say(peer, (struct blob){head + skip, sizeof head - skip});
    say(peer, payload);
}

// Whatever the server says is a handshake and whole frames behind it.
static void listen_to(struct peer *peer, struct sp_span in)
{
    struct sp_frame frame;
    for (; in.left && peer->greeted < SP_HANDSHAKE_BYTES; in.at++, in.left--)
        MUST(peer->greeted++ != 1 || *in.at == 'S');
    while (in.left) {
        enum sp_frame_event event = sp_frame_next(&peer->reader, &in, &frame);
        MUST(event == SP_FRAME_MORE || event == SP_FRAME_WHOLE);
        if (event == SP_FRAME_WHOLE)
            sp_frame_release(&peer->reader);
    }
}

static void read_all(struct peer *peer, size_t most)
{
    uint8_t room[1024];
    ssize_t got = 1;
    for (size_t all = 0; peer->fd && got > 0 && all < most; all += (size_t)got) {
        got = recv(peer->fd, room, sizeof room, 0);
        if (got <= 0)
            return;
        listen_to(peer, (struct sp_span){room, (size_t)got});
    }
}

// ---- what happens -------------------------------------------------------------------------------

static void answer(struct town *town, struct input *in)
{
    static const uint8_t body[8192];
    uint8_t which = take_byte(in);
    size_t length = take_number(in, 2) % sizeof body;
    struct sp_token token = {0};
    if (town->open_count) {
        token = town->open[which % town->open_count];
        forget(town, token);
    }
    (void)!sp_reply(town->server, token, body, length);
    MUST(!sp_is_open(town->server, token));
}

static void park(struct town *town, uint8_t which)
{
    if (!town->open_count)
        return;
    struct sp_token token = town->open[which % town->open_count];
    if (which & 64)
        sp_believe(town->server, token, which & 128 ? "cg" : "xf");
    (void)!sp_attach(town->server, token, town);
    (void)!sp_park(town->server, token);
}

static void give_up(struct town *town, uint8_t which)
{
    if (!town->open_count)
        return;
    struct sp_token token = town->open[which % town->open_count];
    forget(town, token);
    sp_drop(town->server, token);
}

static void publish(struct town *town, struct input *in)
{
    static const uint8_t body[8192];
    MUST(sp_publish(town->server, body, take_number(in, 2) % sizeof body) == 0);
}

// As the server's own tick does it.
static void pass_time(struct town *town, uint8_t how)
{
    static const uint16_t spans[] = {10, 999, 1001, 3001, 30001};
    struct sp_conn *c = TAILQ_FIRST(&town->server->conns), *next;
    town->ahead_ms += spans[how % 5];
    for (; c; c = next) {
        next = TAILQ_NEXT(c, of_server);
        sp_conn_check(c, uv_now(&town->loop) + town->ahead_ms);
    }
}

static void gauges_are_true(const struct town *town)
{
    const struct sp_stats *stats = sp_server_stats(town->server);
    MUST(stats->outstanding + stats->parked == town->open_count && stats->requests == town->requests);
    MUST(stats->connections <= limits.max_connections && stats->subscribers <= stats->connections);
    MUST(stats->stopped <= stats->connections);
    MUST(stats->parked <= stats->connections * limits.max_parked);
}

static void step(struct town *town, struct input *in)
{
    uint8_t what = take_byte(in), who = take_byte(in);
    struct peer *peer = &town->peers[who % PEERS];
    switch (what % 13) {
    case 0:
        connect_peer(town, peer, who / PEERS);
        break;
    case 1:
        say(peer, take_run(in));
        break;
    case 2:
        say_hello(peer, who / PEERS);
        break;
    case 3:
    case 4:
        say_frame(peer, take_run(in));
        break;
    case 5:
        answer(town, in);
        break;
    case 6:
        park(town, who);
        break;
    case 7:
        give_up(town, who);
        break;
    case 8:
        publish(town, in);
        break;
    case 9:
        pass_time(town, who);
        break;
    case 10:
        read_all(peer, who < 128 ? 1024 : READ_MAX);
        break;
    case 11:
        leave(peer);
        break;
    default:
        if (peer->fd)
            shutdown(peer->fd, SHUT_WR);
    }
    if (what < 208) // sometimes several things happen in one turn
        uv_run(&town->loop, UV_RUN_NOWAIT);
    gauges_are_true(town);
}

static void on_closed(void *context)
{
    ((struct town *)context)->closed = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct input in = {bytes, length};
    struct town town = {0};
    signal(SIGPIPE, SIG_IGN);
    MUST(uv_loop_init(&town.loop) == 0);
    town.server = sp_server_create(&town.loop, &limits, &callbacks, &town);
    MUST(town.server);
    while (in.left)
        step(&town, &in);
    sp_server_close(&town.server, on_closed, &town);
    MUST(!town.open_count);
    for (size_t i = 0; i < PEERS; i++) {
        read_all(&town.peers[i], READ_MAX);
        leave(&town.peers[i]);
    }
    uv_run(&town.loop, UV_RUN_DEFAULT);
    MUST(town.closed && uv_loop_close(&town.loop) == 0);
    return 0;
}
