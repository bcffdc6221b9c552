// A REP and PUB server that echoes, for the peers that tests/system lets talk to it.
//
//     sp_echo rep tcp://127.0.0.1:0 rep ipc:///tmp/x.sock pub tcp://127.0.0.1:0
//
// Prints one line "rep URL" or "pub URL" for each address as bound, then "ready". A request is answered with
// its own body, except: "pub TEXT" publishes TEXT, "stats" is answered with the counters as JSON, "who" with
// the peer, "park" waits until somebody says "wake". SIGTERM and SIGINT end it; it exits 0 when nothing is
// left.
#include "base/error.h"
#include "sp/sp_pub.h"
#include "sp/sp_rep.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARKED = 1024 };

struct echo {
    uv_loop_t loop;
    struct sp_server *server;
    uv_signal_t term, interrupt;
    struct sp_token parked[PARKED];
    size_t parked_count;
};

static bool says(const struct sp_request *request, const char *word)
{
    size_t length = strlen(word);
    return request->length >= length && !memcmp(request->body, word, length);
}

static void reply(struct echo *e, struct sp_token token, const void *bytes, size_t length)
{
    if (sp_reply(e->server, token, bytes, length))
        fprintf(stderr, "a reply found nobody\n");
}

static void reply_stats(struct echo *e, struct sp_token token)
{
    const struct sp_stats *stats = sp_server_stats(e->server);
    struct buffer json;
    buffer_init(&json);
    buffer_text(&json, "{");
#define X(field, help) buffer_printf(&json, "\"" #field "\": %" PRIu64 ", ", stats->field);
    SP_COUNTERS(X)
    SP_GAUGES(X)
#undef X
    for (int i = 0; i < SP_CLOSE_COUNT; i++)
        buffer_printf(&json, "%s\"closed_%s\": %" PRIu64, i ? ", " : "",
                      sp_close_name((enum sp_close_reason)i), stats->closed[i]);
    buffer_text(&json, "}");
    reply(e, token, json.bytes, json.length);
    buffer_fini(&json);
}

static void park(struct echo *e, struct sp_token token)
{
    if (e->parked_count < PARKED && !sp_park(e->server, token))
        e->parked[e->parked_count++] = token;
    else
        reply(e, token, "", 0);
}

static void wake(struct echo *e)
{
    for (size_t i = 0; i < e->parked_count; i++)
        if (sp_is_open(e->server, e->parked[i]))
            reply(e, e->parked[i], "woken", 5);
    e->parked_count = 0;
}

static void on_request(void *context, const struct sp_request *request)
{
    struct echo *e = context;
    if (says(request, "stats")) {
        reply_stats(e, request->token);
        return;
    }
    if (says(request, "who")) {
        reply(e, request->token, request->peer->text, strlen(request->peer->text));
        return;
    }
    if (says(request, "park")) {
        park(e, request->token);
        return;
    }
    if (says(request, "wake"))
        wake(e);
    if (says(request, "pub ") && sp_publish(e->server, request->body + 4, request->length - 4))
        fprintf(stderr, "nothing was published\n");
    reply(e, request->token, request->body, request->length);
}

static void on_too_large(void *context, const struct sp_peer *peer, uint64_t announced, struct buffer *body)
{
    (void)context;
    (void)peer;
    buffer_printf(body, "too_large %" PRIu64, announced);
}

static void on_end(uv_signal_t *handle, int number)
{
    struct echo *e = handle->data;
    (void)number;
    if (!e->server)
        return;
    sp_server_close(&e->server, NULL, NULL);
    uv_close((uv_handle_t *)&e->term, NULL);
    uv_close((uv_handle_t *)&e->interrupt, NULL);
}

static void watch(struct echo *e, uv_signal_t *handle, int number)
{
    uv_signal_init(&e->loop, handle);
    handle->data = e;
    uv_signal_start(handle, on_end, number);
}

static bool listen_on(struct echo *e, const char *what, const char *url)
{
    struct sp_listen_report report;
    enum sp_protocol protocol = strcmp(what, "pub") ? SP_REP : SP_PUB;
    int rc = sp_server_listen(e->server, protocol, url, 0, &report);
    if (rc)
        fprintf(stderr, "%s: %s: %s\n", error_name(rc), report.address, report.reason);
    else
        printf("%s %s\n", what, report.address);
    return rc == 0;
}

int main(int argc, char **argv)
{
    static struct echo e;
    const struct sp_callbacks callbacks = {.on_request = on_request, .on_too_large = on_too_large};
    signal(SIGPIPE, SIG_IGN);
    if (uv_loop_init(&e.loop) || !(e.server = sp_server_create(&e.loop, NULL, &callbacks, &e)))
        return EXIT_FAILURE;
    for (int i = 1; i + 1 < argc; i += 2)
        if (!listen_on(&e, argv[i], argv[i + 1]))
            return EXIT_FAILURE;
    watch(&e, &e.term, SIGTERM);
    watch(&e, &e.interrupt, SIGINT);
    puts("ready");
    fflush(stdout);
    uv_run(&e.loop, UV_RUN_DEFAULT);
    return uv_loop_close(&e.loop) ? EXIT_FAILURE : EXIT_SUCCESS;
}
