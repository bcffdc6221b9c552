// One request on its way: attempts under one id until an answer, a refusal, or the deadline.
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "envelope.h"
#include "handle.h"
#include "link.h"
#include "own_keys.h"

enum { LEAST_WAIT_MS = 20, MOST_WAIT_MS = 5000, USUAL_WAIT_MS = 200 };

// ---- begin --------------------------------------------------------------------------------------

static bool keep_operation(struct whistle *w, const Whistle__V1__Request *request)
{
    Whistle__V1__Agent agent = WHISTLE__V1__AGENT__INIT;
    agent.name = w->agent_name ? w->agent_name : agent.name;
    agent.staff_no = w->staff_no ? w->staff_no : agent.staff_no;
    Whistle__V1__Request copy = *request;
    copy.id = (ProtobufCBinaryData){0, NULL};
    copy.sent_ms = 0;
    if (!copy.agent && (w->agent_name || w->staff_no))
        copy.agent = &agent;
    buffer_clear(&w->operation);
    uint8_t *room = buffer_extend(&w->operation, whistle__v1__request__get_packed_size(&copy));
    if (room)
        whistle__v1__request__pack(&copy, room);
    return room != NULL;
}

static void keep_id(struct whistle *w, const Whistle__V1__Request *request)
{
    if (request->id.len == ID_BYTES)
        memcpy(w->id, request->id.data, ID_BYTES);
    else
        whistle_make_id(w->id);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

// Sends the kept request on a socket that is known to work, or a new one.
static int attempt(struct whistle *w)
{
    struct buffer message;
    buffer_init(&message);
    int result = envelope_wrap(w, &message);
    if (result == WHISTLE_OK && w->socket < 0)
        result = link_open(w);
    if (result == WHISTLE_OK)
        result = link_send(w, message.bytes, message.length);
    buffer_fini(&message);
    w->tries++;
    w->resume_at = 0;
    w->attempt_until = earlier(monotonic_ms() + w->attempt_ms + w->patience_ms, w->deadline_at);
    return result;
}

int whistle_begin(struct whistle *w, const Whistle__V1__Request *request)
{
    if (w->begun || (request->id.len && request->id.len != ID_BYTES) || !request->op_case)
        return handle_result(w, WHISTLE_BAD_USE, "begin");
    if (!keep_operation(w, request))
        return handle_result(w, WHISTLE_NO_MEMORY, NULL);
    if (w->keys && !own_keys_first(w))
        return handle_result(w, WHISTLE_BAD_KEY, w->principal);
    keep_id(w, request);
    w->patience_ms = request->op_case == WHISTLE__V1__REQUEST__OP_FETCH ? request->fetch->wait_ms : 0;
    w->deadline_at = monotonic_ms() + w->deadline_ms + w->patience_ms;
    w->tries = 0;
    w->doubted = w->unsealed = false;
    int result = attempt(w);
    w->begun = result == WHISTLE_OK || result == WHISTLE_NO_ANSWER;
    return w->begun ? handle_result(w, WHISTLE_OK, NULL) : result;
}

// ---- finish -------------------------------------------------------------------------------------

// The refusals that say nothing about the request, only about the moment.
static bool asks_for_patience(const Whistle__V1__Reply *reply)
{
    return strcmp(reply->code, "busy") == 0 || strcmp(reply->code, "draining") == 0 ||
           strcmp(reply->code, "storage_full") == 0;
}

static int64_t asked_wait(const Whistle__V1__Reply *reply)
{
    long wait = reply->n_arguments ? strtol(reply->arguments[0], NULL, 10) : USUAL_WAIT_MS;
    return wait < LEAST_WAIT_MS ? LEAST_WAIT_MS : wait > MOST_WAIT_MS ? MOST_WAIT_MS : wait;
}

// nanomsg, or somebody, sent the same bytes twice; or the daemon has begun lately and cannot tell, and says
// when it must have been sent. Sealed anew it is new.
static int64_t wait_after_replay(struct whistle *w, const Whistle__V1__Reply *reply)
{
    if (reply->n_arguments)
        w->sent_after_ms = strtoll(reply->arguments[0], NULL, 10);
    return LEAST_WAIT_MS;
}

// How long to wait before the same request goes out again; negative: this is its end.
static int64_t wait_before_again(struct whistle *w, const Whistle__V1__Reply *reply)
{
    if (asks_for_patience(reply))
        return asked_wait(reply);
    if (w->keys && strcmp(reply->code, "refused") == 0)
        return own_keys_next(w) ? 0 : -1;
    return w->keys && strcmp(reply->code, "replayed") == 0 ? wait_after_replay(w, reply) : -1;
}

static int conclude(struct whistle *w, Whistle__V1__Reply *reply, Whistle__V1__Reply **out)
{
    int64_t wait = wait_before_again(w, reply), resume_at = monotonic_ms() + wait;
    if (wait >= 0 && resume_at < w->deadline_at) {
        whistle_reply_free(reply);
        w->resume_at = resume_at;
        return WHISTLE_NOTHING;
    }
    w->begun = false;
    *out = reply;
    return strcmp(reply->code, "ok") == 0 ? handle_result(w, WHISTLE_OK, NULL) : handle_refused(w, reply);
}

// Somebody who can write into the connection must not be able to end the call: what he writes counts as
// nothing. The socket took it for its answer, so that the daemon's own is heard on another one.
static int doubt(struct whistle *w)
{
    w->doubted = true;
    link_close(w);
    w->resume_at = monotonic_ms() + USUAL_WAIT_MS;
    return WHISTLE_NOTHING;
}

static int take(struct whistle *w, void *bytes, size_t length, Whistle__V1__Reply **out)
{
    Whistle__V1__Reply *reply = NULL;
    int result = envelope_unwrap(w, bytes, length, &reply);
    link_free(bytes);
    if (result == WHISTLE_OK)
        return conclude(w, reply, out);
    if (result == WHISTLE_NOTHING || (result == WHISTLE_BAD_REPLY && w->keys))
        return doubt(w);
    w->begun = false;
    return result;
}

static int give_up(struct whistle *w)
{
    w->begun = false;
    link_close(w);
    return handle_result(w, w->doubted ? WHISTLE_BAD_REPLY : WHISTLE_NO_ANSWER, w->address);
}

static void sleep_ms(int64_t ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

// One step: send again where that is due, else wait for the answer until `until`. NOTHING: go on.
static int step(struct whistle *w, int64_t until)
{
    int64_t now = monotonic_ms();
    if (w->resume_at > now) {
        sleep_ms(earlier(w->resume_at, until) - now);
        return WHISTLE_NOTHING;
    }
    bool silent = !w->resume_at && now >= w->attempt_until;
    if (silent || w->socket < 0)
        link_close(w);
    if (silent || w->resume_at || w->socket < 0) {
        int result = attempt(w);
        if (result != WHISTLE_NO_ANSWER)
            return result == WHISTLE_OK ? WHISTLE_NOTHING : result;
        link_close(w);
        sleep_ms(LEAST_WAIT_MS);
    }
    return WHISTLE_NOTHING;
}

static int receive(struct whistle *w, int64_t until, Whistle__V1__Reply **reply)
{
    void *bytes;
    size_t length;
    int64_t now = monotonic_ms(), end = earlier(until, w->attempt_until);
    if (w->resume_at || w->socket < 0)
        return WHISTLE_NOTHING;
    int result = link_receive(w, end > now ? (uint32_t)(end - now) : 0, &bytes, &length);
    if (result == WHISTLE_OK)
        return take(w, bytes, length, reply);
    if (result == WHISTLE_NO_ANSWER)
        link_close(w);
    return WHISTLE_NOTHING;
}

int whistle_finish(struct whistle *w, uint32_t wait_ms, Whistle__V1__Reply **reply)
{
    *reply = NULL;
    if (!w->begun)
        return handle_result(w, WHISTLE_BAD_USE, "finish");
    int64_t until = earlier(monotonic_ms() + wait_ms, w->deadline_at);
    for (;;) {
        int result = receive(w, until, reply);
        if (result != WHISTLE_NOTHING)
            return result;
        int64_t now = monotonic_ms();
        if (now >= w->deadline_at)
            return give_up(w);
        if (now >= until)
            return handle_result(w, WHISTLE_NOTHING, NULL);
        result = step(w, until);
        if (result != WHISTLE_NOTHING) {
            w->begun = false;
            return result;
        }
    }
}

int whistle_call(struct whistle *w, const Whistle__V1__Request *request, Whistle__V1__Reply **reply)
{
    *reply = NULL;
    int result = whistle_begin(w, request);
    return result == WHISTLE_OK ? whistle_finish(w, UINT32_MAX, reply) : result;
}
