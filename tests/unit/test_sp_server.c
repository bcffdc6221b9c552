// layer: sp
// The server on a loop of its own against plain sockets: what is promised to good peers and to bad ones.
//
// Time limits are a few milliseconds here, so that no test waits for longer than what it is about.
#include "base/error.h"
#include "sp/sp_pub.h"
#include "sp/sp_rep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* ---- faults and counts, by ld --wrap (see tests/CMakeLists.txt) ---- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
int __real_uv_try_write(uv_stream_t *stream, const uv_buf_t bufs[], unsigned count);
int __wrap_uv_try_write(uv_stream_t *stream, const uv_buf_t bufs[], unsigned count);
int __real_bind(int fd, const struct sockaddr *address, socklen_t length);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t length);

static long fail_at; // the n-th allocation from now fails; 0: none
static unsigned writes;
static const char *put_instead; // what a link in place of the next socket file leads to; NULL: none
static mode_t mode_at_first;    // of the last socket file, as bind(2) made it

static bool fails(void)
{
    return fail_at && --fail_at == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

// Somebody who can write into the directory is quick.
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t length)
{
    const char *path = ((const struct sockaddr_un *)(const void *)address)->sun_path;
    int rc = __real_bind(fd, address, length);
    struct stat st;
    if (rc || address->sa_family != AF_UNIX || lstat(path, &st))
        return rc;
    mode_at_first = st.st_mode & 0777;
    if (put_instead) {
        unlink(path);
        assert_int_equal(symlink(put_instead, path), 0);
    }
    return rc;
}

int __wrap_uv_try_write(uv_stream_t *stream, const uv_buf_t bufs[], unsigned count)
{
    writes++;
    return __real_uv_try_write(stream, bufs, count);
}

/* ---- a service that echoes, or keeps ---- */

enum { KEPT = 4096 };

struct town {
    uv_loop_t loop;
    struct sp_server *server;
    struct sp_limits limits;
    char url[SP_ADDRESS_TEXT];
    const char *believed; // of whom requests are believed; NULL: of nobody
    uint64_t arrival_ms;  // for which newcomers are not read
    bool keep;            // requests instead of echoing them
    size_t reply_length;  // of echoes: that many 'r' instead of the body
    struct sp_token token[KEPT];
    char body[KEPT][8];
    size_t kept;
    size_t gone[2];
    void *gone_attachment;
    uint64_t announced;
    unsigned nonsense;
    struct sp_peer peer; // of the last request
    bool closed;
};

static char filler[1 << 20];

static void on_request(void *context, const struct sp_request *request)
{
    struct town *t = context;
    t->peer = *request->peer;
    if (t->believed)
        sp_believe(t->server, request->token, t->believed);
    if (t->keep) {
        assert_true(t->kept < KEPT);
        size_t length = request->length < 7 ? request->length : 7;
        memcpy(t->body[t->kept], request->body, length);
        t->body[t->kept][length] = 0;
        t->token[t->kept++] = request->token;
        return;
    }
    const void *bytes = t->reply_length ? (const void *)filler : request->body;
    (void)sp_reply(t->server, request->token, bytes, t->reply_length ? t->reply_length : request->length);
}

static void on_gone(void *context, struct sp_token token, void *attachment, enum sp_gone why)
{
    struct town *t = context;
    if (t->server)
        assert_false(sp_is_open(t->server, token));
    t->gone[why]++;
    t->gone_attachment = attachment;
}

static void on_too_large(void *context, const struct sp_peer *peer, uint64_t announced, struct buffer *body)
{
    struct town *t = context;
    (void)peer;
    t->announced = announced;
    buffer_text(body, "too large");
}

static uint64_t on_arrival(void *context, const struct sp_peer *peer)
{
    const struct town *t = context;
    (void)peer;
    return t->arrival_ms;
}

static void on_nonsense(void *context, const struct sp_peer *peer)
{
    struct town *t = context;
    (void)peer;
    t->nonsense++;
}

static void on_closed(void *context)
{
    ((struct town *)context)->closed = true;
}

static void open_town(struct town *t, const struct sp_limits *limits, enum sp_protocol protocol,
                      const char *url)
{
    const struct sp_callbacks callbacks = {on_request, on_gone, on_too_large, on_arrival, on_nonsense};
    struct sp_listen_report report;
    struct sp_limits fast = limits ? *limits : (struct sp_limits)SP_LIMITS_DEFAULT;
    fast.tick_ms = 2;
    t->limits = fast;
    assert_int_equal(uv_loop_init(&t->loop), 0);
    t->server = sp_server_create(&t->loop, &fast, &callbacks, t);
    assert_non_null(t->server);
    assert_int_equal(sp_server_listen(t->server, protocol, url, 0, &report), 0);
    memcpy(t->url, report.address, sizeof t->url);
}

static struct town *town_create(const struct sp_limits *limits, enum sp_protocol protocol, const char *url)
{
    struct town *t = calloc(1, sizeof *t);
    open_town(t, limits, protocol, url);
    return t;
}

static struct town *rep_town(const struct sp_limits *limits)
{
    return town_create(limits, SP_REP, "tcp://127.0.0.1:0");
}

// Every test ends here: nothing may be left.
static void town_destroy(struct town *t)
{
    sp_server_close(&t->server, on_closed, t);
    while (!t->closed)
        uv_run(&t->loop, UV_RUN_ONCE);
    assert_int_equal(uv_run(&t->loop, UV_RUN_NOWAIT), 0);
    assert_int_equal(uv_loop_close(&t->loop), 0);
    free(t);
}

static const struct sp_stats *stats(const struct town *t)
{
    return sp_server_stats(t->server);
}

// The server's tick wakes the loop, so that this gives up after seconds even when nothing happens.
#define until(t, condition)                                                                                  \
    do {                                                                                                     \
        for (int spins_ = 0; spins_ < 5000 && !(condition); spins_++)                                        \
            uv_run(&(t)->loop, UV_RUN_ONCE);                                                                 \
        assert_true(condition);                                                                              \
    } while (0)

static void turns(struct town *t, int count)
{
    for (int i = 0; i < count; i++)
        uv_run(&t->loop, UV_RUN_NOWAIT);
}

/* ---- plain clients ---- */

#define REQ_HELLO "\0SP\0\0\x30\0\0"
#define SUB_HELLO "\0SP\0\0\x21\0\0"

static int client_with(const char *url, int receive_buffer)
{
    struct sp_address address;
    const char *reason;
    assert_int_equal(sp_address_parse(url, &address, &reason), 0);
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    const int on = 1;
    if (address.transport == SP_TCP)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (receive_buffer)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    assert_int_equal(connect(fd, &address.any, address.length), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static int client(const struct town *t)
{
    return client_with(t->url, 0);
}

// Sends everything, running the loop while the socket is full; false when the server has closed.
static bool put(struct town *t, int fd, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length) {
        ssize_t sent = send(fd, at, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return false;
        if (sent > 0) {
            at += sent;
            length -= (size_t)sent;
        }
        turns(t, 1);
    }
    return true;
}

// Receives until `length` bytes or the end; returns how many came.
static size_t get(struct town *t, int fd, void *bytes, size_t length)
{
    size_t got = 0;
    for (int spins = 0; got < length && spins < 5000; spins++) {
        ssize_t n = recv(fd, (char *)bytes + got, length - got, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            break;
        if (n > 0) {
            got += (size_t)n;
            spins = 0;
        }
        if (n < 0)
            uv_run(&t->loop, UV_RUN_ONCE);
        else
            turns(t, 1);
    }
    return got;
}

static bool is_ended(struct town *t, int fd)
{
    char byte;
    for (int spins = 0; spins < 5000; spins++) {
        ssize_t n = recv(fd, &byte, 1, 0);
        if (n == 0 || (n < 0 && errno == ECONNRESET))
            return true;
        if (n > 0)
            return false;
        uv_run(&t->loop, UV_RUN_ONCE);
    }
    return false;
}

static int greeted(struct town *t, const char *hello, int receive_buffer)
{
    char got[8];
    int fd = client_with(t->url, receive_buffer);
    assert_true(put(t, fd, hello, 8));
    assert_int_equal(get(t, fd, got, 8), 8);
    return fd;
}

// Writes one tcp frame of a request; returns its length.
static size_t frame_tcp(uint8_t *out, uint32_t id, const char *body)
{
    size_t length = strlen(body);
    uint8_t head[SP_HEAD_MAX];
    sp_frame_head(4 + length, head);
    memcpy(out, head + 1, 8);
    out[8] = (uint8_t)(0x80 | id >> 24);
    out[9] = (uint8_t)(id >> 16);
    out[10] = (uint8_t)(id >> 8);
    out[11] = (uint8_t)id;
    memcpy(out + 12, body, length);
    return 12 + length;
}

static void ask(struct town *t, int fd, uint32_t id, const char *body)
{
    uint8_t frame[64];
    size_t length = frame_tcp(frame, id, body);
    assert_true(put(t, fd, frame, length));
}

static void expect(struct town *t, int fd, uint32_t id, const char *body)
{
    uint8_t wanted[64], got[64];
    size_t length = frame_tcp(wanted, id, body);
    assert_int_equal(get(t, fd, got, length), length);
    assert_memory_equal(got, wanted, length);
}

/* ---- good peers ---- */

static void a_request_is_answered_over_tcp_in_both_families(void **state)
{
    (void)state;
    static const char *const urls[] = {"tcp://127.0.0.1:0", "tcp://[::1]:0", "tcp://*:0"};
    for (size_t i = 0; i < 3; i++) {
        struct town *t = town_create(NULL, SP_REP, urls[i]);
        if (i == 2) { // reached over IPv4
            char port[8];
            snprintf(port, sizeof port, "%s", strrchr(t->url, ':'));
            snprintf(t->url, sizeof t->url, "tcp://127.0.0.1%s", port);
        }
        int fd = greeted(t, REQ_HELLO, 0);
        ask(t, fd, 7, "hello");
        expect(t, fd, 7, "hello");
        assert_int_equal(t->peer.transport, SP_TCP);
        assert_non_null(strstr(t->peer.text, i == 1 ? "tcp://[::1]:" : "tcp://127.0.0.1:"));
        close(fd);
        until(t, stats(t)->closed[SP_CLOSE_PEER] == 1);
        assert_int_equal(stats(t)->connections, 0);
        town_destroy(t);
    }
}

static void a_request_is_answered_over_ipc_and_its_sender_known(void **state)
{
    (void)state;
    char url[64];
    snprintf(url, sizeof url, "ipc:///tmp/sp-test-%d.sock", (int)getpid());
    struct town *t = town_create(NULL, SP_REP, url);
    int fd = greeted(t, REQ_HELLO, 0);
    uint8_t got[16];
    assert_true(put(t, fd, "\1\0\0\0\0\0\0\0\6\x80\0\0\1hi", 15));
    assert_int_equal(get(t, fd, got, 15), 15);
    assert_memory_equal(got, "\1\0\0\0\0\0\0\0\6\x80\0\0\1hi", 15);
    assert_int_equal(t->peer.uid, getuid());
    assert_int_equal(t->peer.gid, getgid());
    assert_int_equal(t->peer.pid, getpid());
    close(fd);
    town_destroy(t);
    assert_int_equal(access(url + 6, F_OK), -1); // its file is gone with it
}

static void hop_ids_come_back_unchanged(void **state)
{
    (void)state;
    struct town *t = rep_town(NULL);
    int fd = greeted(t, REQ_HELLO, 0);
    uint8_t frame[8 + 36 + 1] = {0}, got[sizeof frame];
    frame[7] = 37;
    for (size_t i = 0; i < 8; i++)
        frame[8 + 4 * i + 3] = (uint8_t)(i + 1);
    frame[8 + 32] = 0x80;
    frame[8 + 36] = '!';
    assert_true(put(t, fd, frame, sizeof frame));
    assert_int_equal(get(t, fd, got, sizeof got), sizeof got);
    assert_memory_equal(got, frame, sizeof got);
    close(fd);
    town_destroy(t);
}

static size_t many_requests(uint8_t *out, uint32_t count)
{
    size_t length = 0;
    for (uint32_t id = 0; id < count; id++) {
        char body[16];
        snprintf(body, sizeof body, "%04u", id);
        length += frame_tcp(out + length, id, body);
    }
    return length;
}

static void ten_thousand_pipelined_requests_lose_nothing(void **state)
{
    (void)state;
    enum { COUNT = 10000 };
    struct town *t = rep_town(NULL);
    int fd = greeted(t, REQ_HELLO, 0);
    uint8_t *sent = malloc(COUNT * 20), *got = malloc(COUNT * 20);
    size_t length = many_requests(sent, COUNT);
    assert_true(put(t, fd, sent, length));
    assert_int_equal(get(t, fd, got, length), length);
    assert_memory_equal(got, sent, length);
    assert_int_equal(stats(t)->requests, COUNT);
    assert_int_equal(stats(t)->replies, COUNT);
    assert_int_equal(stats(t)->unsent_bytes, 0);
    free(sent);
    free(got);
    close(fd);
    town_destroy(t);
}

static void the_replies_of_one_turn_leave_in_one_system_call(void **state)
{
    (void)state;
    enum { COUNT = 30 };
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.max_frames_a_turn = limits.max_frames_a_loop = COUNT;
    struct town *t = rep_town(&limits);
    int fd = greeted(t, REQ_HELLO, 0);
    uint8_t sent[COUNT * 20], got[COUNT * 20];
    size_t length = many_requests(sent, COUNT);
    writes = 0;
    assert_true(put(t, fd, sent, length));
    assert_int_equal(get(t, fd, got, length), length);
    assert_int_equal(writes, 1);
    close(fd);
    town_destroy(t);
}

static void a_handshake_and_a_frame_may_come_byte_by_byte(void **state)
{
    (void)state;
    struct town *t = rep_town(NULL);
    int fd = client(t);
    uint8_t stream[8 + 64];
    memcpy(stream, REQ_HELLO, 8);
    size_t length = 8 + frame_tcp(stream + 8, 3, "slowly");
    for (size_t i = 0; i < length; i++) {
        assert_true(put(t, fd, stream + i, 1));
        turns(t, 2);
    }
    char hello[8];
    assert_int_equal(get(t, fd, hello, 8), 8);
    assert_memory_equal(hello, "\0SP\0\0\x31\0\0", 8);
    expect(t, fd, 3, "slowly");
    close(fd);
    town_destroy(t);
}

static void a_resend_of_an_outstanding_request_is_handed_up_too(void **state)
{
    (void)state;
    struct town *t = rep_town(NULL);
    t->keep = true;
    int fd = greeted(t, REQ_HELLO, 0);
    ask(t, fd, 5, "same");
    ask(t, fd, 5, "same");
    until(t, t->kept == 2);
    assert_int_equal(stats(t)->outstanding, 2);
    assert_int_equal(sp_reply(t->server, t->token[1], "b", 1), 0);
    expect(t, fd, 5, "b");
    sp_drop(t->server, t->token[0]);
    sp_drop(t->server, t->token[0]);
    assert_int_equal(stats(t)->dropped, 1);
    assert_int_equal(stats(t)->outstanding, 0);
    close(fd);
    town_destroy(t);
}

/* ---- tokens and polls ---- */

static void a_reply_to_a_vanished_peer_is_known_to_be_late(void **state)
{
    (void)state;
    struct town *t = rep_town(NULL);
    t->keep = true;
    int fd = greeted(t, REQ_HELLO, 0);
    ask(t, fd, 1, "a");
    until(t, t->kept == 1);
    assert_true(sp_is_open(t->server, t->token[0]));
    assert_int_equal(sp_attach(t->server, t->token[0], t), 0);
    close(fd);
    until(t, t->gone[SP_GONE_CLOSED] == 1);
    assert_ptr_equal(t->gone_attachment, t);
    assert_false(sp_is_open(t->server, t->token[0]));
    assert_int_equal(sp_reply(t->server, t->token[0], "x", 1), ERROR_NOT_FOUND);
    assert_int_equal(sp_park(t->server, t->token[0]), ERROR_NOT_FOUND);
    assert_int_equal(sp_attach(t->server, t->token[0], t), ERROR_NOT_FOUND);
    assert_int_equal(stats(t)->replies_late, 1);
    assert_int_equal(stats(t)->outstanding, 0);
    town_destroy(t);
}

static void a_parked_poll_is_replaced_by_its_own_resend(void **state)
{
    (void)state;
    struct town *t = rep_town(NULL);
    t->keep = true;
    int fd = greeted(t, REQ_HELLO, 0);
    ask(t, fd, 9, "poll");
    until(t, t->kept == 1);
    assert_int_equal(sp_park(t->server, t->token[0]), 0);
    assert_int_equal(sp_park(t->server, t->token[0]), 0);
    assert_int_equal(stats(t)->parked, 1);
    assert_int_equal(stats(t)->outstanding, 0);
    ask(t, fd, 10, "other");
    ask(t, fd, 9, "again");
    until(t, t->kept == 3);
    assert_int_equal(t->gone[SP_GONE_REPLACED], 1);
    assert_false(sp_is_open(t->server, t->token[0]));
    assert_int_equal(sp_park(t->server, t->token[2]), 0);
    assert_int_equal(sp_reply(t->server, t->token[2], "event", 5), 0);
    expect(t, fd, 9, "event");
    assert_int_equal(stats(t)->parked, 0);
    close(fd);
    town_destroy(t);
}

static void two_copies_of_a_poll_parked_late_leave_one(void **state)
{
    (void)state;
    struct town *t = rep_town(NULL);
    t->keep = true;
    int fd = greeted(t, REQ_HELLO, 0);
    ask(t, fd, 9, "poll");
    ask(t, fd, 9, "poll");
    until(t, t->kept == 2);
    assert_int_equal(sp_park(t->server, t->token[0]), 0);
    assert_int_equal(sp_park(t->server, t->token[1]), 0);
    assert_int_equal(t->gone[SP_GONE_REPLACED], 1);
    assert_false(sp_is_open(t->server, t->token[0]));
    assert_int_equal(stats(t)->parked, 1);
    close(fd);
    town_destroy(t);
}

static void parked_polls_never_stop_reading_and_have_a_limit(void **state)
{
    (void)state;
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.max_outstanding = 2;
    limits.max_parked = 3;
    struct town *t = rep_town(&limits);
    t->keep = true;
    int fd = greeted(t, REQ_HELLO, 0);
    for (uint32_t i = 0; i < 4; i++) {
        ask(t, fd, i, "poll");
        until(t, t->kept == i + 1);
        assert_int_equal(sp_park(t->server, t->token[i]), i < 3 ? 0 : ERROR_BUSY);
    }
    assert_int_equal(sp_reply(t->server, t->token[3], "", 0), 0);
    expect(t, fd, 3, "");
    assert_int_equal(stats(t)->stopped, 0);
    assert_int_equal(stats(t)->polls_refused, 1);
    t->keep = false;
    ask(t, fd, 50, "work");
    expect(t, fd, 50, "work");
    close(fd);
    until(t, t->gone[SP_GONE_CLOSED] == 3);
    town_destroy(t);
}

static void parking_lets_a_stopped_peer_be_read_again(void **state)
{
    (void)state;
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.max_outstanding = 1;
    struct town *t = rep_town(&limits);
    t->keep = true;
    int fd = greeted(t, REQ_HELLO, 0);
    ask(t, fd, 1, "poll");
    ask(t, fd, 2, "more");
    until(t, t->kept == 1);
    turns(t, 5);
    assert_int_equal(t->kept, 1);
    assert_int_equal(sp_park(t->server, t->token[0]), 0);
    until(t, t->kept == 2);
    close(fd);
    town_destroy(t);
}

/* ---- peers that ask for too much ---- */

static void outstanding_requests_over_the_limit_wait_in_the_peer(void **state)
{
    (void)state;
    struct town *t = rep_town(NULL);
    t->keep = true;
    int fd = greeted(t, REQ_HELLO, 0);
    uint8_t sent[100 * 20];
    size_t length = many_requests(sent, 100);
    assert_true(put(t, fd, sent, length));
    until(t, t->kept == 64);
    turns(t, 20);
    assert_int_equal(t->kept, 64);
    assert_int_equal(stats(t)->stopped, 1);
    for (size_t i = 0; i < 31; i++)
        assert_int_equal(sp_reply(t->server, t->token[i], t->body[i], 4), 0);
    turns(t, 5);
    assert_int_equal(t->kept, 64); // 33 are still more than half
    assert_int_equal(sp_reply(t->server, t->token[31], t->body[31], 4), 0);
    until(t, t->kept == 96);
    for (size_t i = 32; i < 96; i++)
        assert_int_equal(sp_reply(t->server, t->token[i], t->body[i], 4), 0);
    until(t, t->kept == 100);
    for (size_t i = 96; i < 100; i++)
        assert_int_equal(sp_reply(t->server, t->token[i], t->body[i], 4), 0);
    uint8_t got[sizeof sent];
    assert_int_equal(get(t, fd, got, length), length);
    assert_memory_equal(got, sent, length);
    assert_int_equal(stats(t)->stopped, 0);
    close(fd);
    town_destroy(t);
}

static void a_peer_that_reads_late_is_not_read_and_loses_nothing(void **state)
{
    (void)state;
    enum { COUNT = 400, REPLY = 32 << 10 };
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.max_unsent_bytes = 1 << 20;
    struct town *t = rep_town(&limits);
    t->reply_length = REPLY;
    int fd = greeted(t, REQ_HELLO, 4096);
    uint8_t sent[COUNT * 20];
    assert_true(put(t, fd, sent, many_requests(sent, COUNT)));
    until(t, stats(t)->stopped == 1);
    turns(t, 50);
    assert_true(stats(t)->requests < COUNT);
    assert_true(stats(t)->unsent_bytes <= (1 << 20) + 2 * REPLY);
    uint8_t *got = malloc(12 + REPLY);
    for (uint32_t id = 0; id < COUNT; id++) {
        assert_int_equal(get(t, fd, got, 12 + REPLY), 12 + REPLY);
        assert_int_equal(got[10] << 8 | got[11], id);
    }
    assert_int_equal(stats(t)->requests, COUNT);
    assert_int_equal(stats(t)->stopped, 0);
    free(got);
    close(fd);
    town_destroy(t);
}

static void a_peer_that_never_reads_is_closed(void **state)
{
    (void)state;
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.max_unsent_bytes = 64 << 10;
    limits.stall_ms = 30;
    struct town *t = rep_town(&limits);
    t->reply_length = sizeof filler;
    int fd = greeted(t, REQ_HELLO, 4096);
    uint8_t sent[20 * 20];
    assert_true(put(t, fd, sent, many_requests(sent, 20)));
    until(t, stats(t)->closed[SP_CLOSE_STALLED] == 1);
    assert_int_equal(stats(t)->unsent_bytes, 0);
    assert_int_equal(stats(t)->stopped, 0);
    close(fd);
    town_destroy(t);
}

static void a_peer_waiting_for_a_slow_service_is_kept(void **state)
{
    (void)state;
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.max_outstanding = 1;
    limits.stall_ms = limits.frame_ms = limits.frame_ms_per_8k = 5;
    struct town *t = rep_town(&limits);
    t->keep = true;
    int fd = greeted(t, REQ_HELLO, 0);
    uint8_t sent[2 * 20];
    size_t length = many_requests(sent, 2);
    assert_true(put(t, fd, sent, length - 1)); // the second one half sent when reading stops
    until(t, t->kept == 1);
    uint64_t begun = uv_now(&t->loop);
    until(t, uv_now(&t->loop) - begun > 30);
    assert_int_equal(stats(t)->connections, 1);
    assert_true(put(t, fd, sent + length - 1, 1));
    t->keep = false;
    assert_int_equal(sp_reply(t->server, t->token[0], "0000", 4), 0);
    uint8_t got[sizeof sent];
    assert_int_equal(get(t, fd, got, length), length);
    assert_memory_equal(got, sent, length);
    close(fd);
    town_destroy(t);
}

static void half_a_frame_has_no_deadline_while_its_peer_is_not_read(void **state)
{
    (void)state;
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.max_unsent_bytes = 1000;
    limits.frame_ms = limits.frame_ms_per_8k = 20;
    struct town *t = rep_town(&limits);
    t->keep = true;
    int fd = greeted(t, REQ_HELLO, 4096);
    uint8_t frame[64], reply[12 + 5];
    size_t length = frame_tcp(frame, 2, "later");
    for (uint32_t i = 0; i < 8; i++) {
        ask(t, fd, 1, "much");
        until(t, t->kept == i + 1);
    }
    assert_true(put(t, fd, frame, 3));
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(sp_reply(t->server, t->token[i], filler, sizeof filler), 0);
    assert_true(put(t, fd, frame + 3, 3));
    until(t, stats(t)->stopped == 1);
    uint64_t begun = uv_now(&t->loop);
    until(t, uv_now(&t->loop) - begun > 60);
    assert_int_equal(stats(t)->connections, 1);
    t->keep = false;
    assert_true(put(t, fd, frame + 6, length - 6));
    char *got = malloc(12 + sizeof filler);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(get(t, fd, got, 12 + sizeof filler), 12 + sizeof filler);
    free(got);
    assert_int_equal(get(t, fd, reply, sizeof reply), sizeof reply);
    assert_memory_equal(reply, frame, sizeof reply);
    close(fd);
    town_destroy(t);
}

static void an_oversize_request_is_told_so_and_closed(void **state)
{
    (void)state;
    struct town *t = rep_town(NULL);
    int fd = greeted(t, REQ_HELLO, 0);
    ask(t, fd, 1, "before");
    uint8_t head[12] = {0, 0, 0, 0, 1, 0, 0, 0, 0x80, 0, 0, 2}; // 16 MiB
    assert_true(put(t, fd, head, sizeof head));
    for (int i = 0; i < 16; i++) // an honest peer sends it all before it reads
        assert_true(put(t, fd, filler, sizeof filler - (i ? 0 : 4)));
    expect(t, fd, 1, "before");
    expect(t, fd, 2, "too large");
    assert_true(is_ended(t, fd));
    assert_int_equal(t->announced, 16 << 20);
    assert_int_equal(stats(t)->oversize, 1);
    close(fd);
    until(t, stats(t)->closed[SP_CLOSE_OVERSIZE] == 1);
    town_destroy(t);
}

static void the_size_limit_is_exact(void **state)
{
    (void)state;
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.max_message_bytes = 100;
    struct town *t = rep_town(&limits);
    int fd = greeted(t, REQ_HELLO, 0);
    uint8_t frame[8 + 137] = {0}, got[sizeof frame];
    frame[7] = 136; // 100 of body and the longest stack
    frame[8] = 0x80;
    assert_true(put(t, fd, frame, 8 + 136));
    assert_int_equal(get(t, fd, got, 8 + 136), 8 + 136);
    frame[7] = 137;
    assert_true(put(t, fd, frame, 8 + 137));
    assert_int_equal(get(t, fd, got, 21), 21);
    assert_memory_equal(got + 12, "too large", 9);
    close(fd);
    town_destroy(t);
}

static void a_peer_that_stays_after_its_last_word_is_closed(void **state)
{
    (void)state;
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.linger_ms = 10;
    struct town *t = rep_town(&limits);
    t->keep = true;
    int fd = greeted(t, REQ_HELLO, 0);
    ask(t, fd, 1, "open");
    until(t, t->kept == 1);
    assert_true(put(t, fd, "\xff\xff\xff\xff\xff\xff\xff\xff\x80\0\0\2", 12));
    expect(t, fd, 2, "too large");
    until(t, t->gone[SP_GONE_CLOSED] == 1); // nothing more can be answered
    assert_int_equal(sp_reply(t->server, t->token[0], "x", 1), ERROR_NOT_FOUND);
    until(t, stats(t)->closed[SP_CLOSE_OVERSIZE] == 1);
    assert_int_equal(t->gone[SP_GONE_CLOSED], 1);
    close(fd);
    town_destroy(t);
}

/* ---- peers that are slow or speak something else ---- */

static void who_does_not_greet_in_time_is_closed(void **state)
{
    (void)state;
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.handshake_ms = 10;
    struct town *t = rep_town(&limits);
    int silent = client(t), half = client(t);
    assert_true(put(t, half, REQ_HELLO, 7));
    until(t, stats(t)->closed[SP_CLOSE_HANDSHAKE_TIMEOUT] == 2);
    assert_int_equal(stats(t)->connections, 0);
    close(silent);
    close(half);
    town_destroy(t);
}

static void who_greets_wrongly_is_closed_at_once(void **state)
{
    (void)state;
    static const char *const wrong[] = {"GET / HT", SUB_HELLO, "\0SP\0\0\x31\0\0", "\0SP\0\0\x30\0\1",
                                        "\0SP\1"};
    struct town *t = rep_town(NULL);
    for (size_t i = 0; i < 5; i++) {
        int fd = client(t);
        assert_true(put(t, fd, wrong[i], i < 4 ? 8 : 4));
        until(t, stats(t)->closed[SP_CLOSE_HANDSHAKE_WRONG] == i + 1);
        assert_int_equal(t->nonsense, i + 1);
        close(fd);
    }
    town_destroy(t);
}

static void half_a_frame_has_a_deadline_and_an_idle_peer_has_none(void **state)
{
    (void)state;
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.frame_ms = 10;
    limits.frame_ms_per_8k = 10;
    struct town *t = rep_town(&limits);
    int idle = greeted(t, REQ_HELLO, 0), head = greeted(t, REQ_HELLO, 0), body = greeted(t, REQ_HELLO, 0);
    assert_true(put(t, body, "\0\0\0\0\0\1\0\0\x80\0\0\1half", 16)); // announces 64 KiB: 10 + 80 ms
    assert_true(put(t, head, "\0\0\0", 3));
    uint64_t begun = uv_now(&t->loop);
    until(t, stats(t)->closed[SP_CLOSE_FRAME_TIMEOUT] == 1);
    assert_true(is_ended(t, head));
    assert_int_equal(stats(t)->connections, 2);
    until(t, stats(t)->closed[SP_CLOSE_FRAME_TIMEOUT] == 2);
    assert_true(uv_now(&t->loop) - begun >= 80);
    ask(t, idle, 1, "here");
    expect(t, idle, 1, "here");
    close(idle);
    close(head);
    close(body);
    town_destroy(t);
}

static void what_is_not_a_request_closes_the_connection(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
    } bad[] = {
        {"\0\0\0\0\0\0\0\0", 8},          // nothing in it
        {"\0\0\0\0\0\0\0\3\x80\0\0", 11}, // no whole id
        {"\0\0\0\0\0\0\0\4\0\0\0\1", 12}, // a hop and no request id
        {"\0\0\0\0\0\0\0\6\0\0\0\1\x80\0", 14},
    };
    struct town *t = rep_town(NULL);
    for (size_t i = 0; i < 4; i++) {
        int fd = greeted(t, REQ_HELLO, 0);
        assert_true(put(t, fd, bad[i].bytes, bad[i].length));
        until(t, stats(t)->closed[SP_CLOSE_MALFORMED] == i + 1);
        assert_int_equal(t->nonsense, i + 1);
        close(fd);
    }
    town_destroy(t);
}

/* ---- too many peers ---- */

// One on which its principal was believed.
static int believed(struct town *t)
{
    t->believed = "cg";
    int fd = greeted(t, REQ_HELLO, 0);
    ask(t, fd, 1, "in");
    expect(t, fd, 1, "in");
    t->believed = NULL;
    return fd;
}

static void connections_over_the_limit_are_accepted_and_closed(void **state)
{
    (void)state;
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.max_connections = 2;
    struct town *t = rep_town(&limits);
    int a = believed(t), b = believed(t), c = client(t);
    assert_true(is_ended(t, c));
    assert_int_equal(stats(t)->refused_connections, 1);
    close(a);
    until(t, stats(t)->connections == 1);
    int d = believed(t);
    close(b);
    close(c);
    close(d);
    town_destroy(t);
}

// Connects from 127.0.0.`last` to a town that listens on all addresses.
static int client_from(struct town *t, uint8_t last)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(0x7f000000 | last)}};
    struct sockaddr_in there = {.sin_family = AF_INET,
                                .sin_addr = {htonl(INADDR_LOOPBACK)},
                                .sin_port = htons((uint16_t)atoi(strrchr(t->url, ':') + 1))};
    assert_int_equal(bind(fd, (struct sockaddr *)&here, sizeof here), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&there, sizeof there), 0);
    uint64_t accepted = stats(t)->accepted + stats(t)->refused_address + stats(t)->refused_subscribers +
                        stats(t)->refused_connections;
    until(t, stats(t)->accepted + stats(t)->refused_address + stats(t)->refused_subscribers +
                     stats(t)->refused_connections >
                 accepted);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static struct town *open_town_for_all(const struct sp_limits *limits, enum sp_protocol protocol)
{
    struct town *t = town_create(limits, protocol, "tcp://0.0.0.0:0");
    char port[8];
    snprintf(port, sizeof port, "%s", strrchr(t->url, ':'));
    snprintf(t->url, sizeof t->url, "tcp://127.0.0.1%s", port);
    return t;
}

static void one_address_cannot_take_every_place(void **state)
{
    (void)state;
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.max_per_address = 1;
    struct town *t = open_town_for_all(&limits, SP_REP);
    int a = believed(t), b = client(t);
    assert_true(is_ended(t, b));
    assert_int_equal(stats(t)->refused_address, 1);
    close(b);
    b = client_from(t, 2);
    assert_int_equal(stats(t)->connections, 2);
    close(a);
    close(b);
    town_destroy(t);
}

static bool is_ended_behind_its_greeting(struct town *t, int fd)
{
    char got[8];
    return get(t, fd, got, sizeof got) == sizeof got && is_ended(t, fd);
}

// Four addresses that only said eight bytes once shut out everybody, for ever.
static void who_was_never_believed_makes_room_the_oldest_of_the_most(void **state)
{
    (void)state;
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.max_connections = 8; // 6 of them for tcp
    struct town *t = open_town_for_all(&limits, SP_REP);
    int known = believed(t), lone = client_from(t, 9), crowd[4];
    for (size_t i = 0; i < 4; i++)
        crowd[i] = client_from(t, (uint8_t)(2 + i / 3));
    int late = client_from(t, 10);
    assert_int_equal(stats(t)->closed[SP_CLOSE_CROWDED_OUT], 1);
    assert_true(is_ended_behind_its_greeting(t, crowd[0]));
    assert_int_equal(stats(t)->connections, 6);
    struct sp_listen_report report;
    char url[64];
    snprintf(url, sizeof url, "ipc:///tmp/test_sp_door.%d", (int)getpid());
    assert_int_equal(sp_server_listen(t->server, SP_REP, url, 0, &report), 0);
    int own = client_with(report.address, 0), other = client_with(report.address, 0);
    until(t, stats(t)->connections == 8); // a quarter is left to this machine's users
    ask(t, known, 7, "still");
    expect(t, known, 7, "still");
    close(known);
    close(lone);
    for (size_t i = 0; i < 4; i++)
        close(crowd[i]);
    close(late);
    close(own);
    close(other);
    town_destroy(t);
}

static void subscribers_have_a_number_of_their_own(void **state)
{
    (void)state;
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.max_subscribers = 3;
    struct town *t = open_town_for_all(&limits, SP_PUB);
    int a = client_from(t, 2), b = client_from(t, 2), c = client_from(t, 2);
    int d = client_from(t, 2); // who takes all of it makes no room for himself
    assert_true(is_ended(t, d));
    assert_int_equal(stats(t)->refused_subscribers, 1);
    int e = client_from(t, 3);
    assert_true(is_ended_behind_its_greeting(t, a)); // but for others
    assert_int_equal(stats(t)->closed[SP_CLOSE_CROWDED_OUT], 1);
    int f = client_from(t, 4); // two and one: there is one more for him
    assert_true(is_ended_behind_its_greeting(t, b));
    int g = client_from(t, 5); // one, one and one
    assert_true(is_ended(t, g));
    assert_int_equal(stats(t)->refused_subscribers, 2);
    assert_int_equal(stats(t)->connections, 3);
    int all[] = {a, b, c, d, e, f, g};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        close(all[i]);
    town_destroy(t);
}

// The pause of a worthless request once held for its connection only: a new one was read at once.
static void a_newcomer_can_come_with_a_pause(void **state)
{
    (void)state;
    struct town *t = rep_town(NULL);
    t->arrival_ms = 40;
    t->keep = true;
    uint64_t begun = uv_now(&t->loop);
    int fd = greeted(t, REQ_HELLO, 0);
    ask(t, fd, 1, "late");
    until(t, t->kept == 1);
    assert_true(uv_now(&t->loop) - begun >= 39);
    close(fd);
    town_destroy(t);
}

static void without_descriptors_accepting_pauses_and_goes_on(void **state)
{
    (void)state;
    struct town *t = rep_town(NULL);
    int a = client(t), b = client(t); // wait in the backlog
    struct rlimit old, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    none = old;
    none.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    until(t, stats(t)->accept_pauses >= 2);
    uint64_t begun = uv_now(&t->loop), pauses = stats(t)->accept_pauses;
    until(t, uv_now(&t->loop) - begun >= 20);
    assert_true(stats(t)->accept_pauses - pauses <= 12); // one a tick, no spinning
    assert_int_equal(stats(t)->accepted, 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    until(t, stats(t)->accepted == 2);
    close(a);
    close(b);
    town_destroy(t);
}

/* ---- subscribers ---- */

static struct town *pub_town(const struct sp_limits *limits)
{
    return town_create(limits, SP_PUB, "tcp://127.0.0.1:0");
}

static void every_subscriber_gets_every_message(void **state)
{
    (void)state;
    struct town *t = pub_town(NULL);
    int a = greeted(t, SUB_HELLO, 0), b = greeted(t, SUB_HELLO, 0);
    until(t, stats(t)->subscribers == 2);
    assert_int_equal(sp_publish(t->server, "one", 3), 0);
    assert_int_equal(sp_publish(t->server, "two!", 4), 0);
    char got[23];
    assert_int_equal(get(t, a, got, 23), 23);
    assert_memory_equal(got, "\0\0\0\0\0\0\0\3one\0\0\0\0\0\0\0\4two!", 23);
    assert_int_equal(get(t, b, got, 23), 23);
    assert_memory_equal(got, "\0\0\0\0\0\0\0\3one\0\0\0\0\0\0\0\4two!", 23);
    close(a);
    until(t, stats(t)->subscribers == 1);
    close(b);
    town_destroy(t);
}

static void a_subscriber_that_falls_behind_is_cut_off_and_counted(void **state)
{
    (void)state;
    enum { MESSAGES = 2000, BYTES = 16 << 10 };
    struct town *t = pub_town(NULL);
    int slow = greeted(t, SUB_HELLO, 4096), good = greeted(t, SUB_HELLO, 0);
    until(t, stats(t)->subscribers == 2);
    char *got = malloc(8 + BYTES);
    for (int i = 0; i < MESSAGES; i++) {
        memcpy(filler, &i, sizeof i);
        assert_int_equal(sp_publish(t->server, filler, BYTES), 0);
        assert_int_equal(get(t, good, got, 8 + BYTES), 8 + BYTES);
        assert_memory_equal(got + 8, &i, sizeof i);
        if (stats(t)->closed[SP_CLOSE_SLOW_SUBSCRIBER])
            break;
        assert_true(stats(t)->unsent_bytes <= t->limits.max_subscriber_bytes);
    }
    assert_int_equal(stats(t)->closed[SP_CLOSE_SLOW_SUBSCRIBER], 1);
    assert_int_equal(stats(t)->subscribers, 1);
    // What the slow one did get has no gap: it ends.
    int expected = 0, number;
    while (get(t, slow, got, 8 + BYTES) == 8 + BYTES) {
        memcpy(&number, got + 8, sizeof number);
        assert_int_equal(number, expected++);
    }
    free(got);
    close(slow);
    close(good);
    town_destroy(t);
}

static void a_burst_does_not_cut_off_who_has_room_for_it(void **state)
{
    (void)state;
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.max_subscriber_bytes = 8 << 10;
    struct town *t = pub_town(&limits);
    int fd = greeted(t, SUB_HELLO, 0);
    until(t, stats(t)->subscribers == 1);
    for (int i = 0; i < 64; i++) // 64 KiB within one turn
        assert_int_equal(sp_publish(t->server, filler, 1016), 0);
    char *got = malloc(64 << 10);
    assert_int_equal(get(t, fd, got, 64 << 10), 64 << 10);
    free(got);
    close(fd);
    town_destroy(t);
}

static void a_subscriber_that_speaks_is_closed(void **state)
{
    (void)state;
    struct town *t = pub_town(NULL);
    int later = greeted(t, SUB_HELLO, 0), at_once = client(t);
    until(t, stats(t)->subscribers == 1);
    assert_true(put(t, later, "\0", 1));
    until(t, stats(t)->closed[SP_CLOSE_SUBSCRIBER_SPOKE] == 1);
    assert_true(put(t, at_once, SUB_HELLO "\0", 9));
    until(t, stats(t)->closed[SP_CLOSE_SUBSCRIBER_SPOKE] == 2);
    assert_int_equal(stats(t)->subscribers, 0);
    close(later);
    close(at_once);
    town_destroy(t);
}

/* ---- addresses ---- */

static int try_listen(struct town *t, const char *url, mode_t mode, struct sp_listen_report *report)
{
    return sp_server_listen(t->server, SP_REP, url, mode, report);
}

static void an_ipc_path_is_taken_only_from_the_dead(void **state)
{
    (void)state;
    struct town *t = rep_town(NULL);
    struct sp_listen_report report;
    char url[64];
    snprintf(url, sizeof url, "ipc:///tmp/sp-stale-%d.sock", (int)getpid());
    const char *path = url + 6;
    struct stat st;

    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)); // somebody's file
    assert_int_equal(try_listen(t, url, 0, &report), ERROR_IN_USE);
    assert_string_equal(report.address, url);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    unlink(path);

    struct sp_address address;
    assert_int_equal(sp_address_parse(url, &address, &report.reason), 0);
    int dead = socket(AF_UNIX, SOCK_STREAM, 0); // a daemon that was killed
    assert_int_equal(bind(dead, &address.any, address.length), 0);
    assert_int_equal(listen(dead, 1), 0);
    assert_int_equal(try_listen(t, url, 0, &report), ERROR_IN_USE);
    close(dead);
    assert_int_equal(try_listen(t, url, 0640, &report), 0);
    assert_int_equal(lstat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(try_listen(t, url, 0, &report), ERROR_IN_USE); // ourselves
    town_destroy(t);
    assert_int_equal(lstat(path, &st), -1);
}

static void a_file_put_in_place_of_ours_is_left_alone(void **state)
{
    (void)state;
    char url[64];
    struct stat st;
    snprintf(url, sizeof url, "ipc:///tmp/sp-other-%d.sock", (int)getpid());
    struct town *t = town_create(NULL, SP_REP, url);
    unlink(url + 6);
    close(open(url + 6, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    town_destroy(t);
    assert_int_equal(lstat(url + 6, &st), 0);
    unlink(url + 6);
}

// The mode was set by the path, through whatever link stood there by then; and until then it was a wider one.
static void a_mode_is_given_to_our_own_file_alone(void **state)
{
    (void)state;
    struct town *t = rep_town(NULL);
    struct sp_listen_report report;
    struct stat st;
    char url[64], victim[64];
    snprintf(url, sizeof url, "ipc:///tmp/sp-mode-%d.sock", (int)getpid());
    snprintf(victim, sizeof victim, "/tmp/sp-victim-%d", (int)getpid());
    close(open(victim, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    mode_t usual = umask(0);
    put_instead = victim;
    assert_int_equal(try_listen(t, url, 0660, &report), ERROR_ADDRESS);
    put_instead = NULL;
    assert_string_equal(report.reason, "Socket operation on non-socket");
    assert_int_equal(lstat(victim, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(lstat(url + 6, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    unlink(url + 6);
    assert_int_equal(try_listen(t, url, 0660, &report), 0);
    assert_int_equal(mode_at_first & 0077, 0);
    assert_int_equal(lstat(url + 6, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0660);
    assert_int_equal(umask(usual), 0);
    unlink(victim);
    town_destroy(t);
}

static void an_address_that_cannot_be_bound_is_named(void **state)
{
    (void)state;
    struct town *t = rep_town(NULL);
    struct sp_listen_report report;
    assert_int_equal(try_listen(t, t->url, 0, &report), ERROR_IN_USE);
    assert_string_equal(report.address, t->url);
    assert_int_equal(try_listen(t, "tcp://192.0.2.1:0", 0, &report), ERROR_ADDRESS);
    assert_non_null(report.reason);
    assert_int_equal(try_listen(t, "ipc:///nonexistent/dir/x", 0, &report), ERROR_ADDRESS);
    assert_int_equal(try_listen(t, "tcp://localhost:1", 0, NULL), ERROR_ADDRESS);
    town_destroy(t);
}

static void a_socket_that_listens_already_is_adopted(void **state)
{
    (void)state;
    struct town *t = rep_town(NULL);
    struct sp_listen_report report;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
    assert_int_equal(sp_server_adopt(t->server, SP_REP, dup(fd), &report), ERROR_ADDRESS); // does not listen
    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(sp_server_adopt(t->server, SP_REP, fd, &report), 0);
    memcpy(t->url, report.address, sizeof t->url);
    assert_int_equal(sp_server_adopt(t->server, SP_REP, open("/dev/null", O_RDONLY), &report), ERROR_ADDRESS);
    int peer = greeted(t, REQ_HELLO, 0);
    ask(t, peer, 1, "in");
    expect(t, peer, 1, "in");
    close(peer);
    town_destroy(t);
}

// One peer has sent a thousand, another one: that one does not wait for the thousand.
static void a_peer_that_pipelines_leaves_turns_to_others(void **state)
{
    (void)state;
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.max_outstanding = 2000;
    struct town *t = rep_town(&limits);
    int busy = greeted(t, REQ_HELLO, 0), quiet = greeted(t, REQ_HELLO, 0);
    uint8_t *sent = malloc(1000 * 20), *got = malloc(1000 * 20), one[16];
    size_t length = many_requests(sent, 1000);
    turns(t, 3);
    assert_int_equal(send(busy, sent, length, MSG_NOSIGNAL), length);
    assert_int_equal(send(quiet, sent, sizeof one, MSG_NOSIGNAL), sizeof one);
    ssize_t heard = -1;
    for (int i = 0; i < 50 && heard < 0; i++) {
        turns(t, 1);
        heard = recv(quiet, one, sizeof one, 0);
    }
    assert_int_equal(heard, sizeof one);
    assert_true(stats(t)->requests <= 1 + 4 * 16);
    assert_true(stats(t)->yields > 0 && stats(t)->stops == 0);
    assert_int_equal(get(t, busy, got, length), length);
    assert_memory_equal(got, sent, length);
    free(sent);
    free(got);
    close(busy);
    close(quiet);
    town_destroy(t);
}

// By their number alone, 256 whistles of 9 KiB held the loop for as long as they took to read.
static void long_requests_count_for_several(void **state)
{
    (void)state;
    enum { COUNT = 12, LONG = 8000 };
    static char body[LONG + 1];
    static uint8_t sent[COUNT * (LONG + 20)], got[sizeof sent];
    struct town *t = rep_town(NULL);
    int fd = greeted(t, REQ_HELLO, 0);
    size_t length = 0;
    memset(body, 'x', LONG);
    for (uint32_t id = 0; id < COUNT; id++)
        length += frame_tcp(sent + length, id, body);
    assert_true(put(t, fd, sent, length));
    assert_int_equal(get(t, fd, got, length), length);
    assert_memory_equal(got, sent, length);
    assert_true(stats(t)->yields >= 3); // fewer than max_frames_a_turn in number
    close(fd);
    town_destroy(t);
}

// A hundred peers that pipeline had a request each in every turn, and one that asked once waited for all of
// them.
static void who_asks_once_waits_for_none_that_pipeline(void **state)
{
    (void)state;
    enum { PEERS = 100 };
    struct town *t = rep_town(NULL);
    int fd[PEERS], quiet = greeted(t, REQ_HELLO, 0);
    uint8_t sent[50 * 20], one[16];
    size_t length = many_requests(sent, 50);
    for (int i = 0; i < PEERS; i++)
        fd[i] = greeted(t, REQ_HELLO, 0);
    for (int i = 0; i < PEERS; i++)
        assert_int_equal(send(fd[i], sent, length, MSG_NOSIGNAL), length);
    for (int i = 0; i < 20 && stats(t)->yields < PEERS; i++)
        turns(t, 1);
    assert_true(stats(t)->yields >= PEERS);
    uint64_t before = stats(t)->requests;
    assert_int_equal(send(quiet, sent, sizeof one, MSG_NOSIGNAL), sizeof one);
    ssize_t heard = -1;
    for (int i = 0; i < 50 && heard < 0; i++) {
        turns(t, 1);
        heard = recv(quiet, one, sizeof one, 0);
    }
    assert_int_equal(heard, sizeof one);
    // what is given a turn and what is read may lie in two turns of the server
    assert_true(stats(t)->requests - before <= 2 * 16 + 1);
    for (int i = 0; i < PEERS; i++)
        close(fd[i]);
    close(quiet);
    town_destroy(t);
}

// However many peers pipeline: all together have max_frames_a_loop, and at most one each that had not begun
// yet.
static void many_peers_that_pipeline_share_a_turn(void **state)
{
    (void)state;
    enum { PEERS = 40 };
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.max_frames_a_loop = 32;
    struct town *t = rep_town(&limits);
    int fd[PEERS];
    uint8_t sent[50 * 20], got[50 * 20];
    size_t length = many_requests(sent, 50);
    for (int i = 0; i < PEERS; i++)
        fd[i] = greeted(t, REQ_HELLO, 0);
    turns(t, 3);
    for (int i = 0; i < PEERS; i++)
        assert_int_equal(send(fd[i], sent, length, MSG_NOSIGNAL), length);
    for (uint64_t before = 0, i = 0; i < 10; i++, before = stats(t)->requests) {
        turns(t, 1);
        // what is settled and what is read may lie in two turns of the server
        assert_true(stats(t)->requests - before <= 2 * (32 + PEERS));
    }
    for (int i = 0; i < PEERS; i++) {
        assert_int_equal(get(t, fd[i], got, length), length);
        assert_memory_equal(got, sent, length);
        close(fd[i]);
    }
    town_destroy(t);
}

static void a_paused_peer_is_not_read_for_so_long(void **state)
{
    (void)state;
    struct town *t = rep_town(NULL);
    uint8_t sent[10 * 20], got[10 * 20];
    size_t length = many_requests(sent, 10);
    t->keep = true;
    int fd = greeted(t, REQ_HELLO, 0);
    assert_true(put(t, fd, sent, 16));
    until(t, t->kept == 1);
    sp_pause(t->server, t->token[0], 40);
    uint64_t begun = uv_now(&t->loop);
    assert_int_equal(sp_reply(t->server, t->token[0], t->body[0], 4), 0); // answers leave all the same
    assert_int_equal(get(t, fd, got, 16), 16);
    assert_true(put(t, fd, sent + 16, length - 16));
    turns(t, 5);
    assert_int_equal(stats(t)->stopped, 1);
    assert_int_equal(t->kept, 1);
    until(t, t->kept == 10);
    assert_true(uv_now(&t->loop) - begun >= 39);
    assert_int_equal(stats(t)->pauses, 1);
    assert_int_equal(stats(t)->stopped, 0);
    close(fd);
    town_destroy(t);
}

// libuv does not look at a peer that is not read; its requests would be worked for nobody.
static void a_stopped_peer_that_went_away_is_noticed(void **state)
{
    (void)state;
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.max_outstanding = 2;
    struct town *t = rep_town(&limits);
    t->keep = true;
    int fd = greeted(t, REQ_HELLO, 0);
    uint8_t sent[5 * 20];
    assert_true(put(t, fd, sent, many_requests(sent, 5)));
    until(t, stats(t)->stopped == 1);
    close(fd);
    until(t, t->gone[SP_GONE_CLOSED] == 2);
    assert_int_equal(stats(t)->connections, 0);
    town_destroy(t);
}

// One account that takes no answers once kept the budget full: everybody else was busy, and nobody was let
// in.
static void who_holds_most_is_held_back_and_cut_and_who_holds_little_is_served(void **state)
{
    (void)state;
    struct sp_limits limits = SP_LIMITS_DEFAULT;
    limits.memory_mib = 8; // one has a quarter, and 512 KiB are little
    struct town *t = rep_town(&limits);
    uint64_t before = stats(t)->held_bytes;
    int reader = believed(t);
    int slow[2];
    t->believed = "hog";
    t->reply_length = sizeof filler;
    for (size_t i = 0; i < 2; i++)
        slow[i] = greeted(t, REQ_HELLO, 4096);
    for (uint32_t id = 0; id < 20 && sp_may_hold(t->server, "hog"); id++) {
        ask(t, slow[id % 2], id, "much");
        turns(t, 20);
    }
    assert_false(sp_may_hold(t->server, "hog"));
    assert_true(stats(t)->unsent_bytes < 4 << 20);
    uint64_t requests = stats(t)->requests;
    ask(t, slow[0], 100, "more"); // on none of his connections he is read
    ask(t, slow[1], 100, "more");
    turns(t, 50);
    assert_in_range(stats(t)->requests, requests, requests + 1); // the other learns of it by its next request
    assert_int_equal(stats(t)->closed[SP_CLOSE_MEMORY], 0);
    t->reply_length = 0;
    t->believed = NULL;
    sp_hold(t->server, "other", 7 << 20);
    until(t, stats(t)->closed[SP_CLOSE_MEMORY] == 2); // all of one, and nobody else
    assert_true(sp_may_hold(t->server, "hog"));
    sp_hold(t->server, "other", 2 << 20);
    assert_false(sp_may_hold(t->server, "other"));
    assert_true(sp_may_hold(t->server, "cg")); // the budget is full, and he is served
    ask(t, reader, 2, "still");
    expect(t, reader, 2, "still");
    int late = greeted(t, REQ_HELLO, 0);
    ask(t, late, 1, "in");
    expect(t, late, 1, "in");
    assert_int_equal(stats(t)->refused_memory, 0);
    sp_hold(t->server, "other", -(9 << 20));
    close(reader);
    close(slow[0]);
    close(slow[1]);
    close(late);
    until(t, stats(t)->connections == 0);
    turns(t, 3);
    assert_int_equal(stats(t)->held_bytes, before); // what was counted is what was freed
    town_destroy(t);
}

/* ---- the end ---- */

static void closing_with_everything_open_leaves_nothing(void **state)
{
    (void)state;
    struct town *t = rep_town(NULL);
    struct sp_listen_report pub;
    assert_int_equal(sp_server_listen(t->server, SP_PUB, "tcp://127.0.0.1:0", 0, &pub), 0);
    t->keep = true;
    int open = greeted(t, REQ_HELLO, 0), half = greeted(t, REQ_HELLO, 0), fresh = client(t);
    int full = greeted(t, REQ_HELLO, 4096), sub = client_with(pub.address, 0);
    ask(t, open, 1, "poll");
    ask(t, open, 2, "work");
    assert_true(put(t, half, "\0\0\0\0\0\0\1\0\x80\0\0\1", 12));
    ask(t, full, 3, "much");
    assert_true(put(t, sub, SUB_HELLO, 8));
    until(t, t->kept == 3 && stats(t)->subscribers == 1);
    assert_int_equal(sp_park(t->server, t->token[0]), 0);
    for (int i = 0; i < 8; i++) {
        ask(t, full, 4, "more");
        until(t, t->kept == (size_t)i + 4);
        assert_int_equal(sp_reply(t->server, t->token[i + 3], filler, sizeof filler), 0);
    }
    turns(t, 3);
    assert_true(stats(t)->unsent_bytes > 0);
    sp_server_deafen(t->server);
    int clients[] = {open, half, fresh, full, sub};
    town_destroy(t);
    for (size_t i = 0; i < 5; i++)
        close(clients[i]);
}

static void what_was_answered_in_the_turn_of_closing_still_leaves(void **state)
{
    (void)state;
    struct town *t = rep_town(NULL);
    t->keep = true;
    int fd = greeted(t, REQ_HELLO, 0);
    ask(t, fd, 1, "last");
    until(t, t->kept == 1);
    assert_int_equal(sp_reply(t->server, t->token[0], "bye", 3), 0);
    town_destroy(t);
    uint8_t got[16];
    assert_int_equal(recv(fd, got, sizeof got, 0), 15);
    close(fd);
}

/* ---- out of memory ---- */

// One life of a connection, whose n-th allocation fails. True when none did.
static bool survive_fault(long n)
{
    struct town *t = rep_town(NULL);
    struct sp_listen_report pub;
    assert_int_equal(sp_server_listen(t->server, SP_PUB, "tcp://127.0.0.1:0", 0, &pub), 0);
    int fd = client(t), sub = client_with(pub.address, 0);
    uint8_t frames[4 * 20];
    size_t length = many_requests(frames, 4);
    fail_at = n;
    (void)(put(t, fd, REQ_HELLO, 8) && put(t, sub, SUB_HELLO, 8));
    turns(t, 4);
    (void)(put(t, fd, frames, 14) && put(t, fd, frames + 14, length - 14));
    int rc = sp_publish(t->server, "news", 4);
    assert_true(rc == 0 || rc == ERROR_NO_MEMORY);
    (void)put(t, fd, "\xff\xff\xff\xff\xff\xff\xff\xff\x80\0\0\2", 12);
    turns(t, 8);
    bool reached = fail_at == 0;
    fail_at = 0;
    int other = greeted(t, REQ_HELLO, 0); // who comes later is served
    ask(t, other, 1, "well");
    expect(t, other, 1, "well");
    close(fd);
    close(sub);
    close(other);
    town_destroy(t);
    return !reached;
}

static void no_failed_allocation_ends_the_server(void **state)
{
    (void)state;
    long n = 1;
    while (!survive_fault(n))
        n++;
    assert_true(n > 10);
    assert_true(n < 200);
}

static void a_server_or_listener_without_memory_is_refused(void **state)
{
    (void)state;
    const struct sp_callbacks callbacks = {.on_request = on_request};
    struct sp_listen_report report;
    struct town *t = rep_town(NULL);
    fail_at = 1;
    assert_null(sp_server_create(&t->loop, NULL, &callbacks, t));
    fail_at = 1;
    assert_int_equal(sp_server_listen(t->server, SP_REP, "tcp://127.0.0.1:0", 0, &report), ERROR_NO_MEMORY);
    town_destroy(t);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_answered_over_tcp_in_both_families),
        cmocka_unit_test(a_request_is_answered_over_ipc_and_its_sender_known),
        cmocka_unit_test(hop_ids_come_back_unchanged),
        cmocka_unit_test(ten_thousand_pipelined_requests_lose_nothing),
        cmocka_unit_test(the_replies_of_one_turn_leave_in_one_system_call),
        cmocka_unit_test(a_handshake_and_a_frame_may_come_byte_by_byte),
        cmocka_unit_test(a_resend_of_an_outstanding_request_is_handed_up_too),
        cmocka_unit_test(a_reply_to_a_vanished_peer_is_known_to_be_late),
        cmocka_unit_test(a_parked_poll_is_replaced_by_its_own_resend),
        cmocka_unit_test(two_copies_of_a_poll_parked_late_leave_one),
        cmocka_unit_test(parked_polls_never_stop_reading_and_have_a_limit),
        cmocka_unit_test(parking_lets_a_stopped_peer_be_read_again),
        cmocka_unit_test(outstanding_requests_over_the_limit_wait_in_the_peer),
        cmocka_unit_test(a_peer_that_reads_late_is_not_read_and_loses_nothing),
        cmocka_unit_test(a_peer_that_never_reads_is_closed),
        cmocka_unit_test(a_peer_waiting_for_a_slow_service_is_kept),
        cmocka_unit_test(half_a_frame_has_no_deadline_while_its_peer_is_not_read),
        cmocka_unit_test(an_oversize_request_is_told_so_and_closed),
        cmocka_unit_test(the_size_limit_is_exact),
        cmocka_unit_test(a_peer_that_stays_after_its_last_word_is_closed),
        cmocka_unit_test(who_does_not_greet_in_time_is_closed),
        cmocka_unit_test(who_greets_wrongly_is_closed_at_once),
        cmocka_unit_test(half_a_frame_has_a_deadline_and_an_idle_peer_has_none),
        cmocka_unit_test(what_is_not_a_request_closes_the_connection),
        cmocka_unit_test(connections_over_the_limit_are_accepted_and_closed),
        cmocka_unit_test(one_address_cannot_take_every_place),
        cmocka_unit_test(who_was_never_believed_makes_room_the_oldest_of_the_most),
        cmocka_unit_test(subscribers_have_a_number_of_their_own),
        cmocka_unit_test(a_newcomer_can_come_with_a_pause),
        cmocka_unit_test(without_descriptors_accepting_pauses_and_goes_on),
        cmocka_unit_test(every_subscriber_gets_every_message),
        cmocka_unit_test(a_subscriber_that_falls_behind_is_cut_off_and_counted),
        cmocka_unit_test(a_burst_does_not_cut_off_who_has_room_for_it),
        cmocka_unit_test(a_subscriber_that_speaks_is_closed),
        cmocka_unit_test(an_ipc_path_is_taken_only_from_the_dead),
        cmocka_unit_test(a_file_put_in_place_of_ours_is_left_alone),
        cmocka_unit_test(a_mode_is_given_to_our_own_file_alone),
        cmocka_unit_test(an_address_that_cannot_be_bound_is_named),
        cmocka_unit_test(a_socket_that_listens_already_is_adopted),
        cmocka_unit_test(a_peer_that_pipelines_leaves_turns_to_others),
        cmocka_unit_test(who_asks_once_waits_for_none_that_pipeline),
        cmocka_unit_test(many_peers_that_pipeline_share_a_turn),
        cmocka_unit_test(long_requests_count_for_several),
        cmocka_unit_test(a_paused_peer_is_not_read_for_so_long),
        cmocka_unit_test(a_stopped_peer_that_went_away_is_noticed),
        cmocka_unit_test(who_holds_most_is_held_back_and_cut_and_who_holds_little_is_served),
        cmocka_unit_test(closing_with_everything_open_leaves_nothing),
        cmocka_unit_test(what_was_answered_in_the_turn_of_closing_still_leaves),
        cmocka_unit_test(no_failed_allocation_ends_the_server),
        cmocka_unit_test(a_server_or_listener_without_memory_is_refused),
    };
    return cmocka_run_group_tests_name("sp_server", tests, NULL, NULL);
}
