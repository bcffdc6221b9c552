#include "sp/sp_rep.h"

#include "base/error.h"
#include "sp/sp_charge.h"
#include "sp/sp_reading.h"

#include <string.h>

static void unlink_open(struct sp_open *open)
{
    struct sp_conn *c = open->conn;
    struct sp_stats *stats = &c->server->stats;
    LIST_REMOVE(open, of_conn);
    if (open->parked) {
        c->parked--;
        stats->parked--;
    } else {
        c->outstanding--;
        stats->outstanding--;
    }
    sp_table_give(&c->server->table, open);
    if (c->stopped)
        sp_conn_touch(c);
}

static void cut_off(struct sp_open *open, enum sp_gone why)
{
    struct sp_server *s = open->conn->server;
    struct sp_token token = sp_token_of(open);
    void *attachment = open->attachment;
    unlink_open(open);
    if (s->callbacks.on_gone)
        s->callbacks.on_gone(s->context, token, attachment, why);
}

// A client that sends an id again has given up its earlier poll of that id.
static void replace_poll(struct sp_conn *c, const uint8_t *stack, size_t stack_bytes,
                         const struct sp_open *but)
{
    struct sp_open *open;
    LIST_FOREACH (open, &c->open, of_conn) {
        if (open != but && open->parked && open->stack_bytes == stack_bytes &&
            !memcmp(open->stack, stack, stack_bytes)) {
            c->server->stats.polls_replaced++;
            cut_off(open, SP_GONE_REPLACED);
            return;
        }
    }
}

static struct sp_open *open_request(struct sp_conn *c, const uint8_t *stack, size_t stack_bytes)
{
    struct sp_open *open = sp_table_take(&c->server->table);
    if (!open)
        return NULL;
    open->conn = c;
    open->stack_bytes = (uint8_t)stack_bytes;
    memcpy(open->stack, stack, stack_bytes);
    LIST_INSERT_HEAD(&c->open, open, of_conn);
    c->outstanding++;
    c->server->stats.outstanding++;
    c->server->stats.requests++;
    return open;
}

static void rep_frame(struct sp_conn *c, const uint8_t *payload, size_t length)
{
    struct sp_server *s = c->server;
    int stack = sp_stack_length(payload, length);
    if (stack <= 0) {
        sp_conn_close(c, SP_CLOSE_MALFORMED);
        return;
    }
    size_t stack_bytes = (size_t)stack;
    if (c->parked)
        replace_poll(c, payload, stack_bytes, NULL);
    if (c->state != SP_CONN_OPEN)
        return;
    struct sp_open *open = open_request(c, payload, stack_bytes);
    if (!open) {
        sp_conn_close(c, SP_CLOSE_NO_MEMORY);
        return;
    }
    struct sp_request request = {.token = sp_token_of(open),
                                 .peer = &c->peer,
                                 .body = payload + stack_bytes,
                                 .length = length - stack_bytes};
    s->callbacks.on_request(s->context, &request);
}

static int send_reply(struct sp_conn *c, const void *stack, size_t stack_bytes, const void *body,
                      size_t length)
{
    struct sp_chunk *chunk = sp_chunk_create(stack, stack_bytes, body, length, &c->server->stats.held_bytes);
    if (!chunk) {
        sp_conn_close(c, SP_CLOSE_NO_MEMORY);
        return ERROR_NO_MEMORY;
    }
    int rc = sp_conn_send(c, chunk);
    sp_chunk_drop(chunk);
    if (!rc)
        c->server->stats.replies++;
    return rc;
}

static void rep_oversize(struct sp_conn *c, const struct sp_frame *frame)
{
    struct sp_server *s = c->server;
    struct buffer body;
    s->stats.oversize++;
    buffer_init(&body);
    if (s->callbacks.on_too_large)
        s->callbacks.on_too_large(s->context, &c->peer, frame->announced, &body);
    if (c->state == SP_CONN_OPEN && body.length && !body.failed &&
        send_reply(c, frame->bytes, frame->length, body.bytes, body.length) == 0)
        sp_conn_finish(c, SP_CLOSE_OVERSIZE);
    else
        sp_conn_close(c, SP_CLOSE_OVERSIZE);
    buffer_fini(&body);
}

static void rep_opened(struct sp_conn *c)
{
    (void)c;
}

static void rep_closed(struct sp_conn *c)
{
    while (!LIST_EMPTY(&c->open))
        cut_off(LIST_FIRST(&c->open), SP_GONE_CLOSED);
}

const struct sp_role sp_rep_role = {
    .says = SP_REP,
    .expects = SP_REQ,
    .opened = rep_opened,
    .frame = rep_frame,
    .oversize = rep_oversize,
    .closed = rep_closed,
};

// On its way out a connection still has its requests, until each was told to the service.
static bool can_answer(const struct sp_open *open)
{
    return open && open->conn->state <= SP_CONN_LAST_WORD;
}

int sp_reply(struct sp_server *s, struct sp_token token, const void *bytes, size_t length)
{
    struct sp_open *open = sp_table_find(&s->table, token);
    bool late = !can_answer(open);
    s->stats.replies_late += late;
    if (!open)
        return ERROR_NOT_FOUND;
    struct sp_conn *c = open->conn;
    uint8_t stack[SP_STACK_MAX];
    size_t stack_bytes = open->stack_bytes;
    memcpy(stack, open->stack, stack_bytes);
    unlink_open(open);
    return late ? ERROR_NOT_FOUND : send_reply(c, stack, stack_bytes, bytes, length);
}

void sp_drop(struct sp_server *s, struct sp_token token)
{
    struct sp_open *open = sp_table_find(&s->table, token);
    if (!open)
        return;
    s->stats.dropped++;
    unlink_open(open);
}

bool sp_is_open(const struct sp_server *s, struct sp_token token)
{
    return can_answer(sp_table_find(&s->table, token));
}

int sp_park(struct sp_server *s, struct sp_token token)
{
    struct sp_open *open = sp_table_find(&s->table, token);
    if (!can_answer(open))
        return ERROR_NOT_FOUND;
    struct sp_conn *c = open->conn;
    if (open->parked)
        return 0;
    replace_poll(c, open->stack, open->stack_bytes, open);
    if (!sp_is_open(s, token)) // on_gone may have done anything
        return ERROR_NOT_FOUND;
    if (c->parked >= s->limits.max_parked) {
        s->stats.polls_refused++;
        return ERROR_BUSY;
    }
    open->parked = true;
    c->parked++;
    c->outstanding--;
    s->stats.parked++;
    s->stats.outstanding--;
    if (c->stopped)
        sp_conn_touch(c);
    return 0;
}

void sp_pause(struct sp_server *s, struct sp_token token, uint64_t ms)
{
    struct sp_open *open = sp_table_find(&s->table, token);
    if (can_answer(open))
        sp_reading_pause(open->conn, ms);
}

void sp_believe(struct sp_server *s, struct sp_token token, const char *principal)
{
    struct sp_open *open = sp_table_find(&s->table, token);
    if (can_answer(open))
        sp_charge_to(open->conn, principal);
}

int sp_attach(struct sp_server *s, struct sp_token token, void *attachment)
{
    struct sp_open *open = sp_table_find(&s->table, token);
    if (!open)
        return ERROR_NOT_FOUND;
    open->attachment = attachment;
    return 0;
}
